"""Reverse-reachable sets of several topics over the same people, in one search."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from graphengine.influence.diffusion.sampling import root_table
from graphengine.influence.diffusion.tables import threshold_tables
from graphengine.influence.kernels import topic_sets as loops
from graphengine.influence.kernels.coins import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model

__all__ = ["MOST_TOPICS", "TopicSampler", "TopicSets"]

MOST_TOPICS = 32
CHUNK = 2_048  # sets of one stream of random numbers

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class TopicSets:
    """Sets, one after the other; bit t of ``bits`` says that the person is in topic t's set."""

    first: NDArray[np.uint64]
    people: NDArray[np.uint32]
    bits: NDArray[np.uint32]


class TopicSampler:
    """Cascades of up to 32 topics, one graph each over the same n people.

    ``roots`` says for each topic how much it counts to reach each person (n, or None: all alike);
    ``weight`` are the sums. Under independent cascade probabilities are read to 24 bits. Each topic's sets have the law that they have alone; the
    topics' sets depend on each other, which no topic's own answer notices. The stream depends on
    ``random_state`` alone, not on the threads.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> both = [uniform([0, 1], [1, 2], 1.0), uniform([0, 1], [1, 2], 0.0)]
    >>> sampler = TopicSampler(both, random_state=1)
    >>> drawn = sampler.draw(500)[0]  # with certain edges all of 0..v are in v's set
    >>> sorted(set(zip(drawn.people.tolist(), drawn.bits.tolist())))
    [(0, 1), (0, 3), (1, 1), (1, 3), (2, 3)]
    """

    def __init__(
        self,
        graphs: Sequence[DiffusionGraph],
        *,
        model: Model = "independent_cascade",
        random_state: int,
        threads: int = 1,
        roots: Sequence[ArrayLike | None] = (),
    ) -> None:
        if not 0 < len(graphs) <= MOST_TOPICS:
            raise ValueError(f"one search takes 1 to {MOST_TOPICS} topics, got {len(graphs)}")
        people = {graph.n for graph in graphs}
        if len(people) > 1:
            raise ValueError(
                f"the topics' graphs need the same people, got {sorted(people)} of them; "
                "build each with the same n"
            )
        self.n, self.topics, self.threads = people.pop(), len(graphs), threads
        self.weight = np.full(self.topics, float(self.n))
        listening = model == "linear_threshold"
        self._tables: loops.Tables = (
            _cascade_tables(graphs if not listening else (), self.n),
            _threshold_tables(graphs if listening else (), self.n),
            self._root_tables(roots),
        )
        self._random_state, self._chunk = random_state, 0
        self._desks: list[loops.Desk] = []

    @property
    def all_topics(self) -> int:
        """The bits of all topics."""
        return (1 << self.topics) - 1

    def draw(self, sets: int, *, topics: int | None = None) -> list[TopicSets]:
        """The next sets, of the topics whose bits are given (all)."""
        bits = np.uint32(self.all_topics if topics is None else topics)

        def some(desk: loops.Desk, size: int, seed: np.uint64) -> TopicSets:
            return TopicSets(*loops.topic_sets(self._tables, bits, desk, size, seed))

        return self._in_chunks(sets, some)

    def hits(self, sets: int, chosen: NDArray[np.uint32], *, topics: int) -> NDArray[np.int64]:
        """For each topic, how many of the next sets hold somebody whose ``chosen`` has its bit."""
        bits = np.uint32(topics)

        def some(desk: loops.Desk, size: int, seed: np.uint64) -> NDArray[np.int64]:
            found: NDArray[np.int64] = loops.topic_hits(
                self._tables, bits, desk, chosen, size, seed
            )
            return found

        return np.asarray(np.stack(self._in_chunks(sets, some)).sum(axis=0)[: self.topics])

    def _root_tables(self, roots: Sequence[ArrayLike | None]) -> loops.Roots:
        """Keep and other by place and topic; no rows where everybody counts alike everywhere."""
        if all(one is None for one in roots):
            return np.empty((0, self.topics)), np.empty((0, self.topics), np.uint32)
        keep = np.ones((self.n, self.topics))
        other = np.zeros((self.n, self.topics), np.uint32)
        for t, given in enumerate(roots):
            if given is not None:
                keep[:, t], other[:, t], self.weight[t] = root_table(given, self.n)
        return keep, other

    def _in_chunks(self, sets: int, work: Callable[[loops.Desk, int, np.uint64], T]) -> list[T]:
        sizes = [min(CHUNK, sets - at) for at in range(0, sets, CHUNK)]
        seeds = [stream(self._random_state, self._chunk + i) for i in range(len(sizes))]
        self._chunk += len(sizes)

        def one(size: int, seed: np.uint64) -> T:
            desk = self._desks.pop() if self._desks else _new_desk(self.n)
            with np.errstate(over="ignore"):
                answer = work(desk, size, seed)
            self._desks.append(desk)
            return answer

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(one, sizes, seeds))


