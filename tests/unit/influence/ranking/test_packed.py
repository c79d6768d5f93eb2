"""Small graphs solved in one call: the same shares as SciPy's direct solve, within the certificate."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.graph.from_pairs import structure_from_pairs
from graphengine.influence.kernels import COMPILED
from graphengine.influence.ranking.compact import transition
from graphengine.influence.ranking.pagerank import Surfer, distribution

pytestmark = pytest.mark.skipif(not COMPILED, reason="numba is not installed")


def _graph(n: int, degree: float, *, seed: int, weights: str) -> sp.csr_array:
    """Parts of every size, loops and people on no edge; two fifths endorse nobody."""
    random = np.random.default_rng(seed)
    W = (random.random((n, n)) < degree / n).astype(float)
    if weights == "whole":
        W *= random.integers(1, 9, (n, n))
    elif weights == "any":
        W *= random.random((n, n)) * 10.0 ** random.integers(-3, 4, (n, n))
    W[random.permutation(n)[: n * 2 // 5]] = 0.0
    W[:, random.permutation(n)[: n // 5]] = 0.0
    np.fill_diagonal(W, 0.0)
    return sp.csr_array(W)


def _surfer(W: sp.csr_array, *, alpha: float = 1.0, kappa: float = 0.0, **more: object) -> Surfer:
    A = W.tocoo()
    laid = structure_from_pairs(A.row, A.col, A.data, nodes=A.shape[0])
    given = {"damping": 0.85, "restart": None, "dangling": None} | more
    return Surfer(transition(laid, alpha=alpha, kappa=kappa), **given)


def _exact(W: sp.csr_array, v: np.ndarray, *, alpha: float, kappa: float, d: float) -> np.ndarray:
    F = np.where(W.toarray() > 0.0, W.toarray() ** alpha, 0.0)
    total = F.sum(axis=1, keepdims=True)
    P = np.divide(F, kappa + total, out=np.zeros_like(F), where=total > 0.0)
    x = np.linalg.solve(np.eye(len(v)) - d * P.T, v)
    return np.asarray(x / x.sum())


@pytest.mark.parametrize("weights", ["one", "whole", "any"])
@pytest.mark.parametrize("degree", [0.5, 1.5, 3.0, 12.0])
def test_shares_are_those_of_the_dense_solve(degree: float, weights: str) -> None:
    for seed in range(4):
        W, random = _graph(220, degree, seed=seed, weights=weights), np.random.default_rng(seed)
        restart = None if seed % 2 else random.random(220) * (random.random(220) < 0.3)
        v = np.full(220, 1 / 220) if restart is None else distribution(restart, 220, name="v")
        for alpha, kappa in ((1.0, 0.0), (0.5, 2.0)):
            for tolerance in (1e-4, 1e-12):
                surfer = _surfer(W, alpha=alpha, kappa=kappa, restart=restart)
                found = surfer._at_once(tolerance)
                exact = _exact(W, v, alpha=alpha, kappa=kappa, d=0.85)
                assert found.error_bound <= tolerance
                assert np.abs(found.value - exact).sum() <= found.error_bound + 1e-13
                assert found.value.sum() == pytest.approx(1.0, abs=1e-13)


def test_the_certificate_is_what_one_more_step_changes() -> None:
    for seed, kappa in ((1, 0.0), (2, 3.0)):
        surfer = _surfer(_graph(300, 4.0, seed=seed, weights="whole"), kappa=kappa)
        for tolerance in (1e-2, 1e-6, 1e-10):
            found = surfer.settled(None, tolerance=tolerance)
            p = found.value[surfer._P.structure.order]
            assert found.residual == pytest.approx(np.abs(surfer.step(p) - p).sum(), abs=1e-15)
            assert found.error_bound == pytest.approx(found.residual / 0.15, rel=1e-12)


def test_other_restarts_of_a_surfer_are_not_mixed_up() -> None:
    W = _graph(150, 5.0, seed=3, weights="one")
    surfer = _surfer(W)
    first = surfer.settled(None, tolerance=1e-12).value
    one = np.eye(150)[7]
    found = surfer.restarting(one).settled(None, tolerance=1e-12).value
    assert np.abs(found - _exact(W, one, alpha=1.0, kappa=0.0, d=0.85)).sum() < 1e-11
    assert (surfer.settled(None, tolerance=1e-12).value == first).all()


def test_rows_too_uneven_or_too_many_sweeps_are_left_to_the_general_way() -> None:
    star = sp.lil_array((4000, 4000))  # a circle of twenty, one of whom everyone endorses
    star[20:, 0] = 1.0
    star[np.arange(20), (np.arange(20) + 1) % 20] = 1.0
    assert _surfer(sp.csr_array(star))._packed is None
    u, v = [*range(400), 0], [*range(1, 400), 0, 200]
    surfer = _surfer(sp.csr_array((np.ones(401), (u, v))), damping=0.9999)
    assert surfer._packed is not None
    assert surfer._at_once(1e-9) is None
    assert surfer.settled(None, tolerance=1e-9).error_bound <= 1e-9
