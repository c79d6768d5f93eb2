"""Loops over the trails to and from some people: single entries of a product, two steps onwards."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["reached_from", "two_steps"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Longs = NDArray[np.uint64]
Words = NDArray[np.uint32]
Places = NDArray[np.int64]


def _reached_from(
    graph: tuple[Longs, Words, Singles], X: Singles, asked: tuple[Places, Places], out: Singles
) -> None:
    """Fill ``out`` (m) with (E·X) at the rows and columns ``asked`` (m each); −1: no such row.

    graph: E by row. Sums begin with a row's last entry.
    """
    indptr, indices, share = graph
    row, column = asked
    for k in range(row.size):
        total = np.float32(0.0)
        if row[k] >= 0:
            begin, end = indptr[row[k]], indptr[row[k] + 1]
            for back in range(end - begin):
                e = end - np.uint64(1) - back
                total += share[e] * X[indices[e], column[k]]
        out[k] = total


def _two_steps(
    graph: tuple[Longs, Words, Floats],
    starts: tuple[Places, Places],
    ends: Places,
    damping: float,
    found: tuple[Floats, Floats],
) -> None:
    """From each person to others within two steps of d·P, and the most of the second to anybody.

    graph: P by row. starts: where each person stands (−1: nowhere), and where those asked about
    begin in ``ends``, where these stand. found: out, an entry each of ``ends``, and each person.
    """
    indptr, indices, share = graph
    here, first = starts
    by, largest = found
    once, twice = np.zeros(indptr.size - 1), np.zeros(indptr.size - 1)
    for t in range(here.size):
        if here[t] < 0:
            continue
        begin, end = indptr[here[t]], indptr[here[t] + 1]
        for e in range(begin, end):
            j, one = indices[e], damping * share[e]
            once[j] = one
            for f in range(indptr[j], indptr[j + np.uint64(1)]):
                twice[indices[f]] += one * share[f]
        for k in range(first[t], first[t + 1]):
            if ends[k] >= 0:
                by[k] = once[ends[k]] + damping * twice[ends[k]]
        largest[t] = damping * twice.max()
        twice[:] = 0.0
        for e in range(begin, end):
            once[indices[e]] = 0.0


reached_from, two_steps = compiled(_reached_from), compiled(_two_steps)
