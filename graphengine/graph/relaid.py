"""A structure with some pairs replaced: its rows are copied as they lie, and only what changed.

Laying a structure out anew costs as much as solving it. So everyone keeps their rank, and who
joins a kind (the core, those only endorsed, those whom nobody endorses) comes last in it. What
that costs is order: the core is no longer strictly sorted by how much people endorse. ``drift``
counts the endorsements by which people have more or fewer since it was; where they are many, it is
time to sort again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.graph.structure import (
    Structure,
    by_loops,
    compact_places,
    compact_weights,
)
from graphengine.influence.kernels.layout import tally
from graphengine.influence.kernels.relaid import NOBODY, located, ranked, relaid

__all__ = ["Pairs", "relaid_structure"]

Longs = NDArray[np.int64]
Flags = NDArray[np.bool_]
Both = tuple[Longs, Longs]
Moves = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], int]
_HALF = np.uint64(32)
_DRIFT = 0.25  # of all pairs: with more, the order is made anew


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Some pairs, each once: who is endorsed, by whom, and the weight (> 0); m entries each."""

    target: Longs
    endorser: Longs
    weights: NDArray[Any]

    @property
    def m(self) -> int:
        """How many they are."""
        return len(self.target)


def relaid_structure(
    old: Structure, ids: Longs, *, drop: Pairs, put: Pairs, n: int
) -> tuple[Structure, Flags] | None:
    """``old`` without the pairs of ``drop``, with those of ``put``; and who of n is still in it.

    ``ids`` are the new ids of all of ``old``, of n; the pairs have new ids. People who are left
    without a pair leave, and the others are numbered anew, in their order.

    None where it is to be laid out anew: for few edges that is done soon, after many changes it
    is due, and where ``old`` lacks a pair of ``drop``, or has one of ``put``, it is not what was
    thought.

    >>> from graphengine.graph.structure import laid_out
    >>> pair = laid_out(np.array([0, 1, 2]), np.array([1, 0]), np.ones(2))
    >>> nothing = Pairs(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0))
    >>> relaid_structure(pair, np.arange(2), drop=nothing, put=nothing, n=2) is None  # so few
    True
    """
    if not by_loops(old.m):
        return None
    known = _seated(old, ids, n)
    seat = np.empty(n, dtype=np.int64)
    seat[known] = np.arange(n)
    less, more = ((seat[pairs.target], seat[pairs.endorser]) for pairs in (drop, put))
    heard, given = (_changed(less[side], more[side], n) for side in range(2))
    drift = old.drift + int(np.abs(given).sum())
    if drift > _DRIFT * (old.m + put.m - drop.m):
        return None
    cuts = _cuts(old, less, drop.weights)
    if cuts is None:
        return None
    moves = _moves(old, heard, given)
    rows = _merged(old, cuts, moves, more, put.weights)
    if rows is None:
        return None
    starts, indices, weights = rows
    if drop.m and weights is not None:
        weights = compact_weights(weights)
    was, to, _, core = moves
    stays = np.ones(n, dtype=np.bool_)
    stays[known[to == NOBODY]] = False
    order = known[was] if stays.all() else (np.cumsum(stays) - 1)[known[was]]
    places = compact_places(starts)
    return Structure(places, indices, weights, order.astype(np.uint32), core, drift), stays


def _seated(old: Structure, ids: Longs, n: int) -> Longs:
    """The id by *seat*: the old place, and behind all places those who are new; n entries."""
    known = ids[old.order]
    new = np.ones(n, dtype=np.bool_)
    new[known] = False
    return np.concatenate([known, np.flatnonzero(new)])


def _moves(old: Structure, heard: Longs, given: Longs) -> Moves:
    """Where everyone goes, as ``kernels.relaid`` has it, from how much they have more, by seat."""
    heard[: old.n] += np.diff(old.indptr)
    ends = old.core, int(np.searchsorted(old.indptr, old.m)), old.n
    if (given < 0).any():
        given[: old.n] += tally(old.indices, old.n)
    else:  # nobody has ceased to endorse
        given[: ends[0]] += 1
        given[ends[1] : ends[2]] += 1
    was, to, keeps = (np.empty(len(heard), dtype=np.uint32) for _ in range(3))
    core, everyone = ranked(heard, given, ends, (was, to, keeps, 0))
    return was[:everyone], to, keeps, core


def _changed(less: Longs, more: Longs, n: int) -> Longs:
    """How many pairs more each of n has now."""
    change = np.bincount(more, minlength=n)
    return change - np.bincount(less, minlength=n) if len(less) else change


def _cuts(old: Structure, less: Both, weights: NDArray[Any]) -> Both | None:
    """Where each row's begin, and the edges that go; None where a pair is not there like that."""
    begin, edges = np.zeros(old.n + 1, dtype=np.int64), np.empty(len(weights), dtype=np.int64)
    if len(weights):
        target, endorser = (people.astype(np.uint32) for people in less)
        if max(int(target.max()), int(endorser.max())) >= old.n:
            return None
        rows = old.indptr, old.indices, old.weights
        if not located(rows, target, endorser, edges):
            return None
        held = np.ones(1) if old.weights is None else old.weights[edges]
        if (held != weights).any():
            return None
        np.cumsum(np.bincount(target, minlength=old.n), out=begin[1:])
        edges.sort()
    return begin, edges


def _merged(
    old: Structure, cuts: Both, moves: Moves, more: Both, weights: NDArray[Any]
) -> tuple[Longs, NDArray[np.uint32], NDArray[Any] | None] | None:
    """Where rows start, endorsers and weights by new place; None where a pair is there already."""
    was, to, _, _ = moves
    both = (to[more[0]].astype(np.uint64) << _HALF) | to[more[1]]
    ascending = np.argsort(both)
    both = both[ascending]
    heavy, some = _alike(old.weights, weights[ascending], old.m)
    new = (both >> _HALF).astype(np.uint32), both.astype(np.uint32), some  # the lower half
    if heavy is not None:
        heavy = heavy.view()
        heavy.flags.writeable = False  # compiled code for one kind of array serves them all
    starts, longest = np.zeros(len(was) + 1, np.int64), int(np.diff(old.indptr).max(initial=0))
    out, late = (
        (starts, np.empty(k, np.uint32), None if heavy is None else np.empty(k, heavy.dtype))
        for k in (old.m - len(cuts[1]) + len(both), longest)
    )
    rows = old.indptr, old.indices, heavy
    return out if relaid(rows, cuts, new, moves, late, out) else None


def _alike(heavy: NDArray[Any] | None, more: NDArray[Any], m: int) -> list[NDArray[Any] | None]:
    """The weights of m pairs and of some others in one type; None where all of both are 1."""
    both = heavy, compact_weights(more)
    kinds = {w.dtype for w in both if w is not None}
    if not kinds:
        return [None, None]
    kind = np.result_type(*kinds)
    return [
        np.ones(count, dtype=kind) if w is None else w.astype(kind, copy=False)
        for w, count in zip(both, (m, len(more)), strict=True)
    ]
