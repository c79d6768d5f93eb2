"""A core taken apart: strongly connected parts in their order, each solved once what feeds it is.

Real networks of interactions have one large part and thousands of people before and behind it,
on no cycle or in small circles. Those are solved exactly, once; only the large parts are swept,
in the order in which a depth-first search leaves them, so that endorsers come early. A small
circle would otherwise hold up everyone: a pair that endorses only each other converges by d².
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.kernels.compact import split_sums
from graphengine.influence.kernels.components import SMALL, arranged, components, forward
from graphengine.influence.ranking.relaxation import Core, fixed, relaxed, shared_out

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Parts"]

# times: forwards, in the order of a search, the residual is less than it is taken to be
_LESS = 1.5


class Parts:
    """The parts of a core, its edges copied in their order."""

    def __init__(self, core: Core, *, damping: float) -> None:
        begin, end, indices, _, table = core.edges
        self._order, self._starts = components(begin, end, indices)
        rows, within, moved, weights = arranged(core.edges, self._order, self._starts)
        kind = np.uint32 if len(moved) < 1 << 32 else np.int64
        self._rows: Any = tuple(
            None if a is None else fixed(a)
            for a in (rows.astype(kind), within.astype(kind), moved, weights)
        )
        self._table, self._damping = table, damping
        self._per = None if core.per is None else core.per[self._order]
        sizes = np.diff(self._starts)
        self._large = {int(c): self._part(int(c)) for c in np.flatnonzero(sizes > SMALL)}
        self._swept = sum(edges for _, edges in self._large.values())

    def solve(
        self,
        enters: NDArray[np.float64],
        guess: NDArray[np.float64],
        *,
        rule: tuple[float, float, float],
        most: int,
    ) -> tuple[NDArray[np.float64], int]:
        """As ``relaxed``, for the whole core; the sweeps are the most that any part took.

        Where there is no large part, the answer is exact, and going through is one sweep.
        """
        damping, tolerance, outside = rule
        given, start = enters[self._order], guess[self._order]
        x, z = np.empty(len(given)), np.empty(len(given))
        c, count, sweeps = 0, len(self._starts) - 1, 1
        edges = (*self._rows, self._table)
        while True:
            parts = (self._starts, c, count)
            c = int(forward(edges, parts, given, self._per, damping, (x, z)))
            if c == count:
                break
            a, b = (int(s) for s in self._starts[c : c + 2])
            part, held = self._large[c]
            around = outside + float(x[:a].sum()) + float(given[b:].sum())
            mine = (damping, _LESS * tolerance, around * held / max(self._swept, 1))
            x[a:b], done = relaxed(part, x[a:b].copy(), start[a:b], rule=mine, most=most)
            z[a:b] = x[a:b] if self._per is None else x[a:b] * self._per[a:b]
            c, sweeps = c + 1, max(sweeps, done)
        out = np.empty_like(x)
        out[self._order] = x
        return out, sweeps

    def _part(self, c: int) -> tuple[Core, int]:
        """A part as a core of its own, and its edges."""
        a, b = (int(s) for s in self._starts[c : c + 2])
        rows, within, indices, weights = self._rows
        edges: Any = (within[a:b], rows[a + 1 : b + 1], indices, weights, self._table)
        per = None if self._per is None else self._per[a:b]
        stays = split_sums(*edges)
        leaves = 1.0 - self._damping * (stays if per is None else stays * per)
        held = int((edges[1].astype(np.int64) - edges[0]).sum())
        return shared_out(Core(edges, per, leaves), held), held
