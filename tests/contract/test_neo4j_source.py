"""Somebody's Neo4j as a source, on a real server: what is read, refused, left alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.neo4j_cases import everything, link_to, sent
from support.neo4j_likes import AT, likes, log_of
from support.run_job import ROOT, Silent, password_in_environment
from support.twitter_graph import LIKES, graph_job, likes_source, read_likes, tweet_graph

from graphengine.errors import InputError
from graphengine.job import load_job
from graphengine.pipeline import run, top
from graphengine.readers.graph import read_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.neo4j_server import Neo4jServer


@pytest.fixture
def graph(bare_neo4j: Neo4jServer) -> Iterator[Neo4jServer]:
    """An empty database, and its password where the jobs look for it."""
    with password_in_environment(bare_neo4j):
        yield bare_neo4j


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
