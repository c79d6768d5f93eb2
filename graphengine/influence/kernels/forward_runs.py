"""The independent cascade run forwards, and the rows by source that it reads.

A Poisson number of points falls on a person's out-edges, each on an edge in proportion to
-log(1 - p): an edge that gets a point is live, which has chance p and depends on no other edge. So
one product of random numbers says how many points come (Knuth 1969) and one word where each falls
(Vose 1991); that two fall on one edge does no harm. Likely edges are drawn one by one. People
without out-edges are numbered last: they are counted when they are met and never looked at again.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import word
from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["choose_rows", "count_rows", "fill_rows", "forward_runs"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

# by person who moves somebody: the first edge, the first likely edge, how often points are drawn
# (a last row closes); the product that ends a draw; by edge whom it moves; and how it is chosen
Rows = tuple[Places, Floats, Words, Places]
Desk = tuple[Words, Words, Words]  # a bit a person, clean; room for members; room for a queue

LIKELY = 0.5
_ZERO, _ONE, _S11, _S32 = (np.uint64(x) for x in (0, 1, 11, 32))
_LOW = np.uint64((1 << 32) - 1)
_W1, _W5, _W31 = np.uint32(1), np.uint32(5), np.uint32(31)
_SURE = float(1 << 53)
_UNIT = 1.0 / _SURE


def _count_rows(source: Words, probability: Floats, degree: Longs) -> None:
    """Add to ``degree`` (person, 2) how many unlikely and likely edges leave each person."""
    for e in range(source.size):
        if probability[e] > 0.0:
            degree[source[e], np.int64(probability[e] >= LIKELY)] += 1


def _fill_rows(
    graph: tuple[Places, Words, Floats],
    number: Words,
    place: Places,
    edges: tuple[Words, Floats],
    rate: Floats,
) -> None:
    """Write each edge to the next place of its source: whom it moves, its rate or probability.

    ``number`` is what people are called in the rows; ``place`` (person, 2) where the next unlikely
    and likely edge goes; ``rate`` becomes the sum of the rates -log(1 - p) of the unlikely ones.
    """
    (indptr, source, probability), (target, weight) = graph, edges
    last, points = 0.0, 0.0
    for v in range(indptr.size - 1):
        for e in range(indptr[v], indptr[v + 1]):
            u, p = source[e], probability[e]
            if p <= 0.0:
                continue
            likely = np.int64(p >= LIKELY)
            if likely == 0 and p != last:
                last, points = p, -math.log1p(-p)
            at = place[u, likely]
            place[u, likely] = at + _ONE
            target[at] = number[v]
            weight[at] = p if likely else points
            rate[u] += 0.0 if likely else points


def _choose_rows(row: Places, rate: Floats, target: Words, weight: Floats, choice: Places) -> None:
    """Turn rates into words that say which of two edges a point falls on (Vose 1991).

    ``choice`` may lie in the memory of ``weight``, which is used up. Above 32 bits stands how
    often an edge keeps a point, below whom it moves otherwise; for a likely edge its chance in
    2^-53.
    """
    widest = np.int64(np.max(row[1:, 0] - row[:-1, 0])) if row.shape[0] > 1 else 0
    other = np.empty(widest, np.uint32)
    small, large = np.empty(widest, np.uint32), np.empty(widest, np.uint32)
    for u in range(row.shape[0] - 1):
        start, size = np.int64(row[u, 0]), np.int64(row[u, 1] - row[u, 0])
        few, many = 0, 0
        for i in range(size):
            other[i] = i
            weight[start + i] *= size / rate[u]
            if weight[start + i] < 1.0:
                small[few] = i
                few += 1
            else:
                large[many] = i
                many += 1
        while few > 0 and many > 0:
            few -= 1
            low, high = np.int64(small[few]), np.int64(large[many - 1])
            other[low] = high
            weight[start + high] -= 1.0 - weight[start + low]
            if weight[start + high] < 1.0:
                many -= 1
                small[few] = high
                few += 1
        for i in range(size):
            kept = np.uint64(min(max(weight[start + i], 0.0) * float(1 << 32), float(_LOW)))
            choice[start + i] = (kept << _S32) | np.uint64(target[start + np.int64(other[i])])
        for e in range(np.int64(row[u, 1]), np.int64(row[u + 1, 0])):
            choice[e] = np.uint64(weight[e] * _SURE)


def _meet(
    v: np.uint32, live: np.uint64, desk: Desk, ends: tuple[np.uint64, np.uint64], movers: np.uint32
) -> tuple[np.uint64, np.uint64]:
    """Where members and queue end, now that an edge to v was tried (without a branch)."""
    (seen, members, queue), (pos, last) = desk, ends
    bits, bit = seen[v >> _W5], _W1 << (v & _W31)
    new = np.uint64((bits & bit) == 0) & live
    seen[v >> _W5] = bits | (bit * np.uint32(new))
    members[pos] = queue[last] = v
    return pos + new, last + (new & np.uint64(v < movers))


meet = inlined(_meet)


def _forward_runs(rows: Rows, seeds: Words, desk: Desk, runs: int, state: np.uint64) -> Longs:
    """How many people each of ``runs`` cascades reaches, seeds not counted.

    The seeds, called by their numbers in the rows, stay marked in the desk.
    """
    (row, least, target, choice), (seen, members, queue) = rows, desk
    movers, mixed, given = np.uint32(row.shape[0] - 1), choice.size > 0, _ZERO
    sizes = np.zeros(runs, np.int64)
    for u in seeds:
        seen[u >> _W5] |= _W1 << (u & _W31)
        queue[given] = u
        given += np.uint64(u < movers)
    for i in range(runs):
        ends, at = (_ZERO, given), _ZERO
        while at < ends[1]:
            u = queue[at]
            at += _ONE
            start, size = row[u, 0], row[u, 1] - row[u, 0]
            for _ in range(row[u, 2]):
                state, bits = word(state)
                product = float(bits >> _S11) * _UNIT
                while product >= least[u]:
                    state, bits = word(state)
                    e = start + (((bits >> _S32) * size) >> _S32)
                    v = target[e]
                    if mixed and (bits & _LOW) > (choice[e] >> _S32):
                        v = np.uint32(choice[e] & _LOW)
                    ends = meet(v, _ONE, desk, ends, movers)
                    state, bits = word(state)
                    product *= float(bits >> _S11) * _UNIT
            for e in range(row[u, 1], row[u + _W1, 0]):
                state, bits = word(state)
                live = np.uint64((bits >> _S11) < choice[e])
                ends = meet(target[e], live, desk, ends, movers)
        for j in range(ends[0]):
            seen[members[j] >> _W5] &= ~(_W1 << (members[j] & _W31))
        sizes[i] = ends[0]
    return sizes


count_rows, fill_rows = compiled(_count_rows), compiled(_fill_rows)
choose_rows = compiled(_choose_rows)
forward_runs = compiled(_forward_runs, otherwise=np.errstate(over="ignore")(_forward_runs))
