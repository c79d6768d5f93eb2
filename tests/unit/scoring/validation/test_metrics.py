"""Metrics against slow, obvious ones: all orders of ties, SciPy's correlation, repeated people."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats

from graphengine.influence.kernels.resamples import LANES
from graphengine.scoring.validation.bootstrap import estimate, estimate_of_draws, resampled
from graphengine.scoring.validation.metrics import (
    Outcomes,
    ndcg,
    partial_r2,
    precision,
    ranked,
    spearman,
)

rng = np.random.default_rng(11)


def _repeat(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return np.repeat(values, weight.astype(int))


@pytest.mark.parametrize("seed", range(5))
def test_spearman_is_scipys_and_weights_are_repeats(seed: int) -> None:
    draw = np.random.default_rng(seed)
    x, y = draw.integers(0, 5, 40).astype(float), draw.integers(0, 9, 40).astype(float)
    w = draw.integers(0, 4, 40).astype(float)
    assert spearman(ranked(x), ranked(y)) == pytest.approx(scipy.stats.spearmanr(x, y).statistic)
    expected = scipy.stats.spearmanr(_repeat(x, w), _repeat(y, w)).statistic
    assert spearman(ranked(x), ranked(y), w) == pytest.approx(expected)


def test_a_constant_has_no_correlation() -> None:
    assert math.isnan(spearman(ranked(np.ones(3)), ranked(np.arange(3.0))))


def _orders(score: np.ndarray) -> list[tuple[int, ...]]:
    every = itertools.permutations(range(len(score)))
    return [o for o in every if all(score[a] >= score[b] for a, b in itertools.pairwise(o))]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("k", [1, 2, 4, 9])
def test_ndcg_and_precision_are_the_mean_over_all_orders_of_ties(seed: int, k: int) -> None:
    draw = np.random.default_rng(seed)
    score, gain = draw.integers(0, 3, 6).astype(float), draw.integers(0, 3, 6).astype(float)
    gain[0] = 5.0

    def gained(order: tuple[int, ...]) -> float:
        return sum(gain[p] / math.log2(i + 2) for i, p in enumerate(order[:k]))

    best = max(gained(o) for o in itertools.permutations(range(6)))
    expected = np.mean([gained(o) for o in _orders(score)]) / best
    assert ndcg(ranked(score), ranked(gain), k=k) == pytest.approx(expected)
    first = min(k, 6)
    both = [len({*a[:first]} & {*b[:first]}) / first for a in _orders(score) for b in _orders(gain)]
    assert precision(ranked(score), ranked(gain), k=k) == pytest.approx(np.mean(both))


@pytest.mark.parametrize("k", [2, 5])
def test_weights_of_gain_and_precision_are_repeats(k: int) -> None:
    score, gain = rng.integers(0, 4, 12).astype(float), rng.integers(0, 4, 12).astype(float)
    w = rng.integers(0, 3, 12).astype(float)
    again = ranked(_repeat(score, w)), ranked(_repeat(gain, w))
    assert ndcg(ranked(score), ranked(gain), k=k, weight=w) == pytest.approx(ndcg(*again, k=k))
    found = precision(ranked(score), ranked(gain), k=k, weight=w)
    assert found == pytest.approx(precision(*again, k=k))


def test_gain_is_linear_not_exponential() -> None:
    score, gain = ranked(np.array([2.0, 1.0])), ranked(np.array([1.0, 3.0]))
    assert ndcg(score, gain, k=2) == pytest.approx((1 + 3 / math.log2(3)) / (3 + 1 / math.log2(3)))
    assert math.isnan(ndcg(score, ranked(np.zeros(2)), k=2))


def test_partial_r2_is_the_gain_of_a_second_regression() -> None:
    given, score = rng.normal(size=50), rng.normal(size=50)
    outcome = given + 0.5 * score + rng.normal(size=50)

    def unexplained(*columns: np.ndarray) -> float:
        X = np.column_stack([np.ones(50), *columns])
        rest = outcome - X @ np.linalg.lstsq(X, outcome, rcond=None)[0]
        return float(rest @ rest)

    expected = 1.0 - unexplained(given, score) / unexplained(given)
    assert partial_r2(outcome, score, given) == pytest.approx(expected)


def test_ranked_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        ranked(np.array([1.0, np.nan]))


def test_intervals_cover_about_as_often_as_they_say() -> None:
    hits = 0
    for seed in range(120):
        draw = np.random.default_rng(seed)
        x = draw.normal(size=80)

        def mean(w: np.ndarray | None, x: np.ndarray = x) -> float:
            return float(np.average(x, weights=w))

        found = estimate(mean, 80, draws=100, rng=draw)
        assert found.low <= found.value <= found.high
        hits += found.low <= 0.0 <= found.high
    assert 0.88 <= hits / 120 <= 0.985


def test_the_same_generator_gives_the_same_resamples() -> None:
    one, two = (
        np.stack(list(resampled(9, draws=3, rng=np.random.default_rng(4)))) for _ in range(2)
    )
    assert (one == two).all()
    assert (one.sum(axis=1) == 9).all()
    assert math.isnan(estimate_of_draws(1.0, np.array([np.nan])).low)


def test_several_resamples_at_once_are_each_what_it_is_alone() -> None:
    draw = np.random.default_rng(3)
    a, b, c = (ranked(draw.integers(0, 6, 30).astype(float)) for _ in range(3))
    weights = np.zeros((30, LANES))  # the last stays empty
    weights[:, :-1] = np.stack(list(resampled(30, draws=LANES - 1, rng=draw)), axis=1)
    found = Outcomes(b, c, weights, k=5)
    for column, weight in enumerate(weights.T[:-1]):
        one, two = (side[column] for side in found.spearmans(a))
        assert one == pytest.approx(spearman(a, b, weight))
        assert two == pytest.approx(spearman(a, c, weight))
        assert found.ndcgs(a)[column] == pytest.approx(ndcg(a, b, k=5, weight=weight))
        assert found.precisions(a)[column] == pytest.approx(precision(a, b, k=5, weight=weight))
    assert np.isnan(found.ndcgs(a)[-1])
