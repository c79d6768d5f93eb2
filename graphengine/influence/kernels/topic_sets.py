"""Reverse-reachable sets of up to 32 topics at once: one search, a bit a topic.

Somebody is met with the bits of the topics in which they reach the root, and passes them on along
an edge in those topics whose probability is above the edge's coin. How many edges of a group can
be live in some topic is one draw in a table (``edge_groups``, by the largest probability of each
edge), and each of these throws one coin for all topics. Under linear threshold the coins are those
by which a person picks, in each topic, the one they listen to. One root serves all topics; where
topics weigh roots differently each picks its own by the same coins. Whoever is met again with
further bits throws new coins for those alone: each edge has one coin a topic and set, and every
topic's sets have exactly the law that they have alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.byte_masks import bytes_above, bytes_equal
from graphengine.influence.kernels.coins import below, word
from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.edge_groups import ALL, MORE, SIZE
from graphengine.influence.kernels.prefetch import prefetch
from graphengine.influence.kernels.reverse_sets import (
    different,
    draw_place,
    drawn_roots,
    grown,
)

__all__ = ["topic_sets"]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

# as ``reverse_sets``, but by edge the source below 32 bits of the coin under which it is live in
# every topic; then the chances of ``topic_chances``
Groups = tuple[Places, Places, Places, Words]
Chances = tuple[NDArray[np.uint8], NDArray[np.float32], Places]
# of person and topic: first edge (n + 1; no rows under independent cascade) and sum of weights (in
# 2^-63); sources, and acceptance (empty: all alike) and other of an edge
Thresholds = tuple[Places, Places, Words, Floats, Words]
# of place and topic: keep and other of an alias table (no rows: all roots alike in all topics)
Roots = tuple[Floats, Words]
Tables = tuple[Groups, Chances, Thresholds, Roots]
# by person the bits met and those that wait for their turn; who waits again; places of live edges
Desk = tuple[NDArray[np.uint32], Words, Words]
Ends = tuple[np.uint64, np.uint64, np.uint64]  # members, how many wait again, random state
Sizes = tuple[np.uint64, np.uint64]  # the first two of these
Turn = tuple[np.uint32, np.uint32]  # whose turn it is, and the topics that they pass on

_ZERO, _ONE, _S8, _S11, _S32, _S56 = (np.uint64(x) for x in (0, 1, 8, 11, 32, 56))
_LOW, _TOPIC = np.uint64(0xFFFFFFFF), np.uint64(31)
_W0, _W1, _W63, _W255, _ALL = (np.uint32(x) for x in (0, 1, 63, 255, 0xFFFFFFFF))
_TWO32, _UNIT = 4294967296.0, 1.0 / (1 << 53)
_GOT, _WAITS = 0, 1
_NEAR, _SOON = 4, 8  # as in ``reverse_sets``


def _live_in_row(
    high: NDArray[np.uint8],
    low: NDArray[np.float32],
    e: np.uint64,
    coin: np.uint64,
    asked: np.uint32,
) -> np.uint32:
    """The topics, of all, whose chance is above the coin; exact for those that are asked for."""
    byte = np.uint8(coin >> _S56)
    live, same = bytes_above(high, e, byte), bytes_equal(high, e, byte) & asked
    if same != 0:
        rest = float((coin << _S8) >> _S11) * _UNIT
        for t in range(low.shape[1]):
            if (same >> np.uint32(t)) & _W1 and low[e, t] > rest:
                live |= np.uint32(_W1 << np.uint32(t))
    return np.uint32(live)


def _live_in_list(edges: Places, pairs: Places, e: np.uint64, coin: np.uint64) -> np.uint32:
    """The topics whose chance is above the coin, of the few that can have the edge live."""
    live = _W0
    for j in range(edges[e] >> _S32, edges[e + _ONE] >> _S32):
        live |= np.uint32(np.uint32((coin >> _S8) <= (pairs[j] >> _S8)) << (pairs[j] & _TOPIC))
    return np.uint32(live)


def _meet_one(
    u: np.uint32, new: np.uint32, marks: Words, people: Words, again: Words, ends: Sizes
) -> Sizes:
    """Person u is reached with new bits: a new member, or one who waits again unless still waiting."""
    (pos, waiting), got, waits = ends, marks[u, _GOT], marks[u, _WAITS]
    people[pos] = again[waiting] = u  # written over where it is no news: no branch
    marks[u, _GOT], marks[u, _WAITS] = got | new, waits | new
    return pos + np.uint64(got == 0), waiting + (np.uint64(got != 0) & np.uint64(waits == 0))


_in_row, _in_list, _meet = inlined(_live_in_row), inlined(_live_in_list), inlined(_meet_one)


def _pass_back(
    groups: Groups, chances: Chances, desk: Desk, people: Words, turn: Turn, ends: Ends
) -> Ends:
    """Throw the coins of a person's in-edges for the topics asked; meet whoever moves them."""
    (head, edges, table, further), (high, low, pairs), (marks, again, places) = (
        groups,
        chances,
        desk,
    )
    (g, asked), (pos, waiting, state) = turn, ends
    while True:
        start, row, k, t, taken = head[g] >> _S32, head[g] & SIZE, _W0, _W0, _ZERO
        info, size = table[row - _ONE], table[row - _ONE] & SIZE
        state, bits = word(state)
        while (bits >> _ONE) < table[row + np.uint64(k)]:
            k += _W1
        k = np.uint32(size) if info & ALL and k > 0 else k
        while t < k:
            state, x = draw_place(size, k, t, state)
            mark = _ONE << np.uint64(x & _W63)  # no two places are alike while marks differ
            if k < size and taken & mark:
                x = different(places, t, np.uint32(size - k + t), x)
            places[t & _W255], taken = x, taken | mark | (_ONE << np.uint64(x & _W63))
            t += _W1
            state, coin = word(state)
            e = start + np.uint64(x)
            u, new = np.uint32(edges[e] & _LOW), asked
            if high.size == 0:
                new &= _in_list(edges, pairs, e, coin)
            elif (coin >> _S32) >= (edges[e] >> _S32):
                new &= _in_row(high, low, e, coin, asked)
            new &= marks[u, _GOT] ^ _ALL
            if new != 0:
                prefetch(head, u)
                pos, waiting = _meet(u, new, marks, people, again, (pos, waiting))
        if info & MORE == 0:
            return pos, waiting, state
        g = further[g]


