"""One person's turn in a search for up to 32 topics: whom they met it from, with which bits.

Members of a set stand one after the other, each with the bits of the topics in which they were
met. ``place`` says where somebody may stand, and what stands there whether they do (a sparse set:
Briggs & Torczon 1993), so nothing need be cleaned from set to set.

A coin of 31 bits decides an edge for all topics. Its upper half is compared with a row of halves,
one a topic; only a half that is the same needs the rest. Beside the source of an edge stand the
least and the most of its row, so that a coin below or above them all needs no row. Where edges
have few topics, lists of these stand in place of rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import below, word
from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.edge_groups import ALL, MORE, SIZE
from graphengine.influence.kernels.prefetch import prefetch
from graphengine.influence.kernels.reverse_sets import different, draw_place
from graphengine.influence.kernels.row_masks import above, same

__all__ = ["Chances", "Desk", "Ends", "Groups", "Thresholds", "listen", "meet", "pass_back"]

Words = NDArray[np.uint32]
Halves = NDArray[np.uint16]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

# as ``reverse_sets``, but by edge the source below what ``topic_chances`` says; then its chances
Groups = tuple[Places, Places, Places, Words]
Chances = tuple[Halves, Halves, Places]
# of person and topic: first edge (n + 1; no rows under independent cascade) and sum of weights (in
# 2^-63); sources, and acceptance (empty: all alike) and other of an edge
Thresholds = tuple[Places, Places, Words, Floats, Words]
# by person the place in the set where they may stand; by place the bits that had their turn; who
# waits for another turn; places of live edges
Desk = tuple[Words, Words, Words, Words]
# where the set begins and ends, how many had their turn, how many wait again, random state
Ends = tuple[np.uint64, np.uint64, np.uint64, np.uint64, np.uint64]

_ZERO, _ONE, _S16, _S32, _S33, _S48 = (np.uint64(x) for x in (0, 1, 16, 32, 33, 48))
_LOW, _HALF, _COIN = (np.uint64(x) for x in (0xFFFFFFFF, 0xFFFF, 0x7FFFFFFF))
_TOPIC, _S8 = np.uint64(31), np.uint64(8)
_W0, _W1, _W63, _W255, _ALL = (np.uint32(x) for x in (0, 1, 63, 255, 0xFFFFFFFF))
_FLAGS, _TWO32 = MORE | ALL, 4294967296.0


def _by_rest(alike: np.uint32, low: Halves, e: np.uint64, rest: np.uint16) -> np.uint32:
    """The topics, of those whose half is the coin's, that are live by the rest of it."""
    live = _W0
    for t in range(low.shape[1]):
        if (alike >> np.uint32(t)) & _W1 and low[e, t] > rest:
            live |= np.uint32(_W1 << np.uint32(t))
    return np.uint32(live)


def _live_in_list(edges: Places, pairs: Places, e: np.uint64, coin: np.uint64) -> np.uint32:
    """The topics whose chance is above the coin, of the few that can have the edge live."""
    live = _W0
    for j in range(edges[e] >> _S32, edges[e + _ONE] >> _S32):
        live |= np.uint32(np.uint32(coin < (pairs[j] >> _S8)) << np.uint32(pairs[j] & _TOPIC))
    return np.uint32(live)


_rest, _in_list = compiled(_by_rest, allocates=False), inlined(_live_in_list, allocates=False)


def _live_topics(
    edges: Places, chances: Chances, e: np.uint64, coin: np.uint64, asked: np.uint32
) -> np.uint32:
    """The topics asked that have edge e live under a coin of 31 bits."""
    (high, low, pairs), edge, half = chances, edges[e], coin >> _S16
    if high.size == 0:
        return np.uint32(asked & _in_list(edges, pairs, e, coin))
    if half < (edge >> _S48):
        return asked
    if half > ((edge >> _S32) & _HALF):
        return _W0
    live, alike = above(high, e, np.uint16(half)), same(high, e, np.uint16(half)) & asked
    if alike != 0:
        live |= _rest(alike, low, e, np.uint16(coin & _HALF))
    return np.uint32(live & asked)


def _meet_again(members: Places, desk: Desk, r: np.uint64, new: np.uint32, ends: Ends) -> np.uint64:
    """Member r gets further bits; after their turn they wait for another, once. How many wait."""
    (_, done, again, _), (start, _, turns, waiting, _) = desk, ends
    if r < turns and done[r] == np.uint32(members[start + r] >> _S32):
        again[waiting] = r
        waiting += _ONE
    members[start + r] |= np.uint64(new) << _S32
    return np.uint64(waiting)


_again = compiled(_meet_again, allocates=False)


