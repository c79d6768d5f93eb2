"""Loops that lay a small graph out to be solved in one call: seats, groups of rows, words.

A *seat* is where a person's value lies: first the core, part by part, endorsers' parts first; a
large part, longest rows first, is filled up to a multiple of eight. Then those whom nobody
endorses, nobody (whose value is 0), and those only endorsed. A *word* is an endorser's seat.

Rows of large parts, and of those only endorsed, lie in groups of eight, as in ``layout``: the
first endorsers of all eight, then the second ones, filled up with nobody. What comes from outside
a part and what comes from within it are rows of their own. Rows of small parts lie one after the
other, from outside first; a word from within counts from the part's first seat.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.components import SMALL
from graphengine.influence.kernels.lanes import counts_as

__all__ = [
    "EIGHT",
    "counted",
    "grouped",
    "longest_first",
    "placed",
    "seated",
    "short",
    "weigh",
    "within",
]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Graph = tuple[NDArray[Any], Words, tuple[int, int, int]]  # indptr, indices, (core, endorsed, all)

EIGHT = 8
_WINDOW = 512  # people of a large part, by how little they endorse, who are put in order of length
_ONE = np.uint64(1)


@compiled
def counted(graph: Graph, order: Words, starts: Longs) -> tuple[Words, Words]:
    """The part of each of the core, and how many of its endorsers are in the same."""
    indptr, indices, (core, _, _) = graph
    part, own = np.empty(core, dtype=np.uint32), np.zeros(core, dtype=np.uint32)
    for c in range(starts.size - 1):
        for i in range(starts[c], starts[c + 1]):
            part[order[i]] = c
    for v in range(np.uint64(core)):
        mine, found = part[v], np.uint32(0)
        for e in range(np.uint64(indptr[v]), np.uint64(indptr[v + _ONE])):
            u = np.uint64(indices[e])
            if u >= np.uint64(core):
                break
            found += np.uint32(part[u] == mine)
        own[v] = found
    return part, own


@compiled
def longest_first(people: Words, length: Words) -> Words:
    """The people by how long their rows are; equal ones stay in their order."""
    most = np.uint64(0)
    for i in range(people.size):
        most = max(most, np.uint64(length[people[i]]))
    at = np.zeros(int(most) + 2, dtype=np.int64)
    for i in range(people.size):
        at[most - np.uint64(length[people[i]]) + _ONE] += 1
    for j in range(1, at.size):
        at[j] += at[j - 1]
    found = np.empty_like(people)
    for i in range(people.size):
        k = most - np.uint64(length[people[i]])
        found[at[k]] = people[i]
        at[k] += 1
    return found


@compiled
def _by_part(part: Words, starts: Longs) -> Words:
    """The core by part; within one, who endorses least comes first."""
    at, found = starts.copy(), np.empty_like(part)
    for back in range(part.size):
        v = part.size - 1 - back
        c = part[v]
        found[at[c]] = v
        at[c] += 1
    return found


@compiled
def seated(graph: Graph, part: Words, starts: Longs, own: Words) -> tuple[Words, Words, Longs]:
    """Everyone's seat, who sits where (nobody: the number of people), and where parts start.

    Before the last entry of the latter the core ends, and the last is nobody's seat.
    """
    indptr, _, (core, endorsed, n) = graph
    seat, begun = np.empty(n, dtype=np.uint32), np.zeros(starts.size + 1, dtype=np.int64)
    who, at = np.full(n + EIGHT * starts.size + 1, np.uint32(n)), 0
    order = _by_part(part, starts)
    for c in range(starts.size - 1):
        size = starts[c + 1] - starts[c]
        for first in range(starts[c], starts[c + 1], _WINDOW):
            people = order[first : min(first + _WINDOW, starts[c + 1])]
            if size > SMALL:
                people = longest_first(people, own)
            for i in range(people.size):
                who[at], seat[people[i]] = people[i], at
                at += 1
        if size > SMALL:
            at = begun[c] + (size + EIGHT - 1) // EIGHT * EIGHT
        begun[c + 1] = at
    for i in range(endorsed, n):
        who[at], seat[i] = i, at
        at += 1
    begun[starts.size] = at
    at += 1
    length = np.empty(endorsed, dtype=np.uint32)
    for v in range(core, endorsed):
        length[v] = indptr[v + 1] - indptr[v]
    sinks = longest_first(np.arange(core, endorsed).astype(np.uint32), length)
    for i in range(sinks.size):
        who[at], seat[sinks[i]] = sinks[i], at
        at += 1
    return seat, who[:at].copy(), begun


@compiled
def _grouped(people: Words, length: Words, seat: Words, groups: Any, row: Longs) -> Any:
    """Lay rows of these lengths out in groups after ``groups``; those with them.

    ``groups`` are (cut, at, how many): where each begins, the seats of its rows. ``row`` gets where
    each one's words begin.
    """
    cut, at, count = groups
    for i in range(people.size):
        v, lane = people[i], np.uint32(i % EIGHT)
        if lane == 0:
            cut[count + 1] = cut[count]
            count += 1
        row[v] = cut[count - 1] + lane
        at[EIGHT * (count - 1) + i % EIGHT] = seat[v]
        cut[count] = max(cut[count], cut[count - 1] + np.uint32(EIGHT) * length[v])
    return cut, at, count


@compiled
def grouped(
    graph: Graph, parts: tuple[Words, Longs, Words], seats: tuple[Words, Words, Longs], row: Any
) -> tuple[Longs, Words, Words]:
    """Lay out the rows of large parts, and of those only endorsed: spans, cut, at.

    ``parts`` are (order, starts, own), ``seats`` (seat, who, begun). A span is a large part's
    number, where its seats begin and end, and the groups where its rows from outside begin, those
    from within, and the next part's; the last is that of those only endorsed, from outside.
    ``row``, (from outside, from within), gets where everybody's words begin.
    """
    indptr, _, (core, endorsed, _) = graph
    (_, starts, own), (seat, who, begun) = parts, seats
    most = 2 * (who.size // EIGHT + starts.size) + 2
    cut, at = np.zeros(most, dtype=np.uint32), np.full(EIGHT * most, np.uint32(begun[starts.size]))
    spans, found = np.zeros((starts.size, 6), dtype=np.int64), 0
    groups, other = (cut, at, 0), np.zeros(endorsed, dtype=np.uint32)
    for v in range(endorsed):
        other[v] = indptr[v + 1] - indptr[v] - (own[v] if v < core else np.uint32(0))
    for c in range(starts.size - 1):
        size = starts[c + 1] - starts[c]
        if size <= SMALL:
            continue
        spans[found, 0], spans[found, 1], spans[found, 2] = c, begun[c], begun[c + 1]
        spans[found, 3] = groups[2]
        people = who[begun[c] : begun[c] + size]
        groups = _grouped(longest_first(people, other), other, seat, groups, row[0])
        spans[found, 4] = groups[2]
        groups = _grouped(people, own, seat, groups, row[1])
        spans[found, 5] = groups[2]
        found += 1
    spans[found, 3] = groups[2]
    people = who[begun[starts.size] + 1 :]
    groups = _grouped(people, other, seat, groups, row[0])
    spans[found, 4] = groups[2]
    count = groups[2]
    return spans[: found + 1].copy(), cut[: count + 1].copy(), at[: EIGHT * count].copy()


@compiled
def short(graph: Graph, parts: Any, seats: Any, row: Any, e: int) -> tuple[Words, Words]:
    """Lay out the rows of small parts from word ``e`` on: where each seat's begin, and from within.

    ``row`` are (from outside, from within, apart). Rows of large parts are empty here.
    """
    indptr, _, _ = graph
    (_, starts, own), (_, who, begun) = parts, seats
    outer, inner, apart = row
    slots = begun[starts.size - 1]
    begin, within = np.zeros(slots + 1, dtype=np.uint32), np.zeros(slots, dtype=np.uint32)
    for c in range(starts.size - 1):
        few = starts[c + 1] - starts[c] <= SMALL
        for p in range(begun[c], begun[c + 1]):
            begin[p], within[p], v = e, e, who[p]
            if few:
                outer[v], inner[v], apart[v] = e, e + indptr[v + 1] - indptr[v] - own[v], 1
                within[p] = inner[v]
                e += int(indptr[v + 1]) - int(indptr[v])
    begin[slots] = e
    return begin, within


@compiled
def placed(
    graph: Graph,
    weights: Any,
    table: Any,
    seats: tuple[Words, Words, Longs],
    rows: tuple[Longs, Longs, Longs],
    filled: tuple[NDArray[Any], Any],
) -> None:
    """Put the endorsers of everybody into words, and their weights.

    ``seats`` are (seat, part, begun), ``rows`` where the words of each person's rows begin: from
    outside, from within; and how far apart they are (1 or 8).
    """
    indptr, indices, (core, endorsed, _) = graph
    seat, part, begun = seats
    outer, inner, apart = rows
    words, heavy = filled
    for v in range(np.uint64(endorsed)):
        p, q, step = outer[v], inner[v], apart[v]
        base = np.uint32(0)
        if v < np.uint64(core) and step == 1:
            base = np.uint32(begun[part[v]])
        for e in range(np.uint64(indptr[v]), np.uint64(indptr[v + _ONE])):
            u = np.uint64(indices[e])
            if u < np.uint64(core) and v < np.uint64(core) and part[u] == part[v]:
                words[q] = seat[u] - base
                weigh(q, heavy, weights, table, e)
                q += step
            else:
                words[p] = seat[u]
                weigh(p, heavy, weights, table, e)
                p += step


@compiled
def weigh(p: Any, heavy: Any, weights: Any, table: Any, e: Any) -> None:
    """Put the weight of edge ``e`` beside the word ``p``, where weights are kept."""
    if heavy is not None:
        heavy[p] = counts_as(weights, table, e)


@compiled
def within(spans: Longs, edges: Any, at: Words, nobody: int) -> tuple[Floats, Floats]:
    """What each seat gives within its large part, and what it is given there."""
    cut, words, heavy = edges
    gives, heard = np.zeros(nobody + 1), np.zeros(nobody + 1)
    for j in range(spans.shape[0] - 1):
        for g in range(np.uint64(spans[j, 4]), np.uint64(spans[j, 5])):
            e, end = np.uint64(cut[g]), np.uint64(cut[g + _ONE])
            while e < end:
                for lane in range(np.uint64(EIGHT)):
                    u = np.uint64(words[e + lane])
                    if u != np.uint64(nobody):
                        weight = counts_as(heavy, None, e + lane)
                        gives[u] += weight
                        heard[at[g * np.uint64(EIGHT) + lane]] += weight
                e += np.uint64(EIGHT)
    return gives, heard
