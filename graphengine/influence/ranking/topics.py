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
from graphengine.influence.kernels.layout import tally
from graphengine.influence.kernels.topic_table import HEAVY, by_topic, packed
from graphengine.influence.ranking.columns import (
    CHUNK,
    highest,
    slices,
    weight_column,
    weight_type,
    whole_column,
)
from graphengine.influence.ranking.pagerank import pagerank
from graphengine.influence.ranking.topic_rows import Scratch
from graphengine.influence.ranking.uniform import uniform_pagerank

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.ranking.columns import Each
    from graphengine.influence.ranking.iteration import Solution
    from graphengine.influence.ranking.uniform import Rows

__all__ = ["Topic", "TopicTable", "pagerank_topics"]

Columns = list["NDArray[Any]"]

_IDS, _ROWS = 0xFFFFFFFF, 0xE0000000  # below: ids, and rows of a topic, which are filled up
_HALF, _WORD, _APART = 24, 32, 32  # bits: an id's at best, a place's and a weight's, any id's
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
            self.count = highest(ids[0], pool.map, name="topic") + 1
            at = self._counted(ids[0], pool.map)
            if not self._pack(ids, weights, at, half=_HALF, each=pool.map):
                self._sort(ids, weights, at, each=pool.map)

    def _counted(self, topic: NDArray[Any], each: Each) -> NDArray[np.int64]:
        """Where in the table the rows of each chunk and topic go, from here on."""
        chunks = slices(len(topic), CHUNK)
        found = list(each(lambda part: tally(topic[part], self.count), chunks))
        tallies = np.array(found, dtype=np.int64).reshape(len(chunks), self.count)
        self._starts = np.concatenate([[0], np.cumsum(tallies.sum(axis=0))])
        if self.sizes.max(initial=0) > _ROWS:
            raise ValueError(f"a topic has {self.sizes.max()} rows, more than {_ROWS}; split it")
        self._pairs = np.empty(len(topic), dtype=np.uint64)
        self._w: NDArray[Any] | None = None  # None: weights lie in the pairs
        at: NDArray[np.int64] = self._starts[:-1] + np.cumsum(tallies, axis=0) - tallies
        return at

    def _pack(
        self, columns: Columns, w: Any, at: NDArray[np.int64], *, half: int, each: Each
    ) -> bool:
        """Group the rows by topic, ids of ``half`` bits and weight in one number; whether all fit.

        Nothing need be known of the ids and weights: what does not fit shows on the way.
        """
        misfits: list[tuple[int, int]] = []

        def put(part: slice, at: NDArray[np.int64]) -> tuple[int, int]:
            if misfits:
                return 0, 1
            t, u, v = (column[part] for column in columns)
            beside = None if w is None else w[part]
            highest, heaviest = packed((t, u, v), beside, at, half, self._pairs)
            most = int(highest), int(heaviest)
            misfits.extend([] if _fit(*most, half=half) else [most])
            return most

        found = list(each(put, slices(len(columns[0]), CHUNK), at.copy()))
        most = max((ids for ids, _ in found), default=-1)
        self.nodes, self._half, self._sane = most + 1, half, True
        return not misfits and _fit(most, max((w for _, w in found), default=1), half=half)

    def _sort(self, columns: Columns, w: Any, at: NDArray[np.int64], *, each: Each) -> None:
        """``_pack``, with weights apart where they must be, after a look at every entry."""
        self.nodes = 1 + max(
            highest(a, each, name=n) for a, n in zip(columns[1:], "uv", strict=True)
        )
        if self.nodes > _IDS:
            raise ValueError(f"ids must be below {_IDS}, got {self.nodes - 1}; renumber them")
        given = np.ones(len(columns[0]), dtype=np.uint8) if w is None else w
        kind, bounds = weight_type(given, each)
        half = self.nodes.bit_length()
        if kind is not np.float64 and _fit(self.nodes - 1, int(bounds[1]), half=half):
            self._pack(columns, w, at, half=half, each=each)
            return
        weights = np.empty(len(given), dtype=kind or np.uint8)
        self._half, self._w = _APART, weights
        self._sane = _SANE[0] <= bounds[0] and bounds[1] <= _SANE[1]

        def put(part: slice, at: NDArray[np.int64]) -> None:
            t, u, v = (column[part] for column in columns)
            by_topic((t, u, v), given[part], at, self._pairs, weights)

        list(each(put, slices(len(given), CHUNK), at))

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The rows of each topic."""
        return np.diff(self._starts)

    def structure(self, topic: int) -> tuple[NDArray[np.uint32], Structure]:
        """A topic's people, ascending, and its structure, whose ids are positions among them."""
        pairs, w = self._edges(topic)
        half, mask = np.uint64(self._half), np.uint64((1 << self._half) - 1)
        u, v = pairs >> half & mask, pairs & mask
        if w is None:
            w = pairs >> np.uint64(2 * self._half)
        keep = u != v
        u, v = u[keep], v[keep]
        people, place = np.unique(np.concatenate([u, v]), return_inverse=True)
        given = w[keep].astype(np.float64)
        shape = (len(people), len(people))
        W: Any = sp.coo_array((given, (place[: len(u)], place[len(u) :])), shape=shape).tocsc()
        return people.astype(np.uint32), laid_out(W.indptr, W.indices, W.data)

    def _edges(self, topic: int) -> tuple[NDArray[np.uint64], NDArray[Any] | None]:
        part = slice(int(self._starts[topic]), int(self._starts[topic + 1]))
        return self._pairs[part], None if self._w is None else self._w[part]

    def rows(self, topic: int, scratch: Scratch | None = None) -> tuple[NDArray[np.uint32], Rows]:
        """A topic's people by place, and their rows.

        Rows lie in ``scratch`` until it is used again; who ranks many topics keeps one.

        >>> people, rows = TopicTable([0, 0], [7, 9], [9, 5]).rows(0)
        >>> people.tolist(), rows.ranks
        ([9, 5, 7], (0, 0, 1, 2, 3))
        """
        pairs, w = self._edges(topic)
        return (self.scratch() if scratch is None else scratch).rows(pairs, w, half=self._half)

    def scratch(self) -> Scratch:
        """What ``rows`` needs to lay topics out, one after the other."""
        return Scratch(self.nodes)

    def ranked(self, topic: int, scratch: Scratch, *, damping: float, tolerance: float) -> Topic:
        """PageRank within a topic; see ``pagerank_topics``."""
        if self._sane:
            people, rows = self.rows(topic, scratch)
            solution = uniform_pagerank(
                rows, damping=damping, tolerance=tolerance, room=scratch.floats(len(people))
            )
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


def _fit(highest: int, heaviest: int, *, half: int) -> bool:
    """Whether ids and weights go into one number, and a place and a weight into a word."""
    bits = (highest + 1).bit_length() + heaviest.bit_length()
    return 0 <= highest < 1 << half and 0 < heaviest < HEAVY and bits <= _WORD
