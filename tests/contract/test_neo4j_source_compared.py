"""A second read of a graph, on a real server: what is new, what has vanished, what nobody can tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.neo4j_cases import sent
from support.neo4j_likes import AT, likes, log_of, many_likes
from support.run_job import Silent, password_in_environment
from support.twitter_graph import graph_job, likes_source, read_likes

from graphengine.errors import ConfigurationError, InputError, StoreUnavailableError
from graphengine.pipeline import ingest, plan
from graphengine.readers.graph import walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.neo4j_server import Neo4jServer

    from graphengine.job import Job


@pytest.fixture
def graph(bare_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    """An empty database, and its password where the jobs look for it."""
    with password_in_environment(bare_neo4j):
        yield bare_neo4j


def ingested(job: Job) -> list[tuple[str, str, int, bool]]:
    report = ingest(job, progress=Silent())
    return [(f.file, f.table, f.accepted, f.known) for f in report.files]


def test_full_comparison_takes_back_what_has_vanished(graph: Neo4jServer, tmp_path: Path) -> None:
    many_likes(graph, 50)
    source = likes_source(
        columns={**AT, "event": "r.id"}, time={"format": "epoch_s"}, neo4j={"compare": "full"}
    )
    job = graph_job(graph, tmp_path, source)
    assert plan(job, as_of=None)[0].startswith("read (actor:Person)-[r:LIKES]->(target:Person) in")
    assert ingested(job) == [("neo4j-likes", "interactions", 50, False)]
    assert ingested(job) == [("neo4j-likes", "interactions", 50, True)]
    sent(graph, "MATCH ()-[r:LIKES]->() WHERE r.id <= 5 DELETE r")
    sent(graph, "MATCH ()-[r:LIKES]->() WHERE r.id = 6 SET r.at = 'gone bad'")  # refused, yet there
    assert ingested(job) == [
        ("neo4j-likes", "interactions", 0, False),
        ("neo4j-likes-vanished", "retractions", 5, False),
    ]
    assert len(log_of(job).interactions()) == 45
    assert ingest(job, progress=Silent()).nothing_new


class Listening(Silent):
    """Keeps what is worth reading."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def compared(server: Neo4jServer, folder: Path) -> Job:
    """A job that compares in full."""
    source = likes_source(
        columns={**AT, "event": "r.id"}, time={"format": "epoch_s"}, neo4j={"compare": "full"}
    )
    return graph_job(server, folder, source)


def held_back(job: Job) -> str:
    """The one sentence why nothing is taken back."""
    listening = Listening()
    report = ingest(job, progress=listening)
    assert not any(f.table == "retractions" for f in report.files)
    (note,) = listening.notes
    return note


def test_nothing_is_taken_back_while_nobody_can_tell(graph: Neo4jServer, tmp_path: Path) -> None:
    many_likes(graph, 20)
    job = compared(graph, tmp_path)
    ingested(job)
    sent(graph, "MATCH (a:Person {id: 7}) REMOVE a.id")  # whose like is it?
    for _ in range(2):
        assert "1 refused rows do not say which event they are" in held_back(job)
    sent(graph, "MATCH ()-[r:LIKES]->() DELETE r")
    with pytest.raises(InputError, match="no relationship type"):  # another database, or emptied
        ingest(job, progress=Silent())
    assert len(log_of(job).interactions()) == 20


