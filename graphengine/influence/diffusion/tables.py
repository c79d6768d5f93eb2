"""What the sampling loops read, made once a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.kernels.coins import alias_table
from graphengine.influence.kernels.edge_groups import (
    SIZE,
    THIN,
    binomial_rows,
    group_edges,
    rises,
    sort_falling,
)
from graphengine.influence.kernels.forward_runs import choose_rows, count_rows, fill_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph
    from graphengine.influence.kernels.forward_runs import Rows
    from graphengine.influence.kernels.reverse_sets import Tables
    from graphengine.influence.kernels.threshold_sets import Tables as ThresholdTables

    Floats = NDArray[np.float64]
    Words = NDArray[np.uint32]
    Places = NDArray[np.uint64]

__all__ = ["cascade_tables", "envelope_tables", "forward_rows", "threshold_tables"]

MOST_ROWS = 1 << 14
MOST_POINTS = 16.0  # on average in one draw (``kernels.forward_runs``)
STEPS = 4.0  # chances on the grid are at most 2^(1/4) times the largest in their group


def cascade_tables(graph: DiffusionGraph) -> Tables:
    """Edges in groups, with the table that says how many of a group are live.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> head, source, table, *_ = cascade_tables(uniform([0, 1], [2, 2], 0.5))
    >>> row = int(head[2])  # its first edge is number 0, and there are 2
    >>> table[row - 1], table[row : row + 3] / 2.0**63, source
    (np.uint64(2), array([0.75, 0.25, 0.  ]), array([0, 1], dtype=uint32))
    """
    (head, source, table, further), p, group, chance = _grouped(graph)
    return head, source, table, further, _acceptance(group, chance, p)


def envelope_tables(graph: DiffusionGraph) -> tuple[Places, Words, Places, Words, Floats]:
    """As ``cascade_tables``, but the chance of each edge's group and not its acceptance.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> envelope_tables(uniform([0, 1], [2, 2], 0.5))[-1]
    array([0.5, 0.5])
    """
    tables, _, group, chance = _grouped(graph)
    return *tables, _envelope(group, chance)


def _grouped(
    graph: DiffusionGraph,
) -> tuple[tuple[Places, Words, Places, Words], Floats, Places, Floats]:
    """Head, sources, table and further groups; the edges' probabilities; groups and chances."""
    indptr, source, p = _live_edges(graph)
    if rises(indptr, p):
        source, p = source.copy(), p.copy()
        sort_falling(indptr, source, p)
    group, chance = _groups(indptr, p, steps=0.0)
    row, table = _rows(group, chance)
    if table.size == 0:
        group, chance = _groups(indptr, p, steps=STEPS)
        row, table = _rows(group, chance)
    head = (group[:, 0] << np.uint64(32)) | row
    further = group[:, 2].astype(np.uint32) if group.shape[0] > graph.n else np.empty(0, np.uint32)
    return (head, source, table, further), p, group, chance


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


def forward_rows(graph: DiffusionGraph) -> tuple[Rows, Words]:
    """Out-edges for forward runs, and what each person is called there: movers come first.

    One pass to count and one to fill, so cheap that nothing need be kept between calls.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> (row, least, target, choice), number = forward_rows(uniform([1, 1], [0, 2], 0.25))
    >>> row, least.round(4), target, choice.size, number  # person 1 is called 0
    (array([[0, 2, 1],
           [2, 2, 0]], dtype=uint64), array([0.5625]), array([1, 2], dtype=uint32), 0, \
array([1, 0, 2], dtype=uint32))
    """
    n, degree = graph.n, np.zeros((graph.n, 2), np.int64)
    count_rows(graph.indices, graph.probability, degree)
    moves = degree.any(axis=1)
    number = np.empty(n, np.uint32)
    number[moves], number[~moves] = np.split(np.arange(n), [np.count_nonzero(moves)])
    ends = np.cumsum(degree.ravel()).astype(np.uint64).reshape(n, 2)
    place = ends - degree.astype(np.uint64)
    m = int(ends[-1, 1]) if n else 0
    row = np.zeros((np.count_nonzero(moves) + 1, 3), np.uint64)
    row[:-1, :2], row[-1, :2] = place[moves], m
    edges, rate = (np.empty(m, np.uint32), np.empty(m)), np.zeros(n)
    fill_rows((graph.indptr, graph.indices, graph.probability), number, place, edges, rate)
    rate = rate[moves]
    draws = np.ceil(rate / MOST_POINTS)
    row[:-1, 2] = draws
    choice = np.empty(0, np.uint64)
    if degree[:, 1].any() or (m and np.ptp(edges[1]) > 0.0):
        choice = edges[1].view(np.uint64)
        choose_rows(row, rate, *edges, choice)
    return (row, np.exp(-rate / draws.clip(1.0)), edges[0], choice), number


def _live_edges(graph: DiffusionGraph) -> tuple[Places, Words, Floats]:
    """The graph's arrays without the edges of probability 0; not to be changed."""
    kept = graph.probability > 0.0
    if kept.all():
        return graph.indptr, graph.indices, graph.probability
    indptr = np.zeros(graph.n + 1, np.uint64)
    np.cumsum(np.bincount(graph.targets()[kept], minlength=graph.n), out=indptr[1:].view(np.int64))
    return indptr, graph.indices[kept], graph.probability[kept]


def _groups(indptr: Places, p: Floats, *, steps: float) -> tuple[Places, Floats]:
    size = group_edges(indptr, p, steps, np.empty((0, 3), np.uint64), np.empty(0))
    group, chance = np.zeros((size, 3), np.uint64), np.zeros(size)
    group_edges(indptr, p, steps, group, chance)
    return group, chance


def _rows(group: Places, chance: Floats) -> tuple[Places, Places]:
    """The row of each group and the table; an empty table where there are too many rows."""
    info = group[:, 1]
    order = np.lexsort((chance, info))
    new = np.ones(order.size, np.bool_)
    new[1:] = (np.diff(info[order]) != 0) | (np.diff(chance[order]) != 0)
    distinct = order[new]
    if distinct.size > MOST_ROWS and not _on_grid(chance):
        return np.empty(0, np.uint64), np.empty(0, np.uint64)
    start = np.empty(distinct.size, np.uint64)
    length = binomial_rows(info[distinct], chance[distinct], start, np.empty(0, np.uint64))
    table = np.zeros(length, np.uint64)
    binomial_rows(info[distinct], chance[distinct], start, table)
    row = np.empty(order.size, np.uint64)
    row[order] = start[np.cumsum(new) - 1]
    return row, table


def _on_grid(chance: Floats) -> bool:
    part = np.log2(chance[chance > 0.0]) * STEPS
    return bool(np.all(np.abs(part - np.round(part)) < 1e-9))


def _acceptance(group: Places, chance: Floats, p: Floats) -> Words:
    """By edge: a random word up to this lets it live, once its group has chosen it."""
    if not (group[:, 1] & THIN).any():
        return np.empty(0, np.uint32)
    accepted = np.round(p / _envelope(group, chance) * float(1 << 32)) - 1
    return np.clip(accepted, 0, (1 << 32) - 1).astype(np.uint32)


def _envelope(group: Places, chance: Floats) -> Floats:
    """The chance of each edge's group."""
    size = (group[:, 1] & SIZE).astype(np.int64)
    order = np.argsort(group[:, 0], kind="stable")
    order = order[size[order] > 0]
    return np.repeat(chance[order], size[order])
