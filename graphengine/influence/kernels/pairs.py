"""Loops that lay pairs of ids out as a compact structure: counted, ranked, and dealt twice.

Both deals are counting sorts: nothing is compared. The first puts everybody's endorsements
together, the second puts each under whom it endorses; as endorsers come by rank, those of a row
ascend. Arrays that fit the inner caches are written in any order as fast as in sequence.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["dealt", "ranked", "tallied"]

Words = NDArray[np.uint32]
Weights = NDArray[Any] | None

Columns = tuple[NDArray[Any], NDArray[Any]]

_ONE, _STEP = np.uint64(1), np.uint32(1)
_PARTS = np.uint64(4)  # read in turns: edges of one person in a row would wait for each other


@compiled
def _usable(ids: NDArray[Any], nodes: int) -> bool:
    """Whether all are from 0 to ``nodes`` − 1; a negative one is a large one without a sign."""
    highest = np.uint64(0)
    for e in range(np.uint64(ids.size)):
        highest = max(highest, np.uint64(ids[e]))
    return bool(ids.size == 0 or highest < np.uint64(nodes))


@compiled
def _add(e: Any, columns: Columns, counts: tuple[Words, Words]) -> None:
    a, b = np.uint64(columns[0][e]), np.uint64(columns[1][e])
    other = np.uint32(a != b)
    counts[0][a] += other
    counts[1][b] += other


@compiled
def tallied(u: NDArray[Any], v: NDArray[Any], nodes: int) -> tuple[bool, Words, Words]:
    """Whether all ids are usable, and how often each is in ``u`` and in ``v``, loops left out.

    Nothing is counted where an id is not usable.
    """
    counts = np.zeros(nodes, dtype=np.uint32), np.zeros(nodes, dtype=np.uint32)
    if not (_usable(u, nodes) and _usable(v, nodes)):
        return False, counts[0], counts[1]
    part = np.uint64(u.size) // _PARTS
    for e in range(part):
        for k in range(_PARTS):
            _add(e + k * part, (u, v), counts)
    for e in range(_PARTS * part, np.uint64(u.size)):
        _add(e, (u, v), counts)
    return True, counts[0], counts[1]


@compiled
def ranked(given: Words, received: Words) -> tuple[Words, Words, int]:
    """Ids in the order of places, everyone's place, and the size of the core.

    First who endorses and is endorsed, then who is only endorsed, then the others; within each,
    who endorses most comes first, and of those who endorse alike, the lowest id.
    """
    n, most, core = np.uint64(given.size), np.uint64(0), 0
    for i in range(n):
        most = max(most, np.uint64(given[i]))
    starts = np.zeros(2 * (int(most) + 1) + 2, dtype=np.uint32)
    kind = np.empty(given.size, dtype=np.uint32)
    for i in range(n):
        g = np.uint64(given[i])
        if received[i] > 0:
            k = most - g  # who endorses nobody comes last of these
            core += int(g > 0)
        else:
            k = most + _ONE + (most - g)
        kind[i] = k
        starts[k + _ONE] += _STEP
    for j in range(1, starts.size):
        starts[j] += starts[j - 1]
    order, place = np.empty(given.size, dtype=np.uint32), np.empty(given.size, dtype=np.uint32)
    for i in range(n):
        k = np.uint64(kind[i])
        p = starts[k]
        starts[k] = p + _STEP
        order[p] = i
        place[i] = p
    return order, place, core


@compiled
def _begun(count: Words, order: Words) -> Words:
    """Where what is counted begins, by place, and the end."""
    starts = np.zeros(order.size + 1, dtype=np.uint32)
    for t in range(np.uint64(order.size)):
        starts[t + _ONE] = starts[t] + count[order[t]]
    return starts


@compiled
def _put(
    e: Any, columns: Columns, places: tuple[Words, Words], whom: Words, w: Weights, between: Weights
) -> None:
    """Put an edge that is no loop among those of its endorser."""
    (u, v), (place, at) = columns, places
    if u[e] == v[e]:
        return
    a = np.uint64(place[np.uint64(u[e])])
    p = np.uint64(at[a])
    at[a] = p + _ONE
    whom[p] = place[np.uint64(v[e])]
    _move(e, p, w, between)


@compiled
def _move(e: Any, p: Any, weights: Weights, to: Weights) -> None:
    if weights is not None and to is not None:
        to[p] = weights[e]


@compiled
def _once(starts: Words, indices: Words) -> bool:
    """Whether no two neighbours in a row are the same."""
    same = 0
    for p in range(_ONE, np.uint64(indices.size)):
        same += int(indices[p] == indices[p - _ONE])
    for t in range(1, starts.size - 1):
        first = np.uint64(starts[t])
        if starts[t + 1] > first > np.uint64(0):
            same -= int(indices[first] == indices[first - _ONE])
    return same == 0


@compiled
def dealt(
    columns: Columns,
    weights: tuple[Weights, Weights, Weights],
    counts: tuple[Words, Words],
    ranks: tuple[Words, Words],
) -> tuple[Words, Words, bool]:
    """Where each place's endorsers begin, who they are, ascending; whether nobody comes twice.

    ``counts`` and ``ranks`` are those of ``tallied`` and ``ranked``. ``weights`` are those of the
    columns, room for them on the way, and room for them in the end; all None where each is 1.
    """
    order, place = ranks
    w, between, moved = weights
    begun, starts = _begun(counts[0], order), _begun(counts[1], order)
    at, whom = begun[:-1].copy(), np.empty(begun[begun.size - 1], dtype=np.uint32)
    edges = np.uint64(columns[0].size)
    part = edges // _PARTS
    for e in range(part):
        for k in range(_PARTS):
            _put(e + k * part, columns, (place, at), whom, w, between)
    for e in range(_PARTS * part, edges):
        _put(e, columns, (place, at), whom, w, between)
    indices = np.empty_like(whom)
    at[:] = starts[:-1]
    for a in range(np.uint64(order.size)):
        for p in range(np.uint64(begun[a]), np.uint64(begun[a + _ONE])):
            b = np.uint64(whom[p])
            q = np.uint64(at[b])
            at[b] = q + _ONE
            indices[q] = a
            _move(p, q, between, moved)
    return starts, indices, _once(starts, indices)
