"""A transition peeled: the core of those who endorse and are endorsed, and what lies around it.

People who are never endorsed hold exactly b, and people who endorse nobody pass nothing on, so
only the core is iterated. It is ordered by out-degree, so that what everyone listens to is new
early (after McSherry 2005) and lies together in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphengine.influence.kernels.compact import gather, heard, split_at
from graphengine.influence.ranking.relaxation import Core, fixed, likely
from graphengine.influence.ranking.teams import Team, gathered_by, threads_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.ranking.compact import Compact
    from graphengine.influence.ranking.sliced import Sliced

__all__ = ["PeeledMatrix", "PeeledStructure"]

_WORTH = 500_000  # rows around a core in slices that a further thread is worth


class PeeledMatrix:
    """A sparse matrix P by endorser; the core is copied in its order, vectors are by id."""

    def __init__(self, P: sp.csr_array, *, damping: float) -> None:
        self._damping = damping
        self._transposed = P.T  # by target, without a copy
        endorses = np.diff(P.indptr)
        endorsed = np.bincount(P.indices, minlength=P.shape[0])
        people = np.flatnonzero((endorses > 0) & (endorsed > 0))
        self._people = people[np.argsort(-endorses[people], kind="stable")]
        self._unendorsed = endorsed == 0
        M = _by_target(P, self._people)
        stays = np.bincount(M.indices, weights=M.data, minlength=len(self._people)).astype(
            np.float64
        )
        indptr, indices = fixed(M.indptr.astype(np.uint32)), fixed(M.indices.astype(np.uint32))
        if M.nnz >> 32:
            indptr = fixed(M.indptr.astype(np.int64))
        self.core = Core(
            (indptr[:-1], indptr[1:], indices, fixed(M.data), None), None, 1.0 - damping * stays
        )

    def follow(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pᵀx."""
        return np.asarray(self._transposed @ x)

    def inside(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The entries of the core, in its order."""
        return np.asarray(x[self._people])

    def enters(self, b: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the core holds of ``b``, and what reaches it from those whom nobody endorses."""
        enters, sure = b[self._people], np.where(self._unendorsed, b, 0.0)
        if sure.any():
            enters = enters + self._damping * self.follow(sure)[self._people]
        return np.asarray(enters)

    def likely(self, enters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where to begin in the core, if nothing better is known."""
        return enters

    def complete(self, b: NDArray[np.float64], inside: NDArray[np.float64]) -> NDArray[np.float64]:
        """Everyone's value, given the core's."""
        sure = np.where(self._unendorsed, b, 0.0)
        sure[self._people] = inside
        if len(inside) == len(b):
            return np.asarray(sure)
        x = b + self._damping * self.follow(sure)
        x[self._people] = inside
        return np.asarray(x)


class PeeledStructure:
    """A compact P: its structure has the core in front, so nothing is copied; vectors by place."""

    def __init__(self, P: Compact, *, damping: float) -> None:
        self._P, self._damping = P, damping
        indptr, indices, k = P.structure.indptr, P.structure.indices, P.structure.core
        self._threads = threads_for(len(indices))
        self._split = fixed(split_at(indptr, indices, k))
        self._heard: NDArray[np.float64] | None = None
        self._ends = int(np.searchsorted(indptr, indptr[-1]))  # from there on rows are empty
        self._sliced: Sliced | None = None
        self._around: tuple[int, NDArray[np.int64], NDArray[Any], NDArray[Any]]
        self.core = Core(
            (indptr[:k], self._split, indices, P.weights, P.table),
            P.per[:k],
            1.0 - damping * P.inside,
            direction=-1,
        )

    def prepare(self, core: Sliced) -> None:
        """Have the core's steps in slices, and of other rows those that are not empty."""
        indptr, k = self._P.structure.indptr, self._P.structure.core
        outer = np.flatnonzero(self._split < indptr[1 : k + 1])
        others = np.arange(k, self._ends)
        begin = np.concatenate([self._split[outer], indptr[others]])
        rows = np.concatenate([outer, others])
        self._around = len(outer), rows, fixed(begin), fixed(indptr[rows + 1])
        self._threads = min(self._threads, max(1, len(rows) // _WORTH))
        self._sliced = core

    def follow(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pᵀx."""
        indptr, k = self._P.structure.indptr, self._P.structure.core
        if self._sliced is None:
            return self._gathered(indptr[:-1], indptr[1:], x)
        _, rows, begin, end = self._around
        out = np.zeros(len(x))
        out[:k] = self._sliced.heard(x[:k])
        out[rows] += self._gathered(begin, end, x)
        return out

    def inside(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """The entries of the core, in its order."""
        return x[: self._P.structure.core]

    def enters(self, b: NDArray[np.float64]) -> NDArray[np.float64]:
        """What the core holds of ``b``, and what reaches it from those whom nobody endorses."""
        k, indptr = self._P.structure.core, self._P.structure.indptr
        if self._sliced is None:
            return b[:k] + self._damping * self._gathered(self._split, indptr[1 : k + 1], b)
        count, rows, begin, end = self._around
        enters: NDArray[np.float64] = b[:k].copy()
        enters[rows[:count]] += self._damping * self._gathered(begin[:count], end[:count], b)
        return enters

    def likely(self, enters: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where to begin in the core, if nothing better is known."""
        if self._heard is None:
            indptr, P = self._P.structure.indptr, self._P
            self._heard = heard(indptr[: len(enters)], self._split, P.weights)
        return likely(enters, self._heard, damping=self._damping)

    def complete(self, b: NDArray[np.float64], inside: NDArray[np.float64]) -> NDArray[np.float64]:
        """Everyone's value, given the core's."""
        k, indptr = self._P.structure.core, self._P.structure.indptr
        x = b.copy()
        x[:k] = inside
        last = self._ends
        x[k:last] += self._damping * self._gathered(indptr[k:last], indptr[k + 1 : last + 1], x)
        return x

    def _gathered(
        self, begin: NDArray[Any], end: NDArray[Any], x: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        P, count = self._P, self._threads
        edges = (begin, end, P.structure.indices, P.weights, P.table)
        if count == 1:
            return gather(*edges, x * P.per)
        return gathered_by(Team(edges, count), x * P.per)


def _by_target(P: sp.csr_array, people: NDArray[np.int64]) -> sp.csr_array:
    """The part of P among ``people``, renumbered by their order: a row holds who endorses."""
    n, k = P.shape[0], len(people)
    place = np.full(n, -1, dtype=np.int64)
    place[people] = np.arange(k)
    endorser, endorsed = np.repeat(place, np.diff(P.indptr)), place[P.indices]
    keep = (endorser >= 0) & (endorsed >= 0)
    return sp.csr_array((P.data[keep], (endorsed[keep], endorser[keep])), shape=(k, k))
