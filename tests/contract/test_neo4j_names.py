"""A database that has an :Account of its own: ours stand beside it under a prefix."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from support.log_rows import feed
from support.neo4j_cases import sent
from support.store_cases import run_scores
from support.stream_cases import ACTS, load, log_in, other_log, store_with

from graphengine.model import BOOKKEEPING, NODES, RELATIONSHIPS
from graphengine.projection import LogGraph
from graphengine.stores.queries import named_queries, named_query

if TYPE_CHECKING:
    from pathlib import Path

    from support.neo4j_server import Neo4jServer

    from graphengine.eventlog import EventLog
    from graphengine.stores.neo4j import Neo4jStore


@pytest.fixture
def other(tmp_path: Path) -> EventLog:
    """A log of the same length that took in something else."""
    return other_log(tmp_path / "other")


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return log_in(tmp_path / "one", *ACTS)


def test_a_database_with_names_of_its_own_stays_as_it_is(
    bare_neo4j: Neo4jServer, log: EventLog, other: EventLog
) -> None:
    for text in (
        "CREATE CONSTRAINT theirs FOR (a:Account) REQUIRE a.key IS UNIQUE",
        "CREATE INDEX FOR (r:Run) ON (r.state)",
        """CREATE (:Account {key: 'x:1', name: 'no'})-[:RETWEETED {event_id: 'x:e0', topic: 't'}]->
                  (:Account {key: 'x:2'})-[:SCORED {run: 'r'}]->(:Topic {key: 's-j/a', slug: 'no'})""",
        """CREATE (:Run {key: 'r', job: 'j', state: 'odd'}), (:Pointer {key: 'j', run: 'none'}),
                  (:Post {key: 'x:p1'}), (:GraphengineLoad {key: 'j', batch: 99}),
                  (:GraphengineSchema {key: 'schema', version: 99})""",
    ):
        sent(bare_neo4j, text)
    before = _theirs(bare_neo4j)
    store = store_with(bare_neo4j, prefix="GE_")
    try:
        graph = LogGraph(log, scheme="t")
        for number in (1, 2, 3):
            store.publish(run_scores(number), graph, previous=None, keep=2)
            feed(log, "retractions", {"event_id": f"x:e{number + 1}"})
        store.rollback("j")
        assert [row[1] for row in store.top("j", "t/a", 9).rows] == ["x:2", "x:1"]
        assert len(store.card("j", "x:1").rows) == 3
        _ask_all(store)
        plain = "MATCH (a:Account) RETURN count(a) AS n"
        assert store.query(plain, {}, timeout_s=9, row_limit=9).rows == ((2,),)
    finally:
        store.close()
    load(bare_neo4j, other, job="k", prefix="GE_", edges="day")
    load(bare_neo4j, other, job="k", prefix="GE_", anew=True, edges="day")
    assert _theirs(bare_neo4j) == before
    ours = {n.label for n in (*NODES, *BOOKKEEPING)} | {r.type for r in RELATIONSHIPS}
    shown = sent(bare_neo4j, "SHOW INDEXES YIELD labelsOrTypes AS l WHERE l IS NOT NULL RETURN l")
    assert {name for (names,) in shown for name in names} == {
        "Account", "Run", *(f"GE_{name}" for name in ours),
    }  # fmt: skip


def _theirs(server: Neo4jServer) -> list[str]:
    """All nodes, relationships and rules without our prefix, with their ids."""
    nodes = "MATCH (n) RETURN elementId(n), labels(n), properties(n)"
    links = "MATCH ()-[r]->() RETURN elementId(r), type(r), properties(r)"
    names = "SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint"
    rows = [row for text in (nodes, links, names) for row in sent(server, text)]
    return sorted(text for row in rows if "GE_" not in (text := repr(row)) and "ge_" not in text)


def _ask_all(store: Neo4jStore) -> None:
    """Every named query answers; those that speak of kinds in the model's words."""
    given = {"job": "j", "scheme": "t/", "account": "x:1", "other": "x:2", "topic": "t/a",
             "post": "x:p1", "text": "x:", "n": 50, "days": 10_000, "ago": 0}  # fmt: skip
    ask = partial(store.query, timeout_s=60, row_limit=1000)
    for query in named_queries():
        answer = ask(query.statement, given | {p.name: p.default for p in query.parameters
                                               if p.name not in given})  # fmt: skip
        assert answer.columns == query.columns, query.name
    rows = ask(named_query("card").statement, given).rows
    assert {row[2] for row in rows} == {"scored"}
    shown = ask(named_query("activity").statement, given | {"topic": ""}).rows
    assert {row[0] for row in shown} <= {"RETWEETED", "LIKED"}
