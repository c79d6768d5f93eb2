"""Reverse-reachable sets under independent cascade, one chunk of them a call.

A set holds everyone who reaches its root over live edges (Borgs et al. 2014). ``seen`` has a bit
for each person. How many edges of a group are live is one draw in a table; which they are, one
draw each (Floyd: Bentley & Floyd 1987). One live edge, the usual case, is handled where it is met.
Roots are drawn a chunk ahead, and the row of whoever is reached is asked for at once, so that it
is there when its turn comes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import below, word
from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.copying import copy_into
from graphengine.influence.kernels.edge_groups import ALL, MORE, SIZE, THIN
from graphengine.influence.kernels.prefetch import prefetch

__all__ = [
    "Tables",
    "ask_ahead",
    "different",
    "draw_place",
    "draw_root",
    "drawn_roots",
    "grown",
    "meet",
    "reverse_sets",
    "several",
]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# by group the first edge above 32 bits of its row; sources; the table of rows (``edge_groups``);
# by group the one that follows, where any does; acceptance of an edge when thinned
Tables = tuple[Places, Words, Places, Words, Words]
# how many people; keep and other of an alias table, empty: all alike
Roots = tuple[np.uint64, Floats, Words]
# by set: where it begins, and where its members that are two steps or more from the root begin
Ends = Places
Desk = tuple[Words, Words]  # a bit a person, clean; room for the places of a group's live edges

_ZERO, _ONE, _S32 = np.uint64(0), np.uint64(1), np.uint64(32)
_NEAR, _SOON = 4, 8  # how many sets ahead a root's edges, and its row, are asked for
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
    copy_into(larger[:stored], members[:stored])
    return larger


grown = compiled(_grown)


def _drawn_roots(roots: Roots, sets: int, state: np.uint64) -> tuple[np.uint64, Words]:
    """The first of each set, and of as many more as are asked for ahead."""
    (n, keep, other), drawn = roots, np.empty(sets + _SOON, np.uint32)
    for i in range(drawn.size):
        state, drawn[i] = draw_root(n, keep, other, state)
    return state, drawn


def _ask_ahead(head: Places, source: Words, near: np.uint32, soon: np.uint32) -> None:
    """Ask for the edges of a root that comes near, and for the row of one that comes soon."""
    prefetch(source, head[near] >> _S32)
    prefetch(head, soon)


ask_ahead = inlined(_ask_ahead)


drawn_roots = compiled(_drawn_roots)


def _draw_place(
    size: np.uint64, k: np.uint32, t: np.uint32, state: np.uint64
) -> tuple[np.uint64, np.uint32]:
    """Floyd's place number t of k different ones below ``size``; t itself where all are taken."""
    if k == size:
        return state, t
    state, bits = word(state)
    return state, np.uint32(((bits >> _S32) * (size - k + t + _ONE)) >> _S32)


def _different(places: Words, t: np.uint32, last: np.uint32, x: np.uint32) -> np.uint32:
    """Place x, or ``last`` if x is among the first t places already."""
    for j in range(t):
        x = last if places[j] == x else x
    return x


def _accepts(
    info: np.uint64, accept: Words, e: np.uint64, state: np.uint64
) -> tuple[np.uint64, bool]:
    """Whether edge e lives, now that its group has chosen it."""
    if info & THIN == 0:
        return state, True
    state, bits = word(state)
    return state, np.uint32(bits >> _S32) <= accept[e]


draw_place, accepts = inlined(_draw_place), inlined(_accepts)
different = compiled(_different)


def _several(
    tables: Tables,
    desk: Desk,
    members: Words,
    chosen: Bools,
    at: tuple[np.uint32, np.uint64, np.uint64, np.uint64],
) -> tuple[np.uint64, np.uint64, bool]:
    """Meet whoever moves somebody over the live edges of a group that has some.

    ``at`` is (group, members so far, the word that says how many are live, state).
    """
    (head, source, table, _, accept), (seen, places), (g, pos, bits, state) = tables, desk, at
    start, row = head[g] >> _S32, head[g] & SIZE
    info, looking, hit = table[row - _ONE], chosen.size > 0, False
    size, k, t, taken = info & SIZE, _W1, _W0, _ZERO
    while (bits >> _ONE) < table[row + k]:
        k += _W1
    k = np.uint32(size) if info & ALL else k
    while t < k:
        state, x = draw_place(size, k, t, state)
        mark = _ONE << np.uint64(x & _W63)  # no two places are alike while marks differ
        if k < size and taken & mark:
            x = different(places, t, np.uint32(size - k + t), x)
        places[t & _W255], taken = x, taken | mark | (_ONE << np.uint64(x & _W63))
        t += _W1
        state, live = accepts(info, accept, start + x, state)
        if live:
            u = source[start + x]
            prefetch(head, u)
            pos = meet(u, seen, members, pos)
            hit |= looking and chosen[u]
    return state, pos, hit


several = inlined(_several)


def _reverse_sets(
    tables: Tables, roots: Roots, desk: Desk, chosen: Bools, sets: int, state: np.uint64
) -> tuple[Ends, Words, int]:
    """The sets (see ``Ends``), their members and, if anybody is ``chosen``, how many hold one.

    With somebody chosen a set ends at the first of them and no member is returned.
    """
    (head, source, table, further, _), (n, _, _), (seen, _) = tables, roots, desk
    looking, stored, hits = chosen.size > 0, _ZERO, 0
    ends, members = np.zeros((sets + 1, 2), np.uint64), np.empty(8 * sets + np.int64(n), np.uint32)
    state, drawn = drawn_roots(roots, sets, state)
    for i in range(sets):
        members = grown(members, stored) if stored + n > np.uint64(members.size) else members
        ask_ahead(head, source, drawn[i + _NEAR], drawn[i + _SOON])
        pos = meet(drawn[i], seen, members, stored)
        at, g, hit = stored, members[stored], looking and chosen[members[stored]]
        while not hit:
            row = head[g] & SIZE
            if at + _ONE < pos:  # whose turn is next
                prefetch(source, head[members[at + _ONE]] >> _S32)
            info, first = table[row - _ONE], table[row]
            state, bits = word(state)
            if (bits >> _ONE) < first:
                if info < MORE and (bits >> _ONE) >= table[row + _ONE]:  # one live edge
                    state, bits = word(state)
                    u = source[(head[g] >> _S32) + (((bits >> _S32) * info) >> _S32)]
                    prefetch(head, u)
                    pos, hit = meet(u, seen, members, pos), looking and chosen[u]
                else:
                    state, pos, hit = several(tables, desk, members, chosen, (g, pos, bits, state))
            if info & MORE:
                g = further[g]
                continue
            at += _ONE
            ends[i, 1] = pos if at == stored + _ONE else ends[i, 1]
            if at == pos:
                break
            g = members[at]
        for j in range(stored, pos):
            seen[members[j] >> _W5] = _W0
        stored, hits = _ZERO if looking else pos, hits + hit
        ends[i + 1, 0] = stored
    return ends, members[:stored].copy(), hits


reverse_sets = compiled(_reverse_sets, otherwise=np.errstate(over="ignore")(_reverse_sets))
