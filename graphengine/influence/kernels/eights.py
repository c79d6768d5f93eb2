"""Loops over rows in eights, for PageRank where everyone's restart is the same.

Short rows of the same length are added up eight at a time, an endorser of each in turn: no row
waits for its own sum, and the end of a row is not guessed wrong. Rows and ranks are those of
``layout``. Each row is added in the order of its endorsers, with eight sums where it is long.
Where ``weights`` is None, a word holds the weight above its ``bits`` of a place.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.lanes import gathers
from graphengine.influence.kernels.layout import EIGHT

__all__ = ["over", "passed", "shared"]

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]
Edges = tuple[Words, Words, Words, NDArray[Any] | None, int]  # start, cut, words, weights, bits
Rates = tuple[float, float]  # constant, damping
Span = tuple[int, int, int, int, int, int]  # from, to: long rows; eights; the rows of those

_ONE, _TWO, _THREE, _FOUR, _FIVE, _SIX, _SEVEN, _STRIDE = (np.uint64(i) for i in range(1, 9))


@compiled
def _weight(e: Any, words: Words, weights: Any, bits: Any) -> Any:
    return float(words[e] >> bits) if weights is None else float(weights[e])


@compiled
def _part(e: Any, edges: Edges, z: Floats) -> float:
    _, _, words, weights, bits = edges
    low = np.uint64(bits)
    word = np.uint64(words[e])
    return float(_weight(e, words, weights, low) * z[word & ((_ONE << low) - _ONE)])


@compiled
def _eight(e: Any, end: Any, edges: Edges, z: Floats, sums: Floats) -> None:
    """Set ``sums`` to Σ of weight·z over each of the eight rows between ``e`` and ``end``."""
    s0, s1, s2, s3, s4, s5, s6, s7 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    while e < end:
        s0 += _part(e, edges, z)
        s1 += _part(e + _ONE, edges, z)
        s2 += _part(e + _TWO, edges, z)
        s3 += _part(e + _THREE, edges, z)
        s4 += _part(e + _FOUR, edges, z)
        s5 += _part(e + _FIVE, edges, z)
        s6 += _part(e + _SIX, edges, z)
        s7 += _part(e + _SEVEN, edges, z)
        e += _STRIDE
    sums[0], sums[1], sums[2], sums[3] = s0, s1, s2, s3
    sums[4], sums[5], sums[6], sums[7] = s4, s5, s6, s7


@compiled
def _tree(s: Floats) -> float:
    return float(((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])))


def _row_one_by_one(e: Any, end: Any, edges: Edges, z: Floats) -> float:
    """Σ of weight·z over the long row from ``e`` to ``end``."""
    sums = np.empty(EIGHT)
    _eight(e, end, edges, z, sums)
    return float(_tree(sums))


def _groups_one_by_one(
    span: tuple[Any, Any, Any], edges: Edges, rates: Rates, z: Floats, x: Floats, onward: Any
) -> tuple[float, float, float]:
    """``over`` in whole eights: from the first to before the last of ``span``, and the first row.

    Every lane has its sums of what is returned, added as a tree at the end.
    """
    g, last, p = span
    sums = np.empty(EIGHT)
    change, size, leaving = np.zeros(EIGHT), np.zeros(EIGHT), np.zeros(EIGHT)
    while g < last:
        _eight(np.uint64(edges[1][g]), np.uint64(edges[1][g + _ONE]), edges, z, sums)
        for lane in range(_STRIDE):
            parts = _settled(p + lane, rates[0] + rates[1] * sums[lane], z, x, onward)
            change[lane] += parts[0]
            size[lane] += parts[1]
            leaving[lane] += parts[2]
        g += _ONE
        p += _STRIDE
    return _tree(change), _tree(size), _tree(leaving)


def _in_words(loop: str) -> Any:
    """A loop of ``gathered_eights``."""
    return getattr(import_module("graphengine.influence.kernels.gathered_eights"), loop)


_row = compiled(
    _row_one_by_one,
    instead=lambda: _in_words("gathered_row") if gathers() else _row_one_by_one,
)
_groups = compiled(
    _groups_one_by_one,
    instead=lambda: _in_words("gathered_groups") if gathers() else _groups_one_by_one,
)


@compiled
def _settled(p: Any, new: float, z: Floats, x: Floats, onward: Any) -> tuple[float, float, float]:
    """Set one value; by how much it changed, what it is, and what of it leaves."""
    change, leaving = abs(new - x[p]), 0.0
    x[p] = new
    if onward is not None:
        z[p] = new * onward[0][p]
        leaving = new * onward[1][p]
    return change, new, leaving


@compiled
def over(
    edges: Edges, span: Span, rates: Rates, z: Floats, x: Floats, onward: Any
) -> tuple[float, float, float]:
    """Set x to constant + damping·Σ weight·z in some rows; the L1 change, Σx, and Σ x·leaves.

    ``rates`` is (constant, damping). ``onward``, None or (per, leaves), says that z becomes x·per
    row by row, or eight by eight, which is Gauss–Seidel; without it Σ x·leaves is 0.
    """
    start, cut, _, _, _ = edges
    constant, damping = rates
    change, size, leaving = 0.0, 0.0, 0.0
    for t in range(np.uint64(span[0]), np.uint64(span[1])):
        here = _row(np.uint64(start[t]), np.uint64(start[t + _ONE]), edges, z)
        parts = _settled(t, constant + damping * here, z, x, onward)
        change, size, leaving = change + parts[0], size + parts[1], leaving + parts[2]
    first, last = np.uint64(span[4]), np.uint64(span[5])
    g = np.uint64(span[2])
    whole = g + (last - first) // _STRIDE
    parts = _groups((g, whole, first), edges, rates, z, x, onward)
    change, size, leaving = change + parts[0], size + parts[1], leaving + parts[2]
    first += (last - first) // _STRIDE * _STRIDE
    if first < last:
        sums = np.empty(EIGHT)
        _eight(np.uint64(cut[whole]), np.uint64(cut[whole + _ONE]), edges, z, sums)
        for lane in range(last - first):
            parts = _settled(first + lane, constant + damping * sums[lane], z, x, onward)
            change, size, leaving = change + parts[0], size + parts[1], leaving + parts[2]
    return change, size, leaving


@compiled
def passed(edges: Edges, bounds: tuple[int, int], total: Floats, inside: Floats) -> None:
    """Set what everyone gives in all, and what of it lies between two bounds of the edges.

    One entry more than people: that of nobody.
    """
    _, _, words, weights, bits = edges
    low = np.uint64(bits)
    mask = (_ONE << low) - _ONE
    inside[:] = 0.0
    for e in range(np.uint64(bounds[0]), np.uint64(bounds[1])):
        inside[np.uint64(words[e]) & mask] += _weight(e, words, weights, low)
    total[:] = inside
    for e in range(np.uint64(bounds[0])):
        total[np.uint64(words[e]) & mask] += _weight(e, words, weights, low)
    for e in range(np.uint64(bounds[1]), np.uint64(words.size)):
        total[np.uint64(words[e]) & mask] += _weight(e, words, weights, low)
    total[total.size - 1], inside[total.size - 1] = 0.0, 0.0


@compiled
def shared(total: Floats, inside: Floats, damping: float) -> None:
    """Turn ``total`` into what a person's value is multiplied by (0: endorses nobody).

    ``inside`` becomes what does not come to the core of a value: 1 − damping·(the share of it).
    """
    for i in range(np.uint64(total.size)):
        if total[i] > 0.0:
            total[i] = 1.0 / total[i]
        inside[i] = 1.0 - damping * inside[i] * total[i]
