"""Relationships read by the ids of their ends, on a real server: the same rows, or not so read."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.neo4j_cases import link_to, sent
from support.neo4j_server import wipe
from support.run_job import password_in_environment
from support.twitter_graph import graph_job, likes_source, read_likes

from graphengine.readers.graph import GraphReading, by_ids, read, read_coded, read_columns, walk
from graphengine.readers.graph import ends as ends_of_paths
from graphengine.readers.graph.still import UnprovenError, still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import neo4j
    import polars as pl
    from support.neo4j_server import Neo4jServer

PEOPLE = 40
COLUMNS = {
    "actor": "actor.id", "target": "target.id", "kind": "type(r)", "weight": "r.w", "event": "r.said",
}  # fmt: skip
LABELLED = "(actor:Person)-[r:LIKES|SHARES]->(target:Person)"


@pytest.fixture
def graph(throwaway_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    """People with texts as ids, each liking three; what each relationship says about its ends.

    On a server that no other tests have used: hardly any ids are free, so that one is soon given
    again, and those of a few people lie close together, without which they are not read by ids.
    """
    wipe(throwaway_neo4j)
    _people(throwaway_neo4j)
    with password_in_environment(throwaway_neo4j):
        yield throwaway_neo4j


def _people(server: Neo4jServer) -> None:
    sent(server, "UNWIND range(1, $n) AS i CREATE (:Person {id: 'p' + i})", n=PEOPLE)
    sent(
        server,
        "UNWIND range(1, $n) AS i UNWIND [1, 7, 13] AS s MATCH (a:Person {id: 'p' + i}) "
        "MATCH (b:Person {id: 'p' + (1 + (i * s) % $n)}) FOREACH (_ IN CASE s WHEN 7 THEN [] ELSE "
        "[1] END | CREATE (a)-[:LIKES {w: s, said: a.id + ' ' + b.id + ' ' + s}]->(b)) FOREACH (_ IN "
        "CASE s WHEN 7 THEN [1] ELSE [] END | CREATE (a)-[:SHARES {said: a.id + ' ' + b.id}]->(b))",
        n=PEOPLE,
    )


class Ways:
    """Counts the reads that went by ids to their end, and those that began so."""

    def __init__(self) -> None:
        self.begun = self.ended = 0

    def __call__(self, *given: Any, **more: Any) -> Iterator[walk.Page]:
        self.begun += 1
        yield from by_ids.pages_by_ids(*given, **more)
        self.ended += 1


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Ways:
    """How reads go from here on; pages are small."""
    counting = Ways()
    monkeypatch.setattr(read, "pages_by_ids", counting)
    monkeypatch.setattr(walk, "ELEMENTS", 10)
    monkeypatch.setattr(by_ids, "LARGEST", 1)
    monkeypatch.setattr(walk, "SPARSE", 1000)  # ids of the tests before are free and lie between
    return counting


@contextmanager
def one_by_one() -> Iterator[None]:
    """No read by ids."""

    def refused(*_: Any, **__: Any) -> Any:
        raise UnprovenError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "pages_by_ids", refused)
        yield


def told(found: GraphReading) -> tuple[Any, ...]:
    refused = found.reading.rejects.frame.select("text", "reason").sort("text").rows()
    return (found.sha256, found.counted, found.reading.read, found.nameless, refused,
            found.reading.frame.to_dict(as_series=False))  # fmt: skip


def settings(path: str = LABELLED, **more: Any) -> dict[str, Any]:
    return {"columns": COLUMNS, "neo4j": {"path": path}, "kinds": {"LIKES": "like", "SHARES": "like"},
            **more}  # fmt: skip


@pytest.mark.parametrize(
    (
        "path",
        "compare",
        "passes",
    ),  # with passes = 0, pages of ids; with 1000, of 1, 2 or 3 elements
    [
        (LABELLED, "full", 24),
        (LABELLED, "never", 0),
        ("(actor:Person)<-[r:LIKES|SHARES]-(target)", "full", 1000),
        ("(actor)-[r:LIKES]->(target:Bot)", "full", 0),
        ("(actor)-[r:SHARES]->(target)", "never", 24),
    ],
)
def test_the_rows_are_those_of_one_query_a_page(
    graph: Neo4jServer,
    ways: Ways,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    compare: str,
    passes: int,
) -> None:
    monkeypatch.setattr(by_ids, "PASSES", passes)
    sent(graph, "MATCH (p:Person) WHERE p.id IN ['p3', 'p17'] REMOVE p:Person SET p:Bot")
    sent(graph, "MATCH (p:Person) WHERE p.id IN ['p5', 'p20'] REMOVE p.id")
    sent(graph, "MATCH (:Person {id: 'p9'})-[r:LIKES]->() DELETE r")
    if passes > 100:  # which type a column with a value that has none gets depends on pages
        monkeypatch.setattr(walk, "ELEMENTS", 3)
    else:
        sent(graph, "MATCH (:Person {id: 'p8'})-[r:LIKES]->() SET r.w = ['no', 'number']")
    given = settings(path)
    given["neo4j"]["compare"] = compare
    found = read_likes(graph, **given)
    assert (ways.begun, ways.ended) == (1, 1)
    with one_by_one():
        expected = read_likes(graph, **given)
    assert told(found) == told(expected)
    assert found.complete
    assert found.reading.read > 0


def test_values_of_several_types_are_left_to_one_query_a_page(
    graph: Neo4jServer, ways: Ways
) -> None:
    sent(graph, "MATCH (p:Person {id: 'p4'}) SET p.id = 4")
    found = read_likes(graph, **settings())
    with one_by_one():
        assert told(found) == told(read_likes(graph, **settings()))
    assert (ways.begun, ways.ended) == (1, 0)
    assert "x:4" in set(found.reading.frame["actor"])


def test_codes_stand_for_the_same_values(graph: Neo4jServer, ways: Ways) -> None:
    source = likes_source(**settings())
    job, ends = graph_job(graph, Path(), source), ["actor.id", "target.id"]
    for last in range(3):
        if last:  # a key that is missing, then one that two nodes have
            new = ["p.id = 'p1'", "p.id = null"][last - 1]
            sent(graph, f"MATCH (p:Person {{id: 'p{last + 1}'}}) SET {new}")
        with closing(link_to(graph)) as link:
            plain = read_columns(source, link, job=job)
            found = read_coded(source, link, job=job, of=ends)
            with one_by_one():
                other = read_coded(source, link, job=job, of=ends)
        for codes in (found, other):
            frame = codes.frame.with_columns(
                codes.values.gather(codes.frame[e]).alias(e) for e in ends
            )
            assert frame.sort(plain.columns).equals(plain.sort(plain.columns))
            assert codes.values.n_unique() == len(codes.values)
            assert codes.values.null_count() == 0
        assert set(found.values) == set(other.values)
    assert ways.begun == ways.ended == 6


@pytest.mark.parametrize("span", [2, 1 << 61])  # another pair may look the same; none is a number
def test_ids_that_do_not_fit_into_one_number_are_left_to_one_query_a_page(
    graph: Neo4jServer, ways: Ways, monkeypatch: pytest.MonkeyPatch, span: int
) -> None:
    for module in (ends_of_paths, by_ids):
        monkeypatch.setattr(module, "SPAN", span)
    found = read_likes(graph, **settings())
    assert (ways.begun, ways.ended) == (1, 0)
    with one_by_one():
        assert told(found) == told(read_likes(graph, **settings()))


@pytest.mark.parametrize("more", [-1, 1])
def test_elements_that_are_miscounted_are_left_to_one_query_a_page(
    graph: Neo4jServer, ways: Ways, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    """From both ends: one in the middle would be read twice, or not at all."""
    count = by_ids._counts

    def wrong(*given: Any) -> list[int]:
        return [n + more * (n == 2 * PEOPLE) for n in count(*given)]  # of the likes

    monkeypatch.setattr(by_ids, "_counts", wrong)
    found = read_likes(graph, **settings())
    assert (ways.begun, ways.ended) == (1, 0)
    with one_by_one():
        assert told(found) == told(read_likes(graph, **settings()))


def meanwhile(monkeypatch: pytest.MonkeyPatch, *, before: int, what: Callable[[], None]) -> None:
    """Do ``what`` before page number ``before`` is asked for; pages come one after another."""
    page, asked = walk._Asked.page, []

    def noted(self: Any, ids: Any) -> Any:
        asked.append(ids)
        if len(asked) == before:
            what()
        return page(self, ids)

    monkeypatch.setattr(walk, "THREADS", 1)
    monkeypatch.setattr(walk._Asked, "page", noted)


NODE_PAGES, PAGES = 4, 12  # of 10 people, then of 10 likes or shares
REUSE = "MATCH (p:Person {id: 'p2'}) DETACH DELETE p"


def said(frame: pl.DataFrame) -> list[str]:
    """Who its ends are, as each relationship says itself."""
    return [" ".join(e.rpartition(":")[2].split()[:2]) for e in frame["event_id"]]


def ends(frame: pl.DataFrame) -> list[str]:
    """Who its ends are, as they say."""
    return (frame["actor"].str.slice(2) + " " + frame["target"].str.slice(2)).to_list()


def ids_of(graph: Neo4jServer) -> dict[int, str]:
    return dict(sent(graph, "MATCH (p:Person) RETURN id(p), p.id"))


@pytest.mark.parametrize("before", [1, NODE_PAGES, NODE_PAGES + 1, NODE_PAGES + PAGES])
def test_an_id_that_is_given_again_between_pages(
    graph: Neo4jServer, ways: Ways, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    """A node is deleted and others are made, one of them under its id, with relationships of theirs."""
    reused: list[int] = []
    old = ids_of(graph)

    def change() -> None:
        sent(graph, REUSE)
        deadline = time.monotonic() + 20  # an id becomes free a moment after its node is gone
        while not reused and time.monotonic() < deadline:
            sent(
                graph,
                "UNWIND range(1, 20) AS i CREATE (n:Person {id: 'new' + i + $at}) "
                "WITH n MATCH (b:Person {id: 'p1'}) "
                "CREATE (n)-[:LIKES {said: n.id + ' ' + b.id, w: 1}]->(b)",
                at=str(time.monotonic_ns()),
            )
            now = ids_of(graph)
            reused.extend(i for i in now if i in old and now[i] != old[i])
            time.sleep(0.05)

    meanwhile(monkeypatch, before=before, what=change)
    found = read_likes(graph, **settings())
    assert reused
    frame = found.reading.frame
    assert said(frame) == ends(frame)
    monkeypatch.undo()
    with password_in_environment(graph), one_by_one():
        after = read_likes(graph, **settings()).reading.frame
    stayed = "MATCH (a:Person)-[r:LIKES|SHARES]->(b) WHERE NOT a.id STARTS WITH 'new' RETURN r.said"
    assert {row[0] for row in sent(graph, stayed)} <= {e.rpartition(":")[2] for e in found.events}
    assert set(frame["event_id"]) <= set(after["event_id"])
    assert (ways.begun, ways.ended) == (1, 0)


@pytest.mark.parametrize("before", [1, NODE_PAGES + 1, NODE_PAGES + PAGES])
def test_a_key_that_changes_between_pages(
    graph: Neo4jServer, ways: Ways, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    """Two people exchange their keys: what is read is what is true at the end."""
    swap = (
        "MATCH (a:Person {id: 'p2'}), (b:Person {id: 'p3'}) SET a.id = 'p3', b.id = 'p2' "
        "WITH a, b MATCH (x)-[r]->(y) WHERE x IN [a, b] OR y IN [a, b] "
        "SET r.said = x.id + ' ' + y.id + ' ' + coalesce(r.w, 0)"
    )
    meanwhile(monkeypatch, before=before, what=lambda: sent(graph, swap) and None)
    found = read_likes(graph, **settings())
    with one_by_one():
        assert told(found) == told(read_likes(graph, **settings()))
    assert (ways.begun, ways.ended) == (1, 0)


def test_whoever_writes_no_row_is_of_two_states(graph: Neo4jServer, ways: Ways) -> None:
    """People go and others come all the time; each relationship says who its ends are."""
    stop = threading.Event()

    def churn() -> None:
        with graph.driver() as driver, driver.session() as session:
            for number in range(10_000):
                session.run(
                    "MATCH (p:Person) WITH p ORDER BY rand() LIMIT 1 DETACH DELETE p"
                ).consume()
                session.run(
                    "CREATE (n:Person {id: 'q' + $i}) WITH n MATCH (b:Person) WHERE b <> n "
                    "WITH n, b ORDER BY rand() LIMIT 3 "
                    "CREATE (n)-[:LIKES {said: n.id + ' ' + b.id, w: 1}]->(b)",
                    i=str(number),
                ).consume()
                if stop.wait(0.02 * (number % 8)):  # now and then nobody writes for a while
                    return

    other = threading.Thread(target=churn)
    other.start()
    try:
        while ways.begun < 30 or (ways.ended < 3 and ways.begun < 150):
            frame = read_likes(graph, **settings()).reading.frame
            assert said(frame) == ends(frame)
    finally:
        stop.set()
        other.join()
    assert 0 < ways.ended < ways.begun


def test_what_proves_that_nobody_wrote(graph: Neo4jServer) -> None:
    with closing(link_to(graph)) as link:
        here = still(link)
        assert here.rows("MATCH (p:Person) RETURN count(p) AS n") == [{"n": PEOPLE}]

        def slow(transaction: neo4j.Transaction) -> None:
            transaction.run("MATCH (p:Person) RETURN p.id").consume()
            sent(graph, "MATCH (p:Person {id: 'p1'}) SET p.seen = true")

        for work in (slow, lambda tx: tx.run("RETURN 1").consume()):  # while it reads, and before
            with pytest.raises(UnprovenError):
                here.read(work)
        assert still(link).read(lambda tx: tx.run("RETURN 1 AS i").value()) == [1]
        again = still(link)
        sent(graph, "CREATE (:Passing)")
        sent(graph, "MATCH (p:Passing) DELETE p")  # nothing is left of it
        with pytest.raises(UnprovenError):
            again.rows("RETURN 1 AS i")
