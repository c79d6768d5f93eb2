"""The loops over drawn pairs against their formulas, and compiled and as plain Python alike."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from graphengine.influence.kernels import coins, rate_draws, trail_draws
from graphengine.influence.kernels import pair_draws as loops
from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.rate_draws import BATCH
from graphengine.scoring.intervals.desk import _law

START = stream(3, 1)
ENDS = np.array([0, 3, 3, 7], np.uint64)
ENDORSED = np.array([0, 0, 0, 2, 2, 2, 2], np.uint32)
ENDORSER = np.array([0, 1, 2, 3, 0, 1, 2], np.uint32)  # numbered as they first come
DAYS = np.array([0.0, 1.0, 5.0, 2.0, 0.0, 9.0, 3.0], np.float32)
SPEED, POWER = np.array([0.1, 0.7], np.float32), 0.5
SINGLE = np.float32
STEPS = {
    loops: ("fill_none", "add_inside", "add_outside", "add_counts", "add_up", "drawn_pairs"),
    trail_draws: ("arriving", "passing_on", "trail_sweeps"),
    rate_draws: ("variates", "gamma"),
}


LOOPS = (
    "draw_events",
    "add_cascades",
    "add_events",
    "settle",
    "add_endorsers",
    "begin_sums",
    "weigh",
)


class Found(NamedTuple):
    """What one batch of draws of the seven pairs leaves behind."""

    totals: np.ndarray
    moved: np.ndarray
    passed: np.ndarray
    step: np.ndarray


def _share(*shape: int) -> np.ndarray:
    return np.random.default_rng(5).random(shape).astype(SINGLE)


FADING = (SPEED, _share(7, 2), _share(7, 2, 2), _share(7, 1), _share(7, 1, 2))
WEIGHING = (_share(7), _share(7, 2), ENDORSER)


def _drawn(a: float, *, apart: bool = False, power: float = POWER, top: int = 3) -> Found:
    alone = np.array([0, 1, 2, 13, 0, 3, 1], np.uint32)
    outside = np.array([1, 0, 2, 0, 14, 0, 0], np.uint32)
    each = np.array([1, 0, 0.5, 0, 1 / 15, 0, 0], SINGLE)
    known = (ENDORSED, DAYS, np.linspace(0.1, 2.0, 7).astype(SINGLE), alone, outside, each)
    entries = (np.array([1, 4], np.uint32), np.array([0, 0], np.uint32))
    brought = (np.array([1, 0], SINGLE), np.array([0, 1], SINGLE))
    shared = (*entries, *brought, np.full((1, BATCH), 0.5, SINGLE))
    found = Found(
        np.zeros((top, 3, BATCH)), np.zeros((top if apart else 0, BATCH), SINGLE),
        np.full((4, BATCH), np.nan, SINGLE), np.empty((7, BATCH), SINGLE),
    )  # fmt: skip
    rate = np.full((3, BATCH), 0.5, SINGLE)
    laws = (_law(a), _law(0.0), a, apart)
    forms = (FADING, (*WEIGHING, power, np.ones(4, SINGLE)))
    loops.drawn_pairs(START, laws, rate, (known, shared), forms, tuple(found))
    return found


def _passed(found: Found) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    more = np.array([True, False, True, True, False, True, True])
    given, carried = np.zeros((3, BATCH), SINGLE), np.zeros((5, BATCH), SINGLE)
    trail_draws.passing_on((ENDS, ENDORSER, more), found.passed, found.step, given, carried)
    visits = np.zeros((4, BATCH), SINGLE)
    whom = np.array([0, 2], np.uint32), np.array([0, 2, 5], np.uint64)
    assert trail_draws.trail_sweeps((*whom, ENDORSER[more], carried), given, 0.85, 1e-6, visits) > 0
    return given, carried, visits


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize(
    ("a", "apart"), [(0.7, False), (0.7, True), (np.inf, False), (np.inf, True)]
)
def test_loops_as_plain_python_are_the_same(
    a: float, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = [(*one, *_passed(one)) for one in (_drawn(a, apart=apart), _drawn(a, power=0.8))]
    monkeypatch.setattr(rate_draws, "word", coins._word)
    monkeypatch.setattr(rate_draws, "unit", coins._unit)
    monkeypatch.setattr(loops, "variates", rate_draws._variates)
    for module, names in STEPS.items():
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, "_" + name))
    for name in LOOPS:
        loop = getattr(loops, name)
        monkeypatch.setattr(loops, name, getattr(loop, "py_func", loop))
    plain = [(*one, *_passed(one)) for one in (_drawn(a, apart=apart), _drawn(a, power=0.8))]
    for ours, theirs in zip(plain, compiled, strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert one == pytest.approx(other, rel=1e-5)


def test_pooled_pairs_leave_what_the_formulas_say() -> None:
    found = _drawn(np.inf, apart=True)
    rate = np.where(DAYS > 0.0, 0.5 * np.linspace(0.1, 2.0, 7), 0.0)[:, None]
    none = np.exp(-rate * DAYS[:, None])
    inside = rate / (rate + SPEED) * (1.0 - none * FADING[1])
    for person, pairs in ((0, slice(0, 3)), (2, slice(3, 7))):
        # which events came outside is drawn: no more than what these left adds to what is sure
        reach = found.totals[person, :2].T
        assert (reach >= inside[pairs].sum(axis=0) - 1e-4).all()
    assert (found.totals[1] == 0.0).all()
    assert found.moved.mean(axis=1) == pytest.approx([6.5, 0.0, 31.5], rel=0.2)


def test_a_pair_without_events_outside_leaves_exactly_what_its_rate_does() -> None:
    known = (np.zeros(1, np.uint32), np.array([4.0], SINGLE), np.array([0.6], SINGLE),
             np.ones(1, np.uint32), np.zeros(1, np.uint32), np.zeros(1, SINGLE))  # fmt: skip
    nothing = (
        *np.zeros((2, 0), np.uint32),
        *np.zeros((2, 0), SINGLE),
        np.zeros((0, BATCH), SINGLE),
    )
    rate = np.linspace(0.01, 20.0, BATCH, dtype=SINGLE)[None]
    totals, step = np.zeros((1, 3, BATCH)), np.empty((1, BATCH), SINGLE)
    fading = tuple(x if k == 0 else x[:1] for k, x in enumerate(FADING))
    weighing = (
        np.ones(1, SINGLE),
        np.zeros((1, 2), SINGLE),
        np.zeros(1, np.uint32),
        1.0,
        np.zeros(1, SINGLE),
    )
    found = (totals, np.zeros((0, BATCH), SINGLE), np.zeros((1, BATCH), SINGLE), step)
    laws = (_law(np.inf), _law(0.0), np.inf, False)
    loops.drawn_pairs(START, laws, rate, (known, nothing), (fading, weighing), found)
    own = 0.6 * rate[0].astype(np.float64)
    assert step[0] == pytest.approx(own, rel=1e-6)
    for h in range(2):
        left = 1.0 - np.exp(-4.0 * own) * float(FADING[1][0, h])
        assert totals[0, h] == pytest.approx(own / (own + SPEED[h]) * left, abs=1e-5)
    assert totals[0, 2] == pytest.approx(own * float(FADING[3][0, 0]), rel=1e-6)


def test_drawn_together_or_apart_rates_follow_the_same_law() -> None:
    m = 3000
    known = (np.zeros(m, np.uint32), np.ones(m, SINGLE), np.ones(m, SINGLE),
             np.full(m, 2, np.uint32), np.zeros(m, np.uint32), np.zeros(m, SINGLE))  # fmt: skip
    nothing = (
        *np.zeros((2, 0), np.uint32),
        *np.zeros((2, 0), SINGLE),
        np.zeros((0, BATCH), SINGLE),
    )
    found = []
    for apart in (False, True):
        step = np.empty((m, BATCH), SINGLE)
        to = (
            np.zeros((0, 3, BATCH)),
            np.zeros((0, BATCH), SINGLE),
            np.zeros((1, BATCH), SINGLE),
            step,
        )
        weighing = (
            np.ones(m, SINGLE), np.zeros((m, 2), SINGLE), np.zeros(m, np.uint32), 1.0,
            np.zeros(1, SINGLE),
        )  # fmt: skip
        laws = (_law(0.7), _law(0.0), 0.7, apart)
        rate = np.ones((1, BATCH), SINGLE)
        loops.drawn_pairs(START, laws, rate, (known, nothing), (FADING, weighing), to)
        found.append(step)
    together, one_by_one = (2.0 * step for step in found)  # spread by a day and a day
    assert together.mean() == pytest.approx(2.7, rel=0.01)
    assert one_by_one.mean() == pytest.approx(2.7, rel=0.01)
    for level in (0.05, 0.25, 0.5, 0.75, 0.95):
        both = np.quantile(together, level), np.quantile(one_by_one, level)
        assert both[0] == pytest.approx(both[1], rel=0.03)


def test_once_more_gives_the_same_weights_without_the_sums() -> None:
    assert np.array_equal(_drawn(0.7).step, _drawn(0.7, top=0).step)


def test_what_endorsers_pass_on_is_the_rest_and_their_weights() -> None:
    found, rest = _drawn(0.7), np.ones((4, BATCH))
    np.add.at(rest, ENDORSER, found.step)
    assert found.passed == pytest.approx(rest, rel=1e-6)


def test_sweeps_that_never_end_say_so() -> None:
    step, nobody = np.ones((1, BATCH), SINGLE), np.zeros(1, np.uint32)
    graph = (nobody, np.array([0, 1], np.uint64), nobody, step)
    source, more = np.ones((2, 1, BATCH), SINGLE)
    assert trail_draws.trail_sweeps(graph, source, 1.0, 1e-9, more * 0.0) == -1


def test_steps_of_an_endorser_and_the_rest_add_up_to_one() -> None:
    found = _drawn(0.7)
    given, carried, _ = _passed(found)
    every, all_given = np.zeros((7, BATCH), SINGLE), np.zeros((3, BATCH), SINGLE)
    graph = (ENDS, ENDORSER, np.ones(7, np.bool_))
    trail_draws.passing_on(graph, found.passed, found.step, all_given, every)
    left = np.zeros((4, BATCH))
    np.add.at(left, ENDORSER, every)
    assert left + 1.0 / found.passed == pytest.approx(1.0, rel=1e-5)
    assert np.array_equal(given, all_given)
    assert given.sum() == pytest.approx(float(every.sum()), rel=1e-5)
    assert np.array_equal(carried, every[[0, 2, 3, 5, 6]])


def test_a_person_of_many_pairs_gets_the_sum_of_all() -> None:
    m = 1000
    graph = (np.array([0, m], np.uint64), np.arange(m, dtype=np.uint32), np.zeros(m, np.bool_))
    given, step = np.zeros((1, BATCH), SINGLE), np.full((m, BATCH), 0.3, SINGLE)
    trail_draws.passing_on(graph, np.ones((m, BATCH), SINGLE), step, given, step[:0])
    assert given == pytest.approx(300.0, rel=1e-6)
