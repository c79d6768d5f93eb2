"""A stored graph with some pairs replaced: what a full build would give, without building."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graphengine.graph.relaid import Pairs, relaid_structure
from graphengine.graph.structure import by_loops
from graphengine.influence.kernels.rows import merged

if TYPE_CHECKING:
    from graphengine.graph.topic_graph import TopicGraph

__all__ = ["patched"]

Longs = NDArray[np.int64]
Parts = tuple[Longs, NDArray[np.uint32], NDArray[Any]]  # indptr, indices, weights
Placed = tuple["TopicGraph", Longs]  # a graph, and the new id of everyone in it


def patched(old: TopicGraph, *, drop: TopicGraph, put: TopicGraph, shift: int) -> TopicGraph | None:
    """``old`` times 2^``shift``, without the pairs of ``drop``, with those of ``put``.

    ``drop`` is what the same pairs came to when ``old`` was built; it has their weights against
    the new reference. None where ``old`` does not hold exactly that: then it is not what was
    thought, and only a full build is right.

    The work is a few passes over the pairs; people without pairs leave, as ``compress`` has it. A
    graph that is kept as it is solved stays so, in one pass, unless it is time to order it anew.
    """
    at, held = _found(old.accounts, drop.accounts)
    if not held.all():
        return None
    accounts, place, coming = _with_new(old.accounts, put.accounts)
    n, going = len(accounts), place[at]
    events = np.zeros(n, dtype=np.int64)
    events[place] = old.events
    events[going] -= drop.events
    events[coming] += put.events
    old = replace(old, weights=_shifted(old.weights, shift))
    if old.order is not None:
        less, more = (
            Pairs(*_pairs(some, ids), np.asarray(some.weights))
            for some, ids in ((drop, going), (put, coming))
        )
        found = relaid_structure(old.structure(), place, drop=less, put=more, n=n)
        if found is not None:
            structure, stays = found
            if len(structure.order) < n:
                accounts, events = accounts.filter(pl.Series(stays)), events[stays]
            return replace(old, accounts=accounts, events=events).laid(structure)
        old = old.by_id()
    work = _merged if by_loops(old.m) else _replaced
    pairs = work((old, place), (drop, going), (put, coming), n=n)
    if pairs is None:
        return None
    indptr, indices, weights = pairs
    graph = replace(
        old, accounts=accounts, weights=weights, events=events, indptr=indptr, indices=indices
    )
    return _without_idle(graph) if drop.m else graph


def _merged(old: Placed, drop: Placed, put: Placed, *, n: int) -> Parts | None:
    """The pairs by target, all rows merged in one pass; None as in ``patched``."""
    room = old[0].m + put[0].m  # enough whatever does not fit
    kind = np.result_type(old[0].weights, put[0].weights)
    out = np.zeros(n + 1, dtype=np.int64), np.empty(room, np.uint32), np.empty(room, kind)
    if not merged(_arrays(old), _arrays(drop), _arrays(put), out):
        return None
    held = int(out[0][-1])
    return out[0], out[1][:held], out[2][:held]


def _arrays(placed: Placed) -> Any:
    """The pairs of a graph, and the new id of everyone in it, as a loop has them."""
    graph, ids = placed
    arrays = graph.indptr, np.asarray(graph.indices), np.ascontiguousarray(graph.weights)
    return (*arrays, ids.astype(np.uint32))


def _replaced(old: Placed, drop: Placed, put: Placed, *, n: int) -> Parts | None:
    """The same for few pairs: each is looked for."""
    (graph, place), (less, going), (more, coming) = old, drop, put
    rows, weights = _Rows.of(graph, place, n), np.asarray(graph.weights)
    at, held = rows.find(*_pairs(less, going))
    if not held.all() or (weights[at] != np.asarray(less.weights)).any():
        return None
    rows, weights = rows.without(at, going, less), np.delete(weights, at)
    at, held = rows.find(*_pairs(more, coming))
    if held.any():
        return None
    kind = np.result_type(weights, more.weights)
    weights = np.insert(weights.astype(kind, copy=False), at, np.asarray(more.weights, dtype=kind))
    rows = rows.with_new(at, coming, more)
    return rows.starts, rows.indices, weights


@dataclass(frozen=True, slots=True)
class _Rows:
    """The pairs by target: how many each has, and the endorsers, ascending in a row."""

    counts: Longs
    indices: NDArray[np.uint32]

    @classmethod
    def of(cls, graph: TopicGraph, place: Longs, n: int) -> _Rows:
        """Those of ``graph``, its people renumbered to places among n."""
        counts = np.zeros(n, dtype=np.int64)
        counts[place] = graph.endorsers
        same = len(place) == n
        indices = graph.indices if same else place.astype(np.uint32)[graph.indices]
        return cls(counts, np.asarray(indices))

    @property
    def starts(self) -> Longs:
        return np.concatenate([[0], np.cumsum(self.counts)])

    def find(self, target: Longs, by: Longs) -> tuple[Longs, NDArray[np.bool_]]:
        """Before which pair each of some belongs, and whether it is that one; halving its row."""
        starts, indices = self.starts, self.indices
        low, end = starts[target], starts[target + 1]
        high = end.copy()
        while (open_ := low < high).any():
            middle = (low + high) >> 1
            less = open_.copy()
            less[open_] = indices[middle[open_]] < by[open_]
            high = np.where(open_ & ~less, middle, high)
            low = np.where(less, middle + 1, low)
        held = low < end
        held[held] = indices[low[held]] == by[held]
        return low, held

    def without(self, at: Longs, ids: Longs, some: TopicGraph) -> _Rows:
        """Without the pairs at ``at``, which are those of ``some``."""
        counts = self.counts.copy()
        counts[ids] -= some.endorsers
        return _Rows(counts, np.delete(self.indices, at))

    def with_new(self, at: Longs, ids: Longs, some: TopicGraph) -> _Rows:
        """With the pairs of ``some``, each before the one at ``at``."""
        counts = self.counts.copy()
        counts[ids] += some.endorsers
        return _Rows(counts, np.insert(self.indices, at, ids[some.indices].astype(np.uint32)))


def _pairs(graph: TopicGraph, ids: Longs) -> tuple[Longs, Longs]:
    """Target and endorser of every pair, as ``ids`` number them."""
    return np.repeat(ids, graph.endorsers), ids[np.asarray(graph.indices, dtype=np.int64)]


def _shifted(weights: NDArray[Any], shift: int) -> NDArray[Any]:
    """The weights times 2^``shift``."""
    return np.ldexp(np.asarray(weights, dtype=np.float64), shift) if shift else np.asarray(weights)


def _without_idle(graph: TopicGraph) -> TopicGraph:
    """The graph without people who are on no pair."""
    takes_part = graph.endorsers > 0
    takes_part[graph.indices] = True
    if takes_part.all():
        return graph
    place = (np.cumsum(takes_part) - 1).astype(np.uint32)
    return replace(
        graph,
        accounts=graph.accounts.filter(pl.Series(takes_part)),
        indptr=np.concatenate([[0], np.cumsum(graph.endorsers[takes_part])]),
        indices=place[graph.indices],
        events=graph.events[takes_part],
    )


def _with_new(old: pl.Series, some: pl.Series) -> tuple[pl.Series, Longs, Longs]:
    """All names in order, and where each of ``old``, and each of ``some``, now stands."""
    at, held = _found(old, some)
    before = at[~held]
    place = np.arange(len(old), dtype=np.int64)
    if not len(before):
        return old, place, at
    place += np.cumsum(np.bincount(before, minlength=len(old) + 1))[:-1]
    among = before + np.arange(len(before))
    order = np.empty(len(old) + len(before), dtype=np.int64)
    order[place] = np.arange(len(old))
    order[among] = len(old) + np.arange(len(before))
    coming = np.empty(len(some), dtype=np.int64)
    coming[held], coming[~held] = place[at[held]], among
    return pl.concat([old, some.filter(pl.Series(~held))]).gather(order), place, coming


def _found(names: pl.Series, some: pl.Series) -> tuple[Longs, NDArray[np.bool_]]:
    """Before which of the sorted ``names`` each of ``some`` belongs, and whether it is that one."""
    if names.is_empty() or some.is_empty():
        return np.zeros(len(some), dtype=np.int64), np.zeros(len(some), dtype=np.bool_)
    at = names.search_sorted(some, side="left").to_numpy().astype(np.int64)
    return at, (names.gather(np.minimum(at, len(names) - 1)) == some).to_numpy()
