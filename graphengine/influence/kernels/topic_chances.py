"""In which topics an edge is live under a coin: chances as parts of the chance of the edge's group.

A part is a number of 2^-31, so a coin of 31 bits below it has the edge live. Where most edges have
most topics, each has a row of the upper halves of 32 such numbers, one line of the cache, so that
one comparison answers for all topics; only a half equal to the coin's needs the lower one, which
lies apart. Where an edge has few topics, it has a list of these.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = [
    "count_topics_of",
    "fill_bounds",
    "fill_lists",
    "fill_rows",
    "places_of",
    "raise_most",
]

Words = NDArray[np.uint32]
Halves = NDArray[np.uint16]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

BLOCK = 64  # edges that are read and written at a time
_TWO31 = 2147483648.0
_W16, _LOW = np.uint32(16), np.uint32(0xFFFF)


def _places_of(whole: Longs, part: Longs, place: Words) -> None:
    """Where each key of ``part`` stands in ``whole``, which holds them all; both ascend."""
    at = 0
    for i in range(part.size):
        while whole[at] < part[i]:
            at += 1
        place[i] = at


def _fill_rows(
    parts: tuple[tuple[Floats, ...], tuple[Words, ...]],
    rows: Words,
    scale: Floats,
    out: tuple[Halves, Halves],
    span: tuple[int, int, Longs],
) -> None:
    """Write the topics' chances into the rows of some edges, from ``span[0]`` to ``span[1]``.

    A topic has its probabilities and where its edges stand among all, ascending; ``span[2]`` says
    which of them come first (read and moved on). ``rows`` says the row of each edge, ``scale`` is
    2^31 / chance of a row's group. Some edges are read topic by topic, then written row by row:
    so both go in order.
    """
    (chances, places), (high, low), (begin, end, at) = parts, out, span
    topics, m = np.uint64(low.shape[1]), np.uint64(rows.size)
    coins, scales = np.empty((low.shape[1], BLOCK), np.uint32), np.empty(BLOCK)
    for first in range(np.uint64(begin), np.uint64(end), np.uint64(BLOCK)):
        size = min(np.uint64(BLOCK), np.uint64(end) - first)
        for j in range(size):
            scales[j] = scale[rows[first + j]]
        for t in range(topics):
            p, place, now = chances[t], places[t], coins[t]
            if np.uint64(p.size) == m:  # all edges, in order
                for j in range(size):
                    now[j] = np.int64(min(p[first + j] * scales[j], _TWO31) + 0.5)
                continue
            for j in range(size):
                now[j] = 0
            while at[t] < place.size and place[at[t]] < first + size:
                here = np.uint64(place[at[t]]) - first
                now[here] = np.int64(min(p[at[t]] * scales[here], _TWO31) + 0.5)
                at[t] += 1
        for j in range(size):
            e = rows[first + j]
            for t in range(topics):
                high[e, t], low[e, t] = coins[t, j] >> _W16, coins[t, j] & _LOW


def _fill_bounds(high: Halves, topics: int, edges: Places) -> None:
    """Set, above 32 bits of each edge's word, the most of its row and, above that, the least."""
    for e in range(edges.size):
        least, most = high[e, 0], high[e, 0]
        for t in range(topics):
            least, most = min(least, high[e, t]), max(most, high[e, t])
        edges[e] |= (np.uint64(least) << np.uint64(48)) | (np.uint64(most) << np.uint64(32))


def _raise_most(p: Floats, place: Words, most: Floats) -> int:
    """Raise the largest probability of each edge to a topic's; how many of these are above 0."""
    possible = 0
    if p.size == most.size:  # all edges, in order
        for i in range(p.size):
            most[i] = p[i] if p[i] > most[i] else most[i]
            possible += 1 if p[i] > 0.0 else 0
        return possible
    for i in range(p.size):
        most[place[i]] = max(most[place[i]], p[i])
        possible += 1 if p[i] > 0.0 else 0
    return possible


def _count_topics_of(p: Floats, where: Words, count: Words) -> None:
    """Add to ``count`` 1 for each edge that can be live."""
    for i in range(p.size):
        count[where[i]] += np.uint32(p[i] > 0.0)


def _fill_lists(
    p: Floats, where: Words, scale: Floats, topic: int, out: tuple[Places, Places]
) -> None:
    """Write a topic and its chances where the lists of its edges go on, and move on there.

    A pair is how many of 2^31 coins have the edge live, above 8 bits of the topic.
    """
    at, pairs = out
    for i in range(p.size):
        e = where[i]
        if p[i] > 0.0:
            coins = np.int64(min(p[i] * scale[e], _TWO31) + 0.5)
            pairs[at[e]] = (np.uint64(coins) << np.uint64(8)) | np.uint64(topic)
            at[e] += np.uint64(1)


places_of, fill_rows = compiled(_places_of), compiled(_fill_rows)
fill_bounds, raise_most = compiled(_fill_bounds), compiled(_raise_most)
count_topics_of, fill_lists = compiled(_count_topics_of), compiled(_fill_lists)
