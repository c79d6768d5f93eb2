"""Loops over rows laid out by place: some pairs are left out, new ones put in, places renumbered.

Nearly everyone keeps their rank among the others, so a row stays ascending as it is copied. A pair
whose endorser does not is lifted out and put in again, like a new one. Arrays to be filled are
handed in, for the caller can have them in large pages.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["NOBODY", "located", "ranked", "relaid"]

Words = NDArray[np.uint32]
Places = NDArray[Any]  # uint32, or int64 where there are more edges than that holds
Weights = NDArray[Any] | None
Rows = tuple[Places, Words, Weights]
Span = tuple[Any, Any]
Cuts = tuple[Places, Places]  # where each row's begin, and the edges, ascending in a row
Moves = tuple[Words, Words, Words, int]  # was, to, keeps, core; as ``ranked`` says
Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]  # who is endorsed, by whom; by seats

NOBODY = np.uint32(0xFFFFFFFF)
_ONE, _ZERO = np.uint64(1), np.uint64(0)
_LONG = np.uint64(32)  # pairs that are copied without looking at them
_KINDS = 4  # the core, those only endorsed, those whom nobody endorses; who is on no pair


@compiled
def located(rows: Rows, target: Words, endorser: Words, at: NDArray[np.int64]) -> bool:
    """Fill ``at`` with the edges at which pairs stand, by places; False where one does not."""
    indptr, indices, _ = rows
    for i in range(np.uint64(target.size)):
        row = np.uint64(target[i])
        end = np.uint64(indptr[row + _ONE])
        e = _before(indices, np.uint64(indptr[row]), end, endorser[i])
        if e == end or indices[e] != endorser[i]:
            return False
        at[i] = e
    return True


@inlined
def _before(indices: Words, low: Any, high: Any, whom: Any) -> Any:
    """The first of the edges from ``low`` to ``high`` with ``whom``, or somebody after them."""
    while low < high:
        middle = (low + high) >> _ONE
        if indices[middle] < whom:
            low = middle + _ONE
        else:
            high = middle
    return low


@compiled
def ranked(
    heard: NDArray[np.int64], given: NDArray[np.int64], ends: tuple[int, int, int], moves: Moves
) -> tuple[int, int]:
    """Everyone's new place, from how often they are endorsed and endorse now.

    A person's *seat* is the old place, and behind all places for those who are new; ``ends`` are
    the seats where the kinds ended. Who stays of a kind keeps the rank in it, and who joins it
    comes after them, in the order of seats. Filled are ``was``, the seat by new place; ``to``, the
    new place by seat (NOBODY: they are on no pair), and ``keeps``, the same where the rank is
    kept, else NOBODY. Returned are where the new core ends, and where all places do.
    """
    was, to, keeps, _ = moves
    first = np.zeros(2 * _KINDS + 1, dtype=np.int64)
    for i in range(np.uint64(heard.size)):
        first[_part(i, heard[i], given[i], ends) + 1] += 1
    for part in range(2 * _KINDS):
        first[part + 1] += first[part]
    core, everyone = int(first[2]), int(first[6])
    for i in range(np.uint64(heard.size)):
        part = _part(i, heard[i], given[i], ends)
        place = first[part]
        first[part] += 1
        here = np.uint32(place) if part < 6 else NOBODY
        to[i] = here
        keeps[i] = here if part & 1 == 0 else NOBODY
        if part < 6:
            was[place] = i
    return core, everyone


@compiled
def _part(seat: Any, heard: Any, given: Any, ends: tuple[int, int, int]) -> int:
    """Twice the kind, and 1 more for who joins it."""
    kind, before = 2 * int(heard == 0) + int(given == 0), 0
    for end in ends:
        before += int(seat >= np.uint64(end))
    return 2 * kind + int(kind != before)


@compiled
def relaid(old: Rows, gone: Cuts, new: Rows, moves: Moves, late: Rows, out: Rows) -> bool:
    """Fill ``out`` with the rows of ``old`` without the pairs that are ``gone``, with the ``new``.

    Rows are (indptr, endorsers, weights or None); ``new`` has each pair's row instead of indptr,
    and ascends, by new place. ``gone`` is where each old row's begin, and which edges they are,
    ascending. ``late``, rows too, has room for the longest. False where a new pair is there
    already.
    """
    indptr, begin, starts, rows, was = old[0], gone[0], out[0], new[0], moves[0]
    f, a, m, same = _ZERO, _ZERO, np.uint64(rows.size), _unmoved(moves[2])
    for t in range(np.uint64(starts.size) - _ONE):
        b, first, row = a, f, np.uint64(was[t])
        while b < m and rows[b] == t:
            b += _ONE
        if row + _ONE < np.uint64(indptr.size):
            x, last = np.uint64(indptr[row]), np.uint64(indptr[row + _ONE])
            c, end = np.uint64(begin[row]), np.uint64(begin[row + _ONE])
            held = (last - x) - (end - c)
            f = _kept((x, last), old, (c, end), (gone[1], moves[2], same), out, f)
            if f - first < held:
                x = _before(old[1], x, last, same)
                f = _lifted((x, last), old, (c, end), (gone[1], moves), late, (out, first, f))
        if a < b:
            if not _put_in(new, (a, b), out, (first, f)):
                return False
            f += b - a
            a = b
        starts[t + _ONE] = f
    return True


@compiled
def _unmoved(keeps: Words) -> Any:
    """How many of the first have the place that was their seat."""
    i = _ZERO
    while i < np.uint64(keeps.size) and keeps[i] == i:
        i += _ONE
    return i


@inlined
def _kept(
    span: Span, old: Rows, cut: Span, known: tuple[NDArray[np.int64], Words, Any], out: Rows, f: Any
) -> Any:
    """Copy a row's pairs to ``f`` but for the cuts, and those who lose their rank; where it ends."""
    (x, last), (c, end), (edges, keeps, same) = span, cut, known
    whom, indices = old[1], out[1]
    while True:
        stop = np.uint64(edges[c]) if c < end else last
        if x + _LONG < stop and whom[stop - _ONE] < same:
            for i in range(stop - x):
                indices[f + i] = whom[x + i]
            for i in range(stop - x):
                _weigh(out[2], f + i, old[2], x + i)
            f += stop - x
        else:
            for e in range(x, stop):
                u = keeps[np.uint64(whom[e])]
                indices[f] = u
                _weigh(out[2], f, old[2], e)
                f += np.uint64(u != NOBODY)
        if c >= end:
            return f
        x = stop + _ONE
        c += _ONE


