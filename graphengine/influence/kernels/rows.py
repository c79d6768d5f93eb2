"""Loops over large rows of pairs: rearranged, merged with what is new, parted by who stands in one.

Arrays to be filled are handed in, for the caller can have them in large pages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.lanes import counts_as
from graphengine.influence.kernels.prefetch import prefetch

__all__ = ["merged", "rearranged", "shared"]

Words = NDArray[np.uint32]
Weights = NDArray[Any] | None
Rows = tuple[NDArray[Any], Words, Weights]  # indptr, indices, weights
Lists = tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint64]]
Some = tuple[NDArray[Any], Words, NDArray[Any], Words]  # the same, and everyone's new id

_ONE, _NOBODY = np.uint64(1), np.uint32(0xFFFFFFFF)
_SIX, _TWELVE, _LOW, _TOP = np.uint64(6), np.uint64(12), np.uint64(63), np.uint64(58)
_DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)  # times a power of two: its top six bits say which
_SHORT = np.uint64(24)  # pairs of a row that is sorted as it stands
_FAR, _ROWS = np.uint64(32), np.uint64(8)  # edges and rows: what they need is asked for


@compiled
def shared(
    begin: NDArray[Any], end: NDArray[Any], indices: Words, weights: Weights, n: int
) -> tuple[NDArray[Any], Words, Weights, NDArray[np.float64], int]:
    """The pairs of those of n who stand in several rows, and the others' squares, row by row.

    Returned are indptr, the indices (people who stand in several rows are numbered anew) and
    weights of the former, Σ weight² of the latter in each row, and how many people are numbered.
    """
    times = np.zeros(n, dtype=np.uint32)
    for v in range(np.uint64(begin.size)):
        for e in range(np.uint64(begin[v]), np.uint64(end[v])):
            times[np.uint64(indices[e])] += np.uint32(1)
    k, held = np.uint32(0), np.uint64(0)
    for i in range(np.uint64(n)):
        several = times[i] > 1
        held += np.uint64(times[i]) * np.uint64(several)
        times[i] = k if several else _NOBODY
        k += np.uint32(several)
    few, alone = np.empty(held, dtype=np.uint32), np.zeros(begin.size)
    heavy = None if weights is None else np.empty(held, dtype=weights.dtype)
    starts, f = np.zeros(begin.size + 1, dtype=begin.dtype), np.uint64(0)
    for v in range(np.uint64(begin.size)):
        for e in range(np.uint64(begin[v]), np.uint64(end[v])):
            i = times[np.uint64(indices[e])]
            if i == _NOBODY:
                alone[v] += float(counts_as(weights, None, e)) ** 2
                continue
            few[f] = i
            if weights is not None and heavy is not None:
                heavy[f] = weights[e]
            f += _ONE
        starts[v + _ONE] = f
    return starts, few, heavy, alone, int(k)


@compiled
def rearranged(
    rows: Rows, order: Words, place: Words, out: Words, moved: Weights, kept: Weights
) -> None:
    """The rows in ``order``, whom they hold renumbered by ``place`` and ascending, weights beside.

    ``out`` and ``moved`` have an entry an edge, ``kept`` one a node. A short row is sorted as it
    is put there. For a long one everybody is ticked off on a list, which is then read in order; a
    list of the words of that list says which of them have a tick.
    """
    indptr, indices, weights = rows
    n, m, f = np.uint64(order.size), np.uint64(indices.size), np.uint64(0)
    ticks = np.zeros((order.size >> 6) + 1, dtype=np.uint64)
    lists = (ticks, np.zeros((ticks.size >> 6) + 1, dtype=np.uint64), _which_bit())
    for t in range(n):
        if t + _ROWS < n:
            prefetch(indices, np.uint64(indptr[np.uint64(order[t + _ROWS])]))
        r = np.uint64(order[t])
        first, last = np.uint64(indptr[r]), np.uint64(indptr[r + _ONE])
        for e in range(first, last):
            if e + _FAR < m:
                prefetch(place, np.uint64(indices[e + _FAR]))
            q = place[np.uint64(indices[e])]
            weight = _weight(weights, e)
            if last - first <= _SHORT:
                _insert(q, weight, (f, f + (e - first)), out, moved)
            else:
                _tick(q, weight, lists, kept)
        if last - first > _SHORT:
            _read(lists, f, out, moved, kept)
        f += last - first


@compiled
def _weight(weights: Weights, e: Any) -> Any:
    """The weight of a pair; nothing will read it where there are none."""
    if weights is None:
        return 0
    return weights[e]


@compiled
def _which_bit() -> NDArray[np.uint64]:
    """Which power of two a number is, by the top six bits of what De Bruijn's makes of it."""
    bit = np.empty(64, dtype=np.uint64)
    for i in range(np.uint64(64)):
        bit[((_ONE << i) * _DE_BRUIJN) >> _TOP] = i
    return bit


