"""In-edges in groups that one draw decides: how many of a group are live, then which.

Of the d edges of a group, each live with the group's chance, a binomial number is live. Its
survival function stands in a table, so one random word answers it. An edge whose own probability
is below the group's chance is thinned. Long rows become groups of few live edges each, so that
no logarithm and no walk over dead edges is needed (after Guo et al. 2020, who skip over them).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.copying import copy_into

__all__ = ["ALL", "MORE", "SIZE", "THIN", "binomial_rows", "group_edges", "rises", "sort_falling"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

# what stands before a row: the size of its groups, and bits that say: more of a person's groups
# follow; a chosen edge is thinned; every edge is live
SIZE = np.uint64((1 << 32) - 1)
MORE, THIN, ALL = np.uint64(1 << 32), np.uint64(1 << 33), np.uint64(1 << 34)
MEAN = 4.0  # live edges that a group has on average, at most
WASTE = 1.0  # of them, those that thinning may take away
SURE = 2  # edges that are all live go by the table up to this number
_ONE = 9223372036854775808.0  # 2^63
_LEAST = 2.0**-66


def _rises(indptr: Places, probability: Floats) -> bool:
    """Whether an edge of some target has a larger probability than the edge before it."""
    for v in range(indptr.size - 1):
        for e in range(np.int64(indptr[v]) + 1, np.int64(indptr[v + 1])):
            if probability[e] > probability[e - 1]:
                return True
    return False


def _sort_falling(indptr: Places, indices: Words, probability: Floats) -> None:
    """Sort every target's edges by falling probability, equals by source (in place)."""
    for v in range(indptr.size - 1):
        start, end = np.int64(indptr[v]), np.int64(indptr[v + 1])
        falls = False
        for e in range(start + 1, end):
            falls |= probability[e] > probability[e - 1]
        if falls:
            order = np.argsort(-probability[start:end], kind="mergesort")
            copy_into(probability[start:end], probability[start:end][order])
            copy_into(indices[start:end], indices[start:end][order])


def _chance(p: np.float64, steps: float) -> np.float64:
    """The chance of a group whose largest probability is p: p, or the next of a grid."""
    if steps == 0.0 or p >= 1.0:
        return p
    return np.float64(min(1.0, 2.0 ** (math.ceil(math.log2(p) * steps) / steps)))


_chance_of = compiled(_chance)


def _group_end(probability: Floats, e: np.int64, end: np.int64, chance: np.float64) -> np.int64:
    """Where the group that begins at e ends."""
    at, total = e, 0.0
    while at < end:
        size = float(at - e + 1)
        total += probability[at]
        if at > e and (
            (size * chance > MEAN and probability[at] < 1.0)
            or size * chance - total > WASTE
            or (chance == 1.0) != (probability[at] == 1.0)
        ):
            break
        at += 1
    return at


_ends = compiled(_group_end)


def _group_edges(
    indptr: Places, probability: Floats, steps: float, group: Places, chance: Floats
) -> int:
    """Fill ``group`` (first edge, size with its bits, next) and ``chance``; the number of groups.

    The first n groups are those of the people; further ones of a person are linked by ``next``
    (0: none). Chances lie on a grid of ``steps`` a power of two (0: no grid). With empty arrays
    the groups are only counted.
    """
    n = indptr.size - 1
    groups, fill = n, chance.size > 0
    for v in range(n):
        e, end, here = np.int64(indptr[v]), np.int64(indptr[v + 1]), v
        while e < end:
            c = _chance_of(probability[e], steps)
            stop = _ends(probability, e, end, c)
            if fill:
                thin = probability[stop - 1] < c
                group[here, 0] = e
                group[here, 1] = np.uint64(stop - e) | (THIN if thin else np.uint64(0))
                if c >= 1.0 and stop - e > SURE:
                    group[here, 1] |= ALL
                chance[here] = c
            if stop < end:
                if fill:
                    group[here, 1] |= MORE
                    group[here, 2] = groups
                here = groups
                groups += 1
            e = stop
    return groups


def _binomial_rows(info: Places, chance: Floats, row: Places, table: Places) -> int:
    """Fill ``table`` with the survival functions in 2^-63 and ``row`` with where each begins.

    Entry k of a row is P(more than k of the group are live); a row ends with 0, and before it
    stands its ``info``, a size with its bits. With an empty table the length is only counted.
    """
    at, terms = 0, np.empty(256)
    for i in range(info.size):
        size = np.int64(info[i] & SIZE)
        d, p, count = float(size), chance[i], 0
        row[i] = at + 1
        if p >= 1.0:  # all edges are live: the table says how many of a few, else two or more
            terms[:SURE] = 0.0
            count = 1 if size == 1 else SURE
            terms[count - 1] = 1.0
        elif size > 0:
            mass = math.exp(d * math.log1p(-p))
            odds = p / (1.0 - p)
            while count < size:
                mass *= (d - count) / (count + 1.0) * odds
                terms[count] = mass
                count += 1
                if mass < _LEAST and count > d * p:
                    break
        if table.size > 0:
            tail = 0.0
            table[at], table[at + count + 1] = info[i], 0
            for k in range(count - 1, -1, -1):
                tail += terms[k]
                table[at + k + 1] = np.uint64(min(tail, 1.0) * _ONE)
        at += count + 2
    return at


sort_falling, binomial_rows = compiled(_sort_falling), compiled(_binomial_rows)
group_edges, rises = compiled(_group_edges), compiled(_rises)
