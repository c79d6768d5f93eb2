"""Somebody is taken back: a store that follows the log forgets them as one that is built afresh."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.log_rows import feed
from support.neo4j_cases import StoppedError, everything, sent, small_chunks, stop_at, store_of
from support.neo4j_server import wipe
from support.store_cases import (
    CypherStore,
    Store,
    rows_like,
    run_scores,
)

from graphengine.errors import InputError, NothingToDoError
from graphengine.eventlog import EventLog
from graphengine.projection import LogGraph
from graphengine.stores.embedded import EmbeddedStore
from graphengine.stores.embedded.content import Content, tables
from graphengine.stores.merge import merged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.neo4j_server import Neo4jServer

    from graphengine.stores.neo4j import Neo4jStore
    from graphengine.stores.ports import Publisher, RunScores

GONE = ["x:2", "x:4", "x:6", "x:7"]  # the one taken back, and who is known only through them

ACTS: list[dict[str, Any]] = [
    {"actor": "x:2", "target": "x:1", "topics": ["a"], "post": "x:p2", "parent": "x:p1"},
    {"actor": "x:3", "target": "x:1", "topics": ["a", "b"]},
    {"actor": "x:4", "target": "x:2", "kind": "like"},
    {"actor": "x:2", "target": "x:6", "kind": "like", "at": None},
    {"actor": "x:5", "target": "x:1", "kind": "reply", "post": "x:p5", "parent": "x:p2"},
    {"actor": "x:1", "target": "x:2", "kind": "quote", "post": "x:p6", "parent": "x:p2"},
    {"actor": "x:5", "target": "x:1", "kind": "like", "post": "x:p8"},
]


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    """Four batches in which x:2 acts, is acted upon, writes, follows and is followed."""
    log = EventLog(tmp_path / "log")
    feed(log, "interactions", *({"event_id": f"x:e{n}", **act} for n, act in enumerate(ACTS)))
    feed(log, "posts", {"post": "x:p1", "author": "x:1", "at": 1, "topics": ["a"]},
         {"post": "x:p7", "author": "x:2", "at": 2, "topics": ["b"], "parent": "x:p1",
          "kind": "reply"})  # fmt: skip
    feed(log, "exposure", {"actor": "x:2", "target": "x:1"}, {"actor": "x:1", "target": "x:2"},
         {"actor": "x:3", "target": "x:1", "kind": "seen"}, {"actor": "x:7", "target": "x:2"})  # fmt: skip
    feed(log, "accounts", {"account": "x:1", "handle": "One"}, {"account": "x:2", "handle": "Two"})
    return log


def take_back(log: EventLog) -> None:
    feed(log, "retractions", {"account": "x:2"}, {"event_id": "x:e6"})


def graph_of(log: EventLog, scheme: str = "t") -> LogGraph:
    return LogGraph(log, scheme=scheme)


def without_them(number: int) -> RunScores:
    """A run that was computed after the retraction."""
    run = run_scores(number)
    kept = ~pl.col("account").is_in(GONE)
    assert run.seeds is not None
    assert run.reasons is not None
    return replace(
        run,
        scores=run.scores.filter(kept),
        unrated=run.unrated.filter(kept),
        seeds=run.seeds.filter(kept),
        reasons=run.reasons.filter(kept & ~pl.col("endorser").is_in(GONE)),
    )


def publish(store: Publisher, log: EventLog, run: RunScores, *, keep: int = 2) -> None:
    before = run_scores(1) if run.run != run_scores(1).run else None
    store.publish(run, graph_of(log), previous=before, keep=keep)


@pytest.fixture
def neo4j(empty_neo4j: Neo4jServer) -> Iterator[Neo4jStore]:
    opened = store_of(empty_neo4j)
    yield opened
    opened.close()


def test_an_account_is_taken_back(cypher: CypherStore, log: EventLog) -> None:
    """Neo4j follows, the embedded file is built afresh: the same rows of every label and type."""
    publish(cypher, log, run_scores(1))
    assert _accounts(cypher) == [f"x:{n}" for n in range(1, 8)]
    take_back(log)
    publish(cypher, log, without_them(2))
    assert _accounts(cypher) == ["x:1", "x:3", "x:5"]
    graph = merged(graph_of(log).since(0))
    assert graph is not None
    wanted = tables(Content(graph=graph, run=without_them(2), previous=run_scores(1)))
    assert wanted["Post"]["key"].to_list() == ["x:p1", "x:p2", "x:p5"]
    for table, frame in wanted.items():
        if table not in ("Run", "Pointer"):
            assert rows_like(cypher, table, frame) == sorted(frame.rows(), key=repr), table


def _accounts(store: CypherStore) -> list[str]:
    keys = "MATCH (a:Account) RETURN a.key AS key ORDER BY key"
    return [row[0] for row in store.query(keys, {}, timeout_s=30, row_limit=100).rows]


def test_nobody_remembers_them(store: Store, log: EventLog) -> None:
    publish(store, log, run_scores(1))
    assert store.card("j", "x:2").rows
    assert store.card("j", "x:4").rows
    take_back(log)
    publish(store, log, without_them(2))
    _nobody_remembers(store)


def test_a_rollback_does_not_bring_them_back(shared: Store, log: EventLog) -> None:
    publish(shared, log, run_scores(1))
    take_back(log)
    publish(shared, log, without_them(2))
    assert shared.rollback("j").run == run_scores(1).run
    _nobody_remembers(shared)


def test_the_embedded_store_keeps_no_file_that_holds_them(tmp_path: Path, log: EventLog) -> None:
    store = EmbeddedStore(tmp_path / "store")
    publish(store, log, run_scores(1))
    take_back(log)
    publish(store, log, without_them(2))
    assert len(list((tmp_path / "store").glob("*.lbug"))) == 1
    with pytest.raises(NothingToDoError, match=r"no earlier run"):
        store.rollback("j")
    _nobody_remembers(store)


def _nobody_remembers(store: Store) -> None:
    assert [store.card("j", account).rows for account in GONE] == [()] * 4
    assert [row[1] for row in store.top("j", "t/overall", 10).rows] == ["x:1"]


def test_a_run_that_scores_them_is_not_published_again(cypher: CypherStore, log: EventLog) -> None:
    publish(cypher, log, run_scores(1))
    take_back(log)
    publish(cypher, log, without_them(2))
    with pytest.raises(InputError, match=r"Compute a new one"):
        publish(cypher, log, run_scores(3))
    assert cypher.published("j").run == run_scores(2).run  # type: ignore[union-attr]


def test_what_another_job_knows_of_them_stays(
    neo4j: Neo4jStore, empty_neo4j: Neo4jServer, log: EventLog, tmp_path: Path
) -> None:
    publish(neo4j, log, run_scores(1))
    theirs = EventLog(tmp_path / "theirs")
    feed(theirs, "interactions", {"event_id": "x:e0", **ACTS[0]})
    scores = run_scores(5, job="k")
    both = scores.scores.filter(pl.col("topic") == "t/a").with_columns(topic=pl.lit("u/a"))
    run = replace(scores, scores=both, unrated=scores.unrated.clear(), seeds=None, reasons=None)
    neo4j.publish(run, graph_of(theirs, "u"), previous=None, keep=2)
    take_back(log)
    publish(neo4j, log, without_them(2))
    about = "MATCH (a:Account {key: 'x:2'})-[r]-() RETURN type(r) AS t, r.topic AS o ORDER BY t"
    assert sent(empty_neo4j, about) == [
        ["POSTED", None], ["RETWEETED", "u/a"], ["SCORED", "u/a"],
    ]  # fmt: skip
    assert [row[1] for row in neo4j.top("k", "u/a", 9).rows] == ["x:1", "x:2"]
    _nobody_remembers(neo4j)
    take_back(theirs)
    last = replace(
        run_scores(6, job="k"), scores=both.clear(), unrated=run.unrated, seeds=None, reasons=None
    )
    neo4j.publish(last, graph_of(theirs, "u"), previous=None, keep=2)
    assert _accounts(neo4j) == ["x:1", "x:3", "x:5"]


@pytest.mark.parametrize("chunk", range(0, 24, 3))
def test_taking_back_is_cut_off_and_some_of_it_comes_again(
    neo4j: Neo4jStore, empty_neo4j: Neo4jServer, log: EventLog, chunk: int
) -> None:
    """Posts and people that the cut-off load removed are back in the log before it is repeated."""
    publish(neo4j, log, run_scores(1))
    take_back(log)
    with pytest.MonkeyPatch.context() as patch:
        small_chunks(patch, 1)
        stop_at(patch, chunk)
        with pytest.raises(StoppedError):
            publish(neo4j, log, without_them(2))
    feed(log, "interactions", {"event_id": "x:new", **ACTS[6]},
         {"event_id": "x:newer", "actor": "x:7", "target": "x:6", "kind": "like"})  # fmt: skip
    publish(neo4j, log, without_them(2), keep=1)
    found = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    publish(neo4j, log, without_them(2), keep=1)
    assert found == everything(empty_neo4j)