@compiled
def _insert(q: Any, weight: Any, span: tuple[Any, Any], out: Words, moved: Weights) -> None:
    """Put ``q`` among those of a row that are there, from the first of ``span`` to the last."""
    first, at = span
    while at > first and out[at - _ONE] > q:
        out[at] = out[at - _ONE]
        if moved is not None:
            moved[at] = moved[at - _ONE]
        at -= _ONE
    out[at] = q
    if moved is not None:
        moved[at] = weight


@compiled
def _tick(q: Any, weight: Any, lists: Lists, kept: Weights) -> None:
    """Tick ``q`` off, and keep the weight."""
    i, (ticks, words, _) = np.uint64(q), lists
    ticks[i >> _SIX] |= _ONE << (i & _LOW)
    words[i >> _TWELVE] |= _ONE << ((i >> _SIX) & _LOW)
    if kept is not None:
        kept[i] = weight


@compiled
def _read(lists: Lists, f: Any, out: Words, moved: Weights, kept: Weights) -> None:
    """Put everybody who is ticked off from ``f`` on, ascending; no tick is left."""
    ticks, words, bit = lists
    for group in range(np.uint64(words.size)):
        left, words[group] = words[group], 0
        while left != 0:
            lowest = left & (~left + _ONE)
            left ^= lowest
            word = (group << _SIX) | bit[(lowest * _DE_BRUIJN) >> _TOP]
            here, ticks[word] = ticks[word], 0
            while here != 0:
                lowest = here & (~here + _ONE)
                here ^= lowest
                q = (word << _SIX) | bit[(lowest * _DE_BRUIJN) >> _TOP]
                out[f] = q
                if moved is not None and kept is not None:
                    moved[f] = kept[q]
                f += _ONE


@compiled
def _row_end(t: Any, at: Any, ids: Words, ends: NDArray[Any]) -> tuple[Any, Any]:
    """How many rows are done once that of ``t`` is, if there is one, and where they end."""
    if at < np.uint64(ids.size) and ids[at] == t:
        at += _ONE
    return at, np.uint64(ends[at])


@compiled
def merged(old: Some, drop: Some, put: Some, out: tuple[NDArray[Any], Words, NDArray[Any]]) -> bool:
    """Fill ``out`` with the rows of ``old`` without the pairs of ``drop``, with those of ``put``.

    Each comes with the new id of everyone in it, ascending; so are the indices of a row. False
    where a pair of ``drop`` is not there with that weight, or one of ``put`` is there already.
    """
    (ends, whom, heavy, ids), (less_ends, less, less_heavy, less_ids) = old, drop
    (more_ends, more, more_heavy, more_ids), (starts, indices, weights) = put, out
    o, d, p = np.uint64(0), np.uint64(0), np.uint64(0)
    x, y, z, f = np.uint64(0), np.uint64(0), np.uint64(0), np.uint64(0)
    for t in range(np.uint64(starts.size) - _ONE):
        o, last = _row_end(t, o, ids, ends)
        d, gone = _row_end(t, d, less_ids, less_ends)
        p, new = _row_end(t, p, more_ids, more_ends)
        while x < last:
            u = ids[np.uint64(whom[x])]
            while z < new and more_ids[np.uint64(more[z])] < u:
                indices[f], weights[f] = more_ids[np.uint64(more[z])], more_heavy[z]
                z, f = z + _ONE, f + _ONE
            if y < gone and less_ids[np.uint64(less[y])] == u:
                if less_heavy[y] != heavy[x]:
                    return False
                y += _ONE
            elif z < new and more_ids[np.uint64(more[z])] == u:
                return False
            else:
                indices[f], weights[f] = u, heavy[x]
                f += _ONE
            x += _ONE
        while z < new:
            indices[f], weights[f] = more_ids[np.uint64(more[z])], more_heavy[z]
            z, f = z + _ONE, f + _ONE
        if y < gone:
            return False
        starts[t + _ONE] = f
    return True
