"""PageRank where everyone's restart is the same, over rows just laid out, and nothing else.

The equations, the rule to stop by and the certificate are those of ``pagerank``. People whom
nobody endorses all hold the same; people who endorse nobody pass nothing on. So only the core is
swept, by Gauss–Seidel and scaled so that what leaves it equals what enters it (aggregation with
one group: Stewart 1994); those only endorsed need one pass. A topic needs a dozen sweeps, too few
for mixing to repay its cost, which is that of a sweep where people have few endorsers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.kernels.eights import over, passed, shared
from graphengine.influence.kernels.layout import EIGHT
from graphengine.influence.ranking.iteration import Solution, certifiable

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Rows", "uniform_pagerank"]

_HOPED = 16.0  # times smaller than a sweep's last change the residual can be hoped to be
_MOST = 150  # sweeps: enough at the usual damping, wherever they begin


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Who endorses whom, by place, as ``kernels.layout`` lays it out.

    ``ranks`` are the places where the kinds of people end, the last one the number of people;
    ``start`` and ``cut`` say where long rows and eights begin in ``words`` and ``weights``. The
    lowest ``bits`` of a word are a place; where ``weights`` is None, the weight is above.
    """

    ranks: tuple[int, int, int, int, int]
    start: NDArray[np.uint32]
    cut: NDArray[np.uint32]
    words: NDArray[np.uint32]
    weights: NDArray[Any] | None
    bits: int

    @property
    def indices(self) -> NDArray[np.uint32]:
        """The place of each endorser; nobody's is the number of people."""
        return self.words & np.uint32((1 << self.bits) - 1)


def uniform_pagerank(
    rows: Rows, *, damping: float, tolerance: float, room: NDArray[np.float64] | None = None
) -> Solution | None:
    """Everyone's share by place; None where this takes too many sweeps, for another way to do it.

    ``tolerance`` bounds the L1 error; Σ value = 1. ``room``, for who ranks many topics, are six
    rows of an entry more than people, to work in.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: The damping is out of its range.

    >>> words = np.array([(1 << 2) + 1] + 7 * [2], dtype=np.uint32)
    >>> rows = Rows((0, 0, 0, 1, 2), 0 * words[:1], np.array([0, 8]), words, None, bits=2)
    >>> uniform_pagerank(rows, damping=0.5, tolerance=1e-9).value.round(6)
    array([0.6, 0.4])
    """
    if not 0.0 <= damping < 1.0:
        raise ValueError(f"the damping must lie in [0, 1), got {damping}")
    certifiable(tolerance, damping)
    if not rows.ranks[-1]:
        return Solution(np.zeros(0), 0.0, 0.0, 0)
    surfer, sweeps = _Surfer(rows, damping, room), 0
    for asked in (_HOPED * tolerance, tolerance):
        sweeps += surfer.sweep(0.5 * asked)
        shares = surfer.shares()
        residual = surfer.residual(shares)
        if residual <= (1.0 - damping) * tolerance:
            return Solution(shares, residual, residual / (1.0 - damping), sweeps)
        sweeps += 1
    return None


class _Surfer:
    """The values of everyone on a trail from each person with 1/n: x by place, z = x·per."""

    def __init__(self, rows: Rows, damping: float, room: NDArray[np.float64] | None = None) -> None:
        heavy, long, core, ends, n = rows.ranks
        inner = (core - long + EIGHT - 1) // EIGHT
        self._ranks, self._damping, self._base = rows.ranks, damping, 1.0 / n
        self._edges = (rows.start, rows.cut, rows.words, rows.weights, rows.bits)
        self._core = (heavy, long, 0, inner, long, core)
        self._others = (0, heavy, inner, len(rows.cut) - 1, core, ends)
        inside = (int(rows.start[heavy]), int(rows.cut[inner]))
        room = np.empty((6, n + 1)) if room is None else room
        self._per, self._leaves, self._x, self._z, *self._spare = room
        passed(self._edges, inside, self._per, self._leaves)
        shared(self._per, self._leaves, damping)
        self._x[:] = self._base
        np.multiply(self._per, self._base, out=self._z)
        reaches = n - ends - float(self._leaves[ends:n].sum())  # from those whom nobody endorses
        self._entering = self._base * (core - heavy + reaches)
        self._leaving = self._base * float(self._leaves[heavy:core].sum())

    def sweep(self, tolerance: float) -> int:
        """Sweep the core until d·change ≤ (1 − d)·tolerance·Σx, all L1; how often."""
        d, (heavy, _, core, _, n) = self._damping, self._ranks
        x, z, outside = self._x[heavy:core], self._z[heavy:core], self._base * (n - core + heavy)
        for sweeps in range(_MOST if len(x) else 0):
            scale = self._entering / self._leaving
            x *= scale
            z *= scale
            change, size, self._leaving = over(
                self._edges, self._core, (self._base, d), self._z, self._x, (self._per, self._leaves)
            )  # fmt: skip
            if d * change <= (1.0 - d) * tolerance * (outside + size):
                return sweeps + 1
        return _MOST if len(x) else 0

    def shares(self) -> NDArray[np.float64]:
        """Everyone's share, those only endorsed brought up to date."""
        x: NDArray[np.float64] = self._x[:-1].copy()
        over(self._edges, self._others, (self._base, self._damping), self._z, x, None)
        x /= x.sum()
        return x

    def residual(self, shares: NDArray[np.float64]) -> float:
        """The L1 change of one power iteration from ``shares``."""
        d, (heavy, _, core, ends, n) = self._damping, self._ranks
        dangling = float(shares[:heavy].sum()) + float(shares[core:ends].sum())
        constant = (1.0 - d + d * dangling) / n
        z, moved = self._spare
        np.multiply(shares, self._per[:n], out=z[:n])
        z[n], moved[:n] = 0.0, shares
        change = float((n - ends) * abs(constant - shares[n - 1])) if n > ends else 0.0
        for span in (self._core, self._others):
            change += over(self._edges, span, (constant, d), z, moved, None)[0]
        return change
