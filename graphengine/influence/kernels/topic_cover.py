"""Greedy coverage of the sets of up to 32 topics that share their people, a bit a topic.

The lists of all topics' candidates are built once; each topic then chooses on them by itself,
looking only at its own bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels import cover as plain
from graphengine.influence.kernels.compiled import compiled

__all__ = ["count_topics", "cover_topic", "credit_topics", "inverted_topics", "keep_topics"]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]

# where sets begin, members, their bits; where lists begin, the sets in them, the bits there
Lists = tuple[Places, Words, Words, Places, Words, Words]

_NOBODY = plain.NOBODY
_best_gain, _top_sum = compiled(plain._best), plain._top_sum


def _count_topics(people: Words, bits: Words, count: Words) -> None:
    """Add to count[topic bit, person] how often the person is a member in the topic."""
    for i in range(people.size):
        row, held = count[people[i]], bits[i]
        for t in range(row.size):
            row[t] += (held >> np.uint32(t)) & np.uint32(1)


def _keep_topics(
    first: Places, people: Words, bits: Words, place: Words, wanted: np.uint32
) -> tuple[Words, Words, Words]:
    """Sizes, members (by place) and bits of the sets that hold two candidates or more."""
    sizes = np.empty(first.size - 1, np.uint32)
    members, held = np.empty(people.size + 1, np.uint32), np.empty(people.size + 1, np.uint32)
    sets, at = 0, 0
    for i in range(first.size - 1):
        start = at
        for j in range(first[i], first[i + 1]):
            c = place[people[j]]
            members[at], held[at] = c, bits[j]
            at += 1 if c != _NOBODY and bits[j] & wanted != 0 else 0
        if at - start > 1:
            sizes[sets] = at - start
            sets += 1
        else:
            at = start
    return sizes[:sets].copy(), members[:at].copy(), held[:at].copy()


def _inverted_topics(sizes: Words, members: Words, bits: Words, candidates: int) -> Lists:
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
    return begin, members, bits, start, holding, held


def _take(c: int, topic: np.uint32, lists: Lists, covered: Words, gain: Longs) -> int:
    """Cover the topic's sets that hold c; returns c's gain."""
    begin, members, bits, start, holding, held = lists
    one, got = np.uint32(1), int(gain[c])
    for j in range(start[c], start[c + 1]):
        i = holding[j]
        if (held[j] >> topic) & one and covered[i] == 0:
            covered[i] = 1
            for m in range(begin[i], begin[i + 1]):
                gain[members[m]] -= (bits[m] >> topic) & one
    gain[c] = -1
    return got


_taken = compiled(_take)


def _cover_topic(
    lists: Lists, topic: np.uint32, gain: Longs, forced: Longs, k: int, cut: int
) -> tuple[Longs, int, float, int]:
    """As ``cover`` in one topic: chosen, covered, the bound, and how it ended (0, 1 or 2)."""
    chosen, taken, total, end = np.empty(k, np.int64), 0, 0, 0
    covered = np.zeros(lists[0].size - 1, np.uint32)
    for c in forced:
        total += _taken(c, topic, lists, covered, gain)
        chosen[taken] = c
        taken += 1
    bound, kth = np.inf, 0
    for c in range(gain.size):
        kth = max(kth, gain[c])
    while True:
        limit, kth = _top_sum(gain, k - forced.size, cut, kth)
        if total + limit < bound:
            bound = float(total + limit)
            end = 2 if cut > 0 and kth == cut else 0
        if taken == k or gain.size == 0:
            break
        best = _best_gain(gain)
        if gain[best] <= cut:
            end = 1 if cut > 0 else end
            break
        total += _taken(best, topic, lists, covered, gain)
        chosen[taken] = best
        taken += 1
    return chosen[:taken], total, bound, end


def _credit_topics(
    sets: tuple[Places, Words, Words], seed_bits: Words, place: Words, order: Words, credit: Longs
) -> None:
    """Credit each set, in each topic, to the first seed of the topic's order that it holds.

    ``seed_bits`` are the topics in which a person is a seed, ``order[place]`` their number in each.
    """
    first, people, bits = sets
    topics = order.shape[1]
    best = np.empty(topics, np.uint32)
    for i in range(first.size - 1):
        any_seed = False
        for j in range(first[i], first[i + 1]):
            both = bits[j] & seed_bits[people[j]]
            if both == 0:
                continue
            if not any_seed:
                any_seed, best[:] = True, _NOBODY
            row = order[place[people[j]]]
            for t in range(topics):
                if (both >> np.uint32(t)) & np.uint32(1):
                    best[t] = min(best[t], row[t])
        for t in range(topics if any_seed else 0):
            if best[t] != _NOBODY:
                credit[t, best[t]] += 1


count_topics, keep_topics = compiled(_count_topics), compiled(_keep_topics)
inverted_topics, cover_topic = compiled(_inverted_topics), compiled(_cover_topic)
credit_topics = compiled(_credit_topics)
