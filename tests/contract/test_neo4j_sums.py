"""Sums by pair and day, or in total, in the place of single events."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.log_rows import feed
from support.neo4j_cases import StoppedError, everything, sent, small_chunks, stop_at
from support.neo4j_server import wipe
from support.store_cases import run_scores
from support.stream_cases import ACTS, load, log_in, store_with

from graphengine.errors import ConfigurationError
from graphengine.projection import LogGraph
from graphengine.stores.neo4j.chunks import Chunk
from graphengine.stores.queries import named_queries, named_query

if TYPE_CHECKING:
    from pathlib import Path

    from support.neo4j_server import Neo4jServer

    from graphengine.eventlog import EventLog
    from graphengine.stores.neo4j import Neo4jStore


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return log_in(tmp_path / "one", *ACTS)


def sums_in(server: Neo4jServer) -> list[list[Any]]:
    asked = (
        "MATCH (a)-[r]->(b) WHERE r.n IS NOT NULL "
        "RETURN type(r), a.key, b.key, r.topic, r.day, r.n, r.share, r.weight, r.first_at, r.last_at"
    )
    return sorted(sent(server, asked), key=repr)


def test_sums_by_day_are_what_a_hand_adds_up(empty_neo4j: Neo4jServer, log: EventLog) -> None:
    load(empty_neo4j, log, edges="day")
    early, late = 1_400_000_000, 1_400_100_000
    day, next_day = early // 86_400 * 86_400, late // 86_400 * 86_400
    assert sums_in(empty_neo4j) == sorted([
        ["RETWEETED", "x:2", "x:1", "s-j/a", day, 1, 1.0, 1.0, early, early],
        ["RETWEETED", "x:3", "x:1", "s-j/a", day, 2, 1.5, 3.0, early, early],
        ["RETWEETED", "x:3", "x:1", "s-j/a", next_day, 1, 1.0, 1.0, late, late],
        ["RETWEETED", "x:3", "x:1", "s-j/b", day, 1, 0.5, 1.0, early, early],
        ["LIKED", "x:4", "x:2", "s-j/none", day, 1, 1.0, 1.0, early, early],
        ["LIKED", "x:2", "x:4", "s-j/none", None, 1, 1.0, 1.0, None, None],
    ], key=repr)  # fmt: skip
    assert sent(empty_neo4j, "MATCH ()-[r]->() WHERE r.event_id IS NOT NULL RETURN r") == []


@pytest.mark.parametrize("edges", ["day", "total"])
def test_increments_come_to_what_a_full_load_comes_to(
    empty_neo4j: Neo4jServer, log: EventLog, edges: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events come, gain topics, are taken back one by one and with their people."""
    load(empty_neo4j, log, edges=edges)
    changes: list[tuple[str, dict[str, Any]]] = [
        ("interactions", {"event_id": "x:late", **ACTS[2]}),
        ("interactions", {"event_id": "x:e2", **ACTS[2], "topics": ["b"]}),
        ("retractions", {"event_id": "x:e3"}),
        ("retractions", {"event_id": "x:e1"}),
        ("retractions", {"account": "x:4"}),
    ]
    for table, row in changes:
        feed(log, table, row)
        sizes = _sum_rows(monkeypatch)
        load(empty_neo4j, log, edges=edges)
        assert 0 < sum(sizes) <= 4, row
        found = everything(empty_neo4j)
        wipe(empty_neo4j, keep_rules=True)
        load(empty_neo4j, log, edges=edges)
        assert everything(empty_neo4j) == found, row
    assert {row[5] for row in sums_in(empty_neo4j)} == {1, 2} if edges == "total" else {1}
    before = everything(empty_neo4j)
    load(empty_neo4j, log, edges=edges)
    assert everything(empty_neo4j) == before


def _sum_rows(patch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each chunk of sums has that is sent from now on."""
    write = Chunk.write
    sizes: list[int] = []

    def counting(self: Chunk, tx: Any, *, over: bool = False) -> None:
        if "$first_at" in self.statement or "r.key = key" in self.statement:
            sizes.append(self.frame.height)
        write(self, tx, over=over)

    patch.setattr(Chunk, "write", counting)
    return sizes


@pytest.mark.parametrize("stop", range(0, 12, 4))
def test_sums_that_were_cut_off_are_completed(
    empty_neo4j: Neo4jServer, log: EventLog, stop: int
) -> None:
    load(empty_neo4j, log, edges="total")
    feed(log, "retractions", {"account": "x:4"}, {"event_id": "x:e1"})
    feed(log, "interactions", {"event_id": "x:late", **ACTS[2]}, {"event_id": "x:l2", **ACTS[0]})
    with pytest.MonkeyPatch.context() as patch:
        small_chunks(patch, 1)
        stop_at(patch, stop)
        with pytest.raises(StoppedError):
            load(empty_neo4j, log, edges="total")
    feed(log, "interactions", {"event_id": "x:after", **ACTS[2]})
    load(empty_neo4j, log, edges="total")
    found = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    load(empty_neo4j, log, edges="total")
    assert everything(empty_neo4j) == found


def test_other_edges_need_a_load_from_nothing(empty_neo4j: Neo4jServer, log: EventLog) -> None:
    load(empty_neo4j, log)
    with pytest.raises(ConfigurationError, match=r'edges = "event".*"day".*load --anew'):
        load(empty_neo4j, log, edges="day")
    load(empty_neo4j, log, edges="day", anew=True)
    found = everything(empty_neo4j)
    wipe(empty_neo4j, keep_rules=True)
    load(empty_neo4j, log, edges="day")
    assert everything(empty_neo4j) == found


def test_a_query_that_needs_single_events_is_refused(
    empty_neo4j: Neo4jServer, log: EventLog
) -> None:
    store = store_with(empty_neo4j, edges="total")
    given = {
        "account": "x:1",
        "other": "x:4",
        "topic": "",
        "n": 9,
        "ranks": 9,
        "above": 60.0,
        "job": "j",
        "scheme": "s-j/",
    }
    ask = partial(store.query, parameters=given, timeout_s=60, row_limit=99)
    try:
        run = run_scores(1)
        empty = replace(
            run, scores=run.scores.clear(), unrated=run.unrated.clear(), seeds=None, reasons=None
        )
        store.publish(empty, LogGraph(log, scheme="s-j"), previous=None, keep=2)
        refused = [q.name for q in named_queries() if _needs_events(store, q.statement, given)]
        wanted = {"events-between", "amplifiers", "amplified-by", "activity", "daily"}
        assert wanted <= set(refused)
        answer = ask(named_query("audience-overlap").statement)
        assert answer.rows[0][:2] == (2, 1)
        summed = "MATCH ()-[r:RETWEETED]->(:Account {key: 'x:1'}) RETURN sum(r.share) AS n"
        assert ask(summed).rows == ((pytest.approx(4.0),),)
    finally:
        store.close()


def _needs_events(store: Neo4jStore, text: str, given: dict[str, Any]) -> bool:
    """Whether the query is refused for what this job keeps; any other error is raised."""
    try:
        store.query(text, given | {"post": "x:p1", "text": "x"}, timeout_s=60, row_limit=99)
    except ConfigurationError as refused:
        return "neo4j.edges" in str(refused)
    return False


def test_the_tables_of_sums_are_typed(log: EventLog) -> None:
    sums = LogGraph(log, scheme="t").sums(0, log.last_batch, by="day")
    assert sums.now.schema["day"] == sums.now.schema["n"] == pl.Int64()
    assert sums.gone.is_empty()
    assert sums.gone.columns == ["type", "key"]