def test_a_relationship_that_moves_meanwhile_is_not_taken_back(
    graph: Neo4jServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted before its page comes, made again where the pages have passed: only one read misses it."""
    from graphengine.pipeline import graph_ingestion

    many_likes(graph, 20)
    job = compared(graph, tmp_path)
    ingested(job)
    read, reads = graph_ingestion.read_graph, []

    def moving(*given: Any, **more: Any) -> Any:
        if not reads:
            sent(graph, "MATCH ()-[r:LIKES {id: 7}]->() DELETE r")
        reads.append(read(*given, **more))
        if len(reads) == 1:
            sent(
                graph,
                "MATCH (a:Person {id: 7}), (b:Person {id: 'hub'}) "
                "CREATE (a)-[:LIKES {id: 7, at: 1400000007}]->(b)",
            )
        return reads[-1]

    monkeypatch.setattr(graph_ingestion, "read_graph", moving)
    report = ingest(job, progress=Silent())
    assert [len(r.events) for r in reads] == [19, 20]
    assert not any(f.table == "retractions" for f in report.files)
    assert len(log_of(job).interactions()) == 20


def test_a_read_of_fewer_than_there_were_takes_nothing_back(
    graph: Neo4jServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_likes(graph, 20)
    job = compared(graph, tmp_path)
    ingested(job)
    count = walk.walk_of_all

    def then_deleted(*given: Any) -> Any:
        planned = count(*given)
        sent(graph, "MATCH ()-[r:LIKES]->() WITH r LIMIT 1 DELETE r")
        return planned

    monkeypatch.setattr("graphengine.readers.graph.read.walk_of_all", then_deleted)
    assert "of 20 elements at the start 19 were read" in held_back(job)
    monkeypatch.undo()
    with password_in_environment(graph):
        assert ingested(job)[-1] == ("neo4j-likes-vanished", "retractions", 2, False)


def test_a_read_that_breaks_off_leaves_the_log_as_it_was(
    graph: Neo4jServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many_likes(graph, 100)
    job = compared(graph, tmp_path)
    monkeypatch.setattr(walk, "ELEMENTS", 10)
    page, asked = walk._Asked.page, []

    def breaking(self: Any, ids: Any) -> Any:
        asked.append(ids)
        if len(asked) == 6:
            raise StoreUnavailableError("gone")
        return page(self, ids)

    monkeypatch.setattr(walk._Asked, "page", breaking)
    with pytest.raises(StoreUnavailableError):
        ingest(job, progress=Silent())
    assert log_of(job).batches() == ()
    assert ingested(job) == [("neo4j-likes", "interactions", 100, False)]


def test_another_mapping_is_not_mixed_in(graph: Neo4jServer, tmp_path: Path) -> None:
    many_likes(graph, 3)
    ingested(compared(graph, tmp_path))
    other = likes_source(columns={**AT, "post": "r.id"}, time={"format": "epoch_s"})
    with pytest.raises(ConfigurationError, match="with another mapping before"):
        ingest(graph_job(graph, tmp_path, other), progress=Silent())


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("{i}", "INTEGER"),
        ("{i} / 2.0", "FLOAT"),
        ("'2014-08-' + (10 + {i})", "STRING"),
        ("datetime({{epochSeconds: {i}, nanosecond: 5}})", "ZONED DATETIME"),
        (
            "localdatetime({{year: 2014, month: 8, day: 9, hour: 1, minute: 1, second: {i}}})",
            "LOCAL DATETIME",
        ),
        ("date({{year: 1950 + {i}}})", "DATE"),
    ],
)
def test_later_reads_begin_at_the_watermark(
    graph: Neo4jServer, tmp_path: Path, value: str, kind: str
) -> None:
    source = likes_source(
        columns={"actor": "actor.id", "target": "target.id", "kind": "type(r)", "event": "r.id"},
        neo4j={"watermark": "r.at"},
    )
    job = graph_job(graph, tmp_path, source)

    def add(first: int, last: int, at: str) -> None:
        sent(
            graph,
            "MERGE (hub:Person {id: 'hub'}) WITH hub UNWIND range($first, $last) AS i "
            "CREATE (:Person {id: i})-[:LIKES {id: i, at: " + value.format(i=at) + "}]->(hub)",
            first=first, last=last,
        )  # fmt: skip

    add(1, 9, "i")
    assert ingested(job) == [("neo4j-likes", "interactions", 9, False)]
    assert ingested(job)[0][3]
    assert json.loads(log_of(job).batches()[-1].mark or "")["type"] == kind
    add(10, 12, "i")
    assert ingested(job) == [("neo4j-likes", "interactions", 3, False)]
    assert log_of(job).batches()[-1].read == 3  # and not the nine again
    assert ingested(job)[0][3]
    add(13, 13, "12")  # as late as the last one
    assert ingested(job) == [("neo4j-likes", "interactions", 1, False)]
    assert ingested(job)[0][3]
    assert len(log_of(job).interactions()) == 13


def test_a_watermark_of_several_types_does_not_grow(graph: Neo4jServer) -> None:
    likes(graph, "at: 1", "at: '2'")
    with pytest.raises(InputError, match="values of these types: INTEGER, STRING"):
        read_likes(graph, neo4j={"watermark": "r.at"})