def _listen(tables: Thresholds, desk: Desk, people: Words, turn: Turn, ends: Ends) -> Ends:
    """Meet whom a person listens to in each topic asked, if anybody: all pick by the same coins."""
    (begin, total, source, keep, other), (marks, again, _) = tables, desk
    (v, asked), (pos, waiting, state) = turn, ends
    state, live = word(state)
    state, where = word(state)
    state, stay = word(state)
    for t in range(total.shape[1]):
        bit = np.uint32(_W1 << np.uint32(t))
        if asked & bit == 0 or (live >> _ONE) >= total[v, t]:
            continue
        start = begin[v, t]
        e = start + below(where, begin[v + _W1, t] - start)
        if keep.size > 0 and float(stay >> _S32) >= keep[e] * _TWO32:
            e = start + np.uint64(other[e])
        if marks[source[e], _GOT] & bit == 0:
            pos, waiting = _meet(source[e], bit, marks, people, again, (pos, waiting))
    return pos, waiting, state


def _take_roots(
    roots: Roots, topics: np.uint32, desk: Desk, people: Words, at: np.uint32, ends: Ends
) -> Ends:
    """Meet each topic's root, in proportion to its weights: place ``at``, or its other."""
    (keep, other), (marks, again, _), (pos, waiting, state) = roots, desk, ends
    state, stay = word(state)
    for t in range(keep.shape[1]):
        bit = np.uint32(_W1 << np.uint32(t))
        if topics & bit != 0:
            root = at if float(stay >> _S32) < keep[at, t] * _TWO32 else other[at, t]
            pos, waiting = _meet(root, bit, marks, people, again, (pos, waiting))
    return pos, waiting, state


