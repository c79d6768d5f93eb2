"""Reverse-reachable sets of up to 32 topics at once: one search, a bit a topic.

A person is met with the bits of the topics in which they reach the root, and passes them on along
an edge in those topics whose probability is above the edge's coin. Edges are skipped
geometrically by the largest probability at a person, so dead edges cost nothing. Under linear
threshold the coins are those by which a person picks, in each topic, the one they listen to. One
root serves all topics; where topics weigh roots differently each picks its own by the same coins.
A person met again with further bits throws new coins for those alone: each edge has one coin a
topic and set, and every topic's sets have exactly the law that they have alone.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import below, unit, word
from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["topic_hits", "topic_sets"]

Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

# a row a person: first edge, edges, chance that none is live, step of a skip, largest probability;
# a row an edge (and one more): source, with a probability that every topic has there above its 32
# bits, and first pair; the pairs' probability and topic (an empty topic: every edge has every
# topic, in order). A row lies in one line of the cache.
Cascades = tuple[Floats, Places, NDArray[np.float32], NDArray[np.uint8]]
# of person and topic: first edge (n + 1; no rows under independent cascade) and sum of weights (in
# 2^-63); sources, and acceptance (empty: all alike) and other of an edge
Thresholds = tuple[Places, Places, Words, Floats, Words]
# of place and topic: keep and other of an alias table (no rows: all roots alike in all topics)
Roots = tuple[Floats, Words]
Tables = tuple[Cascades, Thresholds, Roots]
# (bits met, bits to pass on) a person, the ring of who waits, (head, waiting, met)
Desk = tuple[NDArray[np.uint32], Words, Places]

_FIRST, _EDGES, _NONE, _STEP, _MOST = 0, 1, 2, 3, 4
_GOT, _PENDING = 0, 1
_ONE, _BIT = np.uint64(1), np.uint32(1)
_ALL = np.uint32(0xFFFFFFFF)
_S32, _LOW, _TWO32 = np.uint64(32), np.uint64(0xFFFFFFFF), 4294967296.0
_HEAD, _WAITING, _MET = 0, 1, 2


def _next_unit(state: Places) -> float:
    """A number above 0 and below 1."""
    state[0], bits = word(state[0])
    return unit(bits)


_unit = inlined(_next_unit)


def _live_topics(tables: Cascades, e: np.uint64, coin: float) -> np.uint32:
    """The topics in which edge e is live: their probability is above the coin."""
    _, edges, chance, topic = tables
    if coin * _TWO32 < float(edges[e, 0] >> _S32):
        return _ALL
    live, start, limit = np.uint32(0), edges[e, 1], np.float32(coin)
    if topic.size == 0:
        here = chance[start : edges[e + _ONE, 1]]
        for t in range(here.size):
            live |= np.uint32(np.uint32(here[t] > limit) << np.uint32(t))
        return live
    for j in range(start, edges[e + _ONE, 1]):
        live |= np.uint32(np.uint32(chance[j] > limit) << np.uint32(topic[j]))
    return live


_live = inlined(_live_topics)


def _meet_one(u: np.uint32, new: np.uint32, desk: Desk, met: Words) -> None:
    """Person u is reached with new bits: note and queue them."""
    bits, ring, ends = desk
    if bits[u, _GOT] == 0:
        met[ends[_MET]] = u
        ends[_MET] += _ONE
    if bits[u, _PENDING] == 0:
        place = ends[_HEAD] + ends[_WAITING]
        ring[place if place < ring.size else place - np.uint64(ring.size)] = u
        ends[_WAITING] += _ONE
    bits[u, _GOT] |= new
    bits[u, _PENDING] |= new


_meet = inlined(_meet_one)


def _pass_back(
    tables: Cascades, v: np.uint32, bits: np.uint32, desk: Desk, met: Words, state: Places
) -> None:
    """Throw the coins of v's incoming edges for ``bits``; meet whoever moves v."""
    people, edges, got = tables[0], tables[1], desk[0]
    toss = _unit(state)
    if toss <= people[v, _NONE]:  # no edge at all is live
        return
    e = np.uint64(people[v, _FIRST])
    end = e + np.uint64(people[v, _EDGES])
    step, most = people[v, _STEP], people[v, _MOST]
    while True:
        skip = math.log(toss) * step
        if skip >= float(end - e):
            return
        e += np.uint64(skip)
        u = np.uint32(edges[e, 0] & _LOW)
        coin = _unit(state) * most
        new = np.uint32(_live(tables, e, coin) & bits & (got[u, _GOT] ^ _ALL))
        if new != 0:
            _meet(u, new, desk, met)
        e += _ONE
        if e >= end:
            return
        toss = _unit(state)


