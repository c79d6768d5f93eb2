"""The bounds hold as often as they say, and have the values of their formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graphengine.influence.diffusion.bounds import (
    certified_share,
    confidence_exponent,
    lower_count,
    proportion_interval,
    upper_count,
)


def test_values() -> None:
    a = math.log(3 * 8 / 0.01)
    assert confidence_exponent(8, 0.01) == a
    low = (math.sqrt(500 + 2 * a / 9) - math.sqrt(a / 2)) ** 2 - a / 18
    high = (math.sqrt(640 + a / 2) + math.sqrt(a / 2)) ** 2
    assert lower_count(500, a) == low
    assert upper_count(640, a) == high
    assert certified_share(500, 640, sets=10_000, a=a) == low / high
    assert certified_share(500, 640, sets=700, a=a) == low / 700  # nobody reaches more than all
    for times in (1, 2, 4):  # more of those that check: their count alone is of as many
        share = lower_count(500 * times, a) / times / high
        assert certified_share(500 * times, 640, sets=10_000, a=a, times=times) == share


@pytest.mark.parametrize("covered", [0, 1, 2])
def test_too_few_sets_certify_nothing(covered: int) -> None:
    assert lower_count(covered, 10.0) == 0.0


def test_more_evidence_is_tighter() -> None:
    shares = [certified_share(80 * t, 100 * t, sets=1000 * t, a=9.0) for t in (1, 2, 4, 8, 16, 64)]
    assert shares == sorted(shares)
    assert shares[0] < 0.32
    assert 0.7 < shares[-1] < 0.8


def test_bounds_fail_less_often_than_stated() -> None:
    a, p, sets = math.log(1 / 0.05), 0.04, 5_000
    counts = np.random.default_rng(7).binomial(sets, p, 4_000)
    below = np.mean([lower_count(c, a) > p * sets for c in counts])
    above = np.mean([upper_count(c, a) < p * sets for c in counts])
    assert 0 < below <= 0.05
    assert 0 < above <= 0.05


@pytest.mark.parametrize("p", [0.002, 0.1, 0.5, 0.97])
def test_intervals_cover(p: float) -> None:
    of = 4_000
    counts = np.random.default_rng(3).binomial(of, p, 4_000)
    held = np.mean([low <= p <= high for low, high in (proportion_interval(c, of) for c in counts)])
    assert 0.93 <= held <= 0.975


def test_intervals_at_the_ends() -> None:
    assert proportion_interval(0, 50)[0] == 0.0
    assert 0 < proportion_interval(0, 50)[1] < 0.1
    assert proportion_interval(50, 50)[1] == 1.0
