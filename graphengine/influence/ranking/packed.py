"""PageRank of a small graph in one call of compiled code, over rows laid out in groups of eight.

A graph whose sweeps take microseconds is ranked as fast as it is spoken about: every vector that
is made and every call that is left costs as much as the people in it. So everything between a
restart and a certified answer is one loop, and what it reads lies in the order of its sweeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.kernels.compact import split_at
from graphengine.influence.kernels.compiled import COMPILED
from graphengine.influence.kernels.components import components
from graphengine.influence.kernels.packing import (
    EIGHT,
    counted,
    grouped,
    placed,
    seated,
    short,
    within,
)
from graphengine.influence.kernels.solving import solved
from graphengine.influence.ranking.iteration import Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.ranking.compact import Compact

__all__ = ["Packed", "packed"]

_FEW = 1_000_000  # edges below which a copy in another order repays itself with the first answer
_PART = 4_000  # people of a part: in a larger one sweeps in eights are fast, but a third more
_MOST = 150  # sweeps: enough at the usual damping, wherever they begin
_WIDE = 1.5  # times the edges: with more words, rows are too different in length


class Packed:
    """A small transition laid out for solving; made by ``packed``."""

    def __init__(self, P: Compact, who: NDArray[np.uint32], layout: Any, *, damping: float) -> None:
        self._damping, self._n, self._who, self._layout = damping, len(P.per), who, layout
        self._ids = np.append(P.structure.order, np.uint32(len(P.per)))[who]
        self._people = _people(P, who, layout, damping)

    def seated(self, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """A vector by place, as it is to be handed to ``settled``."""
        return np.append(v, 0.0)[self._who]

    def settled(self, b: NDArray[np.float64], *, tolerance: float) -> Solution | None:
        """The shares by id, from the restart ``b`` by seat; None where that takes too many sweeps.

        ``tolerance`` bounds the L1 error. ``sweeps`` are the most that any part took.
        """
        rule = self._damping, tolerance, _MOST, self._n
        value, residual, sweeps = solved(b, self._ids, self._layout, self._people, rule)
        if not residual <= (1.0 - self._damping) * tolerance:
            return None
        return Solution(value, residual, residual / (1.0 - self._damping), sweeps)


def packed(P: Compact, *, damping: float) -> Packed | None:
    """``P`` laid out; None where it is large, where nothing compiles, or where rows are too uneven.

    >>> from graphengine.graph.from_pairs import structure_from_pairs
    >>> from graphengine.influence.ranking.compact import transition
    >>> P = transition(structure_from_pairs([0, 1], [1, 0], nodes=2), alpha=1.0, kappa=0.0)
    >>> small = packed(P, damping=0.5)
    >>> found = small and small.settled(small.seated(np.array([0.5, 0.5])), tolerance=1e-9)
    >>> found is None or found.value.tolist() == [0.5, 0.5]
    True
    """
    structure = P.structure
    indptr, indices, core = structure.indptr, structure.indices, structure.core
    if not COMPILED or not 0 < len(indices) < _FEW:
        return None
    n, endorsed = len(P.per), int(np.count_nonzero(indptr[1:] > indptr[:-1]))
    graph: Any = indptr, indices, (core, endorsed, n)
    order, starts = components(indptr[:core], split_at(indptr, indices, core), indices)
    if np.diff(starts).max(initial=0) > _PART:
        return None
    part, own = counted(graph, order, starts)
    seat, who, begun = seated(graph, part, starts, own)
    outer, inner = np.zeros((2, endorsed), dtype=np.int64)
    apart = np.full(endorsed, EIGHT, dtype=np.int64)
    spans, cut, at = grouped(graph, (order, starts, own), (seat, who, begun), (outer, inner))
    if int(cut[-1]) > _WIDE * len(indices) + EIGHT * EIGHT:
        return None
    begin, within = short(
        graph, (order, starts, own), (seat, who, begun), (outer, inner, apart), int(cut[-1])
    )
    kind = np.uint16 if len(who) <= 1 << 16 else np.uint32  # a third less to read
    words = np.full(int(begin[-1]), begun[-1], dtype=kind)
    heavy = None if P.weights is None else np.zeros(len(words))
    seats, rows = (seat, part, begun), (outer, inner, apart)
    placed(graph, P.weights, P.table, seats, rows, (words, heavy))
    parted = (begin, within, words, heavy, None), begun[:-1]
    return Packed(P, who, (parted, spans, (cut, words, heavy), at), damping=damping)


def _people(P: Compact, who: NDArray[np.uint32], layout: Any, damping: float) -> Any:
    """What is known of everyone by seat, and of nobody: (per, leaves, heard, lost)."""
    (_, starts), spans, edges, at = layout
    slots = int(starts[-1])
    per, lost = (np.append(of, 0.0)[who] for of in (P.per, 1.0 - P.passed))
    nobody = slots + int(np.count_nonzero(P.structure.indptr[1:] == P.structure.indptr[:-1]))
    gives, hears = within(spans, edges, at, nobody)
    leaves = 1.0 - damping * gives[:slots] * per[:slots]
    return per, leaves, hears[:slots], lost
