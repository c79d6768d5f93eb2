"""How runs go out to Neo4j and away again: kept for a while, flipped, read meanwhile."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from support.neo4j_cases import large_graph, publish, sent, store_of
from support.neo4j_terms import counted, with_terms
from support.publications import publish_runs, reading, small_run
from support.store_cases import run_scores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

    from graphengine.stores.neo4j import Neo4jStore


@pytest.fixture
def store(empty_neo4j: Neo4jServer) -> Iterator[Neo4jStore]:
    with closing(store_of(empty_neo4j)) as opened:
        yield opened


def name(number: int) -> str:
    return run_scores(number).run


# how long runs stay


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def _runs(server: Neo4jServer) -> list[int]:
    rows = sent(server, "MATCH ()-[s:SCORED]->() RETURN DISTINCT s.run AS run ORDER BY run")
    return [int(run[-12:]) for (run,) in rows]


def test_old_runs_go_when_the_grace_is_over(empty_neo4j: Neo4jServer) -> None:
    clock = Clock()
    with closing(with_terms(empty_neo4j, clock=clock, grace_s=100.0)) as store:
        for number in (1, 2, 3, 4):
            clock.now += 40
            publish(store, number)
        assert _runs(empty_neo4j) == [1, 2, 3, 4]  # 1 ended 80 seconds ago, 2 ended 40 ago
        clock.now += 19
        publish(store, 4)
        assert _runs(empty_neo4j) == [1, 2, 3, 4]
        clock.now += 1
        publish(store, 4)
        assert _runs(empty_neo4j) == [2, 3, 4]
        clock.now += 1000
        publish(store, 4)
        assert _runs(empty_neo4j) == [3, 4]  # two are kept, however old
        store.rollback("j")
        publish(store, 3)
        assert _runs(empty_neo4j) == [3, 4]  # 4 ended now
        clock.now -= 10_000  # a clock that was wrong
        publish(store, 5)
        assert _runs(empty_neo4j) == [3, 4, 5]
        clock.now += 101
        publish(store, 5)
        assert _runs(empty_neo4j) == [3, 5]
        publish(store, 4)  # an old run again: its end is forgotten
        clock.now += 1000
        publish(store, 4)
        assert _runs(empty_neo4j) == [4, 5]


def test_without_a_grace_old_runs_go_at_once(store: Neo4jStore, empty_neo4j: Neo4jServer) -> None:
    for number in (1, 2, 3):
        publish(store, number)
    assert _runs(empty_neo4j) == [2, 3]


# the flip


def test_a_rollback_is_few_round_trips(
    store: Neo4jStore, empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(store, 1)
    publish(store, 2)
    trips = counted(monkeypatch)
    assert store.rollback("j").run == name(1)
    # is there anything; the claim; what time it is; the flip
    assert trips == ["read", "write", "read", "write"]


def test_a_small_publication_is_few_round_trips(
    store: Neo4jStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        publish(store, number)
    trips = counted(monkeypatch)
    publish(store, 3)
    # claim, run, four tables, complete, flip; of the old run: its state, four tables, its node
    assert trips.count("write") == 14
    assert trips.count("read") <= 9


def test_who_reads_both_of_the_pointer_s_properties_never_gets_a_run_that_is_gone(
    empty_neo4j: Neo4jServer,
) -> None:
    """run and previous are two properties: they may name one run twice, but only runs that are there."""
    clock, stop = Clock(), threading.Event()
    wrong: list[Any] = []
    both = (
        "MATCH (p:Pointer {key: 'j'}) UNWIND [p.run, p.previous] AS run "
        "WITH DISTINCT run WHERE run <> '' "
        "OPTIONAL MATCH ()-[s:SCORED]->() WHERE s.run = run AND s.topic = 't/a' AND s.rank <= 2 "
        "RETURN run, count(s) AS n"
    )

    def read() -> None:
        with empty_neo4j.driver() as driver, driver.session() as session:
            while not stop.is_set():
                wrong.extend(row for row in session.run(both).values() if row[1] != 2)

    with closing(with_terms(empty_neo4j, clock=clock, grace_s=1e9)) as store:
        publish(store, 1)
        reader = threading.Thread(target=read)
        reader.start()
        try:
            for number in range(2, 12):
                publish(store, number)
        finally:
            stop.set()
            reader.join()
    assert wrong == []


def test_only_people_with_evidence_are_written_and_top_lists_are_index_seeks(
    store: Neo4jStore, empty_neo4j: Neo4jServer
) -> None:
    publish(store, 1)
    count = "MATCH (a:Account)-[s:SCORED|UNRATED]->(t) RETURN type(s), a.key, t.key, s.rank"
    wanted = [
        ["SCORED", *row] for row in run_scores(1).scores.select("account", "topic", "rank").rows()
    ]
    wanted += [
        ["UNRATED", *row, None] for row in run_scores(1).unrated.select("account", "topic").rows()
    ]
    assert sorted(map(str, sent(empty_neo4j, count))) == sorted(map(str, wanted))
    ranked = "MATCH ()-[s:SCORED]->() WHERE s.rank IS NULL OR s.pct IS NULL RETURN count(s)"
    assert sent(empty_neo4j, ranked) == [[0]]


# readers beside a writer


def test_readers_of_thirty_publications_see_no_mixture_and_no_gap(
    empty_neo4j: Neo4jServer,
) -> None:
    with closing(store_of(empty_neo4j)) as store:
        store.publish(small_run(1), large_graph(), previous=None, keep=2)
    with reading(empty_neo4j, readers=2) as readers:
        seconds = publish_runs(empty_neo4j, readers, first=2, count=30, grace_s=5.0)
    total = readers.total()
    print(f"{total}, {seconds:.3f} s a publication")
    assert total.answers > 100
    assert total.runs > 5
    assert (total.mixed, total.empty) == (0, 0)
