"""The fast solver of x = b + d·Pᵀx: peel, then Gauss–Seidel with scaling and mixing.

``peeled`` says what is iterated, ``relaxation`` how. P is a sparse matrix, or a compact structure
that is read as it lies. Callers certify the answer by one residual sweep of their own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.ranking.compact import Compact
from graphengine.influence.ranking.parts import Parts
from graphengine.influence.ranking.peeled import PeeledMatrix, PeeledStructure
from graphengine.influence.ranking.relaxation import relaxed, shared_out
from graphengine.influence.ranking.sliced import Sliced, sliced
from graphengine.influence.ranking.teams import threads_for

if TYPE_CHECKING:
    from collections.abc import Callable

    import scipy.sparse as sp

__all__ = ["Flow"]

Vector = NDArray[np.float64]


class Flow:
    """One transition P prepared for many solves of x = b + d·Pᵀx, b ≥ 0.

    Vectors are by id where P is a matrix, by place where it is ``Compact``.

    >>> import scipy.sparse as sp
    >>> flow = Flow(sp.csr_array([[0, 1.0, 0], [1.0, 0, 0], [0, 0, 0]]), damping=0.5)
    >>> flow.solve(np.ones(3), tolerance=1e-12)[0].round(9)
    array([2., 2., 1.])
    """

    def __init__(self, P: sp.csr_array | Compact, *, damping: float) -> None:
        self.damping = damping
        self._peeled = (
            PeeledStructure(P, damping=damping)
            if isinstance(P, Compact)
            else PeeledMatrix(P, damping=damping)
        )
        self._core = self._peeled.core
        begin, end = self._core.edges[:2]
        held = int(end.sum(dtype=np.int64)) - int(begin.sum(dtype=np.int64))
        edges = len(P.structure.indices) if isinstance(P, Compact) else P.nnz
        self._parts = Parts(self._core, damping=damping) if 0 < 2 * held <= edges else None
        self._threads = threads_for(held)
        self._sliced: Sliced | None = None
        if self._parts is None:
            self._core = shared_out(self._core, held)

    def prepare(self) -> None:
        """Lay a large core of a structure out anew, for many solves."""
        if self._parts is None and isinstance(self._peeled, PeeledStructure):
            self._sliced = sliced(self._core, count=self._threads)
            if self._sliced is not None:
                self._peeled.prepare(self._sliced)

    def follow(self, x: Vector) -> Vector:
        """Pᵀx: where everyone's value goes in one step."""
        return self._peeled.follow(x)

    def solve(
        self,
        b: Vector,
        *,
        tolerance: float,
        start: Vector | None = None,
        enough: Callable[[Vector, Vector], bool] | None = None,
    ) -> tuple[Vector, int]:
        """The vector x to about ``tolerance`` in L1, relative to Σx, and the sweeps over the core it took.

        ``start`` is any guess, on any scale. ``enough`` is another rule to stop by: it sees the
        core's vector before a sweep and after it.
        """
        d, peeled = self.damping, self._peeled
        enters = peeled.enters(b)
        outside = float(b.sum()) - float(peeled.inside(b).sum())

        rule, most = (d, tolerance, outside), _most(d, tolerance)
        guess = None if start is None else peeled.inside(start)
        if self._sliced is not None and enough is None:
            inside, sweeps = self._sliced.relaxed(enters, guess, rule=rule, most=most)
            return np.asarray(peeled.complete(b, inside)), sweeps
        guess = peeled.likely(enters) if guess is None else guess
        if self._parts is None or enough is not None:
            inside, sweeps = relaxed(self._core, enters, guess, rule=rule, enough=enough, most=most)
        else:
            inside, sweeps = self._parts.solve(enters, guess, rule=rule, most=most)
        return np.asarray(peeled.complete(b, inside)), sweeps


def _most(damping: float, tolerance: float) -> int:
    """Sweeps after which plain iteration, from anywhere, would long be there."""
    if damping == 0.0:
        return 1
    return 20 + math.ceil(math.log(max(tolerance, 1e-16) * (1.0 - damping)) / math.log(damping))
