"""A large core in slices: the same shares as over the structure as it lies, and its certificate."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.graph.from_pairs import structure_from_pairs
from graphengine.influence.kernels import COMPILED
from graphengine.influence.kernels.slicing import NEAR
from graphengine.influence.ranking.compact import transition
from graphengine.influence.ranking.pagerank import Surfer
from graphengine.influence.ranking.sliced import Sliced, sliced
from graphengine.influence.ranking.teams import threads

pytestmark = pytest.mark.skipif(not COMPILED, reason="numba is not installed")

PEOPLE, ARCS = 90_000, 500_000  # more people than are near


def _surfer(weights: str, *, people: int = PEOPLE, arcs: int = ARCS, alpha: float = 1.0) -> Surfer:
    """Some endorse many times as much as others; a tenth endorse nobody, a tenth are on no edge."""
    random = np.random.default_rng(5)
    u = (0.9 * people * random.random(arcs) ** 3).astype(np.int64)
    v = (people * (0.1 + 0.8 * random.random(arcs))).astype(np.int64)
    w = {
        "one": np.ones(arcs),
        "few": 1.0 + (random.random(arcs) < 0.05),
        "whole": 1.0 + random.integers(0, 9, arcs),
        "any": random.random(arcs) + 0.1,
    }[weights]
    laid = structure_from_pairs(random.permutation(people)[u], v, w, nodes=people)
    P = transition(laid, alpha=alpha, kappa=0.0)
    return Surfer(P, damping=0.85, restart=None, dangling=None)


def _in_slices(surfer: Surfer) -> Sliced:
    found = surfer.prepared()._flow._sliced
    assert found is not None
    return found


@pytest.mark.parametrize("weights", ["one", "few", "whole", "any"])
def test_shares_and_certificate_are_those_of_the_structure(weights: str) -> None:
    plain, laid = _surfer(weights), _surfer(weights)
    core = _in_slices(laid)
    assert PEOPLE > NEAR
    for tolerance in (1e-4, 1e-12):
        found, known = (s.settled(tolerance=tolerance) for s in (laid, plain))
        assert found.error_bound <= tolerance
        bound = found.error_bound + known.error_bound
        assert np.abs(found.value - known.value).sum() <= bound + 1e-14
    random = np.random.default_rng(6).random(PEOPLE)
    assert np.abs(laid.step(random) - plain.step(random)).max() < 1e-12
    assert core.heard(random[: len(core._seat)]).sum() > 0.0


def test_a_table_of_weights_is_looked_up_once() -> None:
    plain, laid = (_surfer("whole", alpha=0.5) for _ in range(2))
    _in_slices(laid)
    found, known = (s.settled(tolerance=1e-11).value for s in (laid, plain))
    assert np.abs(found - known).sum() < 1e-10


def test_two_threads_certify_the_same_and_repeat_their_bits() -> None:
    one = _surfer("few")
    with threads(2):
        two = _surfer("few")
    core = two._flow._core
    two._flow._sliced = sliced(core, count=2)
    assert two._flow._sliced is not None
    two._flow._peeled.prepare(two._flow._sliced)
    found, again = (two.settled(tolerance=1e-11) for _ in range(2))
    assert (found.value == again.value).all()
    assert np.abs(found.value - one.settled(tolerance=1e-11).value).sum() < 2e-11


def test_where_sweeps_are_slow_they_are_mixed() -> None:
    """A long circle with a few ways across: plain sweeps would take hundreds."""
    people = np.arange(9_000)
    ways = np.random.default_rng(7).integers(0, 9_000, (2, 300))
    u, v = np.concatenate([people, ways[0]]), np.concatenate([(people + 1) % 9_000, ways[1]])
    P = transition(structure_from_pairs(u, v, nodes=9_000), alpha=1.0, kappa=0.0)
    restart = np.random.default_rng(8).random(9_000) ** 20
    plain, laid = (Surfer(P, damping=0.99, restart=restart) for _ in range(2))
    _in_slices(laid)
    found, known = (s.settled(tolerance=1e-10) for s in (laid, plain))
    assert np.abs(found.value - known.value).sum() < 2e-10
    assert found.sweeps < 2 * known.sweeps


def test_other_restarts_and_warm_starts_need_no_other_slices() -> None:
    laid, plain = _surfer("one"), _surfer("one")
    core = _in_slices(laid)
    restart = np.zeros(PEOPLE)
    restart[[3, 60_000]] = 1.0
    found = laid.restarting(restart).settled(tolerance=1e-11)
    known = plain.restarting(restart).settled(tolerance=1e-11)
    assert np.abs(found.value - known.value).sum() < 2e-11
    outside = np.zeros(PEOPLE)
    outside[laid._P.structure.order[-1]] = 1.0
    far_off = laid.restarting(restart).settled(outside, tolerance=1e-11)
    assert np.abs(far_off.value - known.value).sum() < 2e-11
    warm = laid.restarting(restart).settled(known.value, tolerance=1e-10)
    assert warm.sweeps == 0
    assert laid._flow._sliced is core


def test_rows_too_uneven_are_left_as_they_lie() -> None:
    """Of eight rows one is long: filled up, they would hold eight times what they hold."""
    people = np.arange(8_000)
    hubs = people[::512]  # they endorse as many as the others do, so that they lie apart
    u = np.concatenate([people, np.repeat(people, len(hubs)), hubs])
    v = np.concatenate([(people + 1) % 8_000, np.tile(hubs, 8_000), hubs + 2])
    P = transition(structure_from_pairs(u, v, nodes=8_000), alpha=1.0, kappa=0.0)
    surfer = Surfer(P).prepared()
    assert surfer._flow._sliced is None
    assert surfer.settled(tolerance=1e-9).error_bound <= 1e-9
