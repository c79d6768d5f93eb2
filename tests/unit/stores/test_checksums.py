"""Checksums of a run's tables, and what they notice."""

from __future__ import annotations

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.store_cases import run_scores

from graphengine.stores.checksums import TopicSum, differences, topic_sums
from graphengine.stores.embedded.check import sums_of

SCORES = run_scores(1).scores


def changed(column: str, value: object) -> pl.DataFrame:
    """One value of one row changed."""
    row = pl.int_range(pl.len()) == 1
    return SCORES.with_columns(
        pl.when(row).then(pl.lit(value, SCORES[column].dtype)).otherwise(column).alias(column)
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("account", "x:9"),
        ("rank", 3),
        ("score", math.nextafter(SCORES["score"][1], 0.0)),
        ("pct", -0.0),
        ("endorsers", None),
        ("credit", None),
        ("cascades", None),
        ("cascade_size", 0.5),
        ("passed_on", 0),
        ("spread", None),
        ("spread_low", math.nextafter(SCORES["spread_low"][1], 0.0)),
        ("spread_high", 0.0),
    ],
)
def test_any_change_is_noticed_and_named(column: str, value: object) -> None:
    found = differences(topic_sums(SCORES), topic_sums(changed(column, value)), what="scores")
    assert found == ['the topic "t/a" has 2 scores of 2, but not the same ones']


def test_a_row_that_moves_to_another_topic_is_missed_in_both() -> None:
    found = differences(topic_sums(SCORES), topic_sums(changed("topic", "t/b")), what="scores")
    assert found == ['the topic "t/a" has 1 scores of 2', 'the topic "t/b" has 3 scores of 2']


def test_zero_and_minus_zero_are_two_values() -> None:
    sums = [topic_sums(changed("pct", value)) for value in (0.0, -0.0)]
    assert sums[0] != sums[1]


def test_values_that_change_places_are_noticed() -> None:
    swapped = SCORES.with_columns(pct="raw", raw="pct")
    assert topic_sums(swapped)["t/a"] != topic_sums(SCORES)["t/a"]


@given(st.permutations(range(6)), st.integers(0, 6))
def test_neither_order_nor_pages_matter(order: list[int], cut: int) -> None:
    frame = SCORES[order]
    parts = [topic_sums(frame[:cut]), topic_sums(frame[cut:])]
    whole = {
        topic: sum((part.get(topic, TopicSum()) for part in parts), TopicSum())
        for topic in topic_sums(SCORES)
    }
    assert whole == topic_sums(SCORES)


def test_no_rows_are_no_topics() -> None:
    assert topic_sums(SCORES.clear()) == {}
    assert sums_of([]) == {}


def test_the_embedded_stores_own_sums_notice_the_same() -> None:
    rows = SCORES.select("topic", pl.all().exclude("topic")).rows()
    assert sums_of(rows) == sums_of(rows[::-1])
    for column, value in (("score", math.nextafter(SCORES["score"][1], 0.0)), ("credit", None)):
        other = changed(column, value).select("topic", pl.all().exclude("topic")).rows()
        assert sums_of(other) != sums_of(rows)
