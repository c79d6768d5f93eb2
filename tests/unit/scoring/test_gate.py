"""What the gate says of two runs."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from graphengine.scoring.comparison import TopicChange
from graphengine.scoring.gate import DAY, Bands, Volume, broken_rules, volume_of

CALM = TopicChange("t", 1000, 0, 0, 50, 0.99, 0.1, (), ())
USUAL = Volume(100, 150.0, 100.0, 150.0, ("a", "b"), ("a", "b"), False, False)


def _said(change: TopicChange = CALM, after: Volume | None = USUAL, **before: Volume) -> list[str]:
    earlier = before.get("before", USUAL)
    return broken_rules([change], before=earlier, after=after, bands=Bands())


def test_nothing_is_said_of_a_calm_night() -> None:
    assert _said() == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (replace(CALM, moved=51), "5.1% of 1,000 people move by more than 5 points"),
        (replace(CALM, churn=0.31), "31% of the top 100 are gone"),
        (replace(CALM, correlation=0.89), "correlate by 0.890"),
        (replace(CALM, both=0, left=900), "900 people lose their score"),
    ],
)
def test_a_topic_outside_its_bands(changed: TopicChange, words: str) -> None:
    (said,) = _said(changed)
    assert said.startswith("t: ")
    assert words in said


def test_a_topic_with_few_people_is_not_judged() -> None:
    few = replace(CALM, both=99, moved=99, churn=1.0, correlation=-1.0)
    assert _said(few) == []


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        (replace(USUAL, events=9), "9 in events, a usual day 100"),
        (replace(USUAL, weight=14.0), "14 in weight, a usual day 150"),
        (replace(USUAL, sources=("a",)), "come from a; usually they come from a, b"),
        (replace(USUAL, one_weight=True), "weigh the same"),
    ],
)
def test_a_day_that_is_off(volume: Volume, words: str) -> None:
    (said,) = _said(after=volume)
    assert words in said
    assert _said(after=volume, before=volume) == []  # it was so before: no news


def test_the_volume_of_a_week() -> None:
    now = 10 * DAY
    rows = [
        (now - day * DAY - n, 1.0 + n % 2, "ab"[n % 2]) for day in range(8) for n in range(1, 11)
    ]
    rows += [(now - 9 * DAY, 99.0, "old"), (None, 99.0, "undated")]
    events = pl.DataFrame(rows, schema={"at": pl.Int64, "weight": pl.Float64, "source": pl.String},
                          orient="row")  # fmt: skip
    volume = volume_of(events, as_of=now)
    assert volume == Volume(10, 15.0, 10.0, 15.0, ("a", "b"), ("a", "b"), False, False)
    fewer = volume_of(
        events.filter((pl.col("at") < now - DAY) | (pl.col("source") == "a")), as_of=now
    )
    assert fewer.sources == ("a",)
    assert fewer.one_weight
    assert fewer.events == 5


def test_a_volume_is_read_back_from_a_manifest() -> None:
    import json
    from dataclasses import asdict

    assert Volume.read(json.loads(json.dumps(asdict(USUAL)))) == USUAL