def _listen(
    tables: Thresholds, v: np.uint32, bits: np.uint32, desk: Desk, met: Words, state: Places
) -> None:
    """Whom v listens to in each topic of ``bits``, if anybody: all pick by the same coins."""
    begin, total, source, keep, other = tables
    state[0], live = word(state[0])
    state[0], where = word(state[0])
    state[0], stay = word(state[0])
    for t in range(total.shape[1]):
        bit = np.uint32(_BIT << np.uint32(t))
        if bits & bit == 0 or (live >> _ONE) >= total[v, t]:
            continue
        start = begin[v, t]
        e = start + below(where, begin[v + _BIT, t] - start)
        if keep.size > 0 and float(stay >> _S32) >= keep[e] * _TWO32:
            e = start + np.uint64(other[e])
        u = source[e]
        if desk[0][u, _GOT] & bit == 0:
            _meet(u, bit, desk, met)


def _draw_roots(roots: Roots, topics: np.uint32, desk: Desk, met: Words, state: Places) -> None:
    """Meet somebody at random: for all topics, or for each in proportion to its weights."""
    keep, other = roots
    state[0], drawn = word(state[0])
    at = np.uint32(below(drawn, np.uint64(desk[1].size)))
    if keep.shape[0] == 0:
        _meet(at, topics, desk, met)
        return
    state[0], stay = word(state[0])
    for t in range(keep.shape[1]):
        bit = np.uint32(_BIT << np.uint32(t))
        if topics & bit != 0:
            there = float(stay >> _S32) < keep[at, t] * _TWO32
            _meet(at if there else other[at, t], bit, desk, met)


_passed_back, _listened, _rooted = inlined(_pass_back), inlined(_listen), inlined(_draw_roots)


def _grow(
    tables: Tables, topics: np.uint32, chosen: Words, desk: Desk, met: Words, state: Places
) -> np.uint32:
    """One set: fills ``met`` (how many stands in the desk); the topics that met the chosen."""
    pending, ring, ends = desk
    cascades, thresholds, roots = tables
    n, listening = np.uint64(ring.size), thresholds[0].shape[0] > 0
    ends[_HEAD], ends[_WAITING], ends[_MET] = 0, 0, 0
    open_topics = topics
    _rooted(roots, topics, desk, met, state)
    while ends[_WAITING] > 0:
        v = ring[ends[_HEAD]]
        ends[_HEAD] = ends[_HEAD] + _ONE if ends[_HEAD] + _ONE < n else np.uint64(0)
        ends[_WAITING] -= _ONE
        bits = np.uint32(pending[v, _PENDING] & open_topics)
        pending[v, _PENDING] = 0
        if chosen.size > 0:
            hit = np.uint32(bits & chosen[v])
            open_topics ^= hit
            bits ^= hit
        if bits != 0 and listening:
            _listened(thresholds, v, bits, desk, met, state)
        elif bits != 0:
            _passed_back(cascades, v, bits, desk, met, state)
    return np.uint32(topics ^ open_topics)


_grown = inlined(_grow)


def _topic_sets(
    tables: Tables, topics: np.uint32, desk: Desk, sets: int, seed: np.uint64
) -> tuple[Places, Words, Words]:
    """So many sets: where each begins, its people, and the topics in which each is a member."""
    n = desk[1].size
    state = np.full(1, seed, np.uint64)
    first, at, room = np.zeros(sets + 1, np.uint64), 0, n + 8 * sets
    people, bits, nobody = np.empty(room, np.uint32), np.empty(room, np.uint32), desk[1][:0]
    for i in range(sets):
        if at + n > room:
            room = 2 * room + n
            more, with_bits = np.empty(room, np.uint32), np.empty(room, np.uint32)
            more[:at], with_bits[:at] = people[:at], bits[:at]
            people, bits = more, with_bits
        _grown(tables, topics, nobody, desk, people[at:], state)
        until = at + int(desk[2][_MET])
        for j in range(at, until):
            u = people[j]
            bits[j] = desk[0][u, _GOT]
            desk[0][u, _GOT] = 0
        at = until
        first[i + 1] = at
    return first, people[:at].copy(), bits[:at].copy()


def _topic_hits(
    tables: Tables, topics: np.uint32, desk: Desk, chosen: Words, sets: int, seed: np.uint64
) -> Longs:
    """In how many of so many sets each of 32 topics meets somebody chosen in it."""
    state, met = np.full(1, seed, np.uint64), np.empty(desk[1].size, np.uint32)
    hits = np.zeros(32, np.int64)
    for _ in range(sets):
        hit = _grown(tables, topics, chosen, desk, met, state)
        for t in range(32 if hit != 0 else 0):
            hits[t] += (hit >> np.uint32(t)) & np.uint32(1)
        for j in range(desk[2][_MET]):
            desk[0][met[j], _GOT] = 0
            desk[0][met[j], _PENDING] = 0
    return hits


topic_sets, topic_hits = compiled(_topic_sets), compiled(_topic_hits)
