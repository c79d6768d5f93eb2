"""What changed between two moments: steps that add up, each of what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from support.reason_worlds import MODEL, NOW, log_scores, world

from graphengine.scoring import load_anchors
from graphengine.scoring.parts import DAY, Evidence
from graphengine.scoring.reasons import Moment, explain_changes, explain_person
from graphengine.scoring.reasons.changes import STEPS, WEIGHTS

ANCHORS = load_anchors()
EARLY = NOW - int(4 * DAY)
WHO = "x:01"


def _steps(before: Moment, after: Moment, who: str = WHO) -> dict[str, float]:
    table = explain_changes(before, after, who, model=MODEL, anchors=ANCHORS)
    for one, two in (("change", _log), ("points", _score)):
        expected = two(after, who) - two(before, who)
        assert table[one].sum() == pytest.approx(expected, abs=1e-8)
    return dict(table.select("step", "change").iter_rows())


def _log(moment: Moment, who: str) -> float:
    return log_scores(moment.evidence, moment.as_of).get(who, 0.0)


def _score(moment: Moment, who: str) -> float:
    return float(ANCHORS.score(np.exp(np.array([_log(moment, who)])))[0])


@pytest.mark.parametrize("seed", range(3))
def test_the_steps_add_up_to_the_difference(seed: int) -> None:
    later = world(seed)
    earlier = replace(later, events=later.events.sample(fraction=0.7, seed=seed))
    changed = later.events.with_row_index().with_columns(
        weight=pl.when(pl.col("index") % 9 == 0).then(2.0).otherwise("weight")
    )
    found = _steps(
        Moment(earlier, EARLY), Moment(replace(later, events=changed.drop("index")), NOW)
    )
    assert found["time passed"] < 0.0 < found["gained"]


def test_time_alone() -> None:
    evidence = world(1)
    kept = evidence.events.filter(pl.col("at").is_null() | (pl.col("at") <= EARLY))
    past = Evidence(kept)
    found = _steps(Moment(past, EARLY), Moment(past, NOW))
    assert found.pop("time passed") < 0.0
    assert set(found.values()) == {0.0}


def test_events_taken_back_alone() -> None:
    evidence = Evidence(world(1).events)
    fewer = replace(evidence, events=evidence.events.filter(pl.col("actor") != "x:02"))
    found = _steps(Moment(evidence, NOW), Moment(fewer, NOW))
    assert found.pop("taken back") < 0.0
    assert set(found.values()) == {0.0}


def test_events_gained_alone() -> None:
    later = Evidence(world(1).events)
    gone = (pl.col("actor") == "x:02") & (pl.col("target") == WHO)
    earlier = replace(later, events=later.events.filter(~gone))
    found = _steps(Moment(earlier, NOW), Moment(later, NOW))
    assert found.pop("gained") > 0.0
    assert set(found.values()) == {0.0}


def test_what_others_did_alone() -> None:
    later = Evidence(world(1).events)
    elsewhere = (pl.col("actor") == "x:02") & (pl.col("target") != WHO)
    earlier = replace(later, events=later.events.filter(~elsewhere))
    found = _steps(Moment(earlier, NOW), Moment(later, NOW))
    assert found.pop("others") != 0.0
    assert set(found.values()) == {0.0}


def test_somebody_new_and_somebody_gone() -> None:
    later = Evidence(world(1).events)
    names = (pl.col("actor") == WHO) | (pl.col("target") == WHO)
    without = replace(later, events=later.events.filter(~names))
    came = _steps(Moment(without, EARLY), Moment(later, NOW))
    assert came["gained"] > 0.0
    assert came["taken back"] == came["time passed"] == 0.0
    went = _steps(Moment(later, EARLY), Moment(without, NOW))
    assert went["taken back"] < 0.0
    assert went["gained"] == 0.0


def test_counts() -> None:
    later = Evidence(world(1).events)
    earlier = replace(later, events=later.events.head(100))
    table = explain_changes(
        Moment(earlier, NOW), Moment(later, NOW), WHO, model=MODEL, anchors=ANCHORS
    )
    others = later.events.filter(pl.col("actor") != pl.col("target"))
    new = others.filter(~pl.col("event_id").is_in(earlier.events["event_id"].implode()))
    mine = (pl.col("target") == WHO).sum()
    assert dict(table.select("step", "events").iter_rows()) == {
        "taken back": 0,
        "time passed": others.height - new.height - _others_than(others, new),
        "gained": new.select(mine).item(),
        "others": new.height - new.select(mine).item(),
    }


def _others_than(others: pl.DataFrame, new: pl.DataFrame) -> int:
    """Known events that do not name the person."""
    known = others.filter(~pl.col("event_id").is_in(new["event_id"].implode()))
    return known.filter(pl.col("target") != WHO).height


def test_other_weights_are_the_first_step() -> None:
    """Learned anew in between: the log-score of before is that of its own weights."""
    moment = Moment(world(2), NOW)
    equal = {key: 1.0 / len(MODEL.weights) for key in MODEL.weights}
    other = replace(MODEL, weights=equal, level=((0.5, 1.0),))
    table = explain_changes(moment, moment, WHO, model=MODEL, anchors=ANCHORS, earlier=other)
    before = explain_person(moment.evidence, WHO, model=other, anchors=ANCHORS, as_of=NOW).log_score
    assert table["step"].to_list() == [WEIGHTS, *STEPS]
    assert table["change"].to_list() == pytest.approx([_log(moment, WHO) - before, 0, 0, 0, 0])
    was = other.anchored(ANCHORS).score(np.exp([before]))[0]
    assert table["points"][0] == pytest.approx(_score(moment, WHO) - was)
    assert was > ANCHORS.score(np.exp([before]))[0] + 1.0
    assert abs(table["change"][0]) > 0.01
    assert table["events"][0] > 0
    same = explain_changes(
        moment, moment, WHO, model=MODEL, anchors=ANCHORS, earlier=replace(MODEL)
    )
    assert same["step"].to_list() == list(STEPS)
