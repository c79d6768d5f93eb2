"""Reverse-reachable sets under independent cascade, one chunk of them a call.

A set holds everyone who reaches its root over live edges (Borgs et al. 2014). ``seen`` has a bit
for each person. How many edges of a group are live is one draw in a table; which they are, one
draw each (Floyd: Bentley & Floyd 1987). Steps that are called here hold no loop: an array that
enters one costs two atomic operations, more than the step itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import below, word
from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.edge_groups import ALL, THIN

__all__ = ["draw_root", "grown", "meet", "reverse_sets"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# groups (first edge, size, row, next), sources, table, acceptance of an edge when thinned
Tables = tuple[Words, Words, Places, Words]
# how many people; keep and other of an alias table, empty: all alike; the roots, if given
Roots = tuple[np.uint64, Floats, Words, Words]
# by set: where it begins, and where its members that are two steps or more from the root begin
Ends = Places
Desk = tuple[Words, Words]  # a bit a person, clean; room for the places of a group's live edges

_ZERO, _ONE, _S32 = np.uint64(0), np.uint64(1), np.uint64(32)
_W0, _W1, _W5, _W31, _W63, _W255 = (np.uint32(x) for x in (0, 1, 5, 31, 63, 255))
_UNIT = 1.0 / (1 << 32)


def _meet(u: np.uint32, seen: Words, members: Words, pos: np.uint64) -> np.uint64:
    """Person u is reached: the next member, unless they were met before."""
    bit = _W1 << (u & _W31)
    if seen[u >> _W5] & bit == 0:
        seen[u >> _W5] |= bit
        members[pos] = u
        return pos + _ONE
    return pos


def _draw_root(
    n: np.uint64, keep: Floats, other: Words, state: np.uint64
) -> tuple[np.uint64, np.uint32]:
    """Somebody at random: evenly, or in proportion to their weight."""
    state, bits = word(state)
    at = np.uint32(below(bits, n))
    if keep.size > 0:
        state, bits = word(state)
        if float(bits >> _S32) * _UNIT >= keep[at]:
            at = other[at]
    return state, at


meet, draw_root = inlined(_meet), inlined(_draw_root)


def _grown(members: Words, stored: np.uint64) -> Words:
    """Twice the room, and the same members."""
    larger = np.empty(2 * members.size, np.uint32)
    larger[:stored] = members[:stored]
    return larger


grown = compiled(_grown)


def _placed(given: Words, seen: Words, members: Words, stored: np.uint64) -> np.uint64:
    """Begin a set with the people given."""
    pos = stored
    for u in given:
        pos = meet(u, seen, members, pos)
    return pos


placed = compiled(_placed)


def _draw_place(
    size: np.uint32, k: np.uint32, t: np.uint32, state: np.uint64
) -> tuple[np.uint64, np.uint32]:
    """Floyd's place number t of k different ones below ``size``; t itself where all are taken."""
    if k == size:
        return state, t
    state, bits = word(state)
    return state, np.uint32(((bits >> _S32) * (np.uint64(size - k + t) + _ONE)) >> _S32)


def _different(places: Words, t: np.uint32, last: np.uint32, x: np.uint32) -> np.uint32:
    """Place x, or ``last`` if x is among the first t places already."""
    for j in range(t):
        x = last if places[j] == x else x
    return x


def _accepts(
    marked: np.uint32, accept: Words, e: np.uint64, state: np.uint64
) -> tuple[np.uint64, bool]:
    """Whether edge e lives, now that its group has chosen it."""
    if marked < THIN:
        return state, True
    state, bits = word(state)
    return state, np.uint32(bits >> _S32) <= accept[e]


draw_place, accepts = inlined(_draw_place), inlined(_accepts)
different = compiled(_different)


def _reverse_sets(
    tables: Tables, roots: Roots, desk: Desk, chosen: Bools, sets: int, state: np.uint64
) -> tuple[Ends, Words, int]:
    """The sets (see ``Ends``), their members and, if anybody is ``chosen``, how many hold one.

    With somebody chosen a set ends at the first of them and no member is returned. Where roots
    are given, every set begins with all of them.
    """
    (group, source, table, accept), (n, keep, other, given) = tables, roots
    (seen, places), looking, stored, hits = desk, chosen.size > 0, _ZERO, 0
    ends, members = np.zeros((sets + 1, 2), np.uint64), np.empty(8 * sets + np.int64(n), np.uint32)
    for i in range(sets):
        members = grown(members, stored) if stored + n > np.uint64(members.size) else members
        state, g = draw_root(n, keep, other, state)
        pos = placed(given, seen, members, stored) if given.size else meet(g, seen, members, stored)
        head, g, hit = stored, members[stored], looking and chosen[members[stored]]
        while not hit:
            start, marked, row, k, t = group[g, 0], group[g, 1], group[g, 2], _W0, _W0
            size, taken = marked & (THIN - _W1), _ZERO
            state, bits = word(state)
            while (bits >> _ONE) < table[row + k]:
                k += _W1
            k = size if row == ALL else k
            while t < k:
                state, x = draw_place(size, k, t, state)
                mark = _ONE << np.uint64(x & _W63)  # no two places are alike while marks differ
                x = different(places, t, size - k + t, x) if k < size and taken & mark else x
                places[t & _W255], taken = x, taken | mark | (_ONE << np.uint64(x & _W63))
                t += _W1
                state, live = accepts(marked, accept, start + x, state)
                if live:
                    pos = meet(source[start + x], seen, members, pos)
                    hit |= looking and chosen[source[start + x]]
            g = group[g, 3]
            if g == 0:
                head += _ONE
                ends[i, 1] = pos if head == stored + _ONE else ends[i, 1]
                if head == pos:
                    break
                g = members[head]
        for j in range(stored, pos):
            seen[members[j] >> _W5] = _W0
        stored, hits = _ZERO if looking else pos, hits + hit
        ends[i + 1, 0] = stored
    return ends, members[:stored].copy(), hits


reverse_sets = compiled(_reverse_sets, otherwise=np.errstate(over="ignore")(_reverse_sets))