def _meet_one(u: np.uint32, new: np.uint32, members: Places, desk: Desk, ends: Ends) -> Ends:
    """Person u is reached in the topics of ``new``: a new member, or one with further bits."""
    place, (start, pos, turns, waiting, state) = desk[0], ends
    at = start + np.uint64(place[u])
    member = members[at]
    if (at < pos) & (np.uint32(member & _LOW) == u):
        new &= np.uint32(member >> _S32) ^ _ALL
        if new != 0:
            waiting = _again(members, desk, at - start, new, ends)
    else:
        place[u] = pos - start
        members[pos] = (np.uint64(new) << _S32) | np.uint64(u)
        pos += _ONE
    return start, pos, turns, waiting, state


meet, _live = inlined(_meet_one, allocates=False), inlined(_live_topics, allocates=False)


def _pass_one(
    groups: Groups,
    chances: Chances,
    desk: Desk,
    members: Places,
    turn: tuple[np.uint64, np.uint64, np.uint32],
    ends: Ends,
) -> Ends:
    """Edge e is live under its group's chance: meet its source where the coin is above none."""
    (head, edges, _, _), (e, coin, asked) = groups, turn
    new = _live(edges, chances, e, coin, asked)
    if new != 0:
        u = np.uint32(edges[e] & _LOW)
        prefetch(head, u)
        ends = meet(u, new, members, desk, ends)
    return ends


_pass = inlined(_pass_one, allocates=False)


def _pass_several(
    groups: Groups,
    chances: Chances,
    desk: Desk,
    members: Places,
    turn: tuple[np.uint64, np.uint64, np.uint32],
    ends: Ends,
) -> Ends:
    """Throw the coins of a group of which the word drawn says that some are live."""
    (_, _, table, _), (_, _, _, places), (h, bits, asked) = groups, desk, turn
    first, row, k, t, taken = h >> _S32, h & SIZE, _W1, _W0, _ZERO
    size = table[row - _ONE] & SIZE
    while (bits >> _ONE) < table[row + np.uint64(k)]:
        k += _W1
    k = np.uint32(size) if table[row - _ONE] & ALL else k
    while t < k:
        start, pos, turns, waiting, state = ends
        state, x = draw_place(size, k, t, state)
        mark = _ONE << np.uint64(x & _W63)  # no two places are alike while marks differ
        if k < size and taken & mark:
            x = different(places, t, np.uint32(size - k + t), x)
        places[t & _W255], taken = x, taken | mark | (_ONE << np.uint64(x & _W63))
        t += _W1
        state, coin = word(state)
        ends = start, pos, turns, waiting, state
        live = first + np.uint64(x), coin >> _S33, asked
        ends = _pass(groups, chances, desk, members, live, ends)
    return ends


_several = inlined(_pass_several, allocates=False)


def _pass_back(
    groups: Groups,
    chances: Chances,
    desk: Desk,
    members: Places,
    turn: tuple[np.uint32, np.uint32],
    ends: Ends,
) -> Ends:
    """Throw the coins of a person's in-edges for the topics asked; meet whoever moves them."""
    (head, edges, table, further), (g, asked) = groups, turn
    while True:
        h = head[g]
        row = h & SIZE
        start, pos, turns, waiting, state = ends
        if start + turns < pos:  # whose turn is next
            prefetch(edges, head[np.uint32(members[start + turns] & _LOW)] >> _S32)
        info, some = table[row - _ONE], table[row]
        state, bits = word(state)
        if (bits >> _ONE) < some:
            if info & _FLAGS == 0 and (bits >> _ONE) >= table[row + _ONE]:  # one live edge
                state, bits = word(state)
                ends = start, pos, turns, waiting, state
                e = (h >> _S32) + (((bits >> _S32) * (info & SIZE)) >> _S32)
                ends = _pass(groups, chances, desk, members, (e, bits & _COIN, asked), ends)
            else:
                ends = start, pos, turns, waiting, state
                ends = _several(groups, chances, desk, members, (h, bits, asked), ends)
        else:
            ends = start, pos, turns, waiting, state
        if info & MORE == 0:
            return ends
        g = further[g]


def _listen(
    tables: Thresholds, desk: Desk, members: Places, turn: tuple[np.uint32, np.uint32], ends: Ends
) -> Ends:
    """Meet whom a person listens to in each topic asked, if anybody: all pick by the same coins."""
    (begin, total, source, keep, other), (v, asked) = tables, turn
    start, pos, turns, waiting, state = ends
    state, live = word(state)
    state, where = word(state)
    state, stay = word(state)
    ends = start, pos, turns, waiting, state
    for t in range(total.shape[1]):
        bit = np.uint32(_W1 << np.uint32(t))
        if asked & bit == 0 or (live >> _ONE) >= total[v, t]:
            continue
        first = begin[v, t]
        e = first + below(where, begin[v + _W1, t] - first)
        if keep.size > 0 and float(stay >> _S32) >= keep[e] * _TWO32:
            e = first + np.uint64(other[e])
        ends = meet(source[e], bit, members, desk, ends)
    return ends


pass_back, listen = inlined(_pass_back, allocates=False), inlined(_listen, allocates=False)
