"""What only the Neo4j store does: chunks and their ledger, shared databases, errors of a server."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.neo4j_cases import (
    Log,
    everything,
    large_graph,
    large_run,
    link_to,
    publish,
    sent,
    store_of,
)
from support.store_cases import BATCHES, run_scores

from graphengine.errors import (
    ConfigurationError,
    InputError,
    NotPermittedError,
)
from graphengine.model import RELATIONSHIPS
from graphengine.stores.neo4j.schema import SCHEMA_VERSION, prepare, rules
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.neo4j.store import TOP_BY_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neo4j import Session
    from support.neo4j_server import Neo4jServer

    from graphengine.stores.neo4j import Neo4jStore

FEW = ("publish/old-runs", "publish/topics", "load/ledger-others")  # runs, topics, jobs: few nodes
OF_EVENTS = ("outdated", "standing", "interactions", "pairs", "gone-pairs", "anew-events",
             "anew-pairs")  # fmt: skip
SCANS = ("AllNodesScan", "NodeByLabelScan", "TypeScan", "AllRelationshipsScan")


@pytest.fixture
def store(empty_neo4j: Neo4jServer) -> Iterator[Neo4jStore]:
    opened = store_of(empty_neo4j)
    yield opened
    opened.close()


# the door


def test_a_wrong_password_is_told_without_the_password(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(NotPermittedError, match="password_env") as said:
        store_of(replace(neo4j_server, password="correct-horse"))
    assert "correct-horse" not in str(said.value)
    store_of(neo4j_server).close()


def test_too_many_wrong_passwords_ask_for_patience(neo4j_server: Neo4jServer) -> None:
    system = replace(neo4j_server, database="system")
    sent(system, "CREATE USER stranger IF NOT EXISTS SET PASSWORD 'right-one' CHANGE NOT REQUIRED")
    stranger = replace(neo4j_server, user="stranger", password="correct-horse")
    try:
        for _ in range(3):
            with pytest.raises(NotPermittedError, match="wrong"):
                store_of(stranger)
        with pytest.raises(NotPermittedError, match="wait") as said:
            store_of(replace(stranger, password="right-one"))
    finally:
        sent(system, "DROP USER stranger IF EXISTS")
    assert "right-one" not in str(said.value)


def test_an_unknown_database_is_a_mistake_in_the_job_file(neo4j_server: Neo4jServer) -> None:
    with pytest.raises(ConfigurationError, match=r'"elsewhere".*neo4j\.database'):
        store_of(replace(neo4j_server, database="elsewhere"))


def test_a_newer_version_is_left_alone(store: Neo4jStore, empty_neo4j: Neo4jServer) -> None:
    publish(store, 1)
    newer = {"version": SCHEMA_VERSION + 1}
    sent(empty_neo4j, "MATCH (s:GraphengineSchema) SET s.version = $version", **newer)
    before = everything(empty_neo4j)
    with pytest.raises(ConfigurationError, match="newer"):
        publish(store, 2)
    with pytest.raises(ConfigurationError, match="newer"):
        store_of(empty_neo4j)
    assert everything(empty_neo4j) == before


def test_nothing_is_said_on_stderr(store: Neo4jStore, capfd: pytest.CaptureFixture[str]) -> None:
    asked = "MATCH (a:Nowhere)-[r:NOTHING]->() RETURN a.nope AS n"
    assert store.query(asked, {}, timeout_s=10, row_limit=10).rows == ()
    assert capfd.readouterr() == ("", "")


# the schema


def test_every_rule_is_there_after_a_publication(bare_neo4j: Neo4jServer) -> None:
    with closing(store_of(bare_neo4j)) as store:
        publish(store, 1)
    shown = sent(bare_neo4j, "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name")
    assert {name for (name,) in shown} >= {rule.name for rule in rules()}


@pytest.mark.parametrize(
    "foreign",
    [
        "CREATE CONSTRAINT graphengine_account_key FOR (x:Customer) REQUIRE x.key IS UNIQUE",
        "CREATE INDEX FOR (x:Account) ON (x.key)",
        "UNWIND [1, 2] AS i CREATE (:Account {key: 'twice'})",
    ],
    ids=["the name is taken", "an index is in the way", "data are in the way"],
)
def test_what_stands_in_the_schema_s_way_is_named(bare_neo4j: Neo4jServer, foreign: str) -> None:
    sent(bare_neo4j, foreign)
    with (
        closing(store_of(bare_neo4j)) as store,
        pytest.raises(ConfigurationError, match="graphengine needs"),
    ):
        publish(store, 1)


WITH_LOW = ("publish/seed", "publish/scored")  # elsewhere the name stands for a number


def test_no_statement_that_writes_scans(empty_neo4j: Neo4jServer) -> None:
    link = link_to(empty_neo4j)
    prepare(link)
    prepare(link, edges="day")
    link.close()
    values = {"prefix": "t/", "run": "r", "rows": 10, "job": "j", "owner": "o", "done": 0,
              "changes": {}, "properties": {}, "accounts": ["x"], "topics": ["t"],
              "state": "s", "previous": "", "version": 1, "method_version": "1",
              "anchors_version": "1", "low": 0, "mark": "|j|", "next": 1,
              "after": "", "holder": "h"}  # fmt: skip
    with empty_neo4j.driver() as driver, driver.session() as session:
        for name, kind in _statements():
            text = statement(name, kind)
            lists = {column: ["x"] for column in _parameters(text) - values.keys()}
            given = values | lists | ({"low": ["x"]} if name in WITH_LOW else {})
            assert not _scans(session, text, given), (name, kind)
        for text in ("MATCH (a:Account) RETURN a", "MATCH ()-[s:SCORED]->() RETURN s"):
            assert _scans(session, text, {})


def _scans(session: Session, text: str, parameters: dict[str, Any]) -> list[str]:
    plan = session.run("EXPLAIN " + text, parameters).consume().plan
    return [name for name in _operators(plan) if any(scan in name for scan in SCANS)]


def _statements() -> Iterator[tuple[str, str]]:
    for room in ("load", "publish"):
        for file in sorted(files("graphengine").joinpath("cypher", room).iterdir(), key=str):
            name = f"{room}/{file.name.removesuffix('.cypher')}"
            if name in FEW:
                continue
            if name == "load/anew-said":  # all that a job said goes, and most are of the job
                continue
            typed = ":TYPE" in file.read_text(encoding="utf-8")
            ends = "Post" if "post" in name else "Account"
            kinds = [r.type for r in RELATIONSHIPS if r.start == ends] if typed else [""]
            if name.removeprefix("load/") in OF_EVENTS:
                kinds = [r.type for r in RELATIONSHIPS if r.unique]
            yield from ((name, kind) for kind in kinds)


def _parameters(text: str) -> set[str]:
    return set(re.findall(r"\$(\w+)", text))


def _operators(plan: dict[str, Any]) -> list[str]:
    inner = [name for child in plan.get("children", ()) for name in _operators(child)]
    return [plan["operatorType"], *inner]


# runs and their rows


def test_a_run_that_does_not_go_with_the_graph_is_refused(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    before = everything(empty_neo4j)
    odd = run_scores(2)
    stranger = pl.when(pl.col("rank") == 2).then(pl.lit("x:99")).otherwise("account")
    odd = replace(odd, scores=odd.scores.with_columns(account=stranger))
    with pytest.raises(InputError, match="x:99"):
        store.publish(odd, Log(), previous=None, keep=2)
    assert everything(empty_neo4j) == before


def test_rows_that_somebody_removed_are_written_again(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    before = everything(empty_neo4j)
    sent(empty_neo4j, "MATCH ()-[s:SCORED {topic: 't/a'}]->() DELETE s")
    publish(store, 1)
    assert everything(empty_neo4j) == before


def test_accounts_that_somebody_removed_are_missed(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1, Log(BATCHES[:2]))
    sent(empty_neo4j, "MATCH (a:Account {key: 'x:4'}) DETACH DELETE a")
    with pytest.raises(InputError, match=r"Some of 1 rows.*GraphengineLoad"):
        publish(store, 2)
    sent(empty_neo4j, "MATCH (l:GraphengineLoad {key: 'j'}) DELETE l")
    assert publish(store, 2) == run_scores(2).run
    assert store.published("j").previous == run_scores(1).run  # type: ignore[union-attr]


def test_two_jobs_share_people_and_keep_their_own_topics(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    ours = Log(BATCHES[:1])
    publish(store, 1, ours, job="j")
    theirs = Log((_other_scheme(),))
    scores = run_scores(5, job="k")
    other = scores.scores.with_columns(topic=pl.lit("u/a")).unique("account", maintain_order=True)
    run = replace(scores, scores=other, unrated=scores.unrated.clear(), seeds=None, reasons=None)
    store.publish(run, theirs, previous=None, keep=2)
    publish(store, 2, Log(), job="j")
    publish(store, 3, Log(), job="j")
    left = "MATCH ()-[r:RETWEETED|MENTIONED]->() WHERE r.topic STARTS WITH 'u/' RETURN count(r)"
    assert sent(empty_neo4j, left) == [[4]]
    assert store.published("k").run == run.run  # type: ignore[union-attr]
    assert {row[7] for row in store.card("k", "x:1").rows} == {5.001}
    assert sent(empty_neo4j, "MATCH (a:Account {key: 'x:1'}) RETURN a.name") == [["Anna"]]


def _other_scheme() -> Any:
    """The first batch as a job with the scheme u sees it; it does not know anybody's name."""
    part = BATCHES[0]
    topic = pl.col("topic").str.replace("t/", "u/", literal=True)
    return replace(
        part,
        accounts=part.accounts.with_columns(
            handle=pl.lit(None, pl.String), handle_lc=pl.lit(None, pl.String),
            name=pl.lit(None, pl.String), followers=pl.lit(None, pl.Int64),
        ),
        topics=part.topics.with_columns(
            key=pl.col("key").str.replace("t/", "u/", literal=True), scheme=pl.lit("u")
        ),
        interactions=part.interactions.with_columns(topic=topic),
        about=part.about.with_columns(topic=topic),
    )  # fmt: skip


def test_the_look_up_of_the_top_goes_by_the_index(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    store.publish(large_run(1), large_graph(), previous=None, keep=2)
    with empty_neo4j.driver() as driver, driver.session() as session:
        session.run("CALL db.prepareForReplanning(60)").consume()  # with the counts as they are
        plan = session.run("EXPLAIN " + TOP_BY_INDEX, job="j", topic="t/a", n=5).consume().plan
    assert any("DirectedRelationshipIndexSeek" in name for name in _operators(plan))