def _new_desk(n: int) -> loops.Desk:
    """Arrays to work in, left clean by whoever used them before."""
    return np.zeros((n, 2), np.uint32), np.empty(n, np.uint32), np.zeros(3, np.uint64)


def _threshold_tables(graphs: Sequence[DiffusionGraph], n: int) -> loops.Thresholds:
    """Each topic's own edges, one topic after the other; no rows where there is no topic."""
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


def _cascade_tables(graphs: Sequence[DiffusionGraph], n: int) -> loops.Cascades:
    """All topics' edges in one graph; for each edge the topics in which it can be live."""
    if not graphs:
        empty = np.zeros((0, 8)), np.zeros((1, 2), np.uint64)
        return *empty, np.empty(0, np.float32), np.empty(0, np.uint8)
    indptr, indices, pairs, chance, topic = _merged(graphs)
    m = indices.size
    most = np.zeros(m)
    if m:
        most = np.maximum.reduceat(chance, pairs[:-1].astype(np.int64)).astype(np.float64)
    envelope, begin = np.zeros(n), indptr.astype(np.int64)
    some = np.flatnonzero(np.diff(begin))
    if some.size:
        envelope[some] = np.maximum.reduceat(most, begin[some])
    with np.errstate(divide="ignore"):
        dead = np.log1p(-envelope)  # the logarithm of one edge's chance to be skipped
        step = np.where(envelope > 0, 1.0 / dead, -np.inf)
        none = np.exp(np.where(envelope > 0, dead * np.diff(begin), 0.0))
    people = np.zeros((n, 8))  # eight numbers fill a line of the cache
    people[:, :5] = np.column_stack([begin[:-1], np.diff(begin), none, step, envelope])
    edges = np.zeros((m + 1, 2), np.uint64)
    edges[:m, 0], edges[:, 1] = indices, pairs
    if m and not topic.size:  # below the least probability an edge is live in every topic
        least = np.minimum.reduceat(chance, pairs[:-1].astype(np.int64)).astype(np.float64)
        below = np.minimum(np.floor(least * 4294967296.0), 4294967295.0)
        edges[:m, 0] |= below.astype(np.uint64) << np.uint64(32)
    return people, edges, chance, topic


def _merged(
    graphs: Sequence[DiffusionGraph],
) -> tuple[
    NDArray[np.uint64],
    NDArray[np.uint32],
    NDArray[np.uint64],
    NDArray[np.float32],
    NDArray[np.uint8],
]:
    first = graphs[0]
    alike = all(
        g.indices.size == first.indices.size
        and np.array_equal(g.indptr, first.indptr)
        and np.array_equal(g.indices, first.indices)
        for g in graphs[1:]
    )
    if alike:
        chance = np.stack([g.probability for g in graphs], axis=1).astype(np.float32).ravel()
        pairs = np.arange(first.indices.size + 1, dtype=np.uint64) * np.uint64(len(graphs))
        return first.indptr, first.indices, pairs, chance, np.empty(0, np.uint8)
    keys = np.concatenate([_keys(g) for g in graphs])
    order = np.argsort(keys, kind="stable")  # runs in order already: one merge, topics ascending
    keys = keys[order]
    begin = np.flatnonzero(np.diff(keys, prepend=-1))
    edge = keys[begin]
    n = first.n
    indptr = np.zeros(n + 1, np.uint64)
    indptr[1:] = np.cumsum(np.bincount(edge // n, minlength=n)) if n else []
    chance = np.concatenate([g.probability for g in graphs]).astype(np.float32)[order]
    topic = np.repeat(np.arange(len(graphs), dtype=np.uint8), [g.m for g in graphs])[order]
    pairs = np.append(begin, keys.size).astype(np.uint64)
    return indptr, (edge % n).astype(np.uint32), pairs, chance, topic


def _keys(graph: DiffusionGraph) -> NDArray[np.int64]:
    """target·n + source of each edge, ascending."""
    return graph.targets().astype(np.int64) * graph.n + graph.indices
