"""The sets of up to 32 topics that share their people, a bit a topic: counts, lists and credit.

The lists of all topics' candidates are built once; each topic then chooses on them by itself
(``cover``), looking only at its own bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.cover import NOBODY

__all__ = [
    "count_topics",
    "credit_topics",
    "inverted_topics",
    "keep_topics",
    "leading",
    "least_of",
]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]

# where sets begin, members; where lists begin, the sets in them; bits of members and in the lists
Shared = tuple[Places, Words, Places, Words, Words, Words]

_S32, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)


def _count_topics(members: Places, count: Words) -> None:
    """Add to count[person, topic] how often the person is a member in the topic."""
    for i in range(members.size):
        row, held = count[members[i] & _LOW], np.uint32(members[i] >> _S32)
        for t in range(row.size):
            row[t] += (held >> np.uint32(t)) & np.uint32(1)


def _least_of(count: Words) -> Words:
    """The least of each person's counts."""
    n, topics = count.shape
    least = np.empty(n, np.uint32)
    for v in range(n):
        row, low = count[v], count[v, 0]
        for t in range(topics):
            low = row[t] if row[t] < low else low
        least[v] = low
    return least


def _leading(
    count: Words, everywhere: NDArray[np.bool_], floor: np.uint32
) -> tuple[Words, Words, Words]:
    """Who has a count of ``floor`` or more, the counts (topic, of them), and the most of others.

    Whoever is not allowed ``everywhere`` is always among them. The counts of some people are
    turned at a time, a line of the cache each.
    """
    n, topics = count.shape
    people, beyond, size = np.empty(n, np.uint32), np.zeros(topics, np.uint32), 0
    for v in range(n):
        row, most = count[v], count[v, 0]
        for t in range(topics):
            most = row[t] if row[t] > most else most
        people[size] = v
        if most >= floor or not everywhere[v]:
            size += 1
            continue
        for t in range(topics):
            beyond[t] = row[t] if row[t] > beyond[t] else beyond[t]
    turned = np.empty((topics, size), np.uint32)
    for begin in range(0, size, 16):
        for t in range(topics):
            for i in range(begin, min(begin + 16, size)):
                turned[t, i] = count[people[i], t]
    return people[:size].copy(), turned, beyond


def _keep_topics(
    first: Places, people: Places, place: Words, wanted: np.uint32
) -> tuple[Words, Words, Words]:
    """Sizes, members (by place) and bits of the sets that hold two candidates or more."""
    sizes = np.empty(first.size - 1, np.uint32)
    members, held = np.empty(people.size + 1, np.uint32), np.empty(people.size + 1, np.uint32)
    sets, at = 0, 0
    for i in range(first.size - 1):
        start = at
        for j in range(first[i], first[i + 1]):
            c, bits = place[people[j] & _LOW], np.uint32(people[j] >> _S32)
            members[at], held[at] = c, bits
            at += 1 if (c != NOBODY) & (bits & wanted != 0) else 0
        if at - start > 1:
            sizes[sets] = at - start
            sets += 1
        else:
            at = start
    return sizes[:sets].copy(), members[:at].copy(), held[:at].copy()


def _inverted_topics(sizes: Words, members: Words, bits: Words, candidates: int) -> Shared:
    """The lists of the candidates, by one counting sort."""
    begin, start = np.zeros(sizes.size + 1, np.uint64), np.zeros(candidates + 1, np.uint64)
    for i in range(sizes.size):
        begin[i + 1] = begin[i] + sizes[i]
    for j in range(members.size):
        start[members[j] + np.uint32(1)] += np.uint64(1)
    for c in range(candidates):
        start[c + 1] += start[c]
    at = start[:-1].copy()
    holding, held = np.empty(members.size, np.uint32), np.empty(members.size, np.uint32)
    for i in range(sizes.size):
        for j in range(begin[i], begin[i + 1]):
            c = members[j]
            holding[at[c]], held[at[c]] = i, bits[j]
            at[c] += np.uint64(1)
    return begin, members, start, holding, bits, held


def _credit_topics(
    sets: tuple[Places, Places], seed_bits: Words, place: Words, order: Words, credit: Longs
) -> None:
    """Credit each set, in each topic, to the first seed of the topic's order that it holds.

    ``seed_bits`` are the topics in which a person is a seed, ``order[place]`` their number in each.
    """
    first, members = sets
    topics = order.shape[1]
    best = np.empty(topics, np.uint32)
    for i in range(first.size - 1):
        any_seed = False
        for j in range(first[i], first[i + 1]):
            v = members[j] & _LOW
            both = np.uint32(members[j] >> _S32) & seed_bits[v]
            if both == 0:
                continue
            if not any_seed:
                any_seed, best[:] = True, NOBODY
            row = order[place[v]]
            for t in range(topics):
                if (both >> np.uint32(t)) & np.uint32(1):
                    best[t] = min(best[t], row[t])
        for t in range(topics if any_seed else 0):
            if best[t] != NOBODY:
                credit[t, best[t]] += 1


count_topics, keep_topics = compiled(_count_topics), compiled(_keep_topics)
least_of, leading = compiled(_least_of), compiled(_leading)
inverted_topics, credit_topics = compiled(_inverted_topics), compiled(_credit_topics)
