"""EM where sources act together nearly always: it arrives, it says how near, and what is unknown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from oracles.learning import log_likelihood

from graphengine.influence.cascades.adoptions import adoptions, exposures
from graphengine.influence.diffusion.learning.counts import count
from graphengine.influence.diffusion.learning.em import evidence_of, learn_em, plain_rounds
from graphengine.influence.kernels.attribution import Evidence, settle, sweep
from graphengine.influence.kernels.interior import certified_gap, settle_targets, slopes

if TYPE_CHECKING:
    from graphengine.influence.diffusion.learning.learned import Learned

Row = tuple[tuple[int, ...], int, int]  # who acted, how often the target did after, did not


def learned(rows: list[Row], sources: int) -> Learned:
    log, cascade = list[tuple[int, int, int]](), 0
    for seen, reacted, failed in rows:
        for reacts in (True,) * reacted + (False,) * failed:
            log += [(cascade, who, 1) for who in seen] + [(cascade, sources, 4)] * reacts
            cascade += 1
    pairs = exposures([sources] * sources, range(sources), n=sources + 1)
    actions = adoptions(*np.array(log).T)
    return learn_em(actions, pairs, count(actions, pairs))


def evidence(rng: np.random.Generator, sources: int, scale: int) -> Evidence:
    """One target, sources in random groups, and nearly as many failures for each."""
    groups = [np.flatnonzero(rng.random(sources) < 0.8) for _ in range(2 * sources)]
    groups = [g for g in groups if g.size > 1] or [np.arange(2)]
    times = rng.integers(1, 1 + scale, len(groups)).astype(float)
    alone = (rng.random(sources) < 0.3) * rng.integers(0, 1 + scale, sources).astype(float)
    fail = 3.0 * scale + rng.integers(-1, 2, sources)
    total = alone + fail
    for group, often in zip(groups, times, strict=True):
        total[group] += often
    ends = np.cumsum([0, *(g.size for g in groups)])
    one, of = np.array([0, sources]), np.array([0, len(groups)])
    return Evidence(one, of, ends, np.concatenate(groups), times, alone, fail, total)


def top(known: Evidence, rounds: int = 20_000) -> tuple[np.ndarray, float, float]:
    """Probabilities, log-likelihood and gap."""
    p, ended = 0.5 * (known.total - known.fail + known.alone) / known.total, np.zeros((1, 3))
    settle_targets(np.array([0]), known, p, 1e-8, rounds, ended)
    return p, ended[0, 0], ended[0, 1]


@pytest.mark.parametrize("scale", [1, 30, 1_000_000])
def test_newton_arrives_where_rounds_creep(scale: int) -> None:
    rng = np.random.default_rng(scale)
    crept = 0
    for _ in range(60):
        known = evidence(rng, int(rng.integers(2, 12)), scale)
        start = 0.5 * (known.total - known.fail + known.alone) / known.total
        slow = start.copy()
        settle(0, known, slow, -1, 1e-7, 500)
        value = sweep(0, known, slow, np.empty(slow.size), -1)
        _, found, gap = top(known)
        assert gap <= 2e-8
        assert found >= value - 1e-9 * (1 + abs(value))
        slope, all_move = np.empty(slow.size), np.zeros(slow.size, np.int64)
        bound = certified_gap(0, known, slow, slope, slopes(0, known, slow, slope), all_move)
        assert found - value <= bound + 1e-9 * (1 + abs(value))
        crept += found - value > 1e-4
    assert crept > 5 or scale < 1_000_000  # the case exists: 500 rounds were not enough


def test_the_gap_bounds_the_rise_from_anywhere() -> None:
    rng = np.random.default_rng(4)
    for _ in range(60):
        known = evidence(rng, 5, 20)
        _, best, _ = top(known)
        p = rng.uniform(0.01, 0.9, 5)
        value = sweep(0, known, p, np.empty(5), -1)
        slope = np.empty(5)
        reactions = slopes(0, known, p, slope)
        gap = certified_gap(0, known, p, slope, reactions, np.zeros(5, np.int64))
        assert best - value <= gap


def test_slopes_are_differences_of_the_log_likelihood() -> None:
    rows: list[Row] = [((0,), 1, 1), ((1,), 1, 2), ((0, 1), 1, 1)]
    trials = [
        (0, 2, seen, reacted) for seen, y, n in rows for reacted in (True,) * y + (False,) * n
    ]
    known = Evidence(
        np.array([0, 2]), np.array([0, 1]), np.array([0, 2]), np.array([0, 1]),
        np.ones(1), np.ones(2), np.array([2.0, 3.0]), np.array([4.0, 5.0]),
    )  # fmt: skip
    theta, slope = np.array([0.4, 0.2]), np.empty(2)
    assert slopes(0, known, -np.expm1(-theta), slope) == 3.0

    def value(t: np.ndarray) -> float:
        p = -np.expm1(-t)
        return log_likelihood(trials, {(0, 2): p[0], (1, 2): p[1]})

    for j in range(2):
        h = 1e-6 * np.eye(2)[j]
        assert slope[j] == pytest.approx(-(value(theta + h) - value(theta - h)) / 2e-6, rel=1e-6)


def test_nearly_twins_are_told_as_little_as_is_known() -> None:
    """Together 1,000 times; once only the second acted, and nothing followed."""
    found = learned([((0, 1), 200, 800), ((1,), 0, 1)], 2)
    assert found.probability == pytest.approx([0.2, 0.0], abs=1e-6)
    assert found.standard_error[0] > 0.2  # .013 if the second were known to be 0
    assert found.low[0] == pytest.approx(0.0, abs=1e-3)
    assert found.high == pytest.approx([0.2255, 0.2237], abs=1e-3)
    assert found.gap <= 1e-8
    told = learned([((0, 1), 200, 800), ((1,), 0, 50)], 2)
    assert told.probability == pytest.approx([0.2, 0.0], abs=1e-6)
    assert told.standard_error[0] == pytest.approx(np.sqrt(0.2 * 0.8 / 1_000), rel=1e-3)
    assert told.low[0] > 0.17


def test_who_is_never_seen_apart_is_named() -> None:
    found = learned([((0, 1), 20, 80), ((2,), 10, 90), ((1, 0, 2), 5, 5)], 3)
    assert found.unidentified.tolist() == [True, True, False]
    p = found.probability
    assert p[0] == pytest.approx(p[1], abs=1e-6)
    assert np.isinf(found.standard_error[:2]).all()
    assert np.isfinite(found.standard_error[2])
    assert 1 - (1 - p[0]) * (1 - p[1]) == pytest.approx(0.222, abs=0.02)


def test_a_large_difference_that_takes_long_is_found() -> None:
    """One failure more in a million: plain rounds move it by less than a thousandth."""
    rows = Evidence(
        np.array([0, 2]), np.array([0, 1]), np.array([0, 2]), np.array([0, 1]),
        np.array([2e5]), np.zeros(2), np.array([8e5, 8e5 + 1]), np.array([1e6, 1e6 + 1]),
    )  # fmt: skip
    half = plain_rounds(rows, np.full(2, 0.1), 1_000)
    assert half[1] > 0.09
    p, _, gap = top(rows)
    assert p == pytest.approx([0.2, 0.0], abs=1e-9)
    assert gap <= 1e-8


def test_more_sources_than_newton_moves_still_answer() -> None:
    """600 sources who always act together but for one failure each of one half."""
    n = 600
    fail = 5_000.0 + (np.arange(n) % 2)
    rows = Evidence(
        np.array([0, n]), np.array([0, 1]), np.array([0, n]), np.arange(n),
        np.array([100.0]), np.zeros(n), fail, fail + 100.0,
    )  # fmt: skip
    p, value, gap = top(rows, rounds=200)
    assert 1e-8 < gap < 1.0
    assert np.isfinite(value)
    assert 1 - np.prod(1 - p) == pytest.approx(100 / 5_100, abs=1e-4)


def test_evidence_of_nobody() -> None:
    actions, seen = adoptions([0], [0], [1]), exposures([2], [1], n=3)
    counts = count(actions, seen)
    assert evidence_of(actions, seen, counts).times.size == 0
    found = learn_em(actions, seen, counts)
    assert np.isnan(found.probability).all()
    assert (found.gap, found.unidentified.tolist()) == (0.0, [False])
