"""Returns by component: exact where they are inverted, and nobody's business but the component's."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from oracles.ranking import trails_dense

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking import first_visit_reach, saturated
from graphengine.influence.ranking.circles import returns_by_component

ASKED = {"damping": 0.85, "precision": 0.01, "tolerance": 1e-10}


def _crowd(seed: int, people: int, acts: int) -> sp.csr_array:
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, people, (2, acts)) // rng.integers(1, 3, (2, acts))
    W = sp.coo_array((np.ones(acts), tuple(pairs)), shape=(people, people))
    return saturated(sp.csr_array(W), alpha=0.5, kappa=1.0)


def _beside(*parts: sp.csr_array) -> sp.csr_array:
    return sp.csr_array(sp.block_diag(parts, format="csr"))


@pytest.mark.parametrize(("people", "acts"), [(2, 8), (60, 90), (250, 900), (400, 1_600)])
@pytest.mark.parametrize("exact", [0, 7])
def test_bounds_hold_the_exact_return(people: int, acts: int, exact: int) -> None:
    P = _beside(_crowd(1, people, acts), _crowd(2, 30, 60), _crowd(3, 30, 60))
    x, diagonal = trails_dense(P.toarray())
    found = returns_by_component(P, x, exact=exact, **ASKED)
    back = 1.0 - 1.0 / diagonal
    assert (found.low <= back + 1e-12).all()
    assert (back <= found.high + 1e-12).all()
    assert (found.high - found.low)[found.solved].max(initial=0.0) <= 3e-10
    assert (found.high - found.low <= 0.01 * (1.0 - 0.5 * (found.low + found.high))).all()
    assert found.solved.all() == (exact > 0 and people <= 256)
    assert (found.steps > 0) == (not found.solved.all())


@pytest.mark.parametrize(("people", "acts"), [(40, 100), (250, 900), (400, 1_600)])
@pytest.mark.parametrize("exact", [0, 5])
def test_other_components_change_no_bit(people: int, acts: int, exact: int) -> None:
    home, away = _crowd(1, people, acts), _crowd(9, 500, 9_000)
    x = first_visit_reach(home).visits.value
    alone = returns_by_component(home, x, exact=exact, **ASKED)
    theirs = np.full(away.shape[0], 1e6)
    both = returns_by_component(_beside(home, away), np.r_[x, theirs], exact=exact, **ASKED)
    after = returns_by_component(_beside(away, home), np.r_[theirs, x], exact=exact, **ASKED)
    for name in ("low", "high", "solved"):
        assert getattr(alone, name).tobytes() == getattr(both, name)[:people].tobytes()
        assert getattr(alone, name).tobytes() == getattr(after, name)[-people:].tobytes()


def _slow(name: str, n: int = 300) -> sp.csr_array:
    """Circles where trails go on for long: all in a row, all through one, or weights far apart."""
    W = np.roll(np.eye(n), 1, axis=1)
    if name == "hub":
        W = np.zeros((n, n))
        W[1:, 0] = W[0, 1:] = 1.0
    elif name == "two rings":
        W = np.kron(np.eye(2), np.roll(np.eye(n // 2), 1, axis=1))
        W[0, n // 2] = W[n // 2, 0] = 1e-3
    elif name == "uneven":
        W += np.where(np.random.default_rng(7).random((n, n)) < 0.03, 1.0, 0.0)
        W *= 10.0 ** np.random.default_rng(8).integers(-4, 5, (n, n))
        np.fill_diagonal(W, 0.0)
    return saturated(sp.csr_array(W), alpha=1.0, kappa=0.0)


@pytest.mark.parametrize("name", ["ring", "hub", "two rings", "uneven"])
@pytest.mark.parametrize("damping", [0.1, 0.85, 0.99])
def test_slow_circles_are_solved_and_pushed(name: str, damping: float) -> None:
    P = _slow(name)
    x, diagonal = trails_dense(P.toarray(), damping=damping)
    back = 1.0 - 1.0 / diagonal
    found = returns_by_component(P, x, exact=60, damping=damping, precision=0.01, tolerance=1e-10)
    assert found.solved.sum() == 60
    assert (found.low <= back + 1e-11).all()
    assert (back <= found.high + 1e-11).all()
    never = 1.0 - 0.5 * (found.low + found.high)
    assert (found.high - found.low <= np.where(found.solved, 3e-10, 0.01) * never + 1e-15).all()


def test_a_dense_circle_is_pushed_in_rounds() -> None:
    P = _crowd(5, 500, 40_000)
    x, diagonal = trails_dense(P.toarray())
    for precision in (0.2, 0.01, 1e-5):
        found = returns_by_component(
            P, x, exact=0, damping=0.85, precision=precision, tolerance=1e-10
        )
        back = 1.0 - 1.0 / diagonal
        assert (found.low <= back + 1e-12).all()
        assert (back <= found.high + 1e-12).all()
        never = 1.0 - 0.5 * (found.low + found.high)
        assert (found.high - found.low <= precision * never).all()


def test_too_fine_a_tolerance_says_what_can_be_had() -> None:
    with pytest.raises(NotConvergedError, match="below what 64-bit numbers can certify"):
        returns_by_component(
            _crowd(1, 400, 1_600), np.ones(400), exact=3, damping=0.85, precision=0.01,
            tolerance=1e-18,
        )  # fmt: skip


def test_nobody_on_a_cycle() -> None:
    found = returns_by_component(sp.csr_array((3, 3), dtype=float), np.ones(3), exact=1, **ASKED)
    assert not found.high.any()
    assert found.solved.all()