_passed_back, _listened, _rooted = inlined(_pass_back), inlined(_listen), inlined(_take_roots)


def _next_turn(
    people: Words, again: Words, at: np.uint64, ends: Ends
) -> tuple[np.uint32, np.uint64, np.uint64]:
    """Whose turn it is: the next member, and when all had theirs the last who waits again.

    Then whose turn is next, and how many wait again. Both are read, as a branch costs more.
    """
    late = np.uint64(at >= ends[0])
    left = ends[1] - late
    v = people[at] * np.uint32(_ONE - late) + again[left] * np.uint32(late)
    return np.uint32(v), at + _ONE - late, left


def _settle(people: Words, bits: Words, marks: Words, start: np.uint64, end: np.uint64) -> None:
    """Write down the bits of a set's members, and leave the marks clean."""
    for j in range(start, end):
        bits[j] = marks[people[j], _GOT]
        marks[people[j], _GOT] = marks[people[j], _WAITS] = 0


def _add_bits(bits: np.uint32, count: Longs) -> None:
    """Add each of 32 bits to its count."""
    for t in range(32 if bits != 0 else 0):
        count[t] += np.int64((bits >> np.uint32(t)) & _W1)


_turn, _settled, _added = inlined(_next_turn), compiled(_settle), compiled(_add_bits)


def _topic_sets(
    tables: Tables, topics: np.uint32, desk: Desk, chosen: Words, sets: int, state: np.uint64
) -> tuple[Places, Words, Words, Longs]:
    """So many sets: where each begins, its people and, of each, the topics met there.

    Where anybody is ``chosen`` (by person the topics), no set is returned, only how many met
    somebody chosen in each of 32 topics.
    """
    (groups, chances, thresholds, roots), (marks, again, _) = tables, desk
    (head, edges, _, _), n, none = groups, np.uint64(marks.shape[0]), chosen[:0]
    listening, weighed = thresholds[0].shape[0] > 0, roots[0].shape[0] > 0
    first, hits, stored = np.zeros(sets + 1, np.uint64), np.zeros(32, np.int64), _ZERO
    room = marks.shape[0] + 8 * sets + 1
    people, bits = np.empty(room, np.uint32), np.empty(room, np.uint32)
    state, drawn = drawn_roots((n, np.empty(0), none), sets, state)
    for i in range(sets):
        if stored + n >= np.uint64(people.size):
            people, bits = grown(people, stored), grown(bits, stored)
        if not listening:
            prefetch(edges, head[drawn[i + _NEAR]] >> _S32)
            prefetch(head, drawn[i + _SOON])
        at, left, ends = stored, topics, (stored, _ZERO, state)
        if weighed:
            ends = _rooted(roots, topics, desk, people, drawn[i], ends)
        else:
            pos, _ = _meet(drawn[i], topics, marks, people, again, (stored, _ZERO))
            ends = pos, _ZERO, state
        while left != 0 and (at < ends[0] or ends[1] > 0):
            v, at, left_again = _turn(people, again, at, ends)
            ends = ends[0], left_again, ends[2]
            asked, marks[v, _WAITS] = marks[v, _WAITS] & left, 0
            if chosen.size > 0:
                left ^= asked & chosen[v]
                asked &= left
            if listening:
                ends = _listened(thresholds, desk, people, (v, asked), ends)
            elif asked != 0:
                if at < ends[0]:  # whose turn is next
                    prefetch(edges, head[people[at]] >> _S32)
                ends = _passed_back(groups, chances, desk, people, (v, asked), ends)
        _settled(people, bits, marks, stored, ends[0])
        _added(topics ^ left, hits)
        stored, state = ends[0] if chosen.size == 0 else _ZERO, ends[2]
        first[i + 1] = stored
    return first, people[:stored].copy(), bits[:stored].copy(), hits


topic_sets = compiled(_topic_sets, otherwise=np.errstate(over="ignore")(_topic_sets))
