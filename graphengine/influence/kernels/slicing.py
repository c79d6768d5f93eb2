"""Loops that lay a large core out in slices of eight rows: seats, near and far words.

A *seat* is where a person's value lies. Who endorses least comes first, who endorses most last;
then up to eight of nobody, whose value is 0. Within a window of seats, rows stand in order of
length, so that eight rows that lie together are nearly as long (SELL-C-σ: Kreutzer, Hager,
Wellein, Fehske & Bishop 2014).

The endorsers among the last 65,536 seats are *near*: a word of two bytes says which, counted from
the first of them, and their values fit in a cache. The others are *far*, and have four bytes. A
slice holds the first near endorsers of its eight rows, then the second ones, filled up with
nobody. Far endorsers have slices of their own, in order of their own lengths, block by block of
seats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.lanes import counts_as
from graphengine.influence.kernels.packing import EIGHT, longest_first, weigh

__all__ = ["BLOCK", "NEAR", "far_slices", "filled", "lengths", "near_slices", "seated"]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]

NEAR = 1 << 16
BLOCK = 2_048  # seats whose far endorsers are added up together, before their near ones
_WINDOW = 512  # seats put in order of length: a divisor of NEAR and BLOCK
_STEP = np.int64(EIGHT)


@compiled
def lengths(edges: Any, nearest: int, repeat: int) -> tuple[Words, Words]:
    """How many near words and far words each row has.

    ``edges`` are (begin, end, indices, weights); the endorsers before ``nearest`` are near. With
    ``repeat`` 1 instead of 0, an edge has as many words as it weighs.
    """
    begin, end, indices, weights = edges
    near, far = np.zeros((2, begin.size), dtype=np.uint32)
    for v in range(np.uint64(begin.size)):
        close, off = np.uint32(0), np.uint32(0)
        for e in range(np.uint64(begin[v]), np.uint64(end[v])):
            times = np.uint32(counts_as(weights, None, e)) if repeat == 1 else np.uint32(1)
            if indices[e] < nearest:
                close += times
            else:
                off += times
        near[v], far[v] = close, off
    return near, far


@compiled
def seated(length: Words) -> Words:
    """Who sits where, by rows this long; nobody is the number of people.

    Seats are windows counted from the end. Their number is a multiple of eight.
    """
    core = length.size
    seats = (core // EIGHT + 1) * EIGHT
    who, nobody = np.full(seats, np.uint32(core)), seats - core
    last = seats
    while last > 0:
        first = max(0, last - _WINDOW)
        people = np.arange(max(0, seats - last - nobody), seats - first - nobody)
        who[first : first + people.size] = longest_first(people.astype(np.uint32), length)
        last = first
    return who


@compiled
def near_slices(who: Words, near: Words, row: Longs) -> Words:
    """Where the words of each slice begin, and of each seat's ``row``."""
    cut = np.zeros(who.size // EIGHT + 1, dtype=np.uint32)
    for g in range(cut.size - 1):
        most = np.uint32(0)
        for p in range(EIGHT * g, EIGHT * g + EIGHT):
            row[p] = cut[g] + np.uint32(p % EIGHT)
            if who[p] < near.size:
                most = max(most, near[who[p]])
        cut[g + 1] = cut[g] + np.uint32(EIGHT) * most
    return cut


@compiled
def far_slices(who: Words, far: Words, row: Longs) -> tuple[Longs, Words, Words]:
    """The same of far words: (the first slice of each block, cut, whose sums a slice holds).

    The latter are counted from the block's first seat; a row too many belongs to ``BLOCK``.
    """
    seats = who.size
    blocks = (seats + BLOCK - 1) // BLOCK
    starts, count = np.zeros(blocks + 1, dtype=np.int64), 0
    cut = np.zeros(seats // EIGHT + blocks + 1, dtype=np.uint32)
    at = np.full(EIGHT * cut.size, np.uint32(BLOCK))
    length = np.zeros(seats, dtype=np.uint32)
    for p in range(seats):
        if who[p] < far.size:
            length[p] = far[who[p]]
    for j in range(blocks):
        first = BLOCK * j
        mine = np.arange(first, min(first + BLOCK, seats))
        people = longest_first(mine[length[first : first + BLOCK] > 0].astype(np.uint32), length)
        for i in range(people.size):
            p, lane = people[i], np.uint32(i % EIGHT)
            if lane == 0:
                cut[count + 1] = cut[count] + np.uint32(EIGHT) * length[p]
                count += 1
            row[p] = cut[count - 1] + lane
            at[EIGHT * (count - 1) + int(lane)] = p - first
        starts[j + 1] = count
    return starts, cut[: count + 1].copy(), at[: EIGHT * count].copy()


@compiled
def filled(edges: Any, seat: Words, base: int, rows: tuple[Longs, Longs], words: Any) -> None:
    """Put the endorsers of everybody into words, and their weights.

    ``edges`` are (begin, end, indices, weights, table), ``rows`` where the near and far words of
    each seat begin (changed), ``words`` (near, far, their weights or None twice). A near word
    counts from the seat ``base``. Without weights, an edge is repeated as often as it weighs.
    """
    begin, end, indices, weights, table = edges
    (near_at, far_at), (near, far, near_heavy, far_heavy) = rows, words
    for v in range(np.uint64(begin.size)):
        mine = np.uint64(seat[v])
        p, q = near_at[mine], far_at[mine]
        for e in range(np.uint64(begin[v]), np.uint64(end[v])):
            u, times = np.int64(seat[np.uint64(indices[e])]), 1
            if near_heavy is None:
                times = int(counts_as(weights, table, e))
            for _ in range(times):
                if u >= base:
                    near[p] = u - base
                    weigh(p, near_heavy, weights, table, e)
                    p += _STEP
                else:
                    far[q] = u
                    weigh(q, far_heavy, weights, table, e)
                    q += _STEP
