"""Hundreds of topics over one table of events: split by topic, each laid out and ranked alone.

The table is sorted by topic once, by counting. A topic's people then get numbers of their own, so
that nothing in a topic is as long as the whole network, and one thread ranks one topic, largest
first: no thread waits for another, and the number of threads changes no bit.
"""

from __future__ import annotations

import queue
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphengine.graph.structure import Structure, laid_out
from graphengine.influence.kernels.layout import by_topic, counted, eights, laid, seated, tally
from graphengine.influence.ranking.columns import (
    CHUNK,
    highest,
    slices,
    weight_column,
    weight_type,
    whole_column,
)
from graphengine.influence.ranking.pagerank import pagerank
from graphengine.influence.ranking.uniform import Rows, uniform_pagerank

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.ranking.columns import Each
    from graphengine.influence.ranking.iteration import Solution

__all__ = ["Topic", "TopicTable", "pagerank_topics"]

Scratch = tuple["NDArray[np.uint64]", "NDArray[np.uint32]"]

_IDS, _ROWS = 0xFFFFFFFF, 0xFFFFFF00  # below: ids, and rows of a topic
_LONG = 64  # endorsers of a long row
_SANE = (1e-100, 1e100)  # weights that neither overflow nor vanish when they are multiplied


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """One topic's people and their shares: ``people`` are ids, ``solution.value`` lies beside."""

    people: NDArray[np.uint32]
    solution: Solution


