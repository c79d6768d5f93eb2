"""What the loops that draw the sets of several topics read, made once for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.graph import DiffusionGraph
from graphengine.influence.diffusion.tables import envelope_tables, threshold_tables
from graphengine.influence.kernels import topic_chances as loops

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from graphengine.influence.kernels.topic_sets import Chances, Groups, Thresholds

    Words = NDArray[np.uint32]
    Floats = NDArray[np.float64]

__all__ = ["topic_cascade_tables", "topic_threshold_tables"]

BLOCK = 4_096  # edges of a topic written at a time, so that their rows stay near
FEW = 4  # where an edge has less than one in so many topics, lists are shorter than rows


def topic_cascade_tables(graphs: Sequence[DiffusionGraph]) -> tuple[Groups, Chances]:
    """All topics' edges in groups by their largest probability, and every topic's part of that.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> both = [uniform([0], [1], p) for p in (0.5, 0.25)]
    >>> groups, (high, low, *_) = topic_cascade_tables(both)
    >>> hex(groups[1][0]), high[0, :3]  # live in both below half of a group's chance
    ('0x8000000000000000', array([255, 128,   0], dtype=uint8))
    """
    if not graphs:
        head, table, nobody = np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32)
        return (head, head, table, nobody), _no_chances()
    indptr, indices, places = _merged(graphs)
    most = np.zeros(indices.size)
    for graph, place in zip(graphs, places, strict=True):
        if place is None:
            np.maximum(most, graph.probability, out=most)
        else:
            most[place] = np.maximum(most[place], graph.probability)
    numbered = DiffusionGraph(indptr, np.arange(indices.size, dtype=np.uint32), most)
    head, edge, table, further, group = envelope_tables(numbered)
    where = np.full(indices.size, edge.size, np.uint32)  # what is never live goes to a last row
    where[edge] = np.arange(edge.size, dtype=np.uint32)
    parts = [
        (g.probability, where if at is None else where[at])
        for g, at in zip(graphs, places, strict=True)
    ]
    above, chances = _chances(parts, np.append(group, 1.0))
    edges = above.astype(np.uint64) << np.uint64(32)
    edges[:-1] |= indices[edge]
    return (head, edges, table, further), chances


def topic_threshold_tables(graphs: Sequence[DiffusionGraph], n: int) -> Thresholds:
    """Each topic's own edges, one topic after the other; no rows where there is no topic.

    >>> topic_threshold_tables([], 2)[0].shape
    (0, 0)
    """
    parts = [threshold_tables(graph) for graph in graphs]
    begin = np.zeros((n + 1 if parts else 0, len(parts)), np.uint64)
    total = np.zeros((n if parts else 0, len(parts)), np.uint64)
    ends = np.cumsum([0, *(source.size for _, source, *_ in parts)])
    for t, (indptr, _, sums, *_) in enumerate(parts):
        begin[:, t], total[:, t] = indptr + np.uint64(ends[t]), sums
    nobody, nothing = np.empty(0, np.uint32), np.empty(0)
    source = np.concatenate([nobody, *(source for _, source, *_ in parts)])
    if all(keep.size == 0 for *_, keep, _ in parts):
        return begin, total, source, nothing, nobody
    keep, other = np.ones(source.size), np.zeros(source.size, np.uint32)
    for t, (*_, kept, changed) in enumerate(parts):
        if kept.size:
            keep[ends[t] : ends[t + 1]], other[ends[t] : ends[t + 1]] = kept, changed
    return begin, total, source, keep, other


def _no_chances() -> Chances:
    return np.zeros((0, 32), np.uint8), np.zeros((0, 1), np.float32), np.zeros(0, np.uint64)


def _chances(parts: list[tuple[Floats, Words]], group: Floats) -> tuple[Words, Chances]:
    """For each edge what stands above its source, and rows, or lists, of chances.

    That is the part of 2^32 below which all topics have it live; or where its list begins.
    """
    rows, topics, (high, low, pairs) = group.size, len(parts), _no_chances()
    count = np.zeros(rows, np.uint32)
    for p, where in parts:
        loops.count_topics_of(p, where, count)
    if int(count.sum()) * FEW >= rows * topics:
        least = np.where(count == topics, np.uint32(0xFFFFFFFF), np.uint32(0))
        high, low = np.zeros((rows, 32), np.uint8), np.zeros((rows, topics), np.float32)
        _in_blocks(parts, group, loops.fill_rows, (high, low, least))
        return least, (high, low, pairs)
    start = np.cumsum(count, dtype=np.uint64) - count
    pairs = np.zeros(int(count.sum()), np.uint64)
    _in_blocks(parts, group, loops.fill_lists, (start.copy(), pairs))
    return start.astype(np.uint32), (high, low, pairs)


def _in_blocks(
    parts: list[tuple[Floats, Words]], group: Floats, fill: Callable[..., None], out: object
) -> None:
    """Fill some edges of every topic, then the next: what is written stays in the cache."""
    blocks = 1 + max(p.size for p, _ in parts) // BLOCK
    for b in range(blocks):
        for topic, (p, where) in enumerate(parts):
            some = slice(p.size * b // blocks, p.size * (b + 1) // blocks)
            fill(p[some], where[some], group, topic, out)


def _merged(
    graphs: Sequence[DiffusionGraph],
) -> tuple[NDArray[np.uint64], Words, list[Words | None]]:
    """The edges of all topics by (target, source), and where each topic's stand (None: alike)."""
    first = graphs[0]
    if all(_alike(first, g) for g in graphs[1:]):
        return first.indptr, first.indices, [None] * len(graphs)
    keys = [g.targets().astype(np.int64) * g.n + g.indices for g in graphs]
    whole = np.unique(np.concatenate(keys))
    places: list[Words | None] = []
    for key in keys:
        place = np.empty(key.size, np.uint32)
        loops.places_of(whole, key, place)
        places.append(place)
    n = first.n
    indptr = np.zeros(n + 1, np.uint64)
    if n:
        np.cumsum(np.bincount(whole // n, minlength=n), out=indptr[1:].view(np.int64))
    return indptr, (whole % max(n, 1)).astype(np.uint32), places


def _alike(one: DiffusionGraph, other: DiffusionGraph) -> bool:
    """Whether two graphs have the same edges."""
    return (one.indices is other.indices and one.indptr is other.indptr) or (
        np.array_equal(one.indptr, other.indptr) and np.array_equal(one.indices, other.indices)
    )
