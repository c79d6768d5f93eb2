"""The loops over trails: returns pushed and entries of products, compiled and as plain Python."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.influence.kernels import reached, returns


def _steps(seed: int, people: int = 40, acts: int = 260) -> sp.csr_array:
    """d·P of a random graph without loops, rows in stored order."""
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, people, (2, acts)) // rng.integers(1, 3, (2, acts))
    pairs = pairs[:, pairs[0] != pairs[1]]
    W = sp.csr_array(sp.coo_array((rng.random(pairs.shape[1]), tuple(pairs)), shape=(people,) * 2))
    return sp.csr_array(0.85 * W / (1.0 + np.asarray(W.sum(axis=1))[:, None]))


def _plain(A: sp.csr_array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return A.indptr.astype(np.uint64), A.indices.astype(np.uint32), A.data


def _asked(seed: int) -> tuple[object, ...]:
    Q = _steps(seed)
    reach = np.linalg.inv(np.eye(40) - Q.toarray()).sum(axis=0)
    targets = np.arange(0, 40, 3, dtype=np.uint32)
    return _plain(Q), _plain(Q.T.tocsr()), targets, reach, np.asarray(Q.sum(axis=1)), 0.01


@pytest.mark.parametrize("seed", range(3))
def test_pushed_returns_hold_the_exact_ones(seed: int) -> None:
    asked = _asked(seed)
    low, high, steps = returns.returns(*asked)
    Q = sp.csr_array((asked[0][2], asked[0][1], asked[0][0]), shape=(40, 40)).toarray()
    exact = (1.0 - 1.0 / np.diagonal(np.linalg.inv(np.eye(40) - Q)))[::3]
    assert (low <= exact + 1e-12).all()
    assert (exact <= high + 1e-12).all()
    assert (high - low <= 0.01 * (1.0 - 0.5 * (low + high)) + 1e-15).all()
    assert steps > 0


@pytest.mark.parametrize("least", [0.0, 0.5])
def test_the_width_is_the_smaller_bound_wherever_its_sum_ends(least: float) -> None:
    rng = np.random.default_rng(4)
    held, passed = rng.random((2, 300))
    for touched in (np.arange(300, dtype=np.uint32), np.arange(9, dtype=np.uint32)):
        mass = float((held * passed)[touched].sum())
        for first in (1e-3, 0.9 * mass, 2.0 * mass):
            found = returns._width((first, 1.0, least), held, touched, passed)
            assert found == pytest.approx(min(first, max(mass - least, 0.0)))
        assert returns._largest(held, touched) == held[touched].max()


@pytest.mark.filterwarnings("ignore:overflow")
@pytest.mark.parametrize("seed", range(2))
def test_two_steps_and_single_entries_are_those_of_the_products(seed: int) -> None:
    P = _steps(seed, people=25, acts=120)
    here, first = np.array([3, -1, 0]), np.array([0, 25, 50, 75])
    ends = np.tile(np.where(np.arange(25) % 5 == 0, -1, np.arange(25)), 3)
    dense = 0.85 * P.toarray()
    for loop in (reached.two_steps, reached._two_steps):
        by, largest = np.zeros(75), np.zeros(3)
        loop(_plain(P), (here, first), ends, 0.85, (by, largest))
        for k, t in enumerate(here):
            within = dense[t] + (dense @ dense)[t] if t >= 0 else np.zeros(25)
            own = slice(first[k], first[k + 1])
            assert by[own] == pytest.approx(np.where(ends[own] >= 0, within[ends[own]], 0.0))
            assert largest[k] == pytest.approx((dense @ dense)[t].max() if t >= 0 else 0.0)
    X = np.random.default_rng(seed).random((25, 4)).astype(np.float32)
    row, column = np.array([2, -1, 7]), np.array([0, 1, 3])
    for loop in (reached.reached_from, reached._reached_from):
        out = np.empty(3, np.float32)
        loop(_plain(P.astype(np.float32)), X, (row, column), out)
        product = P.toarray() @ X
        assert out == pytest.approx([product[2, 0], 0.0, product[7, 3]], abs=1e-6)
