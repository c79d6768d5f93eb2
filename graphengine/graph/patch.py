"""A stored graph with some pairs replaced: what a full build would give, without building."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

if TYPE_CHECKING:
    from graphengine.graph.topic_graph import TopicGraph

__all__ = ["patched"]

Longs = NDArray[np.int64]


def patched(old: TopicGraph, *, drop: TopicGraph, put: TopicGraph, shift: int) -> TopicGraph | None:
    """``old`` times 2^``shift``, without the pairs of ``drop``, with those of ``put``.

    ``drop`` is what the same pairs came to when ``old`` was built; it has their weights against
    the new reference. None where ``old`` does not hold exactly that: then it is not what was
    thought, and only a full build is right.

    The work is a few passes over the pairs; people without pairs leave, as ``compress`` has it.
    """
    accounts, place = _with_new(old.accounts, put.accounts)
    n = len(accounts)
    going, coming = _ids(accounts, drop.accounts), _ids(accounts, put.accounts)
    if going is None or coming is None:
        return None
    keys = _keys(old, place, n)
    weights = np.asarray(old.weights, dtype=np.float64)
    weights = np.ldexp(weights, shift) if shift else weights
    at, held = _find(keys, _keys(drop, going, n))
    if not held.all() or (weights[at] != np.asarray(drop.weights, dtype=np.float64)).any():
        return None
    keys, weights = np.delete(keys, at), np.delete(weights, at)
    arriving = _keys(put, coming, n)
    at, held = _find(keys, arriving)
    if held.any():
        return None
    events = np.zeros(n, dtype=np.int64)
    events[place] = old.events
    events[going] -= drop.events
    events[coming] += put.events
    return _assembled(
        old,
        accounts,
        keys=np.insert(keys, at, arriving),
        weights=np.insert(weights, at, np.asarray(put.weights, dtype=np.float64)),
        events=events,
    )


def _assembled(
    old: TopicGraph,
    accounts: pl.Series,
    *,
    keys: Longs,
    weights: NDArray[np.float64],
    events: Longs,
) -> TopicGraph:
    """The graph of the pairs ``keys`` (target · n + endorser), people without pairs left out."""
    n = len(accounts)
    target, by = np.divmod(keys, max(n, 1))
    takes_part = np.zeros(n, dtype=np.bool_)
    takes_part[target] = takes_part[by] = True
    if not takes_part.all():
        place = np.cumsum(takes_part) - 1
        target, by, events = place[target], place[by], events[takes_part]
        accounts = accounts.filter(pl.Series(takes_part))
    pairs_of = np.bincount(target, minlength=len(accounts))
    return replace(
        old,
        accounts=accounts,
        indptr=np.concatenate([[0], np.cumsum(pairs_of)]).astype(np.int64),
        indices=by.astype(np.uint32),
        weights=weights,
        events=events,
    )


def _with_new(old: pl.Series, some: pl.Series) -> tuple[pl.Series, Longs]:
    """All names in order, and where each of ``old`` now stands."""
    new = some.filter(~_is_in(old, some))
    before = _places(old, new)
    ids = np.arange(len(old), dtype=np.int64)
    place = ids + np.searchsorted(before, ids, side="right")
    if new.is_empty():
        return old, ids
    order = np.empty(len(old) + len(new), dtype=np.int64)
    order[place] = ids
    order[before + np.arange(len(new))] = len(old) + np.arange(len(new))
    return pl.concat([old, new]).gather(order), place


def _places(names: pl.Series, some: pl.Series) -> Longs:
    """Before which of the sorted ``names`` each of ``some`` belongs."""
    if some.is_empty():
        return np.zeros(0, dtype=np.int64)
    return names.search_sorted(some, side="left").to_numpy().astype(np.int64)


def _is_in(names: pl.Series, some: pl.Series) -> pl.Series:
    if names.is_empty() or some.is_empty():
        return pl.Series(np.zeros(len(some), dtype=np.bool_))
    at = np.minimum(_places(names, some), len(names) - 1)
    return names.gather(at) == some


def _ids(names: pl.Series, some: pl.Series) -> Longs | None:
    """The places of ``some`` in the sorted ``names``; None where one is missing."""
    return _places(names, some) if _is_in(names, some).all() else None


def _keys(graph: TopicGraph, place: Longs, n: int) -> Longs:
    """The pairs of ``graph`` as target · n + endorser, ascending, people renumbered."""
    indptr = np.asarray(graph.indptr, dtype=np.int64)
    target = np.repeat(place, indptr[1:] - indptr[:-1])
    return target * n + place[np.asarray(graph.indices, dtype=np.int64)]


def _find(keys: Longs, some: Longs) -> tuple[Longs, NDArray[np.bool_]]:
    """Before which of the ascending ``keys`` each of ``some`` belongs, and whether it is that one."""
    at = np.searchsorted(keys, some)
    held = at < keys.size
    held[held] = keys[at[held]] == some[held]
    return at, held
