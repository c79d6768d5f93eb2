"""Loops that lay edges out: a table split by topic, its people numbered, their rows filled.

All are counting sorts: nothing is compared, and what comes first stays first. An edge is one
number of 64 bits: the endorser in its upper half, the endorsed in its lower half.

Who is endorsed a few times has a *short* row. Short rows lie in eights of the same length, or
nearly: the first endorsers of all eight, then the second ones, and so on, so that a loop adds up
eight rows at once (sliced ELLPACK: Monakov, Lokhmotov & Avetisyan 2010). Long rows lie one after
the other. ``ranks`` are the places where kinds of people end: those only endorsed with long rows,
the core of those who endorse and are endorsed with long rows, the rest of the core, and those
only endorsed with short rows, and those whom nobody endorses, who have no rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.prefetch import prefetch

__all__ = ["EIGHT", "by_topic", "counted", "eights", "laid", "seated", "tally"]

Words = NDArray[np.uint32]
Pairs = NDArray[np.uint64]
Weights = NDArray[Any] | None
Ranks = tuple[int, int, int, int, int]

EIGHT = 8
_ONE, _STRIDE = np.uint32(1), np.uint32(EIGHT)
_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_GIVEN, _HEARD = np.uint64(1 << 32), np.uint64(1)
_AHEAD = np.uint64(24)  # edges: what they need is asked for


@compiled
def tally(topic: NDArray[Any], count: int) -> NDArray[np.int64]:
    """How often each topic, 0 … count − 1, is named; or anything else that is numbered."""
    found = np.zeros(count, dtype=np.int64)
    for e in range(np.uint64(topic.size)):
        found[np.uint64(topic[e])] += 1
    return found


@compiled
def by_topic(
    columns: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    w: Weights,
    at: NDArray[np.int64],
    pairs: Pairs,
    weights: Weights,
) -> None:
    """Put a table's rows where ``at`` says the next one of each topic goes; ``at`` moves on."""
    topic, u, v = columns
    for e in range(np.uint64(topic.size)):
        k = np.uint64(topic[e])
        p = at[k]
        at[k] = p + 1
        pairs[p] = (np.uint64(u[e]) << _HALF) | np.uint64(v[e])
        if w is not None and weights is not None:
            weights[p] = w[e]


@compiled
def counted(pairs: Pairs, seen: Pairs, people: Words) -> int:
    """Put who is on an edge that is no loop into ``people``, by first appearance; how many.

    ``seen``, all 0 on entry, holds for each how often it endorses (upper half) and is endorsed.
    ``people`` needs an entry more than there can be people.
    """
    n, m = np.uint64(0), np.uint64(pairs.size)
    for e in range(m):
        if e + _AHEAD < m:
            later = pairs[e + _AHEAD]
            prefetch(seen, later >> _HALF)
            prefetch(seen, later & _LOW)
        u, v = pairs[e] >> _HALF, pairs[e] & _LOW
        if u == v:
            continue
        before = seen[u]
        seen[u] = before + _GIVEN
        people[n] = u
        n += np.uint64(before == 0)
        before = seen[v]
        seen[v] = before + _HEARD
        people[n] = v
        n += np.uint64(before == 0)
    return int(n)


@compiled
def seated(people: Words, seen: Pairs, place: Words, long: int) -> tuple[Words, Words, Ranks]:
    """Everyone's place, from what ``counted`` found; a row of ``long`` endorsers is long.

    Short rows are ordered by length, longest first; people of one kind and length stay in their
    order. Returned are the person of each place, how often each is endorsed, and the ranks.
    ``place`` says where each person is; ``seen`` is all 0 again.
    """
    n, limit = np.uint64(people.size), np.uint64(long)
    kind, heard = np.empty(n, dtype=np.uint32), np.empty(n, dtype=np.uint32)
    starts = np.zeros(2 * long + 2, dtype=np.uint32)
    for i in range(n):
        if i + _AHEAD < n:
            prefetch(seen, np.uint64(people[i + _AHEAD]))
        both = seen[people[i]]
        seen[people[i]] = 0
        k = _kind(both >> _HALF, both & _LOW, limit)
        kind[i], heard[i] = k, both & _LOW
        starts[k + _HEARD] += _ONE
    for k in range(1, starts.size):
        starts[k] += starts[k - 1]
    core, ends = int(starts[long + 1]), int(starts[2 * long])
    ranks = (int(starts[1]), int(starts[2]), core, ends, int(n))
    order, length = np.empty(n, dtype=np.uint32), np.empty(n, dtype=np.uint32)
    for i in range(n):
        p = starts[kind[i]]
        starts[kind[i]] = p + _ONE
        order[p] = people[i]
        place[people[i]] = p
        length[p] = heard[i]
    return order, length, ranks


