"""What the loops that draw the sets of several topics read, made once for all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.graph import DiffusionGraph
from graphengine.influence.diffusion.tables import envelope_tables, threshold_tables
from graphengine.influence.kernels import topic_chances as loops
from graphengine.influence.kernels.row_masks import ROW

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.influence.kernels.topic_turns import Chances, Groups, Thresholds

    Words = NDArray[np.uint32]
    Places = NDArray[np.uint64]
    Floats = NDArray[np.float64]

__all__ = ["topic_cascade_tables", "topic_threshold_tables"]

LIST_BLOCK = 4_096  # edges of a topic written at a time, so that their lists stay near
FEW = 4  # where an edge has less than one in so many topics, lists are shorter than rows


def topic_cascade_tables(
    graphs: Sequence[DiffusionGraph], *, threads: int = 1
) -> tuple[Groups, Chances]:
    """All topics' edges in groups by their largest probability, and every topic's part of that.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> both = [uniform([0], [1], p) for p in (0.5, 0.25)]
    >>> groups, (high, low, *_) = topic_cascade_tables(both)
    >>> hex(groups[1][0]), high[0, :3]  # live in both below half of a group's chance
    ('0x4000800000000000', array([32768, 16384,     0], dtype=uint16))
    """
    if not graphs:
        head, table, nobody = np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint32)
        return (head, head, table, nobody), _no_chances()
    indptr, indices, places = _merged(graphs)
    most, possible = _most(graphs, places, indices.size, threads=threads)
    numbered = DiffusionGraph(indptr, np.arange(indices.size, dtype=np.uint32), most)
    head, edge, table, further, group = envelope_tables(numbered)
    where = np.full(indices.size, edge.size, np.uint32)  # what is never live goes to a last row
    where[edge] = np.arange(edge.size, dtype=np.uint32)
    parts = [g.probability for g in graphs], places
    scale = float(1 << 31) / np.append(group, 1.0)
    edges = np.append(indices[edge], np.uint32(0)).astype(np.uint64)
    if possible * FEW >= edges.size * len(graphs):
        return (head, edges, table, further), _rows(parts, where, scale, edges, threads=threads)
    return (head, edges, table, further), _lists(parts, where, scale, edges, possible)


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
    return np.zeros((0, 32), np.uint16), np.zeros((0, 1), np.uint16), np.zeros(0, np.uint64)


def _most(
    graphs: Sequence[DiffusionGraph], places: list[Words], edges: int, *, threads: int
) -> tuple[Floats, int]:
    """Each edge's largest probability, rounded up; how many probabilities of all are above 0.

    Of a number 4 bits after its first are kept, so that edges of nearly the same probability are
    in one group; what that adds, at most a sixteenth, the coins take away again.
    """

    def some(i: int) -> tuple[Floats, int]:
        most, possible = np.zeros(edges), 0
        for graph, place in zip(graphs[i::threads], places[i::threads], strict=True):
            possible += loops.raise_most(graph.probability, place, most)
        return most, possible

    with ThreadPoolExecutor(threads) as pool:
        found = list(pool.map(some, range(threads)))
    most, rest = found[0][0], np.uint64((1 << 48) - 1)
    for part, _ in found[1:]:
        np.maximum(most, part, out=most)
    rounded = (most.view(np.uint64) + rest) & ~rest
    return rounded.view(np.float64), sum(possible for _, possible in found)


def _lists(
    parts: tuple[list[Floats], list[Words]],
    where: Words,
    scale: Floats,
    edges: Places,
    possible: int,
) -> Chances:
    """A list an edge, ``possible`` entries in all; where it begins comes above the edge's source.

    Some edges of every topic are filled, then the next: what is written stays in the cache.
    """
    count, pairs = np.zeros(edges.size, np.uint32), np.zeros(possible, np.uint64)
    rows = [where if at.size == where.size else where[at] for at in parts[1]]
    for p, row in zip(parts[0], rows, strict=True):
        loops.count_topics_of(p, row, count)
    start = np.cumsum(count, dtype=np.uint64) - count
    edges |= start << np.uint64(32)
    blocks = 1 + max(p.size for p in parts[0]) // LIST_BLOCK
    for b in range(blocks):
        for topic, (p, row) in enumerate(zip(parts[0], rows, strict=True)):
            some = slice(p.size * b // blocks, p.size * (b + 1) // blocks)
            loops.fill_lists(p[some], row[some], scale, topic, (start, pairs))
    return *_no_chances()[:2], pairs


def _rows(
    parts: tuple[list[Floats], list[Words]],
    where: Words,
    scale: Floats,
    edges: Places,
    *,
    threads: int,
) -> Chances:
    """A row an edge; different parts of the edges are written in different places."""
    rows, topics = edges.size, len(parts[0])
    high, low = np.zeros((rows, ROW), np.uint16), np.zeros((rows, topics), np.uint16)
    more = ROW - topics  # with so many, the loop is compiled for one number of topics
    p = (*parts[0], *[np.empty(0)] * more)
    places = (*parts[1], *[np.empty(0, np.uint32)] * more)

    def some(i: int) -> None:
        begin, end = (where.size * part // threads for part in (i, i + 1))
        at = np.array([np.searchsorted(place, np.uint32(begin)) for place in places])
        loops.fill_rows((p, places), where, scale, (high, low), (begin, end, at))

    def bounds(i: int) -> None:
        part = slice(rows * i // threads, rows * (i + 1) // threads)
        loops.fill_bounds(high[part], topics, edges[part])

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(some, range(threads)))
        list(pool.map(bounds, range(threads)))
    return high, low, _no_chances()[2]


def _merged(
    graphs: Sequence[DiffusionGraph],
) -> tuple[Places, Words, list[Words]]:
    """The edges of all topics by (target, source), and where each topic's stand."""
    first = graphs[0]
    if all(_alike(first, g) for g in graphs[1:]):
        return first.indptr, first.indices, [np.arange(first.m, dtype=np.uint32)] * len(graphs)
    keys = [g.targets().astype(np.int64) * g.n + g.indices for g in graphs]
    whole = np.unique(np.concatenate(keys))
    places: list[Words] = []
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