@inlined
def _weigh(weights: Weights, at: Any, heavy: Weights, e: Any) -> None:
    """Let pair ``at`` weigh what ``e`` does; nothing where all weigh 1."""
    if weights is not None and heavy is not None:
        weights[at] = heavy[e]


@compiled
def _lifted(
    span: Span,
    old: Rows,
    cut: Span,
    known: tuple[NDArray[np.int64], Moves],
    late: Rows,
    made: tuple[Rows, Any, Any],
) -> Any:
    """Put in those of a row who lose their rank, the core first; where the row ends then."""
    (edges, (_, to, keeps, core)), (out, first, f) = known, made
    for inner in (True, False):
        k, c = _ZERO, cut[0]
        for e in range(span[0], span[1]):
            while c < cut[1] and np.uint64(edges[c]) < e:
                c += _ONE
            if c < cut[1] and np.uint64(edges[c]) == e:
                continue
            u = np.uint64(old[1][e])
            if keeps[u] == NOBODY and (to[u] < np.uint64(core)) == inner:
                late[1][k] = to[u]
                _weigh(late[2], k, old[2], e)
                k += _ONE
        _put_in(late, (_ZERO, k), out, (first, f))
        f += k
    return f


@inlined
def _put_in(some: Rows, part: Span, out: Rows, span: Span) -> bool:
    """Put a part of some pairs into the row in ``span``, last first; False where one is there."""
    (first, x), (a, s), indices = span, part, out[1]
    at = x + (s - a)
    while s > a:
        s -= _ONE
        u = some[1][s]
        while x > first and indices[x - _ONE] > u:
            x -= _ONE
            at -= _ONE
            indices[at] = indices[x]
            _weigh(out[2], at, out[2], x)
        if x > first and indices[x - _ONE] == u:
            return False
        at -= _ONE
        indices[at] = u
        _weigh(out[2], at, some[2], s)
    return True
