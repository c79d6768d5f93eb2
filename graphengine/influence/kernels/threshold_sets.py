"""Reverse-reachable sets under linear threshold: each person has at most one live in-edge.

A set is the walk from its root along live in-edges, until a person has none or was met before
(Kempe, Kleinberg & Tardos 2003). The live edge is drawn by one word: against the sum of the
weights, then a place evenly, or through an alias table where weights differ.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import below, word
from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.reverse_sets import draw_root, grown, meet

__all__ = ["place", "threshold_sets"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

# indptr, sources, sum of weights (in 2^-63), acceptance (empty: all alike) and other of an edge
Tables = tuple[Places, Words, Places, Floats, Words]
Roots = tuple[np.uint64, Floats, Words]

_ZERO, _ONE, _TWO, _S32 = (np.uint64(x) for x in (0, 1, 2, 32))
_W0, _W1, _W5 = np.uint32(0), np.uint32(1), np.uint32(5)
_UNIT = 1.0 / (1 << 32)


def _place(
    start: np.uint64, size: np.uint64, keep: Floats, other: Words, state: np.uint64
) -> tuple[np.uint64, np.uint64]:
    """One of ``size`` edges from ``start`` on, in proportion to their weights."""
    state, bits = word(state)
    e = start + below(bits, size)
    if keep.size > 0:
        state, bits = word(state)
        if float(bits >> _S32) * _UNIT >= keep[e]:
            e = start + np.uint64(other[e])
    return state, e


place = inlined(_place)


def _threshold_sets(
    tables: Tables,
    roots: Roots,
    desk: tuple[Words, Words],
    chosen: Bools,
    sets: int,
    state: np.uint64,
) -> tuple[Places, Words, int]:
    """As ``reverse_sets``: the sets, or how many of them hold somebody chosen."""
    indptr, source, total, keep, other = tables
    (n, root_keep, root_other), (seen, _) = roots, desk
    looking, stored, hits = chosen.size > 0, _ZERO, 0
    ends, members = np.zeros((sets + 1, 2), np.uint64), np.empty(4 * sets + np.int64(n), np.uint32)
    for i in range(sets):
        if stored + n > np.uint64(members.size):
            members = grown(members, stored)
        state, v = draw_root(n, root_keep, root_other, state)
        before, pos, hit = stored, meet(v, seen, members, stored), looking and chosen[v]
        while pos > before and not hit:
            before = pos
            state, bits = word(state)
            if (bits >> _ONE) < total[v]:
                start = indptr[v]
                state, e = place(start, indptr[v + _W1] - start, keep, other, state)
                v = source[e]
                pos = meet(v, seen, members, pos)
                hit = looking and chosen[v]
        for j in range(stored, pos):
            seen[members[j] >> _W5] = _W0
        ends[i, 1] = min(stored + _TWO, pos)
        hits += 1 if hit else 0
        stored = _ZERO if looking else pos
        ends[i + 1, 0] = stored
    return ends, members[:stored].copy(), hits


threshold_sets = compiled(_threshold_sets, otherwise=np.errstate(over="ignore")(_threshold_sets))
