"""The strongest-kind rule and the shares of topics, against dictionaries."""

from __future__ import annotations

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.event_rows import ALL, interactions

from graphengine.events import KINDS
from graphengine.graph import compress, influence_events, topic_events, weighted

EVENT = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(KINDS),
        "actor": st.sampled_from("abc"),
        "target": st.sampled_from("abc"),
        "post": st.sampled_from([None, "p", "q"]),
        "at": st.sampled_from([None, 1, 2]),
        "topics": st.sets(st.sampled_from("ABC")).map(sorted),
        "weight": st.sampled_from([0.5, 1.0, 2.0]),
    }
)
EVENTS = st.lists(EVENT, max_size=25)
WEIGHTS = st.dictionaries(st.sampled_from(KINDS), st.sampled_from([0.0, 0.5, 1.0, 2.0]))
TOPICS = pl.DataFrame({"word": list("ABC"), "topic": ["t/a", "t/b", "t/c"]})
PROPERTY = settings(max_examples=100)


def _strongest(rows: list[dict], weights: dict[str, float]) -> dict[str, float]:
    """event_id → weight of the strongest event of each act, one event at a time."""
    best: dict[object, tuple[tuple[object, ...], str, float]] = {}
    for row in rows:
        factor = weights.get(row["kind"], 1.0)
        if factor == 0.0:
            continue
        act: object = (row["actor"], row["target"], row["post"])
        if row["post"] is None:
            act = (*act, row["at"]) if row["at"] is not None else row["event_id"]
        strength = (-factor, KINDS.index(row["kind"]), -row["weight"], row["event_id"])
        if act not in best or strength < best[act][0]:
            best[act] = (strength, row["event_id"], row["weight"] * factor)
    return {event: weight for _, event, weight in best.values()}


@PROPERTY
@given(EVENTS, WEIGHTS)
def test_the_strongest_of_each_act(rows: list, weights: dict) -> None:
    frame = interactions(*rows)
    kept = influence_events(frame, weights=weights, endorsements=KINDS)
    expected = _strongest(frame.to_dicts(), weights)
    assert dict(kept.select("event_id", "weight").iter_rows()) == expected


@PROPERTY
@given(EVENTS)
def test_topics_are_independent_and_shares_sum_to_one(rows: list) -> None:
    frame = interactions(*rows)
    events = weighted(frame, **ALL)
    shared = topic_events(events, TOPICS)
    for word, topic in TOPICS.iter_rows():
        inside = frame.filter(pl.col("topics").list.contains(word))
        expected = _strongest(inside.to_dicts(), {})
        assert set(shared.filter(pl.col("topic") == topic)["event_id"]) == set(expected)
        alone = topic_events(weighted(inside, **ALL), TOPICS).filter(pl.col("topic") == topic)
        assert alone.sort("event_id").equals(
            shared.filter(pl.col("topic") == topic).sort("event_id")
        )
    for event in shared.iter_rows(named=True):
        named = frame.filter(pl.col("event_id") == event["event_id"])["topics"].to_list()[0]
        assert event["share"] == pytest.approx(1 / len(named))


@PROPERTY
@given(EVENTS)
def test_the_graph_is_the_sum_of_its_events(rows: list) -> None:
    events = influence_events(interactions(*rows), **ALL)
    graph = compress("t/a", events)
    pairs: dict[tuple[str, str], float] = defaultdict(float)
    received: dict[str, int] = defaultdict(int)
    for event in events.iter_rows(named=True):
        if event["actor"] != event["target"]:
            pairs[event["actor"], event["target"]] += event["weight"]
            received[event["target"]] += 1
    names = graph.accounts.to_list()
    found = graph.endorsement_matrix().tocoo()
    coordinates = zip(*found.coords, strict=True)
    assert {
        (names[u], names[v]): w for (u, v), w in zip(coordinates, found.data, strict=True)
    } == pytest.approx(dict(pairs))
    assert {n: int(c) for n, c in zip(names, graph.events, strict=True) if c} == received
    assert names == sorted({n for pair in pairs for n in pair})
