"""The fast solver of x = b + d·Pᵀx: peel, then Gauss–Seidel with scaling and mixing.

People who are never endorsed hold exactly b, and people who endorse nobody pass nothing on: only
the core of those who do both is iterated, ordered by out-degree so that what everyone listens to
is new early (after McSherry 2005). After each sweep the vector is scaled so that what leaves the
core equals what enters it (aggregation with one group: Stewart 1994) and mixed with the two
before it (Anderson 1965; Walker & Ni 2011). Wherever that stops helping, plain sweeps go on,
which contract by d. Callers certify the answer by one residual sweep of their own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from graphengine.influence.kernels.sweeps import sweep

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Flow"]

_MIXED = 2  # earlier vectors that take part; more did not pay


class Flow:
    """One transition P prepared for many solves of x = b + d·Pᵀx, b ≥ 0.

    >>> flow = Flow(sp.csr_array([[0, 1.0, 0], [1.0, 0, 0], [0, 0, 0]]), damping=0.5)
    >>> flow.solve(np.ones(3), tolerance=1e-12)[0].round(9)
    array([2., 2., 1.])
    """

    def __init__(self, P: sp.csr_array, *, damping: float) -> None:
        self.damping = damping
        self.transposed = P.T  # by target, without a copy
        endorses = np.diff(P.indptr)
        endorsed = np.bincount(P.indices, minlength=P.shape[0])
        people = np.flatnonzero((endorses > 0) & (endorsed > 0))
        self._core = people[np.argsort(-endorses[people], kind="stable")]
        self._unendorsed = endorsed == 0
        self._indptr, self._indices, self._share = _by_target(P, self._core)
        stays = np.bincount(self._indices, weights=self._share, minlength=len(self._core))
        self._leaves: NDArray[np.float64] = np.asarray(1.0 - damping * stays, dtype=np.float64)

    def solve(
        self,
        b: NDArray[np.float64],
        *,
        tolerance: float,
        start: NDArray[np.float64] | None = None,
        enough: Callable[[NDArray[np.float64], NDArray[np.float64]], bool] | None = None,
    ) -> tuple[NDArray[np.float64], int]:
        """The vector x to about ``tolerance`` in L1, relative to Σx, and the sweeps over the core it took.

        ``start`` is any guess, on any scale. ``enough`` is another rule to stop by: it sees the
        core's vector before a sweep and after it.
        """
        d = self.damping
        sure = np.where(self._unendorsed, b, 0.0)
        enters = b[self._core]
        if sure.any():
            enters = enters + d * (self.transposed @ sure)[self._core]
        guess = enters if start is None else start[self._core]
        outside = float(b.sum()) - float(b[self._core].sum())

        def near(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
            change = float(np.abs(y - x).sum())
            return d * change <= (1.0 - d) * tolerance * (outside + float(y.sum()))

        inside, sweeps = self._iterate(enters, guess, enough or near, _most(d, tolerance))
        sure[self._core] = inside
        x = sure
        if len(self._core) < len(b):
            x = b + d * (self.transposed @ sure)
            x[self._core] = inside
        return np.asarray(x), sweeps

    def _iterate(
        self,
        enters: NDArray[np.float64],
        guess: NDArray[np.float64],
        enough: Callable[[NDArray[np.float64], NDArray[np.float64]], bool],
        most: int,
    ) -> tuple[NDArray[np.float64], int]:
        if not enters.any():
            return np.zeros(len(enters)), 0
        mixing, best = _Mixing(), math.inf
        x = self._balanced(guess, enters)
        sweeps = 0
        while sweeps < most:
            sweeps += 1
            y = x.copy()
            change = sweep(self._indptr, self._indices, self._share, enters, self.damping, y)
            if enough(x, y):
                break
            if change > 2.0 * best:
                mixing = _Mixing()  # it made things worse: forget, and go on from here
            best = min(best, change)
            x = self._balanced(mixing.mixed(x, y), enters)
        return y, sweeps

    def _balanced(self, x: NDArray[np.float64], enters: NDArray[np.float64]) -> NDArray[np.float64]:
        """``x``, nowhere below what enters, scaled so that exactly as much leaves the core."""
        raised: NDArray[np.float64] = np.maximum(x, enters)
        return raised * (float(enters.sum()) / _dot(raised, self._leaves))


class _Mixing:
    """Anderson's mixing: the combination of the last sweeps whose changes cancel best."""

    def __init__(self) -> None:
        self._results: list[NDArray[np.float64]] = []
        self._changes: list[NDArray[np.float64]] = []

    def mixed(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """The next vector after a sweep from ``x`` gave ``y``."""
        change = y - x
        results = [y - earlier for earlier in self._results]
        changes = [change - earlier for earlier in self._changes]
        self._results = [*self._results, y][-_MIXED:]
        self._changes = [*self._changes, change][-_MIXED:]
        if not changes:
            return y
        products = np.array([[_dot(f, g) for g in changes] for f in changes])
        products[np.diag_indices(len(changes))] += 1e-14 * np.trace(products)
        try:
            weights = np.linalg.solve(products, np.array([_dot(f, change) for f in changes]))
        except np.linalg.LinAlgError:  # the changes are parallel, or 0
            return y
        mixed = y.copy()
        for weight, result in zip(weights, results, strict=True):
            mixed -= weight * result
        return mixed


def _dot(f: NDArray[np.float64], g: NDArray[np.float64]) -> float:
    """Σ f·g in one order: a BLAS adds in an order that depends on its threads."""
    return float(np.einsum("i,i", f, g))


def _by_target(
    P: sp.csr_array, people: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.float64]]:
    """The part of P among ``people``, renumbered by their order: a row holds who endorses."""
    n, k = P.shape[0], len(people)
    place = np.full(n, -1, dtype=np.int64)
    place[people] = np.arange(k)
    endorser, endorsed = np.repeat(place, np.diff(P.indptr)), place[P.indices]
    keep = (endorser >= 0) & (endorsed >= 0)
    M = sp.csr_array((P.data[keep], (endorsed[keep], endorser[keep])), shape=(k, k))
    return M.indptr.astype(np.uint64), M.indices.astype(np.uint32), M.data


def _most(damping: float, tolerance: float) -> int:
    """Sweeps after which plain iteration, from anywhere, would long be there."""
    if damping == 0.0:
        return 1
    return 20 + math.ceil(math.log(max(tolerance, 1e-16) * (1.0 - damping)) / math.log(damping))
