"""Forecasts by experience: the fit, what is left out of it, chances, where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.cascades.calibration import (
    FEWEST,
    Calibration,
    Fit,
    calibrate,
    fit_growth,
)
from graphengine.influence.cascades.seismic import forecast


def test_errors_are_those_of_a_fit_without_oneself() -> None:
    draw = np.random.default_rng(3)
    facts = np.column_stack([np.ones(300), draw.normal(size=(300, 2))])
    growth = facts @ [1.0, -0.5, 0.2] + draw.standard_t(2, size=300)
    fit, errors = fit_growth(facts, growth)
    assert fit.coefficients == pytest.approx([1.0, -0.5, 0.2], abs=0.2)
    for i in range(0, 300, 11):
        others = np.delete(np.arange(300), i)
        without = fit_growth(facts[others], growth[others])[0]
        assert errors[i] == pytest.approx(growth[i] - facts[i] @ without.coefficients, abs=0.03)
    assert fit.errors.tolist() == sorted(errors)
    assert fit.ends == pytest.approx(np.quantile(errors, [0.05, 0.5, 0.95]))


def test_a_few_that_grew_beyond_measure_do_not_pull_the_fit() -> None:
    facts = np.column_stack([np.ones(60), np.linspace(0, 3, 60), np.linspace(2, 5, 60) % 1])
    growth = facts @ [0.1, 1.0, 0.0] + 0.01 * np.sin(np.arange(60.0))
    growth[55:58] += 6
    assert fit_growth(facts, growth)[0].coefficients == pytest.approx([0.1, 1.0, 0.0], abs=0.01)


def _doubling(n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n cascades that have k reshares after ten minutes and 2·k in the end."""
    blocks = []
    for k in range(1, n + 1):
        early = np.linspace(5, 590, k + 2)[1:-1]
        blocks.append(np.concatenate([[0.0], early, np.linspace(2_000, 90_000, k)]))
    first = np.concatenate([[0], np.cumsum([len(b) for b in blocks])])
    at = np.concatenate(blocks)
    return first, at, np.full(len(at), 50.0)


def test_what_doubled_will_double() -> None:
    first, at, people = _doubling(FEWEST)
    learned = calibrate(first, at, people, ages=[600])
    new = np.concatenate([[0.0], np.linspace(5, 590, 9)[1:-1]])
    told = forecast([0, 8], new, [50.0] * 8, as_of=650)
    found = learned.adjust(told, [650])
    assert found.known[0]
    assert [found.low[0], found.predicted[0], found.high[0]] == pytest.approx([14, 14, 14])
    chances = [found.chance(size)[0] for size in (7, 8, 14, 15)]
    assert chances == pytest.approx([1, 31 / 32, 31 / 32, 1 / 32])


def test_too_few_or_too_young_is_not_known() -> None:
    first, at, people = _doubling(FEWEST - 1)
    assert calibrate(first, at, people, ages=[600]).fits == (None,)
    first, at, people = _doubling(FEWEST)
    learned = calibrate(first, at, people, ages=[600])
    told = forecast(first, at, people, as_of=500)
    found = learned.adjust(told, np.full(FEWEST, 500.0))
    assert not found.known.any()
    assert np.isnan(found.predicted).all()
    assert np.isnan(found.chance(1e6)).all()
    assert (found.chance(0) == 1).all()


def test_a_post_takes_the_fit_of_the_age_below() -> None:
    flat = [
        Fit(
            np.array([np.log(k), 0, 0]),
            np.zeros(3),
            np.zeros(3),
            np.array([[1, 0, 0], [1, 9, 9.0]]),
        )
        for k in (2.0, 3.0)
    ]
    learned = Calibration(np.array([60.0, 600.0]), tuple(flat))
    told = forecast([0, 2, 4, 6], [0, 10] * 3, [50] * 6, as_of=700)
    found = learned.adjust(told, [599, 600, 1e9])
    assert found.predicted == pytest.approx([2, 3, 3])


def test_an_explosive_post_has_a_calibrated_size() -> None:
    first, at, people = _doubling(FEWEST)
    learned = calibrate(first, at, people, ages=[600])
    told = forecast([0, 12], [0.0, *range(10, 21)], [50.0] + [1.0] * 11, as_of=60)
    found = learned.adjust(told, [600])
    assert told.explosive[0]
    assert 11 <= found.low[0] <= found.predicted[0] <= found.high[0] < np.inf


def test_ages_ascend() -> None:
    with pytest.raises(ValueError, match="ascend"):
        calibrate([0], [], [], ages=[600, 60])


def test_beyond_what_was_seen_the_nearest_counts() -> None:
    draw = np.random.default_rng(8)
    facts = np.column_stack([np.ones(50), draw.uniform(0, 1, 50), draw.uniform(0, 2, 50)])
    fit, _ = fit_growth(facts, facts @ [0.0, 1.0, 0.5])
    told = forecast([0, 12], [0.0, *range(10, 21)], [50.0] + [1.0] * 11, as_of=60)
    found = Calibration(np.array([60.0]), (fit,)).adjust(told, [60])
    assert found.predicted[0] == pytest.approx(11 * np.exp(fit.range[1] @ [0.0, 1.0, 0.5]))
