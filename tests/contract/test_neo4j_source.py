"""Somebody's Neo4j as a source, on a real server: what is read, refused, taken back, left alone."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neo4j
import pytest
from support.neo4j_cases import everything, link_to, sent
from support.run_job import ROOT, Silent, password_in_environment
from support.twitter_graph import LIKES, graph_job, likes_source, read_likes, tweet_graph

from graphengine.errors import ConfigurationError, InputError, StoreUnavailableError
from graphengine.eventlog import EventLog
from graphengine.job import load_job
from graphengine.pipeline import ingest, plan, run, top
from graphengine.readers.graph import read_columns, walk
from graphengine.readers.graph.statements import statements
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer

    from graphengine.job import Job

AT = {"actor": "actor.id", "target": "target.id", "kind": "type(r)", "at": "r.at"}


@pytest.fixture
def graph(bare_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    """An empty database, and its password where the jobs look for it."""
    with password_in_environment(bare_neo4j):
        yield bare_neo4j


def likes(server: Neo4jServer, *rows: str, label: str = "Person") -> None:
    """Relationships between people 1 and 2, 3 and 4, ..., with the properties that rows write."""
    for i, properties in enumerate(rows):
        sent(
            server,
            f"MERGE (a:{label} {{id: $a}}) MERGE (b:{label} {{id: $b}}) "
            f"CREATE (a)-[:LIKES {{{properties}}}]->(b)",
            a=2 * i + 1, b=2 * i + 2,
        )  # fmt: skip


def many_likes(server: Neo4jServer, count: int) -> None:
    """``count`` likes of one hub, with id and at."""
    sent(
        server,
        "MERGE (hub:Person {id: 'hub'}) WITH hub UNWIND range(1, $n) AS i "
        "CREATE (:Person {id: i})-[:LIKES {id: i, at: 1400000000 + i}]->(hub)",
        n=count,
    )


def log_of(job: Job) -> EventLog:
    return EventLog(open_workspace(job, create=False).log)


def test_the_shipped_example_from_end_to_end(graph: Neo4jServer, tmp_path: Path) -> None:
    made = tweet_graph(graph)
    before = everything(graph)
    job = load_job(ROOT / "jobs" / "examples" / "twitter-graph.toml")
    there = {
        "uri": graph.uri,
        "user": graph.user,
        "password_env": "GRAPHENGINE_E2E_PASSWORD",
    }
    job = job.model_copy(
        update={"workspace": str(tmp_path), "neo4j": job.neo4j.model_copy(update=there)}
    )
    first = run(job, as_of=None, progress=Silent())
    assert everything(graph) == before
    events = log_of(job).interactions().frame
    assert len(events.filter(events["kind"] == "retweet")) == len(made.retweets)
    assert len(events.filter(events["kind"] == "mention")) == len(made.mentions)
    topics = {t for row in events["topics"].to_list() for t in row}
    assert topics == {"even", "odd", "late"}
    twice = events.filter(events["target"] == "x:u11", events["kind"] == "retweet")
    assert {tuple(row) for row in twice["topics"].to_list()} == {("late", "odd")}
    assert len(log_of(job).exposure()) == made.people - 1
    named = log_of(job).latest_accounts()
    assert set(named["name"]) == {f"User {i}" for i in range(made.people)}
    people = {t.name: t.scored for t in first.score.topics}
    assert people["even"] > 0
    ranked = top(job, topic="overall", n=30, store="embedded")
    assert {row[1] for row in ranked.rows} <= {f"x:u{i}" for i in range(made.people)}
    assert "x:u11" in {row[1] for row in ranked.rows[:3]}  # whom all others retweet
    again = run(job, as_of=None, progress=Silent())
    assert again.nothing_new
    assert all(f.known for f in again.ingest.files)


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


def _operators(node: Any) -> Iterator[str]:
    yield node["operatorType"]
    for child in node.get("children", []):
        yield from _operators(child)


def _hits(node: Any) -> int:
    return int(node.get("dbHits", 0)) + sum(_hits(child) for child in node.get("children", []))


def test_columns_come_as_they_are(graph: Neo4jServer) -> None:
    likes(graph, "w: 1, t: 'a'", "w: 0.5, t: 7", "w: 2")
    source = likes_source(
        columns={"actor": "actor.id", "weight": "r.w", "topic": "r.t"}, constants={"target": "1"}
    )
    link = link_to(graph)
    try:
        frame = read_columns(source, link, job=graph_job(graph, Path(), source))
    finally:
        link.close()
    assert frame.sort("actor.id").to_dict(as_series=False) == {
        "actor.id": [1, 3, 5], "r.w": [1.0, 0.5, 2.0], "r.t": ["a", "7", None],
    }  # fmt: skip


def test_elements_without_a_row_are_seen(graph: Neo4jServer) -> None:
    """What is compared counts elements; whether one is a row, its ends decide."""
    likes(graph, "at: 1", "at: 2")
    likes(graph, "at: 3", label="Bot")
    for path in (
        LIKES["path"],
        "(actor:Person)<-[r:LIKES]-(target)",
        "(actor)-[r:LIKES]->(target)",
    ):
        found = read_likes(graph, neo4j={"path": path})
        assert (found.counted, found.seen, found.complete) == (3, 3, True)


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


def test_times_of_all_kinds_are_the_same_time(graph: Neo4jServer) -> None:
    likes(
        graph,
        "at: datetime('2014-08-09T14:00:00+02:00[Europe/Paris]')",
        "at: datetime('2014-08-09T12:00:00.25Z')",
        "at: localdatetime('2014-08-09T12:00:00')",
        "at: '2014-08-09T12:00:00Z'",
    )
    frame = read_likes(graph, columns=AT).reading.frame
    assert frame["at"].to_list() == [1407585600] * 4
    sent(graph, "MATCH ()-[r:LIKES]->() DELETE r")
    likes(graph, "at: 1407585600000", "at: datetime('2014-08-09T12:00:00Z')", "at: '1407585600000'")
    frame = read_likes(graph, columns=AT, time={"format": "epoch_ms"}).reading.frame
    assert frame["at"].to_list() == [1407585600] * 3
    sent(graph, "MATCH ()-[r:LIKES]->() DELETE r")
    likes(graph, "at: date('2014-08-09')", "at: 1407542400")
    frame = read_likes(graph, columns=AT, time={"format": "epoch_s"}).reading.frame
    assert frame["at"].to_list() == [1407542400] * 2


def test_bad_values_are_refused_by_what_they_say(graph: Neo4jServer) -> None:
    likes(
        graph, "w: 1", "w: '2.5'", "w: 'much'", "w: -1", "w: 0.0/0.0", "w: [1, 2]", "w: true",
        "w: point({x: 1, y: 2})", "v: 1",
    )  # fmt: skip
    columns = {"actor": "actor.id", "target": "target.id", "kind": "type(r)", "weight": "r.w"}
    found = read_likes(graph, columns=columns)
    assert sorted(found.reading.frame["weight"]) == [1, 1, 2.5]  # one without a weight counts once
    rejects = found.reading.rejects.frame
    reasons = dict(zip(rejects["text"], rejects["reason"], strict=True))
    told = {text.partition(",")[0]: why for text, why in reasons.items()}
    assert told == {
        "actor.id=5": "weight is not a number",
        "actor.id=7": "weight is negative",
        "actor.id=9": "weight is not finite",
        "actor.id=11": "r.w is a list; text, a number or a time is needed",
        "actor.id=13": "weight is not a number",
        "actor.id=15": "r.w is a CartesianPoint; text, a number or a time is needed",
    }
    assert len(found.events) == 7  # the two whose values have no text do not come as far
    assert found.reading.read == 9


def test_ids_keep_every_digit(graph: Neo4jServer) -> None:
    sent(graph, "CREATE (:Person {id: 9007199254740993})-[:LIKES]->(:Person {id: 7.0})")
    frame = read_likes(graph).reading.frame
    assert frame.row(0)[3:5] == ("x:9007199254740993", "x:7")


def test_topics_may_be_lists_or_single_words(graph: Neo4jServer) -> None:
    likes(graph, "t: ['b', 'a']", "t: 'c'", "x: 1")
    columns = {"actor": "actor.id", "target": "target.id", "kind": "type(r)", "topic": "r.t"}
    frame = read_likes(graph, columns=columns).reading.frame.sort("actor")
    assert frame["topics"].to_list() == [["a", "b"], ["c"], []]


def test_a_missing_property_is_a_rejection_and_of_all_an_error(graph: Neo4jServer) -> None:
    likes(graph, "at: 1, since: 2", "since: 2")
    found = read_likes(graph, columns=AT, time={"format": "epoch_s"})
    assert found.reading.rejects.frame["reason"].to_list() == ["at is missing"]
    with pytest.raises(InputError, match=r'property "sinec".*Did you mean "since".*"at", "since"'):
        read_likes(graph, columns={**AT, "at": "r.sinec"})


def test_unknown_words_and_paths_that_match_nothing(graph: Neo4jServer) -> None:
    with pytest.raises(InputError, match=r'no label "Person".*It has'):
        read_likes(graph)
    likes(graph, "at: 1")
    with pytest.raises(InputError, match=r'type "LIKE".*Did you mean "LIKES"'):
        read_likes(graph, neo4j={"path": "(actor:Person)-[r:LIKE]->(target:Person)"})
    sent(graph, "CREATE (:Page)")
    with pytest.raises(InputError, match="matches nothing, though 1 of its elements"):
        read_likes(graph, neo4j={"path": "(actor:Person)-[r:LIKES]->(target:Page)"})


def test_odd_names_are_quoted_and_change_nothing(graph: Neo4jServer) -> None:
    odd = "a`b é)-[x]->() DETACH DELETE n //"
    name = "`" + odd.replace("`", "``") + "`"
    sent(graph, f"CREATE (:{name} {{{name}: 1}})-[:{name}]->(:{name} {{{name}: 2}})")
    before = everything(graph)
    found = read_likes(
        graph,
        neo4j={"path": f"({name}:{name})-[r:{name}]->(b:{name})"},
        columns={"actor": f"{name}.{name}", "target": f"b.{name}"},
        constants={"kind": "like"},
    )
    assert found.reading.frame.row(0)[3:5] == ("x:1", "x:2")
    assert everything(graph) == before


def test_the_same_key_under_another_label_is_the_same_account(graph: Neo4jServer) -> None:
    likes(graph, "at: 1")
    likes(graph, "at: 1", label="Bot")
    found = read_likes(graph, neo4j={"path": "(actor)-[r:LIKES]->(target)"})
    assert found.reading.read == 2
    assert len(found.events) == 1


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
    """Managed reads, which the driver sends in READ mode, and runs in sessions of READ mode."""
    likes(graph, "at: 1")
    modes: list[str] = []
    execute, send = neo4j.Session.execute_read, neo4j.Session.run

    def refused(*given: Any, **more: Any) -> Any:
        raise AssertionError("a transaction that writes")

    def managed(self: Any, *given: Any, **more: Any) -> Any:
        modes.append("READ")
        return execute(self, *given, **more)

    def alone(self: Any, *given: Any, **more: Any) -> Any:
        modes.append(self._config.default_access_mode)
        return send(self, *given, **more)

    for name, by in (
        ("execute_read", managed), ("run", alone),
        ("execute_write", refused), ("begin_transaction", refused),
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
    run_, asked = neo4j.ManagedTransaction.run, []

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

    monkeypatch.setattr(neo4j.ManagedTransaction, "run", short_of_memory)
    assert read_likes(graph).reading.read == 40
    assert sum(size for size in asked if size <= 10) == wanted
