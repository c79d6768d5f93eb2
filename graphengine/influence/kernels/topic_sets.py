"""Reverse-reachable sets of up to 32 topics at once: one search, a bit a topic.

Somebody is met with the bits of the topics in which they reach the root, and passes them on along
an edge in those topics whose probability is above the edge's coin. How many edges of a group can
be live in some topic is one draw in a table (``edge_groups``, by the largest probability of each
edge), and each of these throws one coin for all topics (``topic_turns``). Under linear threshold
the coins are those by which a person picks, in each topic, the one they listen to. One root serves
all topics; where topics weigh roots differently each picks its own by the same coins. Whoever is
met again with further bits after their turn has another for those alone, with new coins: each edge
has one coin a topic and set, and every topic's sets have exactly the law that they have alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import word
from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.copying import copy_into
from graphengine.influence.kernels.prefetch import prefetch
from graphengine.influence.kernels.reverse_sets import drawn_roots
from graphengine.influence.kernels.topic_turns import (
    Chances,
    Desk,
    Ends,
    Groups,
    Thresholds,
    listen,
    meet,
    pass_back,
)

__all__ = ["topic_sets"]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

# of place and topic: keep and other of an alias table (no rows: all roots alike in all topics)
Roots = tuple[Floats, Words]
Tables = tuple[Groups, Chances, Thresholds, Roots]
# where sets begin, their members so far, the hits of each topic, the roots
Out = tuple[Places, Places, Longs, Words]

_ZERO, _ONE, _S32 = np.uint64(0), np.uint64(1), np.uint64(32)
_W0, _W1 = np.uint32(0), np.uint32(1)
_TWO32 = 4294967296.0
_NEAR, _SOON = np.uint64(4), np.uint64(8)  # as in ``reverse_sets``


def _take_roots(
    roots: Roots, topics: np.uint32, desk: Desk, members: Places, at: np.uint32, ends: Ends
) -> Ends:
    """Meet each topic's root, in proportion to its weights: place ``at``, or its other."""
    (keep, other), (start, pos, turns, waiting, state) = roots, ends
    state, stay = word(state)
    ends = start, pos, turns, waiting, state
    for t in range(keep.shape[1]):
        bit = np.uint32(_W1 << np.uint32(t))
        if topics & bit != 0:
            root = at if float(stay >> _S32) < keep[at, t] * _TWO32 else other[at, t]
            ends = meet(root, bit, members, desk, ends)
    return ends


def _next_turn(members: Places, desk: Desk, ends: Ends) -> tuple[np.uint32, np.uint32, Ends]:
    """Whose turn it is, and with which bits: the next member, or the last who waits again."""
    (_, done, again, _), (start, pos, turns, waiting, state) = desk, ends
    if start + turns < pos:
        r, asked = turns, np.uint32(members[start + turns] >> _S32)
        turns += _ONE
    else:
        waiting -= _ONE
        r = np.uint64(again[waiting])
        asked = np.uint32(members[start + r] >> _S32) ^ done[r]
    member = members[start + r]
    done[r] = np.uint32(member >> _S32)
    return np.uint32(member), asked, (start, pos, turns, waiting, state)


def _add_bits(bits: np.uint32, count: Longs) -> None:
    """Add each of 32 bits to its count."""
    for t in range(32 if bits != 0 else 0):
        count[t] += np.int64((bits >> np.uint32(t)) & _W1)


_rooted, _turn = inlined(_take_roots, allocates=False), inlined(_next_turn, allocates=False)
_added = compiled(_add_bits, allocates=False)


def _some_sets(
    tables: Tables,
    topics: np.uint32,
    desk: Desk,
    chosen: Words,
    out: Out,
    goes_on: tuple[np.uint64, np.uint64],
) -> tuple[np.uint64, np.uint64]:
    """Draw set after set while there is room for everybody; ``goes_on``: which is next, state."""
    (groups, chances, thresholds, roots), (first, members, hits, drawn) = tables, out
    (head, edges, _, _), n, (i, state) = groups, np.uint64(desk[0].size), goes_on
    looking, listening, weighed = chosen.size > 0, thresholds[0].size > 0, roots[0].size > 0
    start = first[i]
    while i + _ONE < np.uint64(first.size) and start + n <= np.uint64(members.size):
        if not listening:
            prefetch(edges, head[drawn[i + _NEAR]] >> _S32)
            prefetch(head, drawn[i + _SOON])
        left, ends = topics, (start, start, _ZERO, _ZERO, state)
        if weighed:
            ends = _rooted(roots, topics, desk, members, drawn[i], ends)
        else:
            ends = meet(drawn[i], topics, members, desk, ends)
        while left != 0 and (start + ends[2] < ends[1] or ends[3] > 0):
            v, asked, ends = _turn(members, desk, ends)
            if looking:
                asked &= left
                left ^= asked & chosen[v]
                asked &= left
            if listening:
                ends = listen(thresholds, desk, members, (v, asked), ends)
            elif asked != 0:
                ends = pass_back(groups, chances, desk, members, (v, asked), ends)
        _added(topics ^ left, hits)
        state, i = ends[4], i + _ONE
        start = _ZERO if looking else ends[1]
        first[i] = start
    return i, state


_some = compiled(_some_sets, allocates=False)


def _topic_sets(
    tables: Tables,
    topics: np.uint32,
    given: tuple[Desk, Places],
    chosen: Words,
    sets: int,
    state: np.uint64,
) -> tuple[Places, Places, Longs]:
    """So many sets: where each begins, and its people, each below the bits of their topics.

    ``given`` are a desk and room for members, as many as there are people or more; the room is
    written over, and left where it gets too small.

    Where anybody is ``chosen`` (by person the topics), no set is returned, only how many met
    somebody chosen in each of 32 topics.
    """
    desk, members = given
    n, first, hits = desk[0].size, np.zeros(sets + 1, np.uint64), np.zeros(32, np.int64)
    state, drawn = drawn_roots((np.uint64(n), np.empty(0), chosen[:0]), sets, state)
    i = _ZERO
    while True:
        i, state = _some(tables, topics, desk, chosen, (first, members, hits, drawn), (i, state))
        if i == np.uint64(sets):
            return first, members[: first[sets]].copy(), hits
        larger = np.empty(2 * members.size, np.uint64)
        copy_into(larger[: first[i]], members[: first[i]])
        members = larger


topic_sets = compiled(_topic_sets, otherwise=np.errstate(over="ignore")(_topic_sets))
