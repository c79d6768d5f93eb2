"""Columns as parameters: which texts go as one, and which cannot."""

from __future__ import annotations

import polars as pl
import pytest

from graphengine.stores.neo4j.columns import as_parameters

THROUGH = (
    "UNWIND range(0, size($key) - 1) AS i\nMERGE (a:Account {key: $key[i]})\nSET a.name = $name[i]"
)


@pytest.mark.parametrize("values", [["a\nb"], ["a", "b\n"], ["\n", ""], ["a", None]])
def test_texts_that_could_not_be_told_apart_go_one_by_one(values: list[str | None]) -> None:
    keys = [f"x:{n}" for n in range(len(values))]
    text, given = as_parameters(THROUGH, pl.DataFrame({"key": keys, "name": values}))
    assert given["name"] == values
    assert given["key"].split("\n") == keys
    assert "$name[i]" in text


@pytest.mark.parametrize("values", [[""], ["", ""], ["%0A", "\\n", "'"], ["\r", "\u2028"]])
def test_other_texts_are_split_into_what_they_were(values: list[str]) -> None:
    frame = pl.DataFrame({"key": values, "name": pl.Series([None] * len(values), dtype=pl.String)})
    text, given = as_parameters(THROUGH, frame)
    assert given["key"].split("\n") == values
    assert "size(of_key)" in text
    assert given["name"] == []


LINKS = """UNWIND range(0, size($actor) - 1) AS i
MATCH (a:Account {key: $actor[i]})
MATCH (t:Topic {key: $topic[i]})
CREATE (a)-[:SCORED {topic: $topic[i], rank: $rank[i]}]->(t)"""


def _links(actors: list[str], topics: list[str]) -> pl.DataFrame:
    return pl.DataFrame({"actor": actors, "topic": topics, "rank": range(len(actors))})


def test_nodes_that_many_rows_name_are_sent_and_looked_up_once() -> None:
    """Those of whom there are fewer come first, and who is looked up is compared with who was meant."""
    frame = _links(["x:1", "x:2", "x:3"] * 4, ["t/b", "t/a"] * 6)
    text, given = as_parameters(LINKS, frame, complete=True)
    assert (
        text
        == """UNWIND split($topic, '\\n') AS key
MATCH (x:Topic {key: key})
WITH collect(x) AS nodes_of_topic, collect(x.key) AS keys_of_topic
WHERE keys_of_topic = split($topic, '\\n')
UNWIND split($actor, '\\n') AS key
MATCH (x:Account {key: key})
WITH nodes_of_topic, keys_of_topic, collect(x) AS nodes_of_actor, collect(x.key) AS keys_of_actor
WHERE keys_of_actor = split($actor, '\\n')
WITH nodes_of_topic, keys_of_topic, nodes_of_actor, keys_of_actor, \
split($places_of_topic, '\\n') AS places_of_topic, split($places_of_actor, '\\n') AS places_of_actor, \
split($rank, '\\n') AS of_rank
UNWIND range(0, size(places_of_actor) - 1) AS i
WITH *, nodes_of_actor[toInteger(places_of_actor[i])] AS a
WITH *, nodes_of_topic[toInteger(places_of_topic[i])] AS t
CREATE (a)-[:SCORED {topic: keys_of_topic[toInteger(places_of_topic[i])], rank: toInteger(of_rank[i])}]->(t)"""
    )
    assert (given["actor"], given["topic"]) == ("x:1\nx:2\nx:3", "t/b\nt/a")
    places = given["places_of_topic"].split("\n")
    assert [given["topic"].split("\n")[int(n)] for n in places] == ["t/b", "t/a"] * 6


@pytest.mark.parametrize("actors", [["x:1", "x:2", "x:3"], ["x:1", "x\n:1", "x:1", "x:1"]])
def test_nodes_that_few_rows_name_are_looked_up_row_by_row(actors: list[str]) -> None:
    text, _ = as_parameters(LINKS, _links(actors, ["t/a"] * len(actors)), complete=True)
    assert "MATCH (a:Account" in text


def test_a_statement_that_may_pass_over_nodes_looks_for_each() -> None:
    text, _ = as_parameters(LINKS, _links(["x:1"] * 9, ["t/a", "t/b", "t/a"] * 3))
    assert "MATCH (a:Account" in text
    assert "MATCH (t:Topic" in text


@pytest.mark.parametrize(
    ("values", "sent", "asked"),
    [
        ([7, 7, 7], 7, "$v"),
        (["a\n", "a\n"], "a\n", "$v"),
        ([1, None, 3], [1.0, None, 3.0], "toInteger($v[i])"),
        ([-(2**53), 2**53], [-(2.0**53), 2.0**53], "toInteger($v[i])"),
        ([7, 0, 123], "007\n000\n123", "toInteger(of_v[i])"),
        ([2**32 - 1, 2**32], "4294967295\n4294967296", "toInteger(of_v[i])"),
        ([2**53, 0], f"{2**53}\n{0:016d}", "toInteger(of_v[i])"),
        ([0, 2**53 + 1], [0, 2**53 + 1], "$v[i]"),
        ([0.5, 0.5], 0.5, "$v"),
        ([0.0, -0.0], [0.0, -0.0], "$v[i]"),
        ([float("nan")] * 2, [float("nan")] * 2, "$v[i]"),
        ([None, None], [], "$v[i]"),
        ([None, 1.5], [None, 1.5], "$v[i]"),
    ],
)
def test_values_go_the_cheapest_way_that_keeps_them(
    values: list[object], sent: object, asked: str
) -> None:
    keys = [f"x:{n}" for n in range(len(values))]
    text, given = as_parameters(
        "UNWIND range(0, size($key) - 1) AS i\nCREATE (:A {key: $key[i], v: $v[i]})",
        pl.DataFrame({"key": keys, "v": values}),
    )
    assert f"v: {asked}}})" in text
    plain = {list: list, str: str}.get(type(sent), lambda value: value)
    assert repr(plain(given["v"])) == repr(sent)


def test_a_statement_that_drops_what_it_has_not_named_gets_lists() -> None:
    text = "UNWIND range(0, size($key) - 1) AS i\nWITH $key[i] AS key\nMERGE (:Topic {key: key})"
    assert as_parameters(text, pl.DataFrame({"key": ["a", "b"]})) == (text, {"key": ["a", "b"]})


def test_a_parameter_is_short_to_print() -> None:
    frame = pl.DataFrame({"key": ["secret"] * 9, "name": ["a\nb"] * 9})
    _, given = as_parameters(THROUGH, frame)
    assert "secret" not in repr(given)
    assert len(repr(given)) < 80
