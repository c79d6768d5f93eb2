"""A graph walked by internal ids, on a real server: each element once, whoever writes meanwhile."""

from __future__ import annotations

import threading
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neo4j
import pytest
from support.neo4j_cases import link_to, sent
from support.neo4j_likes import AT, likes, many_likes
from support.run_job import password_in_environment
from support.twitter_graph import LIKES, graph_job, likes_source, read_likes, tweet_graph

from graphengine.readers.graph import packed, read_columns, walk
from graphengine.readers.graph.statements import Statements, statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer


@pytest.fixture
def graph(bare_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    """An empty database, and its password where the jobs look for it."""
    with password_in_environment(bare_neo4j):
        yield bare_neo4j


def test_every_element_is_read_once_whatever_the_pages(
    graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_likes(graph, 500)
    sent(graph, "MATCH ()-[r:LIKES]->() WHERE r.id % 3 = 0 DELETE r")  # gaps
    seen = {}
    for size in (7, 100, 20_000):
        monkeypatch.setattr(walk, "ELEMENTS", size)
        found = read_likes(graph, columns={**AT, "event": "r.id"}, time={"format": "epoch_s"})
        assert found.complete
        assert found.counted == found.seen == found.reading.read == 334
        seen[size] = (found.sha256, found.reading.frame.to_dict(as_series=False))
    assert seen[7] == seen[100] == seen[20_000]
    ids = {int(e.rpartition(":")[2]) for e in found.events}
    assert ids == {i for i in range(1, 501) if i % 3}


def test_thinly_spread_elements_are_listed(graph: Neo4jServer) -> None:
    sent(graph, "CREATE (:Person {id: 1})-[:LIKES]->(:Person {id: 2})")
    sent(graph, "UNWIND range(1, 100) AS i CREATE (:A)-[:OTHER]->(:A)")
    sent(graph, "CREATE (:Person {id: 3})-[:LIKES]->(:Person {id: 4})")
    link = link_to(graph)
    try:
        source = likes_source()
        asked = statements(source.neo4j, ["actor.id"], times=frozenset(), time_format="iso")  # type: ignore[arg-type]
        planned = walk.walk_of_all(link, asked)
        assert isinstance(planned.ids, list)
        assert planned.counted == len(planned.ids) == 2
    finally:
        link.close()
    assert read_likes(graph).reading.read == 2


@pytest.mark.parametrize("listed", [False, True])
def test_pages_seek_ids_and_scan_nothing(graph: Neo4jServer, listed: bool) -> None:
    tweet_graph(graph)
    paths = {
        "(a:User)-[:POSTS]->(p:Tweet)-[r:RETWEETS]->(q:Tweet)<-[:POSTS]-(b:User)": "RelationshipById",
        "(a:User)-[r:FOLLOWS|MENTIONS]-(b)": "RelationshipById",
        "(u:User)": "NodeById",
    }
    for path, seek in paths.items():
        column = path[1] + ".screen_name"
        settings = likes_source(neo4j={"path": path}).neo4j
        asked = statements(settings, [column], times=frozenset(), time_format="iso")  # type: ignore[arg-type]
        with graph.driver(notifications_min_severity="OFF") as driver, driver.session() as session:
            given: dict[str, Any] = {"ids": [0, 1]} if listed else {"low": 0, "high": 50}
            for careful in (False, True):
                text = asked.page(listed=listed, careful=careful)
                text = text.replace("CYPHER 5", "CYPHER 5 PROFILE", 1)
                plan_of = session.run(text, {**given, "none": ""}).consume().profile
                operators = list(_operators(plan_of))
                assert any(seek in name for name in operators), operators
                assert not any("Scan" in name for name in operators), operators
            text = asked.census.replace("CYPHER 5", "CYPHER 5 PROFILE", 1)
            assert (
                _hits(session.run(text).consume().profile) < 30
            )  # not one an element: there are 66 retweets


def test_numbers_come_as_arrays_where_all_are_of_one_length(
    graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_likes(graph, 700)
    sent(graph, "MATCH ()-[r:LIKES]->() SET r.w = r.id / 7.0")
    numbers, arrays = packed._numbers, []

    def counted(there: Any) -> Any:
        found = numbers(there)
        arrays.append(found is not None)
        return found

    monkeypatch.setattr(packed, "_numbers", counted)
    given = {"columns": {**AT, "event": "r.id", "weight": "r.w"}, "time": {"format": "epoch_s"}}
    seen = []
    for compare in ("full", "never"):
        arrays.clear()
        found = read_likes(graph, **given, neo4j={"compare": compare})
        assert any(arrays)
        seen.append(found)
    monkeypatch.setattr(walk, "numbers_as_arrays", lambda _: nullcontext())
    arrays.clear()
    seen.append(read_likes(graph, **given))
    assert not arrays
    assert len({found.sha256 for found in seen}) == 1
    frames = [found.reading.frame for found in seen]
    assert all(frame.equals(frames[0]) for frame in frames)


def _operators(node: Any) -> Iterator[str]:
    yield node["operatorType"]
    for child in node.get("children", []):
        yield from _operators(child)


def _hits(node: Any) -> int:
    return int(node.get("dbHits", 0)) + sum(_hits(child) for child in node.get("children", []))


@pytest.mark.parametrize("at", ["datetime({epochSeconds: i})", "i"])
def test_moments_among_numbers_are_the_same_whatever_the_pages(
    graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    sent(
        graph,
        "UNWIND range(1, 40) AS i CREATE (:Person {id: i})-[:LIKES {at: "
        f"CASE WHEN i < 20 THEN i ELSE {at} END}}]->(:Person {{id: -i}})",
    )
    seen = set()
    for size in (3, 1000):
        monkeypatch.setattr(walk, "ELEMENTS", size)
        found = read_likes(graph, columns=AT, time={"format": "epoch_s"})
        assert sorted(found.reading.frame["at"]) == list(range(1, 41))
        seen.add(found.sha256)
    assert len(seen) == 1


def test_others_write_while_it_is_read(graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there at the start and stays is read once, while others make and delete."""
    many_likes(graph, 3000)
    monkeypatch.setattr(walk, "ELEMENTS", 50)
    stop = threading.Event()

    def churn() -> None:
        with graph.driver() as driver, driver.session() as session:
            while not stop.is_set():
                session.run(
                    "MATCH (hub:Person {id: 'hub'}) UNWIND range(1, 20) AS i "
                    "CREATE (:Person {id: 'new' + i})-[:LIKES {id: -i, at: 1}]->(hub)"
                ).consume()
                session.run(
                    "MATCH (n:Person)-[r:LIKES]->() WHERE r.id < 0 DETACH DELETE n"
                ).consume()

    other = threading.Thread(target=churn)
    other.start()
    try:
        for _ in range(3):
            found = read_likes(graph, columns={**AT, "event": "r.id"}, time={"format": "epoch_s"})
            ids = [int(e.rpartition(":")[2]) for e in found.reading.frame["event_id"]]
            assert sorted(i for i in ids if i > 0) == list(range(1, 3001))
    finally:
        stop.set()
        other.join()


def test_nothing_is_sent_but_in_read_mode(
    graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Transactions and statements of their own, all in sessions of READ mode."""
    likes(graph, "at: 1")
    modes: list[str] = []

    def refused(*given: Any, **more: Any) -> Any:
        raise AssertionError("a transaction of another mode")

    def noted(name: str) -> Any:
        as_ever = getattr(neo4j.Session, name)

        def sending(self: Any, *given: Any, **more: Any) -> Any:
            modes.append(self._config.default_access_mode)
            return as_ever(self, *given, **more)

        return sending

    for name, by in (
        ("begin_transaction", noted("begin_transaction")), ("run", noted("run")),
        ("execute_write", refused), ("execute_read", refused),
    ):  # fmt: skip
        monkeypatch.setattr(neo4j.Session, name, by)
    assert read_likes(graph).reading.read == 1
    assert set(modes) == {"READ"}


def test_a_page_that_needs_too_much_memory_is_halved(
    graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_likes(graph, 40)
    found = sent(graph, "MATCH ()-[r:LIKES]->() RETURN max(id(r)) - min(id(r)) + 1")[0][0]
    wanted = found if found <= 40 * walk.SPARSE else 40  # ids of deleted elements are given again
    run_, asked = neo4j.Transaction.run, []

    def short_of_memory(self: Any, text: Any, parameters: Any = None, **more: Any) -> Any:
        if parameters and ("high" in parameters or "ids" in parameters):
            ids = parameters.get("ids") or range(parameters["low"], parameters["high"] + 1)
            size = len(ids)
            asked.append(size)
            if size > 10:
                raise neo4j.exceptions.Neo4jError._hydrate_neo4j(
                    code=walk._TOO_MUCH, message="too much"
                )
        return run_(self, text, parameters, **more)

    monkeypatch.setattr(neo4j.Transaction, "run", short_of_memory)
    assert read_likes(graph).reading.read == 40
    assert sum(size for size in asked if size <= 10) == wanted


@pytest.mark.parametrize("compare", ["full", "never"])  # rows within elements, and one each
def test_columns_are_cheap_until_something_is_missing(
    graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch, compare: str
) -> None:
    many_likes(graph, 60)
    sent(graph, "MATCH ()-[r:LIKES]->() WHERE r.id <> 33 SET r.w = 2")
    columns = {**AT, "event": "r.id", "weight": "r.w"}
    page, asked, seen = Statements.page, [], set()

    def noted(self: Statements, **given: Any) -> str:
        asked.append(given["filled"])
        return page(self, **given)

    monkeypatch.setattr(Statements, "page", noted)
    for size in (10, 1000):
        monkeypatch.setattr(walk, "ELEMENTS", size)
        found = read_likes(
            graph, columns=columns, time={"format": "epoch_s"}, neo4j={"compare": compare}
        )
        assert found.reading.frame["weight"].sort().to_list() == [1.0] + [2.0] * 59
        seen.add(found.sha256)
    assert len(seen) == 1
    gaps = [sorted(filled) for filled in asked if filled]
    assert asked[0] == frozenset()
    assert gaps  # the page with the gap once more, and those after it
    assert all(len(places) == 1 for places in gaps)


@pytest.mark.parametrize("path", ["(actor)-[r:LIKES|SHARES]->(target)", LIKES["path"]])
def test_types_stay_with_their_rows(
    graph: Neo4jServer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for kind, of in (("LIKES", 0), ("SHARES", 1), ("LIKES", 2)):
        sent(
            graph,
            "UNWIND range(1, 30) AS i WITH i WHERE i % 3 = $of CREATE (:Person {id: i})"
            f"-[:{kind}]->(:Person {{id: 0}})",
            of=of,
        )
    monkeypatch.setattr(walk, "ELEMENTS", 7)
    source = likes_source(neo4j={"path": path, "compare": "never"})
    with closing(link_to(graph)) as link:
        frame = read_columns(source, link, job=graph_job(graph, Path(), source))
    found = dict(zip(frame["actor.id"], frame["type(r)"], strict=True))
    both = {i: "SHARES" if i % 3 == 1 else "LIKES" for i in range(1, 31)}
    assert found == {i: kind for i, kind in both.items() if kind in path}
