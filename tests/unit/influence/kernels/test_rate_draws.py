"""Variates by their moments, people's own rates; compiled and as plain Python alike."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.kernels import coins
from graphengine.influence.kernels import rate_draws as loops
from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.rate_draws import BATCH
from graphengine.scoring.intervals.desk import _law

WHOLE = _law(0.0)
START = stream(3, 1)


@pytest.mark.parametrize("above", [0.0, 0.7])
@pytest.mark.parametrize("shape", [0, 1, 4, 12, 13, 200])
def test_variates_have_the_moments_of_their_shape(shape: int, above: float) -> None:
    out = np.empty((2000, BATCH), np.float32)
    loops.strata(START, _law(above), np.full(len(out), shape, np.uint32), out)
    shape += above
    assert out.mean() == pytest.approx(shape, abs=5 * np.sqrt(shape / out.size))
    assert out.var() == pytest.approx(shape, rel=0.05)
    if shape:
        assert abs(np.corrcoef(out[:, 0], out[:, 5])[0, 1]) < 0.08


@pytest.mark.parametrize("shape", [0.2, 1.0, 30.0])
def test_a_pooled_person_is_average_and_others_follow_a_gamma(shape: int) -> None:
    n = 3000
    rate, still = np.zeros((n, BATCH), np.float32), np.empty((n, BATCH), np.float32)
    people = (np.full(n, 2.0), np.ones(n), np.zeros(n))
    shapes = (shape, np.full(n, 3.0), np.full(n, np.inf))
    loops.person_rates(START, shapes, people, (rate, still), WHOLE[1])
    assert rate.mean() == pytest.approx((shape + 3.0) / (shape + 2.0), rel=0.01)
    assert rate.var() == pytest.approx((shape + 3.0) / (shape + 2.0) ** 2, rel=0.05)
    assert (still == 1.0).all()
    loops.person_rates(START, (np.inf, *shapes[1:]), people, (rate, still), WHOLE[1])
    assert (rate == 1.0).all()


def test_quiet_pairs_follow_their_person_and_vary() -> None:
    n = 2000
    rate, still = np.zeros((n, BATCH), np.float32), np.empty((n, BATCH), np.float32)
    people = (np.zeros(n), np.full(n, 0.25), np.full(n, 0.5))
    loops.person_rates(START, (np.inf, *np.full((2, n), 4.0)), people, (rate, still), WHOLE[1])
    assert still.mean() == pytest.approx(2.0, rel=0.01)
    assert still.var() == pytest.approx(1.0, rel=0.05)


@pytest.mark.filterwarnings("ignore:overflow")
def test_loops_as_plain_python_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = _everything(loops.strata, loops.person_rates)  # before a step is changed
    for name, step in (
        ("word", coins._word),
        ("unit", coins._unit),
        ("gamma", loops._gamma),
        ("variates", loops._variates),
    ):
        monkeypatch.setattr(loops, name, step)
    plain = _everything(loops._strata, loops._person_rates)
    for one, other in zip(plain, compiled, strict=True):
        assert one == pytest.approx(other, rel=1e-6)


def _everything(strata, person_rates) -> list[np.ndarray]:
    counts = np.array([0, 1, 2, 13, 0, 3, 1], np.uint32)
    out = np.zeros((7, BATCH), np.float32)
    state = strata(START, _law(0.7), counts, out)
    rate, still = np.full((3, BATCH), 0.5, np.float32), np.empty((3, BATCH), np.float32)
    people = (np.ones(3), np.full(3, 0.9), np.full(3, 0.5))
    shapes = (1.5, np.arange(3.0), np.array([2.0, np.inf, 0.3]))
    person_rates(np.uint64(state), shapes, people, (rate, still), WHOLE[1])
    return [out, rate, still]