@compiled
def _kind(given: Any, heard: Any, long: Any) -> Any:
    """0 and 1 long rows, 2 … ``long`` the core, to 2·long − 1 those only endorsed, then the rest."""
    if heard == 0:
        return long + long
    if given == 0:
        return long + long - heard if heard < long else np.uint64(0)
    return long + _HEARD - min(heard, long)


@compiled
def eights(length: Words, ranks: Ranks) -> tuple[Words, Words, Words]:
    """Where long rows start, where eights start, both with their end, and where each row does."""
    _, long, core, ends, _ = ranks
    start, at = np.zeros(long + 1, dtype=np.uint32), np.empty(ends, dtype=np.uint32)
    for t in range(long):
        at[t] = start[t]
        start[t + 1] = start[t] + length[t]
    inner = (core - long + EIGHT - 1) // EIGHT
    cut = np.empty(inner + (ends - core + EIGHT - 1) // EIGHT + 1, dtype=np.uint32)
    cut[0] = start[long]
    for first, last, group in ((long, core, 0), (core, ends, inner)):
        for t in range(first, last):
            g, lane = group + (t - first) // EIGHT, (t - first) % EIGHT
            if lane == 0:
                cut[g + 1] = cut[g] + _STRIDE * length[t]
            at[t] = cut[g] + np.uint32(lane)
    return start, cut, at


@compiled
def laid(
    pairs: Pairs, w: Weights, place: Words, cut: Words, at: Words, ranks: Ranks
) -> tuple[Words, Weights]:
    """The endorsers of everyone, by place, and their weights.

    ``cut`` and ``at`` are those of ``eights``; ``at`` moves on. In a row endorsers are as the table
    has them. Where a row of eight is shorter than the first, nobody stands: the place after
    everyone's, with the weight 0.
    """
    _, long, core, ends, nobody = ranks
    m, short = np.uint64(pairs.size), np.uint32(long)
    indices = np.empty(cut[cut.size - 1], dtype=np.uint32)
    weights = None if w is None else np.empty(indices.size, dtype=w.dtype)
    for e in range(m):
        if e + _AHEAD < m:
            later = pairs[e + _AHEAD]
            prefetch(place, later >> _HALF)
            prefetch(place, later & _LOW)
        u, v = pairs[e] >> _HALF, pairs[e] & _LOW
        if u == v:
            continue
        t = place[v]
        r = at[t]
        at[t] = r + (_ONE if t < short else _STRIDE)
        indices[r] = place[u]
        if w is not None and weights is not None:
            weights[r] = w[e]
    inner = (core - long + EIGHT - 1) // EIGHT
    _fill(indices, weights, at[long:core], cut[: inner + 1], nobody)
    _fill(indices, weights, at[core:ends], cut[inner:], nobody)
    return indices, weights


@compiled
def _fill(indices: Words, weights: Weights, at: Words, cut: Words, nobody: int) -> None:
    """Put ``nobody`` where rows of eight are shorter than the first, or are not there."""
    for t in range(EIGHT * (cut.size - 1)):
        g = t // EIGHT
        r = np.uint64(at[t]) if t < at.size else np.uint64(cut[g]) + np.uint64(t % EIGHT)
        while r < cut[g + 1]:
            indices[r] = nobody
            if weights is not None:
                weights[r] = 0
            r += np.uint64(EIGHT)
