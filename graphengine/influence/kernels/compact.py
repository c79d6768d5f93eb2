"""Loops over a compact structure by target: an unsigned id an edge, a small weight or none.

The endorsers of the node at place v are ``indices[begin[v]:end[v]]``. ``weights`` is None where
every weight is 1; ``table`` is None where a weight counts as it is, else the weight w counts as
``table[w]``. The division by what a node gives in all is done on vectors: z = x / given. The sum
of a row is that of ``lanes``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.lanes import AHEAD, BEHIND, counts_as, row

__all__ = [
    "gather",
    "gather_at_once",
    "given",
    "given_at_once",
    "heard",
    "relax",
    "relax_at_once",
    "scatter",
    "scatter_at_once",
    "split_at",
    "split_at_once",
    "split_sums",
]

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]
Places = NDArray[Any]  # uint32, or int64 where there are more edges than that holds
Weights = NDArray[Any] | None
Table = Floats | None

_ONE = np.uint64(1)


def gather_at_once(
    begin: Places, end: Places, indices: Words, weights: Weights, table: Table, z: Floats
) -> Floats:
    """The twin of ``gather`` where numba is absent, with 16 bytes an edge of its own."""
    out = np.zeros(begin.size)
    rows = np.flatnonzero(begin < end)
    if rows.size:
        first, last = begin[rows], end[rows]
        lowest, highest = int(first[0]), int(last[-1])
        # between two rows lie edges that are not asked for, some from beyond z
        product = np.append(np.take(z, indices[lowest:highest], mode="clip"), 0.0)
        if weights is not None:
            w = weights[lowest:highest]
            product[:-1] *= w if table is None else table[w]
        cuts = np.column_stack([first, last]).astype(np.int64).ravel() - lowest
        out[rows] = np.add.reduceat(product, cuts)[::2]
    return out


def _gather_each(
    begin: Places, end: Places, indices: Words, weights: Weights, table: Table, z: Floats
) -> Floats:
    """Σ of weight·z over each row's edges."""
    out = np.empty(begin.size)
    for v in range(begin.size):
        out[v] = row((np.uint64(begin[v]), np.uint64(end[v])), indices, weights, table, z, AHEAD)
    return out


gather = compiled(_gather_each, otherwise=gather_at_once)


def relax_at_once(
    edges: tuple[Places, Places, Words, Weights, Table],
    bounds: tuple[Floats, Floats],
    per: Floats | None,
    rates: tuple[float, float],
    vectors: tuple[Floats, Floats, Floats, Floats],
    direction: int,  # noqa: ARG001 - here no row waits for another
) -> tuple[float, float, float]:
    """The twin of ``relax`` where numba is absent: all old values first, then all new ones."""
    (constant, leaves), (damping, share), (x, z, y, own) = bounds, rates, vectors
    new = share * constant + damping * gather_at_once(*edges, z)
    change = float(np.abs(new - x).sum())
    y[:] = new
    own[:] = y if per is None else y * per
    return change, float(y.sum()), float(np.einsum("i,i", y, leaves))


def _relax_each(
    edges: tuple[Places, Places, Words, Weights, Table],
    bounds: tuple[Floats, Floats],
    per: Floats | None,
    rates: tuple[float, float],
    vectors: tuple[Floats, Floats, Floats, Floats],
    direction: int,
) -> tuple[float, float, float]:
    """One Gauss–Seidel sweep of share·constant + damping·M·x from x to y.

    ``bounds`` is (constant, leaves), ``rates`` (damping, share), ``vectors`` (x, z, y, own). z is
    x·per of everyone; own is the part of z that belongs to these rows, and y·per at the end.
    ``direction`` -1 begins with the last row. Returned are the L1 change, Σy and Σy·leaves.
    """
    begin, end, indices, weights, table = edges
    constant, leaves = bounds
    damping, share = rates
    x, z, y, own = vectors
    last = np.uint64(x.size - 1)
    change, size, leaving = 0.0, 0.0, 0.0
    ahead = AHEAD if direction > 0 else BEHIND
    for i in range(np.uint64(x.size)):
        v = i if direction > 0 else last - i
        here = row((np.uint64(begin[v]), np.uint64(end[v])), indices, weights, table, z, ahead)
        new = share * constant[v] + damping * here
        change += abs(new - x[v])
        size += new
        leaving += new * leaves[v]
        y[v] = new
        if per is None:
            own[v] = new
        else:
            own[v] = new * per[v]
    return change, size, leaving


