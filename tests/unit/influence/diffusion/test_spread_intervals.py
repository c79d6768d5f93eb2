"""Intervals of shares and of weighted counts, against exact ones and by what they cover."""

from __future__ import annotations

import numpy as np
from scipy import stats

from graphengine.influence.diffusion.intervals import share_interval, weighted_interval


def test_with_weights_of_1_it_is_the_exact_interval_of_a_poisson_count() -> None:
    count = np.array([0.0, 1.0, 2.0, 7.0, 30.0, 63.0, 64.0, 100.0, 5_000.0])
    low, high = weighted_interval(count, count)
    np.testing.assert_allclose(low[1:], stats.chi2.ppf(0.025, 2 * count[1:]) / 2, rtol=1e-4)
    np.testing.assert_allclose(high, stats.chi2.ppf(0.975, 2 * count + 2) / 2, rtol=1e-4)
    assert low[0] == 0.0


def test_small_weights_cover_as_large_ones_do() -> None:
    random, missed = np.random.default_rng(1), np.zeros(2)
    for weights in ([0.05, 0.2, 1.0], [0.1], [1.0, 0.01]):
        hits = random.poisson(9.0, (20_000, len(weights)))
        total, squares = hits @ np.array(weights), hits @ np.array(weights) ** 2
        low, high = weighted_interval(total, squares)
        true = 9.0 * sum(weights)
        missed = np.array([(low > true).mean(), (high < true).mean()])
        assert missed.max() <= 0.027, (weights, missed)
        assert missed.sum() > 0.0005


def test_shares_are_those_of_clopper_and_pearson() -> None:
    count = np.array([0, 3, 10, 3], np.uint32)
    low, high = share_interval(count, 10)
    for k, a, b in zip(count.tolist(), low, high, strict=True):
        exact = stats.binomtest(k, 10).proportion_ci(0.95, method="exact")
        np.testing.assert_allclose([a, b], [exact.low, exact.high], atol=1e-9)
