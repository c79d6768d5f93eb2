"""Loops that lay edges out: a table split by topic, ids made local, rows by target.

All are counting sorts: nothing is compared, and what comes first stays first.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["add_repeats", "by_target", "by_topic", "localised", "places"]

Words = NDArray[np.uint32]
Weights = NDArray[Any] | None

_ONE = np.uint32(1)
_UNSEEN = np.uint32(0xFFFFFFFF)


@compiled
def by_topic(
    topic: NDArray[Any], count: int, u: NDArray[Any], v: NDArray[Any], w: Weights
) -> tuple[NDArray[np.int64], Words, Words, Weights]:
    """The columns of a table grouped by topic, 0 … count − 1, and where each topic starts."""
    starts = np.zeros(count + 1, dtype=np.int64)
    for e in range(topic.size):
        starts[topic[e] + 1] += 1
    for k in range(count):
        starts[k + 1] += starts[k]
    at = starts[:-1].copy()
    one, other = np.empty(u.size, dtype=np.uint32), np.empty(u.size, dtype=np.uint32)
    weights = None if w is None else np.empty_like(w)
    for e in range(topic.size):
        k = topic[e]
        p = at[k]
        at[k] = p + 1
        one[p] = u[e]
        other[p] = v[e]
        if w is not None and weights is not None:
            weights[p] = w[e]
    return starts, one, other, weights


@compiled
def localised(
    u: Words, v: Words, w: Weights, seen: Words
) -> tuple[Words, Words, Weights, Words, Words, Words]:
    """Edges without loops, their people numbered by first appearance, and who is who.

    The edges' ends, their weights, the people's own ids, how often each endorses and is endorsed.
    ``seen`` is scratch, all 2³² − 1 on entry and at the end.
    """
    m = u.size
    one, other = np.empty(m, dtype=np.uint32), np.empty(m, dtype=np.uint32)
    weights = None if w is None else np.empty_like(w)
    most = min(2 * m, seen.size)
    people = np.empty(most, dtype=np.uint32)
    given, received = np.zeros(most, dtype=np.uint32), np.zeros(most, dtype=np.uint32)
    kept, n = 0, 0
    for e in range(np.uint64(m)):
        if u[e] == v[e]:
            continue
        a = seen[u[e]]
        if a == _UNSEEN:
            a = np.uint32(n)
            seen[u[e]] = a
            people[n] = u[e]
            n += 1
        b = seen[v[e]]
        if b == _UNSEEN:
            b = np.uint32(n)
            seen[v[e]] = b
            people[n] = v[e]
            n += 1
        one[kept] = a
        other[kept] = b
        given[a] += _ONE
        received[b] += _ONE
        if w is not None and weights is not None:
            weights[kept] = w[e]
        kept += 1
    for i in range(n):
        seen[people[i]] = _UNSEEN
    if w is not None and weights is not None:
        weights = weights[:kept]
    return one[:kept], other[:kept], weights, people[:n], given[:n], received[:n]


@compiled
def places(given: Words, received: Words) -> tuple[Words, Words, int]:
    """Each node's place, the node of each place, and how many form the core.

    First those who endorse and are endorsed, most endorsements first; then those who are only
    endorsed; then the rest, most endorsements first. Equal ones stay in their order.
    """
    n, largest = given.size, np.uint32(0)
    for i in range(n):
        largest = max(largest, given[i])
    width = np.int64(largest) + 1
    starts = np.zeros(2 * width + 2, dtype=np.int64)
    for i in range(n):
        starts[_kind(given[i], received[i], width) + 1] += 1
    for k in range(2 * width + 1):
        starts[k + 1] += starts[k]
    core = starts[width]
    place, order = np.empty(n, dtype=np.uint32), np.empty(n, dtype=np.uint32)
    for i in range(n):
        k = _kind(given[i], received[i], width)
        p = starts[k]
        starts[k] = p + 1
        place[i] = p
        order[p] = i
    return place, order, core


@compiled
def _kind(given: Any, received: Any, width: Any) -> Any:
    """0 … width − 1 in the core, width for those only endorsed, then the rest."""
    if received == 0:
        return width + width - given
    if given == 0:
        return width
    return width - 1 - given


@compiled
def _starts(place: Words, given: Words, received: Words) -> tuple[Words, Words]:
    """Where each place's edges begin, by endorser and by target; the latter with the end."""
    n = place.size
    at, start = np.empty(n, dtype=np.uint32), np.empty(n + 1, dtype=np.uint32)
    for i in range(n):
        at[place[i]] = given[i]
        start[place[i]] = received[i]
    total, whole = np.uint32(0), np.uint32(0)
    for p in range(n):
        here, there = at[p], start[p]
        at[p] = total
        start[p] = whole
        total += here
        whole += there
    start[n] = whole
    return at, start


@compiled
def by_target(
    u: Words, v: Words, w: Weights, place: Words, given: Words, received: Words
) -> tuple[Words, Words, Weights, bool]:
    """Rows by target, endorsers ascending: where each begins, endorsers, weights; any repeats.

    Sorted by endorser first, then by target; ids become places.
    """
    n, m = place.size, u.size
    at, start = _starts(place, given, received)
    target = np.empty(m, dtype=np.uint32)
    weights = None if w is None else np.empty_like(w)
    for e in range(np.uint64(m)):
        p = place[u[e]]
        q = at[p]
        at[p] = q + _ONE
        target[q] = place[v[e]]
        if w is not None and weights is not None:
            weights[q] = w[e]
    to = start[:-1].copy()
    indices = np.empty(m, dtype=np.uint32)
    out = None if w is None else np.empty_like(w)
    repeats, q = False, 0
    for p in range(np.uint32(n)):
        while q < at[p]:
            t = target[q]
            r = to[t]
            to[t] = r + _ONE
            indices[r] = p
            if r > start[t] and indices[r - _ONE] == p:
                repeats = True
            if w is not None and weights is not None and out is not None:
                out[r] = weights[q]
            q += 1
    return start, indices, out, repeats


@compiled
def add_repeats(
    start: Words, indices: Words, weights: NDArray[np.float64]
) -> tuple[Words, Words, NDArray[np.float64]]:
    """The rows with each endorser once; weights of repeats are added in their order."""
    n, kept = start.size - 1, np.uint32(0)
    begins = np.zeros(n + 1, dtype=np.uint32)
    for t in range(n):
        first = kept
        for e in range(np.int64(start[t]), np.int64(start[t + 1])):
            if kept > first and indices[kept - _ONE] == indices[e]:
                weights[kept - _ONE] += weights[e]
            else:
                indices[kept] = indices[e]
                weights[kept] = weights[e]
                kept += _ONE
        begins[t + 1] = kept
    return begins, indices[:kept].copy(), weights[:kept].copy()
