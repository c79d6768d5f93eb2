"""The loops of drawn rates: compiled and as plain Python alike, and their variates' moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from graphengine.influence.kernels import coins
from graphengine.influence.kernels import rate_draws as loops
from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.rate_draws import BATCH
from graphengine.scoring.intervals.desk import _tables

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES = _tables(0.7)
START = stream(3, 1)


@pytest.mark.parametrize("shape", [1, 4, 12, 13, 200])
def test_variates_have_the_moments_of_their_shape(shape: int) -> None:
    out = np.empty((4000, BATCH), np.float32)
    loops.strata(START, TABLES, np.full(4000, shape, np.uint32), out)
    assert out.mean() == pytest.approx(shape, abs=5 * np.sqrt(shape / out.size))
    assert out.var() == pytest.approx(shape, rel=0.08)
    assert abs(np.corrcoef(out[:, 0], out[:, 5])[0, 1]) < 0.06


@pytest.mark.parametrize("shape", [0.2, 1.0, 30.0])
def test_a_pooled_person_is_average_and_others_follow_a_gamma(shape: int) -> None:
    n = 3000
    rate, still = np.zeros((n, BATCH)), np.empty((n, BATCH))
    people = (np.full(n, 2.0), np.ones(n), np.zeros(n))
    shapes = (shape, np.full(n, 3.0), np.full(n, np.inf))
    loops.person_rates(START, shapes, people, (rate, still), TABLES[-1])
    assert rate.mean() == pytest.approx((shape + 3.0) / (shape + 2.0), rel=0.03)
    assert (still == 1.0).all()
    loops.person_rates(START, (np.inf, *shapes[1:]), people, (rate, still), TABLES[-1])
    assert (rate == 1.0).all()


def _pairs() -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(5)
    ends = np.array([0, 3, 3, 7], np.uint64)
    endorser = np.array([1, 2, 3, 0, 1, 2, 3], np.uint32)
    own, again = rng.random((2, 7, BATCH)).astype(np.float32)
    days = np.array([0.0, 1.0, 5.0, 2.0, 0.0, 9.0, 3.0])
    return ends, endorser, own, again, days, rng.random((7, 2))


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("a", [0.7, np.inf])
def test_loops_as_plain_python_are_the_same(a: float, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = _everything(lambda name: getattr(loops, name), a)  # before a step is changed
    for name, step in (
        ("word", coins._word),
        ("unit", coins._unit),
        ("gamma", loops._gamma),
        ("add_beyond", loops._add_beyond),
    ):
        monkeypatch.setattr(loops, name, step)
    plain = _everything(lambda name: np.errstate(over="ignore")(getattr(loops, "_" + name)), a)
    for one, other in zip(plain, compiled, strict=True):
        assert one == pytest.approx(other, rel=1e-6)


def _everything(loop: Callable[[str], Callable], a: float) -> list[np.ndarray]:
    ends, endorser, own, again, days, share = _pairs()
    counts = np.array([0, 1, 2, 13, 0, 3, 1], np.uint32)
    state = loop("strata")(START, TABLES, counts, own)
    shared = (
        np.array([1, 5], np.uint32),
        np.array([0, 0], np.uint32),
        *np.ones((2, 2), np.float32),
    )
    loop("add_cascades")(shared, np.full((1, BATCH), 0.5, np.float32), own, again)
    rate, still = np.full((3, BATCH), 0.5), np.empty((3, BATCH))
    people = (np.ones(3), np.full(3, 0.9), np.full(3, 0.5))
    shapes = (1.5, np.arange(3.0), np.array([2.0, np.inf, 0.3]))
    state = loop("person_rates")(np.uint64(state), shapes, people, (rate, still), TABLES[-1])
    endorsed = np.array([0, 0, 0, 2, 2, 2, 2], np.uint32)
    pairs = (endorsed, days, np.linspace(0.1, 2.0, 7))
    loop("pair_rates")(np.uint64(state), a, pairs, TABLES, rate, own)
    reach, events = np.zeros((3, 2, BATCH)), np.zeros((3, 2, BATCH))
    fading = (np.array([0.0, 0.7]), share, share[::-1].copy())
    none = np.exp(-own * days[:, None]).astype(np.float32)
    loop("endorser_sums")(ends, (own, again, none), fading, reach)
    loop("endorser_sums")(ends, (own, again, none[:0]), fading, reach)
    loop("event_sums")(ends, (own, again), (share, share), events)
    step = np.empty_like(own)
    weighing = (share[:, 0].copy(), share[:, 1].copy())
    for power in (0.5, 0.8):
        passed, given = np.ones((4, BATCH), np.float32), np.zeros((3, BATCH))
        loop("weights")((own, again), weighing, power, endorser, passed, step)
    loop("passing_on")(ends, endorser, 1.0 / passed, step, given)
    more = np.zeros((4, BATCH))
    graph = (np.array([0, 2], np.uint32), np.array([0, 3, 7], np.uint64), endorser, step)
    assert loop("trail_sweeps")(graph, given, 0.85, 1e-9, more) > 0
    return [own, still, rate, reach, events, step, given, more]


def test_sweeps_that_never_end_say_so() -> None:
    step = np.ones((1, BATCH), np.float32)
    nobody = np.zeros(1, np.uint32)
    graph = (nobody, np.array([0, 1], np.uint64), nobody, step)
    assert loops.trail_sweeps(graph, np.ones((1, BATCH)), 1.0, 1e-9, np.zeros((1, BATCH))) == -1


def test_steps_of_an_endorser_and_the_rest_add_up_to_one() -> None:
    ends, endorser, own, again, _, share = _pairs()
    step, passed = np.empty_like(own), np.full((4, BATCH), 0.25, np.float32)
    weighing = (share[:, 0].copy(), share[:, 1].copy())
    loops.weights((own, again), weighing, 0.5, endorser, passed, step)
    given = np.zeros((3, BATCH))
    loops.passing_on(ends, endorser, 1.0 / passed, step, given)
    left = np.zeros((4, BATCH))
    np.add.at(left, endorser, step)
    assert left + 0.25 / passed == pytest.approx(1.0, rel=1e-6)
    assert given.sum() == pytest.approx(float(step.sum()), rel=1e-6)