relax = compiled(_relax_each, otherwise=relax_at_once)


def given_at_once(
    indptr: Places, indices: Words, weights: Weights, table: Table, core: int
) -> tuple[Floats, Floats]:
    """The twin of ``given`` where numba is absent."""
    n = indptr.size - 1

    def by_endorser(first: int, last: int) -> Floats:
        if weights is None:
            return np.bincount(indices[first:last], minlength=n).astype(np.float64)
        w = weights[first:last]
        counts_as = w if table is None else table[w]
        return np.bincount(indices[first:last], counts_as, minlength=n).astype(np.float64)

    inside = by_endorser(0, int(indptr[core]))
    return inside + by_endorser(int(indptr[core]), indices.size), inside[:core]


def _given_each(
    indptr: Places, indices: Words, weights: Weights, table: Table, core: int
) -> tuple[Floats, Floats]:
    """What each node gives in all, and what the first ``core`` nodes give to one another."""
    total = np.zeros(indptr.size - 1)
    e, end = np.uint64(0), np.uint64(indptr[core])
    while e < end:
        total[indices[e]] += counts_as(weights, table, e)
        e += _ONE
    inside = total[:core].copy()
    end = np.uint64(indices.size)
    while e < end:
        total[indices[e]] += counts_as(weights, table, e)
        e += _ONE
    return total, inside


given = compiled(_given_each, otherwise=given_at_once)


@compiled
def heard(begin: Places, end: Places, weights: Weights) -> Floats:
    """What each row's weights add up to where they are whole numbers, else how many there are."""
    out = np.empty(begin.size)
    for v in range(np.uint64(begin.size)):
        if weights is None or weights.dtype.kind == "f":
            out[v] = end[v] - begin[v]
        else:
            total = np.uint64(0)
            for e in range(np.uint64(begin[v]), np.uint64(end[v])):
                total += np.uint64(weights[e])
            out[v] = total
    return out


def split_at_once(indptr: Places, indices: Words, core: int) -> Places:
    """The twin of ``split_at`` where numba is absent."""
    before = np.concatenate([[0], np.cumsum(indices[: int(indptr[core])] < core)])
    inside = before[indptr[1 : core + 1]] - before[indptr[:core]]
    return np.asarray(indptr[:core] + inside.astype(indptr.dtype))


def _split_each(indptr: Places, indices: Words, core: int) -> Places:
    """Where the edges from the core end in each row of the core; indices ascend in a row."""
    out = np.empty_like(indptr[:core])
    for v in range(core):
        low, high = np.uint64(indptr[v]), np.uint64(indptr[v + 1])
        while low < high:
            middle = (low + high) >> _ONE
            if indices[middle] < core:
                low = middle + _ONE
            else:
                high = middle
        out[v] = low
    return out


split_at = compiled(_split_each, otherwise=split_at_once)


@compiled
def split_sums(
    begin: Places, end: Places, indices: Words, weights: Weights, table: Table
) -> Floats:
    """What each of a part's people gives within it; ``indices`` count within the part."""
    total = np.zeros(begin.size)
    for v in range(begin.size):
        for e in range(np.uint64(begin[v]), np.uint64(end[v])):
            total[indices[e]] += counts_as(weights, table, e)
    return total


def scatter_at_once(
    begin: Places, end: Places, indices: Words, weights: Weights, x: Floats, n: int
) -> Floats:
    """The twin of ``scatter`` where numba is absent; the rows follow one another."""
    first, last = (int(begin[0]), int(end[-1])) if begin.size else (0, 0)
    part = np.repeat(x, np.asarray(end, np.int64) - np.asarray(begin, np.int64))
    if weights is not None:
        part *= weights[first:last]
    return np.bincount(indices[first:last], part, minlength=n).astype(np.float64)


def _scatter_each(
    begin: Places, end: Places, indices: Words, weights: Weights, x: Floats, n: int
) -> Floats:
    """Σ of weight·x over the rows in which each of n endorsers is: ``gather`` transposed."""
    out = np.zeros(n)
    for v in range(np.uint64(begin.size)):
        here = x[v]
        e, last = np.uint64(begin[v]), np.uint64(end[v])
        while e < last:
            out[indices[e]] += counts_as(weights, None, e) * here
            e += _ONE
    return out


scatter = compiled(_scatter_each, otherwise=scatter_at_once)
