"""Several systems at once: the loops, compiled and as plain Python, and their twin in SciPy."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.influence.kernels import orthomin as kernel


def _as_python(*given: object) -> object:
    """The loops as they stand."""
    with pytest.MonkeyPatch.context() as changed:
        for name, loop in {"left": "rest", "answered": "answers", "turn": "turned"}.items():
            changed.setattr(kernel, f"_{name}", getattr(kernel, f"_{loop}"))
        changed.setattr(kernel, "_take", kernel._taken)
        return kernel.orthomin_by_loops(*given)


LOOPS = [kernel.orthomin_by_loops, _as_python, kernel.orthomin_at_once]


def _steps(seed: int, people: int = 30) -> sp.csr_array:
    """d·P of a random graph with a hub: some endorse nobody, everybody endorses the first."""
    rng = np.random.default_rng(seed)
    W = np.where(rng.random((people, people)) < 0.2, rng.random((people, people)), 0.0)
    W[:, 0] = 1.0
    W[people // 2 :: 3] = 0.0
    return sp.csr_array(0.85 * W / (0.01 + W.sum(axis=1)[:, None]))


def _solved(loop: object, Q: sp.csr_array, *, small: float = 1e-12, most: int = 300) -> tuple:
    n, who = Q.shape[0], np.array([0, 7, 5], dtype=np.uint32)
    QT = Q.T.tocsr()
    x = np.linalg.solve(np.eye(n) - QT.toarray(), np.ones(n))
    common = QT @ x, QT @ (x - QT @ x), 1.0 / x
    into = QT.indptr.astype(np.uint64), QT.indices.astype(np.uint32), QT.data
    z, residual = np.zeros((n, 3)), Q[who.astype(int)].toarray().T.copy()
    z[who, np.arange(3)] = 1.0
    largest, whole = loop(into, common, who, (z, residual), (x[who], small), most)
    return z, residual, largest, whole, np.linalg.inv(np.eye(n) - Q.toarray())[who].T


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loop", LOOPS)
def test_solved_to_the_goal_with_its_own_residual(loop: object, seed: int) -> None:
    Q = _steps(seed)
    z, residual, largest, whole, exact = _solved(loop, Q)
    assert z == pytest.approx(exact, abs=1e-10)
    assert whole.max() <= 1e-11
    rest = np.zeros_like(z)
    rest[[0, 7, 5], [0, 1, 2]] = 1.0
    rest += Q.T @ z - z
    assert residual == pytest.approx(rest, abs=1e-15)
    assert largest == pytest.approx(np.abs(residual).max(axis=0), abs=1e-18)
    assert whole == pytest.approx(np.abs(residual).sum(axis=0), abs=1e-18)


@pytest.mark.parametrize("loop", LOOPS)
def test_every_sweep_shrinks_the_residual_as_promised(loop: object) -> None:
    Q = _steps(4)
    x = np.linalg.solve(np.eye(30) - Q.T.toarray(), np.ones(30))
    lengths = []
    for sweeps in range(12):
        residual = _solved(loop, Q, small=0.0, most=sweeps)[1]
        lengths.append(np.sqrt((residual**2 / x[:, None]).sum(axis=0)))
    shrunk = np.array(lengths[1:]) / np.array(lengths[:-1])
    assert (shrunk <= np.sqrt(0.85))[np.array(lengths[:-1]) > 1e-14].all()


def test_the_twin_takes_the_same_steps() -> None:
    for most in (0, 1, 5):
        ours, twin = (_solved(loop, _steps(1), small=0.0, most=most) for loop in LOOPS[::2])
        for one, other in zip(ours[:4], twin[:4], strict=True):
            assert one == pytest.approx(other, abs=1e-14)


def test_nothing_passes_on() -> None:
    Q = sp.csr_array((4, 4), dtype=float)
    for loop in LOOPS:
        into = np.zeros(5, np.uint64), np.zeros(0, np.uint32), np.zeros(0)
        z, residual, who = np.eye(4)[:, :2].copy(), np.zeros((4, 2)), np.arange(2, dtype=np.uint32)
        common = Q @ np.ones(4), np.zeros(4), np.ones(4)
        largest, whole = loop(into, common, who, (z, residual), (np.ones(2), 1e-12), 9)
        assert largest.max() == whole.max() == 0.0
        assert (z == np.eye(4)[:, :2]).all()
