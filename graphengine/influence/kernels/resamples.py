"""Loops that compare two orders of people under a few resamples at a time.

A resample says how often each person is there; LANES of them lie side by side in each row. People
are given in an order, best first, with where each group of equals begins. Sums of ranks are sums
of halves: exact, in any order, up to some 200,000 people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = [
    "LANES",
    "discounted",
    "rank_products",
    "reached",
    "shared_first",
    "tally",
    "weighed_ranks",
]

Floats = NDArray[np.float64]
Words = NDArray[np.uint32]
Longs = NDArray[np.uint64]
Order = tuple[Words, Longs]  # people, and where groups of equals begin

LANES = 16
_ONE = np.uint64(1)


@compiled
def tally(drawn: NDArray[np.int64], lane: int, weights: Floats) -> None:
    """Add to a lane of ``weights`` (people × LANES) how often each number was ``drawn``."""
    for i in range(drawn.size):
        weights[np.uint64(drawn[i]), lane] += 1.0


@compiled
def _counted(order: Order, g: int | np.uint64, weights: Floats, size: Floats) -> None:
    """How many people a group has, in each resample."""
    people, starts = order
    for b in range(LANES):
        size[b] = 0.0
    for i in range(starts[g], starts[g + _ONE]):
        p = people[i]
        for b in range(LANES):
            size[b] += weights[p, b]


@compiled
def weighed_ranks(order: Order, weights: Floats, everybody: Floats, out: Floats) -> Floats:
    """Fill ``out`` with everyone's mean rank, less the mean of all, times weight; Σ weight·rank².

    weights, out: people × LANES; everybody: how many people each resample has.
    """
    people, starts = order
    size, above, spread = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    for g in range(np.uint64(starts.size - 1)):
        _counted(order, g, weights, size)
        for b in range(LANES):
            rank = above[b] + 0.5 * size[b] - 0.5 * everybody[b]
            spread[b] += size[b] * rank * rank
            above[b] += size[b]
            size[b] = rank
        for i in range(starts[g], starts[g + _ONE]):
            p = people[i]
            for b in range(LANES):
                out[p, b] = weights[p, b] * size[b]
    return spread


@compiled
def rank_products(
    order: Order, weights: Floats, everybody: Floats, others: tuple[Floats, Floats]
) -> Floats:
    """Σ rank times each of two ``others`` (see ``weighed_ranks``), and Σ weight·rank²: 3 × LANES."""
    people, starts = order
    one, two = others
    found, part, above = np.zeros((3, LANES)), np.zeros((3, LANES)), np.zeros(LANES)
    for g in range(np.uint64(starts.size - 1)):
        first, end = starts[g], starts[g + _ONE]
        if end - first == _ONE:  # most often: what is added to nothing need not be
            p = people[first]
            for b in range(LANES):
                weight = weights[p, b]
                rank = above[b] + 0.5 * weight - 0.5 * everybody[b]
                found[0, b] += rank * one[p, b]
                found[1, b] += rank * two[p, b]
                found[2, b] += weight * rank * rank
                above[b] += weight
            continue
        part[:] = 0.0
        for i in range(first, end):
            p = people[i]
            for b in range(LANES):
                part[0, b] += one[p, b]
                part[1, b] += two[p, b]
                part[2, b] += weights[p, b]
        for b in range(LANES):
            rank = above[b] + 0.5 * part[2, b] - 0.5 * everybody[b]
            found[0, b] += rank * part[0, b]
            found[1, b] += rank * part[1, b]
            found[2, b] += part[2, b] * rank * rank
            above[b] += part[2, b]
    return found


@compiled
def discounted(
    order: Order, weights: Floats, most: Floats, gain: Floats, discount: Floats
) -> Floats:
    """Σ over groups of their mean ``gain`` times the discounts of their places, up to ``most``.

    most: how many of the first count, in each resample; discount: the sums of those of the first 0,
    1, 2, ... places.
    """
    people, starts = order
    found, size, held = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
    above = np.zeros(LANES)
    for g in range(np.uint64(starts.size - 1)):
        if (above >= most).all():
            break
        _counted(order, g, weights, size)
        for b in range(LANES):
            held[b] = 0.0
        for i in range(starts[g], starts[g + _ONE]):
            p = people[i]
            for b in range(LANES):
                held[b] += weights[p, b] * gain[p]
        for b in range(LANES):
            if size[b] > 0.0:
                upto = min(above[b] + size[b], most[b])
                places = discount[int(upto)] - discount[int(min(above[b], most[b]))]
                found[b] += held[b] / size[b] * places
                above[b] += size[b]
    return found


@compiled
def _among_first(order: Order, weights: Floats, most: Floats, shares: Floats, group: Words) -> int:
    """How many people can be among the first; each group's probability, each one's group + 1."""
    people, starts = order
    size, above = np.zeros(LANES), np.zeros(LANES)
    for g in range(np.uint64(starts.size - 1)):
        if (above >= most).all():
            return int(starts[g])
        _counted(order, g, weights, size)
        for b in range(LANES):
            left = (most[b] - above[b]) / max(size[b], 1.0)
            shares[g, b] = min(max(left, 0.0), 1.0)
            above[b] += size[b]
        for i in range(starts[g], starts[g + _ONE]):
            group[people[i]] = g + _ONE
    return int(people.size)


@compiled
def shared_first(one: Order, two: Order, weights: Floats, most: Floats) -> Floats:
    """How many people are expected among the first ``most`` of both orders, equals being shuffled."""
    n = weights.shape[0]
    shares, others = np.empty((one[1].size, LANES)), np.empty((two[1].size, LANES))
    group, other = np.zeros(n, np.uint32), np.zeros(n, np.uint32)
    some = _among_first(one, weights, most, shares, group)
    _among_first(two, weights, most, others, other)
    found = np.zeros(LANES)
    near = 16 * some < n  # else looking at everybody is as fast
    asked = np.sort(one[0][:some]) if near else one[0]
    for i in range(np.uint64(some if near else n)):
        p = np.uint64(asked[i]) if near else i
        if group[p] > 0 and other[p] > 0:
            g, h = np.uint64(group[p]) - _ONE, np.uint64(other[p]) - _ONE
            for b in range(LANES):
                found[b] += weights[p, b] * shares[g, b] * others[h, b]
    return found


@compiled
def _first_in(weights: Floats, p: np.uint64, k: int, there: NDArray[np.int64]) -> np.uint32:
    """A bit for each resample that has somebody among its first ``k``, of whom so many are there."""
    bits = np.uint32(0)
    for b in range(LANES):
        if weights[p, b] > 0.0 and there[b] < k:
            there[b] += 1
            bits |= np.uint32(1) << np.uint32(b)
    return bits


@compiled
def reached(people: Words, weights: Floats, k: int, reactors: tuple[Longs, Words, int]) -> Floats:
    """Distinct people who reacted to the first ``k`` in the order of ``people``, in each resample.

    reactors: where those of each person begin, who they are by number, how many there are at most.
    """
    starts, actors, several = reactors
    there, met = np.zeros(LANES, np.int64), np.zeros(several, np.uint32)
    touched, known, found = np.empty(several + 1, np.uint32), np.uint64(0), np.zeros(LANES)
    for p in people:
        if (there >= k).all():
            break
        bits = _first_in(weights, p, k, there)
        if bits > 0:
            for e in range(starts[p], starts[p + _ONE]):
                a = actors[e]
                touched[known] = a
                known += np.uint64(met[a] == 0)
                met[a] |= bits
    for i in range(known):
        for b in range(LANES):
            found[b] += np.float64((met[touched[i]] >> np.uint32(b)) & np.uint32(1))
    return found
