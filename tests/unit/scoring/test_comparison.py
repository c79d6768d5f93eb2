"""Two score tables side by side."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy.stats import spearmanr

from graphengine.scoring.comparison import compare_scores, movers


def _table(scores: dict[str, float], *, topic: str = "t") -> pl.DataFrame:
    names = list(scores)
    table = pl.DataFrame({"account": names, "topic": topic, "score": list(scores.values())})
    return table.sort("score", descending=True).with_columns(
        rank=pl.int_range(1, len(names) + 1), endorsers=3, raw=pl.col("score") + 1, credit=0.0
    )


def test_counts_of_who_moved_came_and_left() -> None:
    before = _table({"a": 50.0, "b": 40.0, "c": 30.0, "gone": 20.0})
    after = _table({"a": 55.0, "b": 45.1, "c": 30.0, "new": 1.0, "newer": 2.0})
    (change,) = compare_scores(before, after)
    assert (change.both, change.came, change.left) == (3, 2, 1)
    assert change.moved == 1  # by more than five points, and five is not more
    assert change.moved_share == pytest.approx(1 / 3)
    assert change.before[-1] == 50.0
    assert change.after[-1] == 55.0


def test_correlation_is_spearmans_with_ties() -> None:
    random = np.random.default_rng(0)
    old = random.integers(1, 20, 200).astype(float)
    new = old + random.integers(-5, 6, 200)
    names = [f"a{i:03}" for i in range(200)]
    (change,) = compare_scores(
        _table(dict(zip(names, old, strict=True))), _table(dict(zip(names, new, strict=True)))
    )
    assert change.correlation == pytest.approx(spearmanr(old, new).statistic, abs=1e-12)


def test_churn_is_the_part_of_the_old_top_that_is_gone() -> None:
    before = _table({f"a{i:03}": 100.0 - i / 10 for i in range(200)})
    after = _table({f"a{i:03}": 100.0 - abs(i - 30) / 10 for i in range(200)})
    (change,) = compare_scores(before, after)
    assert change.churn == 0.0  # the hundred nearest to the thirtieth are the first hundred still
    shifted = _table({f"a{i + 25:03}": 100.0 - i / 10 for i in range(200)})
    assert compare_scores(before, shifted)[0].churn == pytest.approx(0.25)


def test_topics_of_one_run_alone_count_in_full() -> None:
    changes = compare_scores(_table({"a": 2.0}, topic="x"), _table({"a": 2.0}, topic="y"))
    assert [(c.topic, c.both, c.came, c.left, c.correlation) for c in changes] == [
        ("x", 0, 0, 1, None),
        ("y", 0, 1, 0, None),
    ]
    assert changes[0].after == ()
    assert changes[0].churn == 1.0
    assert changes[1].churn == 0.0


def test_movers_say_what_changed_beside_the_score() -> None:
    before = _table({"a": 10.0, "b": 20.0, "c": 30.0, "d": 40.0})
    after = _table({"a": 15.0, "b": 10.0, "c": 30.0, "d": 45.0})
    rows = movers(before, after, n=2).rows(named=True)
    assert [(r["account"], r["change"]) for r in rows] == [("b", -10.0), ("a", 5.0)]
    assert (rows[0]["rank_before"], rows[0]["rank"]) == (3, 4)
    assert (rows[0]["score_before"], rows[0]["raw_before"], rows[0]["raw"]) == (20.0, 21.0, 11.0)
    assert movers(before, before, n=2).is_empty()


@pytest.mark.parametrize("points", [-1.0, float("nan")])
def test_points_that_are_none(points: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        compare_scores(_table({"a": 1.0}), _table({"a": 1.0}), points=points)


def test_no_movers_asked_for() -> None:
    with pytest.raises(ValueError, match="1 or more"):
        movers(_table({"a": 1.0}), _table({"a": 1.0}), n=0)
