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

__all__ = ["ALL", "THIN", "binomial_rows", "group_edges", "sort_falling"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]

ALL = np.uint32(0)  # the row of a group in which every edge is live
THIN = np.uint32(1 << 31)  # the bit in a group's size that asks for thinning
MEAN = 4.0  # live edges that a group has on average, at most
WASTE = 1.0  # of them, those that thinning may take away
_ONE = 9223372036854775808.0  # 2^63
_LEAST = 2.0**-66


def _sort_falling(indptr: Places, indices: Words, probability: Floats) -> None:
    """Sort every target's edges by falling probability, equals by source (in place)."""
    for v in range(indptr.size - 1):
        start, end = np.int64(indptr[v]), np.int64(indptr[v + 1])
        falls = False
        for e in range(start + 1, end):
            falls |= probability[e] > probability[e - 1]
        if falls:
            order = np.argsort(-probability[start:end], kind="mergesort")
            probability[start:end] = probability[start:end][order]
            indices[start:end] = indices[start:end][order]


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
    indptr: Places, probability: Floats, steps: float, group: Words, chance: Floats
) -> int:
    """Fill ``group`` (first edge, size, row, next) and ``chance``; the number of groups.

    The first n groups are those of the people; further ones of a person are linked by ``next``
    (0: none). Chances lie on a grid of ``steps`` a power of two (0: no grid). With empty arrays the groups are only counted. Rows are left 0.
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
                group[here, 1] = np.uint32(stop - e) | (THIN if thin else np.uint32(0))
                chance[here] = c
            if stop < end:
                if fill:
                    group[here, 3] = groups
                here = groups
                groups += 1
            e = stop
    return groups


def _binomial_rows(size: Words, chance: Floats, row: Words, table: Places) -> int:
    """Fill ``table`` with the survival functions in 2^-63 and ``row`` with where each begins.

    Entry k of a row is P(more than k of ``size`` are live); a row ends with 0. With an empty
    table the length is only counted.
    """
    at, terms = 0, np.empty(256)
    for i in range(size.size):
        d, p = float(size[i]), chance[i]
        row[i] = at
        count = 0
        if p >= 1.0:  # only short groups: all edges are live
            for _ in range(size[i]):
                terms[count] = 1.0 if count + 1 == size[i] else 0.0
                count += 1
        elif size[i] > 0:
            mass = math.exp(d * math.log1p(-p))
            odds = p / (1.0 - p)
            while count < size[i]:
                mass *= (d - count) / (count + 1.0) * odds
                terms[count] = mass
                count += 1
                if mass < _LEAST and count > d * p:
                    break
        if table.size > 0:
            tail = 0.0
            table[at + count] = 0
            for k in range(count - 1, -1, -1):
                tail += terms[k]
                table[at + k] = np.uint64(min(tail, 1.0) * _ONE)
        at += count + 1
    return at


sort_falling, binomial_rows = compiled(_sort_falling), compiled(_binomial_rows)
group_edges = compiled(_group_edges)
