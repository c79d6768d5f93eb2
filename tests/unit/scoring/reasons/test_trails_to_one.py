"""Trails to one person, against the inverse matrix; on every kind of graph that there is."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking import saturated
from graphengine.scoring.parts import Passing
from graphengine.scoring.reasons.steps import steps_of
from graphengine.scoring.reasons.trails import Rows, all_visits, returns_before, trails_to

PASSING = Passing()
D = 0.85


def _weights(seed: int, n: int = 15, edges: int = 40) -> np.ndarray:
    """Weights of which a third of the rows are empty, with loops, repeats and a hub."""
    draw = np.random.default_rng(seed)
    W = np.zeros((n, n))
    np.add.at(
        W, (draw.integers(0, 2 * n // 3, edges), draw.zipf(1.5, edges) % n),
        draw.choice([1e-9, 1.0, 5.0, 1e9], edges),
    )  # fmt: skip
    return W


def _slow(W: np.ndarray, t: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities to reach t, visits before t, and N = (I − dQ)⁻¹ on everybody but t."""
    P = saturated(sp.csr_array(W), alpha=0.5, kappa=1.0).toarray()
    Q = P.copy()
    Q[t], Q[:, t] = 0.0, 0.0
    N = np.linalg.inv(np.eye(len(P)) - D * Q)
    reached = N @ (D * P[:, t])
    reached[t] = 1.0
    others = np.arange(len(P)) != t
    visits = np.where(others, 1.0, 0.0) @ N
    return reached, visits, N


@pytest.mark.parametrize("seed", range(6))
def test_trails_are_those_of_the_inverse(seed: int) -> None:
    W = _weights(seed)
    steps = steps_of(sp.csr_array(W), passing=PASSING)
    for t in range(len(W)):
        reached, visits, N = _slow(W, t)
        found = trails_to(steps, t, damping=D)
        assert found.reached == pytest.approx(reached, abs=1e-9)
        assert found.h == pytest.approx(reached.sum(), rel=1e-9)
        assert abs(found.h - reached.sum()) <= found.error + 1e-13
        passing = np.flatnonzero((W.sum(axis=1) - W.diagonal() > 0) & (np.arange(len(W)) != t))
        assert found.visits[passing] == pytest.approx(visits[passing], rel=1e-6)
        assert found.visits[t] == found.h
        for u in passing[:5]:
            assert returns_before(steps, t, int(u), damping=D) == pytest.approx(N[u, u], rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_other_rows_are_another_graph(seed: int) -> None:
    W = _weights(seed)
    steps = steps_of(sp.csr_array(W), passing=PASSING)
    t = int(np.argmax((W > 0).sum(axis=0)))
    other = W.copy()
    other[:4, t] *= 0.3
    powers, fewer = (np.sqrt(A * (1 - np.eye(len(A)))) for A in (W, other))
    scale = (1.0 + powers.sum(axis=1)) / (1.0 + fewer.sum(axis=1))
    towards = fewer[:, t] / (1.0 + fewer.sum(axis=1))
    known = trails_to(steps, t, damping=D)
    found = trails_to(steps, t, damping=D, rows=Rows(scale, towards), known=known)
    assert found.reached == pytest.approx(_slow(other, t)[0], abs=1e-9)
    assert found.h < known.h


@pytest.mark.parametrize("seed", range(3))
def test_all_visits(seed: int) -> None:
    W = _weights(seed)
    P = saturated(sp.csr_array(W), alpha=0.5, kappa=1.0).toarray()
    x = np.ones(len(W)) @ np.linalg.inv(np.eye(len(W)) - D * P)
    found = all_visits(steps_of(sp.csr_array(W), passing=PASSING), damping=D)
    gives = P.sum(axis=1) > 0
    assert found[gives] == pytest.approx(x[gives], rel=1e-8)
    assert (found[~gives] == 0.0).all()


@pytest.mark.parametrize(
    "W",
    [
        np.zeros((1, 1)),
        np.zeros((4, 4)),
        np.diag(np.ones(3)),
        np.eye(5, k=1),
        np.ones((6, 6)),
        np.outer(np.arange(7) > 0, np.arange(7) == 0).astype(float),
        np.outer(np.arange(7) == 0, np.arange(7) > 0) * 1e-300,
    ],
)  # nobody passes on, loops alone, a path, all to all, a star in, a star out of almost nothing
def test_small_graphs(W: np.ndarray) -> None:
    steps = steps_of(sp.csr_array(W), passing=PASSING)
    for t in range(len(W)):
        found = trails_to(steps, t, damping=D)
        assert found.reached == pytest.approx(_slow(W, t)[0], abs=1e-12)


def test_endorsements_that_have_left_pass_nothing_on_but_count_in_their_row() -> None:
    W = sp.csr_array([[0, 1.0, 1.0], [0, 0, 0], [0, 0, 0]])
    there = sp.csr_array(np.array([[False, True, False], [False] * 3, [False] * 3]))
    steps = steps_of(W, passing=PASSING, there=there)
    assert steps.column(1).tolist() == pytest.approx([1 / 3, 0, 0])
    assert steps.column(2).tolist() == [0, 0, 0]
    assert steps.total.tolist() == [3.0, 1.0, 1.0]


def test_a_tolerance_below_64_bits_is_refused() -> None:
    steps = steps_of(sp.csr_array(_weights(1)), passing=PASSING)
    with pytest.raises(NotConvergedError, match="no error bound is finer than"):
        trails_to(steps, 0, damping=D, tolerance=1e-19)
