"""Measures and judgement: the closed list, followers of the past, and "too few to judge"."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from graphengine.influence.kernels.resamples import LANES, reached
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY, Evidence, score_parts
from graphengine.scoring.validation.judged import _reactors, followers_explained, judged
from graphengine.scoring.validation.measures import (
    MEASURES,
    MONTH,
    followers_before,
    single_measures,
)
from graphengine.scoring.validation.outcomes import Outcome


def _outcome(reactors: np.ndarray) -> Outcome:
    n = len(reactors)
    pairs = pl.DataFrame(
        {
            "place": np.repeat(np.arange(n), reactors.astype(int)),
            "actor": [f"u{i}" for i in range(int(reactors.sum()))],
        }
    )
    accounts = pl.Series([f"x:{i:03d}" for i in range(n)])
    return Outcome(accounts, reactors, np.zeros(n), pairs, 0)


def test_a_true_measure_beats_a_random_one_and_its_interval_says_so() -> None:
    rng = np.random.default_rng(2)
    reactors = rng.poisson(5.0, 300).astype(float)
    measures = {"true": reactors + rng.normal(size=300), "random": rng.normal(size=300)}
    found = judged(_outcome(reactors), measures, k=20, draws=50, rng=rng)
    assert found.verdict == "judged"
    rows = {(m, n): (v, lo, hi) for m, n, v, lo, hi in found.table.rows()}
    for metric in ("spearman", "NDCG@20", "precision@20", "people reached by 20"):
        true, random = rows["true", metric], rows["random", metric]
        assert true[1] > random[2], metric
        assert all(low <= value <= high for value, low, high in (true, random)), metric
    assert math.isnan(rows["true", "spearman, new reactors"][0])  # nobody new: no number made up
    first = np.argsort(-measures["true"])[:20]  # nobody here reacts to two people
    assert rows["true", "people reached by 20"][0] == reactors[first].sum()


def test_ninety_nine_people_with_an_outcome_are_too_few() -> None:
    reactors = np.zeros(400)
    reactors[:99] = 3.0
    found = judged(_outcome(reactors), {"score": reactors}, rng=np.random.default_rng(1))
    assert found.verdict == "too few to judge"
    assert found.table.is_empty()
    reactors[99] = 1.0
    found = judged(_outcome(reactors), {"score": reactors}, draws=5, rng=np.random.default_rng(1))
    assert found.verdict == "judged"


def test_measures_must_fit_the_people() -> None:
    for bad in (np.zeros(2), np.array([np.nan, 0.0, 0.0])):
        with pytest.raises(ValueError, match="needs 3 finite values"):
            judged(_outcome(np.ones(3)), {"score": bad}, rng=np.random.default_rng(1))


def test_follower_counts_are_the_last_before_the_cut() -> None:
    counts = pl.DataFrame(
        {"account": ["a", "a", "a", "b"], "at": [1, 5, 9, 9], "n": [10.0, 20.0, 9e9, 7.0]}
    )
    found = followers_before(counts, pl.Series(["b", "a", "c"]), cut=5)
    assert found[1] == 20.0
    assert np.isnan(found[[0, 2]]).all()


def test_the_list_of_measures_is_closed_and_each_is_what_it_says() -> None:
    events = pl.DataFrame(
        {
            "actor": ["b", "b", "c", "a"], "target": ["a", "a", "a", "b"],
            "at": [0, 0, int(30 * DAY), 0], "weight": [1.0] * 4, "about": ["p", "q", "q", "r"],
        }
    )  # fmt: skip
    model = load_model()
    parts = score_parts(Evidence(events), as_of=int(30 * DAY), wanted=[*model.wanted, MONTH])
    found = single_measures(parts, model, events, followers=np.array([np.e - 1, 0.0, np.nan]))
    assert tuple(found) == MEASURES
    assert found["in-degree"].tolist() == [2.0, 1.0, 0.0]
    assert found["distinct endorsers"].tolist() == [1.5, 0.5, 0.0]
    assert found["events received"].tolist() == [3.0, 1.0, 0.0]
    assert found["mean cascade size"].tolist() == [1.5, 1.0, 0.0]
    assert found["log followers"][0] == pytest.approx(1.0)
    assert found["PageRank"].sum() == pytest.approx(1.0)
    assert found["PageRank"].argmax() == 0
    without = single_measures(parts, model, events.drop("about"))
    assert "log followers" not in without
    assert "mean cascade size" not in without


def test_fame_alone_is_found_out() -> None:
    rng = np.random.default_rng(5)
    fame = rng.normal(size=200)
    fame[:20] = np.nan
    reactors = np.exp(np.nan_to_num(fame) + rng.normal(size=200))
    kloutlike = np.nan_to_num(fame) + 1e-3 * rng.normal(size=200)
    r2, more = followers_explained(kloutlike, fame, reactors, draws=50, rng=rng)
    assert r2.low > 0.94
    assert more.low < 0.02
    r2, more = followers_explained(np.log(reactors), fame, reactors, draws=50, rng=rng)
    assert r2.high < 0.94
    assert more.low > 0.5


def test_a_difference_is_one_of_the_same_resamples() -> None:
    draw = np.random.default_rng(4)
    reactors = draw.poisson(2.0, 200).astype(float)
    measures = {"one": reactors + draw.normal(size=200), "two": draw.normal(size=200)}
    found = judged(
        _outcome(reactors), measures, less=[("one", "two")], k=10, draws=30,
        rng=np.random.default_rng(5),
    ).table  # fmt: skip
    pairs = {(m, n): v for m, n, v, *_ in found.iter_rows()}
    for metric in {n for _, n in pairs}:
        if math.isfinite(pairs["one", metric]):
            difference = pairs["one", metric] - pairs["two", metric]
            assert pairs["one less two", metric] == pytest.approx(difference)
    assert pairs["one less two", "spearman"] > 0.3


def test_people_reached_are_counted_once_whoever_reached_them() -> None:
    """Against a slow count; a resample without enough of the best looks further down."""
    draw = np.random.default_rng(6)
    n = 150
    rows = sorted({(int(p), f"u{a}") for p, a in draw.integers(0, [n, 40], (900, 2))})
    pairs = pl.DataFrame(rows, schema=["place", "actor"], orient="row")
    reactors = np.bincount(pairs["place"].to_numpy(), minlength=n).astype(float)
    outcome = Outcome(pl.Series([f"{i:03d}" for i in range(n)]), reactors, reactors, pairs, 0)
    values = draw.normal(size=n)
    order = np.argsort(-values, kind="stable")
    for k in (1, 3, 200):
        weights = (draw.random((n, LANES)) < 0.05).astype(float)
        weights[:, 0] = 1.0
        found = reached(order.astype(np.uint32), weights, k, _reactors(outcome))
        for column, weight in enumerate(weights.T):
            first = [p for p in order if weight[p] > 0.0][:k]
            assert found[column] == outcome.reached_by(np.array(first, dtype=np.int64))
