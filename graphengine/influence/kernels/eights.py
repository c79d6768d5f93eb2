"""Loops over rows in eights, for PageRank where everyone's restart is the same.

Short rows of the same length are added up eight at a time, an endorser of each in turn: no row
waits for its own sum, and the end of a row is not guessed wrong. Rows and ranks are those of
``layout``. Each row is added in the order of its endorsers, with eight sums where it is long.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.lanes import counts_as, row
from graphengine.influence.kernels.layout import EIGHT

__all__ = ["over", "passed", "shared"]

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]
Edges = tuple[Words, Words, Words, NDArray[Any] | None]  # start, cut, indices, weights
Span = tuple[int, int, int, int, int, int]  # from, to: long rows; eights; the rows of those

_ONE, _TWO, _THREE, _FOUR, _FIVE, _SIX, _SEVEN, _STRIDE = (np.uint64(i) for i in range(1, 9))


@compiled
def _part(e: Any, indices: Words, weights: Any, z: Floats) -> float:
    return float(counts_as(weights, None, e) * z[indices[e]])


@compiled
def _eight(e: Any, end: Any, edges: Edges, z: Floats, sums: Floats) -> None:
    """Set ``sums`` to Σ of weight·z over each of the eight rows between ``e`` and ``end``."""
    _, _, indices, weights = edges
    s0, s1, s2, s3, s4, s5, s6, s7 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    while e < end:
        s0 += _part(e, indices, weights, z)
        s1 += _part(e + _ONE, indices, weights, z)
        s2 += _part(e + _TWO, indices, weights, z)
        s3 += _part(e + _THREE, indices, weights, z)
        s4 += _part(e + _FOUR, indices, weights, z)
        s5 += _part(e + _FIVE, indices, weights, z)
        s6 += _part(e + _SIX, indices, weights, z)
        s7 += _part(e + _SEVEN, indices, weights, z)
        e += _STRIDE
    sums[0], sums[1], sums[2], sums[3] = s0, s1, s2, s3
    sums[4], sums[5], sums[6], sums[7] = s4, s5, s6, s7


@compiled
def over(
    edges: Edges, span: Span, rates: tuple[float, float], z: Floats, x: Floats, onward: Any
) -> tuple[float, float, float]:
    """Set x to constant + damping·Σ weight·z in some rows; the L1 change, Σx, and Σ x·leaves.

    ``rates`` is (constant, damping). ``onward``, None or (per, leaves), says that z becomes x·per
    row by row, which is Gauss–Seidel; without it Σ x·leaves is 0.
    """
    start, cut, indices, weights = edges
    constant, damping = rates
    change, size, leaving = 0.0, 0.0, 0.0
    sums = np.empty(EIGHT)
    for t in range(np.uint64(span[0]), np.uint64(span[1])):
        e, end = np.uint64(start[t]), np.uint64(start[t + _ONE])
        new = constant + damping * row((e, end), indices, weights, None, z, None)
        change += abs(new - x[t])
        size += new
        x[t] = new
        if onward is not None:
            z[t] = new * onward[0][t]
            leaving += new * onward[1][t]
    first, last = np.uint64(span[4]), np.uint64(span[5])
    for g in range(np.uint64(span[2]), np.uint64(span[3])):
        _eight(np.uint64(cut[g]), np.uint64(cut[g + _ONE]), edges, z, sums)
        for lane in range(min(_STRIDE, last - first)):
            p = first + lane
            new = constant + damping * sums[lane]
            change += abs(new - x[p])
            size += new
            x[p] = new
            if onward is not None:
                z[p] = new * onward[0][p]
                leaving += new * onward[1][p]
        first += _STRIDE
    return change, size, leaving


@compiled
def passed(edges: Edges, bounds: tuple[int, int], n: int) -> tuple[Floats, Floats]:
    """What each of n people gives in all, and what of it lies between two bounds of the edges.

    One entry more than people: that of nobody.
    """
    _, _, indices, weights = edges
    inside = np.zeros(n + 1)
    for e in range(np.uint64(bounds[0]), np.uint64(bounds[1])):
        inside[indices[e]] += counts_as(weights, None, e)
    total = inside.copy()
    for e in range(np.uint64(bounds[0])):
        total[indices[e]] += counts_as(weights, None, e)
    for e in range(np.uint64(bounds[1]), np.uint64(indices.size)):
        total[indices[e]] += counts_as(weights, None, e)
    total[n], inside[n] = 0.0, 0.0
    return total, inside


@compiled
def shared(total: Floats, inside: Floats, damping: float) -> None:
    """Turn ``total`` into what a person's value is multiplied by (0: endorses nobody).

    ``inside`` becomes what does not come to the core of a value: 1 − damping·(the share of it).
    """
    for i in range(np.uint64(total.size)):
        if total[i] > 0.0:
            total[i] = 1.0 / total[i]
        inside[i] = 1.0 - damping * inside[i] * total[i]
