"""Gauss–Seidel over the core, with scaling and mixing between the sweeps.

After each sweep the vector is mixed with the two before it (Anderson 1965; Walker & Ni 2011) and
scaled so that what leaves the core equals what enters it (aggregation with one group: Stewart
1994). The scale is a number beside the vector until the next sweep has been done. Wherever mixing
stops helping, plain sweeps go on, which contract by d.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compact import relax
from graphengine.influence.kernels.mixing import combine, products

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.influence.ranking.peeled import Core

__all__ = ["relaxed"]

Vector = NDArray[np.float64]


def relaxed(
    core: Core,
    enters: Vector,
    guess: Vector,
    *,
    damping: float,
    ended: Callable[[float, float, tuple[float, Vector, Vector]], bool],
    most: int,
) -> tuple[Vector, int]:
    """Solve x = enters + d·M·x from any ``guess``; x, and the sweeps it took, at most ``most``.

    ``ended`` judges by a sweep's L1 change, Σx, and (scale, before, after): scale times these are
    the vectors before the sweep and after it.
    """
    if not enters.any():
        return np.zeros(len(enters)), 0
    mixing, best, sweeps = _Mixing(core, enters, guess), math.inf, 0
    while True:
        sweeps += 1
        scale, x, y = mixing.scale, mixing.x, mixing.y
        rates, vectors = (damping, 1.0 / scale), (x, mixing.z, y)
        change, size = (scale * s for s in relax(core.edges, enters, core.per, rates, vectors))
        if ended(change, size, (scale, x, y)) or sweeps >= most:
            return y * scale, sweeps
        if change > 2.0 * best:
            mixing.forget()  # it made things worse: go on from here
        best = min(best, change)
        mixing.mix()


class _Mixing:
    """Anderson's mixing: the combination of the last sweeps whose changes cancel best.

    A sweep goes from ``x`` (``z`` = x / what a node gives) to ``y``; the true vectors are
    ``scale`` times these.
    """

    def __init__(self, core: Core, enters: Vector, guess: Vector) -> None:
        k = len(enters)
        self.x, self.z = np.empty(k), np.empty(k)
        self._results = [np.zeros(k) for _ in range(3)]  # this sweep's, and those of two before
        self._changes = [np.zeros(k) for _ in range(3)]
        self._known = 0
        self._core, self._enters, self._entering = core, enters, float(enters.sum())
        held = float(np.einsum("i,i", guess, core.leaves))
        # on the scale of what enters, before anything is raised to that
        self._results[0][:] = guess * (self._entering / held) if held > 0.0 else guess
        self._combine((0.0, 0.0))

    @property
    def y(self) -> Vector:
        return self._results[0]

    def forget(self) -> None:
        self._known = 0

    def mix(self) -> None:
        """Take the sweep's result in, and set ``x`` and ``scale`` for the next one."""
        now, *past = self._changes
        found = products(self.x, self.y, self.scale, now, (past[0], past[1]))
        self._combine(_shares(found, self._known))
        self._known = min(self._known + 1, 2)
        self._results.insert(0, self._results.pop())
        self._changes.insert(0, self._changes.pop())

    def _combine(self, shares: tuple[float, float]) -> None:
        y, before, earlier = self._results
        leaving = combine(
            (y, before, earlier),
            shares,
            (self._enters, self._core.leaves),
            self._core.per,
            self.x,
            self.z,
        )
        self.scale = self._entering / leaving


def _shares(found: Vector, known: int) -> tuple[float, float]:
    """How much of the difference to each earlier result is taken back; ``known`` of two exist."""
    if known == 0:
        return 0.0, 0.0
    ff, fg, gg, fn, gn = (float(p) for p in found)
    if known == 1:
        return (fn / ff if ff > 0.0 else 0.0), 0.0
    ridge = 1e-14 * (ff + gg)
    matrix = np.array([[ff + ridge, fg], [fg, gg + ridge]])
    try:
        one, two = np.linalg.solve(matrix, np.array([fn, gn]))
    except np.linalg.LinAlgError:  # the changes are parallel, or 0
        return 0.0, 0.0
    return float(one), float(two)
