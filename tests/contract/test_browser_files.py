"""The saved queries and the style for Neo4j Browser: they run, and know every label and type."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import neo4j
import pytest
from neo4j.graph import Node, Relationship
from support.neo4j_cases import store_of
from support.neo4j_server import wipe
from support.toy_graph import JOB, publish_toy

import graphengine
from graphengine.model import BOOKKEEPING, NODES, RELATIONSHIPS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

FOLDER = Path(graphengine.__file__).parent / "cypher" / "browser"
SAVED = sorted(FOLDER.glob("*.cypher"))
PARAMETERS = {
    "job": JOB, "topic": "toy/storms", "account": "toy:ada", "other": "toy:ben", "post": "toy:p3",
    "n": 3,
}  # fmt: skip
_RULE = re.compile(r"(node|relationship)(?:\.(\w+))? \{\n((?:  [a-z-]+: [^;\n]+;\n)+)\}\n")


@pytest.fixture(scope="module")
def session(neo4j_server: Neo4jServer) -> Iterator[neo4j.Session]:
    wipe(neo4j_server, keep_rules=True)
    store = store_of(neo4j_server)
    publish_toy(store)
    store.close()
    with (
        neo4j_server.driver(notifications_min_severity="WARNING") as driver,
        driver.session(
            database=neo4j_server.database, default_access_mode=neo4j.READ_ACCESS
        ) as opened,
    ):
        yield opened


def test_there_are_some() -> None:
    assert len(SAVED) >= 8


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_saved_queries_have_a_title_and_show_a_graph(session: neo4j.Session, path: Path) -> None:
    text = path.read_text("utf-8")
    title, statement = text.split("\n", 1)
    assert re.fullmatch(r"// graphengine: .{10,70}", title)
    assert statement.count(";") == 0  # Browser takes one statement a favourite
    result = session.run(neo4j.Query(text), PARAMETERS)
    rows = [record.values() for record in result]
    assert rows
    things = [thing for row in rows for thing in row if thing is not None]
    assert all(isinstance(thing, Node | Relationship) for thing in things)
    remarks = result.consume().gql_status_objects
    assert [s.status_description for s in remarks if s.is_notification] == []


def test_the_style_knows_every_label_and_type() -> None:
    text = (FOLDER / "style.grass").read_text("utf-8")
    rules = _RULE.findall(text)
    assert "".join(match[0] for match in _RULE.finditer(text)) == text
    styled = {(of, name) for of, name, _ in rules}
    assert len(styled) == len(rules)
    labels = {("node", n.label) for n in (*NODES, *BOOKKEEPING)}
    types = {("relationship", r.type) for r in RELATIONSHIPS}
    assert styled == {("node", ""), ("relationship", "")} | labels | types


def test_captions_name_properties_that_there_are() -> None:
    text = (FOLDER / "style.grass").read_text("utf-8")
    known = {n.label: {p.name for p in n.properties} for n in (*NODES, *BOOKKEEPING)}
    known |= {r.type: {p.name for p in r.properties} for r in RELATIONSHIPS}
    for _, name, body in _RULE.findall(text):
        for property_name in re.findall(r'caption: "\{(\w+)\}"', body):
            assert not name or property_name in known[name]
