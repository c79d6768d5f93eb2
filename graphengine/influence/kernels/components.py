"""Loops over strongly connected parts: found, laid out, and solved one after the other.

A part comes after all those that its endorsers are in, so a part of one person is done by one
row, a small one by elimination, and only large ones need sweeps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.lanes import counts_as, row

__all__ = ["SMALL", "arranged", "components", "forward"]

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]
Longs = NDArray[np.int64]

SMALL = 12  # people in a part that is solved by elimination
_ONE = np.uint64(1)
_UNSEEN = np.uint32(0xFFFFFFFF)
_DONE = np.uint32(0xFFFFFFFE)


@compiled
def _closed(number: Words, held: Words, order: Words, count: int, root: int) -> tuple[int, int]:
    """Move the part that ``root`` closes from ``held`` to ``order``; how many each holds then."""
    left = held.size
    while left > 0 and number[held[left - 1]] >= number[root]:
        left -= 1
    for i in range(left, held.size):
        order[count] = held[i]
        count += 1
    for i in range(left, held.size):
        number[held[i]] = _DONE
    return left, count


@compiled
def _met(v: int, at: Longs, begin: Any, number: Words, low: Words, seen: int) -> int:
    """Number a person that the search meets; how many it has met."""
    at[v] = begin[v]
    number[v] = seen
    low[v] = seen
    return seen + 1


@compiled
def components(begin: Any, end: Any, indices: Words) -> tuple[Words, Longs]:
    """Everyone, part by part, and where each part starts; endorsers' parts come first.

    Tarjan (1972), from the endorsed to endorsers; within a part, whom the search left first.
    """
    k = begin.size
    number, low = np.full(k, _UNSEEN), np.zeros(k, dtype=np.uint32)
    at = np.empty(k, dtype=np.int64)
    path, held = np.empty(k, dtype=np.uint32), np.empty(k, dtype=np.uint32)
    order, starts = np.empty(k, dtype=np.uint32), np.zeros(k + 1, dtype=np.int64)
    count, seen, kept, parts = 0, 0, 0, 0
    for root in range(k):
        if number[root] != _UNSEEN:
            continue
        depth = 1
        path[0] = root
        seen = _met(root, at, begin, number, low, seen)
        while depth > 0:
            v = path[depth - 1]
            if at[v] < np.int64(end[v]):
                u = indices[at[v]]
                at[v] += 1
                if number[u] == _UNSEEN:
                    path[depth] = u
                    depth += 1
                    seen = _met(u, at, begin, number, low, seen)
                elif number[u] != _DONE:
                    low[v] = min(low[v], number[u])
                continue
            depth -= 1
            held[kept] = v
            kept += 1
            if depth > 0:
                low[path[depth - 1]] = min(low[path[depth - 1]], low[v])
            if low[v] == number[v]:
                kept, count = _closed(number, held[:kept], order, count, v)
                parts += 1
                starts[parts] = count
    return order, starts[: parts + 1].copy()


@compiled
def _room(weights: Any, m: int) -> Any:
    if weights is None:
        return None
    return np.empty(m, dtype=weights.dtype)


@compiled
def _put(to: Any, at: int, weights: Any, e: int) -> None:
    if weights is not None:
        to[at] = weights[e]


@compiled
def arranged(edges: Any, order: Words, starts: Longs) -> tuple[Longs, Longs, Words, Any]:
    """The rows in a new order: those from earlier parts first, then those from within.

    Where each row begins, where what comes from within begins, the indices (from earlier parts:
    new places; from within: counted from where the part starts), the weights.
    """
    begin, end, indices, weights, _ = edges
    k, m = order.size, 0
    place, part = np.empty(k, dtype=np.uint32), np.empty(k, dtype=np.uint32)
    for c in range(starts.size - 1):
        for p in range(starts[c], starts[c + 1]):
            v = order[p]
            place[v] = p
            part[v] = c
            m += int(end[v]) - int(begin[v])
    rows, within = np.zeros(k + 1, dtype=np.int64), np.zeros(k, dtype=np.int64)
    moved = np.empty(m, dtype=np.uint32)
    small = _room(weights, m)
    at = 0
    for p in range(k):
        v = order[p]
        for same in (0, 1):
            if same:
                within[p] = at
            for e in range(np.uint64(begin[v]), np.uint64(end[v])):
                u = indices[e]
                if (part[u] == part[v]) == (same == 1):
                    moved[at] = place[u] - (np.uint32(starts[part[v]]) if same else np.uint32(0))
                    _put(small, at, weights, e)
                    at += 1
        rows[p + 1] = at
    return rows, within, moved, small


@compiled
def _equations(
    rows: Any, part: tuple[int, int], per: Floats | None, damping: float, x: Floats, A: Floats
) -> None:
    """Fill in (1 − d·M) and what enters, of a small part: where it starts, how many it has."""
    begin, within, indices, weights, table = rows
    a, size = part
    for i in range(size):
        for j in range(size):
            A[i, j] = 0.0
        A[i, i] = 1.0
        A[i, size] = x[a + i]
        for e in range(np.uint64(within[a + i]), np.uint64(begin[a + i + 1])):
            j = indices[e]
            q = 1.0 if per is None else per[a + j]
            A[i, j] -= damping * q * counts_as(weights, table, e)


@compiled
def forward(
    rows: tuple[Longs, Longs, Words, Any, Any],
    parts: tuple[Longs, int, int],
    enters: Floats,
    per: Floats | None,
    damping: float,
    vectors: tuple[Floats, Floats],
) -> int:
    """Solve parts in their order up to a large one, or to the last; the part that is next.

    ``parts`` are (starts, first, last). ``vectors`` are x and z = x·per. Of a large part, x holds
    what enters it.
    """
    begin, within, indices, weights, table = rows
    starts, c, last = parts
    x, z = vectors
    A = np.empty((SMALL, SMALL + 1))
    while c < last:
        a, size = starts[c], starts[c + 1] - starts[c]
        for p in range(a, a + size):
            here = row(
                (np.uint64(begin[p]), np.uint64(within[p])), indices, weights, table, z, None
            )
            x[p] = enters[p] + damping * here
        if size > SMALL:
            return c
        if size > 1:
            _equations(rows, (a, size), per, damping, x, A)
            _eliminated(A, size)
            for i in range(size):
                x[a + i] = A[i, size]
        for p in range(a, a + size):
            z[p] = x[p] if per is None else x[p] * per[p]
        c += 1
    return c


@compiled
def _eliminated(A: Floats, n: int) -> None:
    """Solve the first ``n`` rows; the answer is in column n. 1 − d·M needs no pivots."""
    for i in range(n):
        for r in range(i + 1, n):
            times = A[r, i] / A[i, i]
            if times != 0.0:
                for c in range(i + 1, n + 1):
                    A[r, c] -= times * A[i, c]
    for back in range(n):
        i = n - 1 - back
        for c in range(i + 1, n):
            A[i, n] -= A[i, c] * A[c, n]
        A[i, n] /= A[i, i]
