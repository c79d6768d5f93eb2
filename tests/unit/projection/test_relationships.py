"""Events as relationships."""

from __future__ import annotations

import polars as pl

from graphengine.eventlog.topics import topic_table
from graphengine.projection.relationships import relationships

TOPICS = topic_table({"T u", "V"}, "s")


def _events(*topics: list[str]) -> pl.DataFrame:
    one = {"kind": "like", "actor": "x:a", "target": "x:b", "at": 5, "weight": 2.0, "post": None}
    rows = [{"event_id": f"e{n}", **one, "topics": words} for n, words in enumerate(topics)]
    return pl.DataFrame(rows, schema_overrides={"post": pl.String, "topics": pl.List(pl.String)})


def test_events_of_one_topic_each_become_what_they_become_among_others() -> None:
    few: list[list[str]] = [["V"], [], ["T u"], ["V"]]
    alone = relationships(_events(*few), TOPICS)
    among = relationships(_events(*few, ["T u", "V"]), TOPICS)
    assert alone["topic"].to_list() == ["s/v", "s/none", "s/t-u", "s/v"]
    assert alone.equals(among.filter(pl.col("event_id") != "e4"))
    assert among.filter(event_id="e4").select("topic", "share").rows() == [
        ("s/t-u", 0.5), ("s/v", 0.5),
    ]  # fmt: skip


def test_no_events_are_no_relationships() -> None:
    some = relationships(_events(["V"]), TOPICS)
    none = relationships(_events(["V"]).clear(), TOPICS)
    assert none.is_empty()
    assert none.schema == some.schema