class TopicTable:
    """Edges of many topics, sorted by topic and kept: columns topic, endorser, endorsed, weight.

    ``topic`` counts from 0; ``u`` and ``v`` are ids from 0, below 2³² − 1; weights are finite and
    > 0 (None: all are 1). An edge on oneself is left out, repeats of a pair in a topic add up.
    ``threads`` read and sort; their number changes no bit.

    Raises:
        ValueError: The columns differ in length, or an entry is out of its range.

    >>> table = TopicTable([1, 0, 1], [7, 5, 9], [9, 7, 7])
    >>> table.count, table.sizes.tolist()
    (2, [1, 2])
    >>> people, structure = table.structure(1)
    >>> people.tolist(), structure.m
    ([7, 9], 2)
    """

    def __init__(
        self,
        topic: ArrayLike,
        u: ArrayLike,
        v: ArrayLike,
        w: ArrayLike | None = None,
        *,
        threads: int = 1,
    ) -> None:
        names, values = ("topic", "u", "v"), (topic, u, v)
        ids = [whole_column(a, name=n) for a, n in zip(values, names, strict=True)]
        weights = None if w is None else weight_column(w)
        if len({len(a) for a in (*ids, weights) if a is not None}) > 1:
            raise ValueError("topic, u, v and w need one entry an edge each; their lengths differ")
        with ThreadPoolExecutor(threads) as pool:
            most = [highest(a, pool.map, name=n) for a, n in zip(ids, names, strict=True)]
            self.count, self.nodes = most[0] + 1, 1 + max(most[1:])
            if self.nodes > _IDS:
                raise ValueError(f"ids must be below {_IDS}, got {self.nodes - 1}; renumber them")
            kind, bounds = (None, _SANE) if weights is None else weight_type(weights, pool.map)
            self._sane = _SANE[0] <= bounds[0] and bounds[1] <= _SANE[1]
            self._sort(ids, None if kind is None else weights, kind, each=pool.map)

    def _sort(self, columns: list[NDArray[Any]], w: Any, kind: Any, *, each: Each) -> None:
        """Group the rows by topic, chunk by chunk."""
        chunks = slices(len(columns[0]), CHUNK)
        found = list(each(lambda part: tally(columns[0][part], self.count), chunks))
        tallies = np.array(found, dtype=np.int64).reshape(len(chunks), self.count)
        self._starts = np.concatenate([[0], np.cumsum(tallies.sum(axis=0))])
        if self.sizes.max(initial=0) > _ROWS:
            raise ValueError(f"a topic has {self.sizes.max()} rows, more than {_ROWS}; split it")
        at = self._starts[:-1] + np.cumsum(tallies, axis=0) - tallies
        self._pairs = np.empty(len(columns[0]), dtype=np.uint64)
        self._w = None if kind is None else np.empty(len(w), dtype=kind)

        def put(part: slice, at: NDArray[np.int64]) -> None:
            t, u, v = (column[part] for column in columns)
            by_topic((t, u, v), None if w is None else w[part], at, self._pairs, self._w)

        list(each(put, chunks, at))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The rows of each topic."""
        return np.diff(self._starts)

    def structure(self, topic: int) -> tuple[NDArray[np.uint32], Structure]:
        """A topic's people, ascending, and its structure, whose ids are positions among them."""
        pairs, w = self._edges(topic)
        u, v = (pairs >> np.uint64(32)).astype(np.uint32), pairs.astype(np.uint32)
        keep = u != v
        u, v = u[keep], v[keep]
        people, place = np.unique(np.concatenate([u, v]), return_inverse=True)
        given = np.ones(len(u)) if w is None else w[keep].astype(np.float64)
        shape = (len(people), len(people))
        W: Any = sp.coo_array((given, (place[: len(u)], place[len(u) :])), shape=shape).tocsc()
        return people, laid_out(W.indptr, W.indices, W.data)

    def _edges(self, topic: int) -> tuple[NDArray[np.uint64], NDArray[Any] | None]:
        part = slice(int(self._starts[topic]), int(self._starts[topic + 1]))
        return self._pairs[part], None if self._w is None else self._w[part]

    def rows(self, topic: int, scratch: Scratch | None = None) -> tuple[NDArray[np.uint32], Rows]:
        """A topic's people by place, and their rows.

        ``scratch`` is two columns with an entry a node: one all 0, which is left so, and any.

        >>> people, rows = TopicTable([0, 0], [7, 9], [9, 5]).rows(0)
        >>> people.tolist(), rows.ranks
        ([9, 5, 7], (0, 0, 1, 2, 3))
        """
        seen, place = self.scratch() if scratch is None else scratch
        pairs, w = self._edges(topic)
        people = np.empty(min(2 * len(pairs), self.nodes) + 1, dtype=np.uint32)
        n = counted(pairs, seen, people)
        order, length, ranks = seated(people[:n], seen, place, _LONG)
        start, cut, at = eights(length, ranks)
        indices, weights = laid(pairs, w, place, cut, at, ranks)
        return order, Rows(ranks, start, cut, indices, weights)

    def scratch(self) -> Scratch:
        """What ``rows`` needs to lay topics out, one after the other."""
        return np.zeros(self.nodes, dtype=np.uint64), np.zeros(self.nodes, dtype=np.uint32)

    def ranked(self, topic: int, scratch: Scratch, *, damping: float, tolerance: float) -> Topic:
        """PageRank within a topic; see ``pagerank_topics``."""
        if self._sane:
            people, rows = self.rows(topic, scratch)
            solution = uniform_pagerank(rows, damping=damping, tolerance=tolerance)
            if solution is not None:
                return Topic(people, solution)
        people, structure = self.structure(topic)
        return Topic(people, pagerank(structure, damping=damping, tolerance=tolerance))


def pagerank_topics(
    table: TopicTable, *, damping: float = 0.85, tolerance: float = 1e-9, threads: int = 1
) -> list[Topic]:
    """PageRank within each topic of ``table``, by topic; a topic without edges has no people.

    ``tolerance`` bounds each topic's L1 error.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: The damping is out of its range.

    >>> found = pagerank_topics(TopicTable([0, 0], [3, 8], [8, 3]))
    >>> found[0].people.tolist(), found[0].solution.value
    ([3, 8], array([0.5, 0.5]))
    """
    free: queue.SimpleQueue[Scratch] = queue.SimpleQueue()
    for _ in range(threads):
        free.put(table.scratch())

    def ranked(topic: int) -> Topic:
        scratch = free.get()
        try:
            return table.ranked(topic, scratch, damping=damping, tolerance=tolerance)
        finally:
            free.put(scratch)

    largest = np.argsort(-table.sizes, kind="stable").tolist()
    with ThreadPoolExecutor(threads) as pool:
        found = dict(zip(largest, pool.map(ranked, largest), strict=True))
    return [found[topic] for topic in range(table.count)]
