"""How probably a trail comes back to where it started, one strong component at a time.

A trail that returns never leaves its strongly connected component, so each component is a world of
its own: who else is in the graph, and how well they do, changes no bit of what is found here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from graphengine.errors import NotConvergedError
from graphengine.influence.kernels.orthomin import orthomin
from graphengine.influence.kernels.returns import returns
from graphengine.influence.ranking.transition import on_cycles, passed_on

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Returns", "returns_by_component"]

Vector = NDArray[np.float64]
_DENSE = 256  # people of a component up to which its matrix is inverted
_CELLS = 1 << 22  # of matrices inverted at a time
_TOGETHER = (8, 50)  # people solved at a time, at the least and at the most
_ENTRIES = 1 << 20  # of a vector of theirs, where there may be fewer than the most
_ALIKE, _SCALED = 1.001, 20  # how narrowly visits are bounded; sweeps with scaling


@dataclass(frozen=True, slots=True)
class Returns:
    """Bounds of the probability to come back, n each (0 on no cycle); who was solved; steps pushed."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    solved: NDArray[np.bool_]
    steps: int


def returns_by_component(
    P: sp.csr_array,
    visits: NDArray[np.float64],
    *,
    damping: float,
    exact: int,
    precision: float,
    tolerance: float,
) -> Returns:
    """How probably everyone's trail comes back, along the transition ``P`` (n × n).

    Solved to ``tolerance`` are, of each component, the ``exact`` people with the most ``visits``
    (n; equals by id), and all of a component of up to 256 people unless ``exact`` is 0. For the
    others high − low ≤ precision·(1 − the middle).

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.

    >>> pair = sp.csr_array([[0, 1.0, 0], [1.0, 0, 0], [1.0, 0, 0]])
    >>> found = returns_by_component(
    ...     pair, np.ones(3), damping=0.5, exact=1, precision=0.01, tolerance=1e-9)
    >>> found.low.round(9).tolist(), found.solved.tolist()
    ([0.25, 0.25, 0.0], [True, True, True])
    """
    n = P.shape[0]
    low, high, solved, steps = np.zeros(n), np.zeros(n), np.ones(n, dtype=np.bool_), 0
    for size, crowd in _by_size(P):
        if exact > 0 and size <= _DENSE:
            for some in np.array_split(crowd, -(-crowd.size * size // _CELLS)):
                low[some], high[some] = _inverted(P, some, damping=damping)
            continue
        for people in crowd:
            circle = _Circle(sp.csr_array(P[people][:, people]), damping, tolerance)
            found = circle.returns(visits[people], exact=exact, precision=precision)
            low[people], high[people], solved[people] = found.low, found.high, found.solved
            steps += found.steps
    return Returns(low, high, solved, steps)


def _by_size(P: sp.csr_array) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The components from which a trail can come back, one matrix of ids (k × size) a size."""
    people = np.flatnonzero(on_cycles(P))
    if not people.size:
        return
    _, label = connected_components(P, directed=True, connection="strong")
    size = np.bincount(label)[label[people]]
    order = people[np.lexsort((people, label[people], size))]
    sizes, counts = np.unique(size, return_counts=True)
    for one, group in zip(sizes, np.split(order, np.cumsum(counts)[:-1]), strict=True):
        yield int(one), group.reshape(-1, one)


def _inverted(
    P: sp.csr_array, crowd: NDArray[np.int64], *, damping: float
) -> tuple[Vector, Vector]:
    """Bounds for components of one size (k × size ids), from all of each G at once.

    Z_tt misses G_tt by Σ_u G_tu·ρ_ut, at most max|ρ|/(1 − d).
    """
    k, size = crowd.shape
    place = np.full(P.shape[0], -1, dtype=np.int64)
    place[crowd.ravel()] = np.arange(crowd.size)
    rows = sp.coo_array(P[crowd.ravel()])
    row, column = rows.coords[0], place[rows.coords[1]]
    inside = (column >= 0) & (row // size == column // size)
    row, column = row[inside], column[inside]
    A = np.zeros((k, size, size))
    A[row // size, row % size, column % size] = -damping * rows.data[inside]
    A[:, np.arange(size), np.arange(size)] += 1.0
    Z = np.linalg.inv(A)
    residual = np.abs(A @ Z - np.eye(size)).max(axis=1)
    residual += size * np.finfo(np.float64).eps * np.abs(Z).max(axis=1)  # its own rounding
    never = 1.0 / np.diagonal(Z, axis1=1, axis2=2)
    bound = residual / (1.0 - damping) * never
    return 1.0 - never * (1.0 + bound), 1.0 - never * (1.0 - bound)


class _Circle:
    """One component by itself: ``P`` are the steps among its people."""

    def __init__(self, P: sp.csr_array, damping: float, tolerance: float) -> None:
        self._tolerance, self._n = tolerance, P.shape[0]
        self._Q = sp.csr_array(P * damping)
        QT = self._Q.T.tocsr()
        self._into, self._most = _plain(QT), _sweeps(damping)
        self._everyones = _visited(QT)  # Σ_u G_ut of everyone, or a little more
        common = QT @ self._everyones  # about where every trail ends up that goes on for long
        self._common = common, common - QT @ common, 1.0 / self._everyones

    def returns(self, visits: Vector, *, exact: int, precision: float) -> Returns:
        """Those with the most ``visits`` solved, the others pushed."""
        low, high = np.zeros(self._n), np.zeros(self._n)
        solved = np.zeros(self._n, dtype=np.bool_)
        # as float32: equals that differ by the last digits of a solve stay equals
        solved[np.argsort(-visits.astype(np.float32), kind="stable")[:exact]] = True
        first, others = np.flatnonzero(solved), np.flatnonzero(~solved)
        together = min(max(_ENTRIES // self._n, _TOGETHER[0]), _TOGETHER[1])
        for begin in range(0, first.size, together):
            some = first[begin : begin + together]
            low[some], high[some] = self._solved(some)
        low[others], high[others], steps = returns(
            _plain(self._Q), self._into, others.astype(np.uint32), self._everyones,
            passed_on(self._Q), precision,
        )  # fmt: skip
        return Returns(low, high, solved, int(steps))

    def _solved(self, people: NDArray[np.int64]) -> tuple[Vector, Vector]:
        """Bounds of the probability to come back, from the expected visits z of one's own trail.

        z_t misses G_tt by Σ_u ρ_u·G_ut with ρ the residual: at most ‖ρ‖₁·G_tt, and at most
        max|ρ|·Σ_u G_ut, which are the visits to t of trails from everyone.
        """
        each, everyones = np.arange(people.size), self._everyones[people]
        z, residual = np.zeros((self._n, people.size)), self._Q[people].toarray().T.copy()
        z[people, each] = 1.0
        who, bound, before = people.astype(np.uint32), np.ones(people.size), np.inf
        rough = 0.5 * self._tolerance
        while bound.max() > self._tolerance and bound.max() < 0.5 * before:
            before = float(bound.max())
            goal = everyones, rough
            largest, whole = orthomin(
                self._into, self._common, who, (z, residual), goal, self._most
            )
            bound = np.minimum(whole, largest * everyones / z[people, each])
            rough *= 0.1
        if bound.max() > self._tolerance:
            raise NotConvergedError(
                f"The reach of one person is known to {bound.max():.2g} of itself where "
                f"{self._tolerance:.2g} is needed: below what 64-bit numbers can certify here. "
                "Ask for a larger tolerance."
            )
        never = 1.0 / z[people, each]
        return 1.0 - never * (1.0 + bound), 1.0 - never * (1.0 - bound)


def _visited(QT: sp.csr_array) -> Vector:
    """At least the visits to everyone of trails that start at everyone, and hardly more.

    Where x − Qᵀx ≥ c > 0 everywhere, x/c is as much. The first sweeps are scaled so that what
    leaves is what enters, which is mostly fast; plain ones get there from anywhere.
    """
    x, leaves = np.ones(QT.shape[0]), 1.0 - np.asarray(QT.sum(axis=0)).ravel()
    for sweep in count():
        onward = QT @ x
        leaving = x - onward
        if leaving.min() > 0.0 and leaving.max() <= _ALIKE * leaving.min():
            break
        x = 1.0 + onward
        if sweep < _SCALED:
            x *= x.size / float((leaves * x).sum())
    return np.asarray(x / (leaving.min() * (1.0 - 1e-12)))


def _sweeps(damping: float) -> int:
    """Sweeps that make any residual nothing, each at least by √damping."""
    return 1 if damping == 0.0 else 20 + math.ceil(2.0 * math.log(1e-18) / math.log(damping))


def _plain(Q: sp.csr_array) -> tuple[NDArray[np.uint64], NDArray[np.uint32], Vector]:
    return Q.indptr.astype(np.uint64), Q.indices.astype(np.uint32), Q.data
