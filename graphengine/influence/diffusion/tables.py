"""What the sampling loops read, made once a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.kernels.coins import alias_table
from graphengine.influence.kernels.edge_groups import ALL, binomial_rows, group_edges, sort_falling

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph
    from graphengine.influence.kernels.reverse_sets import Tables
    from graphengine.influence.kernels.threshold_sets import Tables as ThresholdTables

    Floats = NDArray[np.float64]
    Words = NDArray[np.uint32]

__all__ = ["cascade_tables", "threshold_tables"]

MOST_ROWS = 1 << 14
STEPS = 4.0  # chances on the grid are at most 2^(1/4) times the largest in their group
_NOTHING = np.zeros(1, np.uint64)
_SURE = 2  # edges that are all live go by the table up to this size


def cascade_tables(graph: DiffusionGraph) -> Tables:
    """Edges in groups, with the table that says how many of a group are live.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> group, source, table, accept = cascade_tables(uniform([0, 1], [2, 2], 0.5))
    >>> group[2, :2], source
    (array([0, 2], dtype=uint32), array([0, 1], dtype=uint32))
    """
    indptr, source, p = _live_edges(graph)
    sort_falling(indptr, source, p)
    group, chance = _groups(indptr, p, steps=0.0)
    row, table = _rows(group, chance)
    if table.size == 0:
        group, chance = _groups(indptr, p, steps=STEPS)
        row, table = _rows(group, chance)
    group[:, 2] = row
    return group, source, table, _acceptance(group, chance, p)


def threshold_tables(graph: DiffusionGraph) -> ThresholdTables:
    """In-edges with the sum of their weights and, where weights differ, an alias table."""
    indptr, source, p = _live_edges(graph)
    degree = np.diff(indptr).astype(np.int64)
    target = np.repeat(np.arange(graph.n), degree)
    total = np.bincount(target, weights=p, minlength=graph.n)
    total[total > 1.0 - 1e-9] = 1.0
    keep, other = np.empty(0), np.empty(0, np.uint32)
    if p.size and np.ptp(p * (degree / total.clip(1e-300))[target]) > 1e-12:
        keep, other = alias_table(indptr, p)
    return indptr, source, (total * float(1 << 63)).astype(np.uint64), keep, other


def _live_edges(graph: DiffusionGraph) -> tuple[NDArray[np.uint64], Words, Floats]:
    """Copies of the graph's arrays without the edges of probability 0."""
    kept = graph.probability > 0.0
    if kept.all():
        return graph.indptr, graph.indices.copy(), graph.probability.copy()
    indptr = np.zeros(graph.n + 1, np.uint64)
    np.cumsum(np.bincount(graph.targets()[kept], minlength=graph.n), out=indptr[1:].view(np.int64))
    return indptr, graph.indices[kept], graph.probability[kept]


def _groups(indptr: NDArray[np.uint64], p: Floats, *, steps: float) -> tuple[Words, Floats]:
    size = group_edges(indptr, p, steps, np.empty((0, 4), np.uint32), np.empty(0))
    group, chance = np.zeros((size, 4), np.uint32), np.zeros(size)
    group_edges(indptr, p, steps, group, chance)
    return group, chance


def _rows(group: Words, chance: Floats) -> tuple[Words, NDArray[np.uint64]]:
    """The row of each group and the table; an empty table where there are too many rows."""
    size = group[:, 1] & np.uint32(0x7FFFFFFF)
    table_like = (chance < 1.0) | (size <= _SURE)
    order = np.lexsort((chance, size))
    new = np.ones(order.size, np.bool_)
    same_size, same_chance = np.diff(size[order]) == 0, np.diff(chance[order]) == 0
    new[1:] = ~(same_size & same_chance)
    distinct = order[new & table_like[order]]
    if distinct.size > MOST_ROWS and chance.size > 0 and not _on_grid(chance):
        return np.empty(0, np.uint32), np.empty(0, np.uint64)
    start = np.empty(distinct.size, np.uint32)
    length = binomial_rows(size[distinct], chance[distinct], start, np.empty(0, np.uint64))
    table = np.zeros(length + 1, np.uint64)
    binomial_rows(size[distinct], chance[distinct], start, table[1:])
    row = np.empty(order.size, np.uint32)
    which = np.cumsum(new & table_like[order]) - 1
    row[order] = np.append(start, 0)[which] + np.uint32(1)  # row 0 is kept for ALL
    row[~table_like] = ALL
    return row, table


def _on_grid(chance: Floats) -> bool:
    part = np.log2(chance[chance > 0.0]) * STEPS
    return bool(np.all(np.abs(part - np.round(part)) < 1e-9))


def _acceptance(group: Words, chance: Floats, p: Floats) -> Words:
    """By edge: a random word up to this lets it live, once its group has chosen it."""
    if not (group[:, 1] >> np.uint32(31)).any():
        return np.empty(0, np.uint32)
    size = (group[:, 1] & np.uint32(0x7FFFFFFF)).astype(np.int64)
    order = np.argsort(group[:, 0], kind="stable")
    order = order[size[order] > 0]
    envelope = np.repeat(chance[order], size[order])
    return np.clip(np.round(p / envelope * float(1 << 32)) - 1, 0, (1 << 32) - 1).astype(np.uint32)
