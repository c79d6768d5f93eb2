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

from graphengine.graph.structure import Structure, compact_weights
from graphengine.influence.kernels.layout import (
    add_repeats,
    by_target,
    by_topic,
    localised,
    places,
)
from graphengine.influence.ranking.pagerank import pagerank

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.ranking.iteration import Solution

__all__ = ["Topic", "TopicTable", "pagerank_topics"]

Columns = tuple["NDArray[np.uint32]", "NDArray[np.uint32]", "NDArray[Any] | None"]
_UNSEEN = np.uint32(0xFFFFFFFF)


@dataclass(frozen=True, slots=True, eq=False)
class Topic:
    """One topic's people and their shares: ``people`` are ids, ``solution.value`` lies beside."""

    people: NDArray[np.uint32]
    solution: Solution


class TopicTable:
    """Edges of many topics, sorted by topic and kept: columns topic, endorser, endorsed, weight.

    ``topic`` counts from 0; ``u`` and ``v`` are ids from 0, below 2³² − 1; weights are finite and
    > 0 (None: all are 1). An edge on oneself is left out, repeats of a pair in a topic add up.

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
        self, topic: ArrayLike, u: ArrayLike, v: ArrayLike, w: ArrayLike | None = None
    ) -> None:
        t, one, other = (_whole(a, name=n) for a, n in ((topic, "topic"), (u, "u"), (v, "v")))
        weights = None if w is None else _checked(np.asarray(w))
        if not len(t) == len(one) == len(other) == (len(t) if weights is None else len(weights)):
            raise ValueError("topic, u, v and w need one entry an edge each; their lengths differ")
        self.count = int(t.max()) + 1 if len(t) else 0
        self.nodes = 1 + max(int(one.max()), int(other.max())) if len(t) else 0
        if self.nodes > int(_UNSEEN):
            raise ValueError(f"ids must be below {_UNSEEN}, got {self.nodes - 1}; renumber them")
        small = None if weights is None else compact_weights(weights)
        self._starts, self._u, self._v, self._w = by_topic(t, self.count, one, other, small)

    @property
    def sizes(self) -> NDArray[np.int64]:
        """The rows of each topic."""
        return np.diff(self._starts)

    def structure(
        self, topic: int, scratch: NDArray[np.uint32] | None = None
    ) -> tuple[NDArray[np.uint32], Structure]:
        """A topic's people and its structure, whose ids are positions among them.

        ``scratch`` has an entry a node, all 2³² − 1, and is left so.
        """
        if scratch is None:
            scratch = np.full(self.nodes, _UNSEEN)
        a, b = int(self._starts[topic]), int(self._starts[topic + 1])
        w = None if self._w is None else self._w[a:b]
        u, v, w, people, given, received = localised(self._u[a:b], self._v[a:b], w, scratch)
        place, order, core = places(given, received)
        indptr, indices, weights, repeats = by_target(u, v, w, place, given, received)
        if repeats:
            added = np.ones(len(u)) if weights is None else weights.astype(np.float64)
            indptr, indices, added = add_repeats(indptr, indices, added)
            weights = compact_weights(added)
        return people, Structure(indptr, indices, weights, order, core)

    def each(
        self, work: Callable[[NDArray[np.uint32], Structure], Any], *, threads: int = 1
    ) -> list[Any]:
        """What ``work`` makes of every topic's people and structure; largest first, one a thread."""
        scratch: queue.SimpleQueue[NDArray[np.uint32]] = queue.SimpleQueue()
        for _ in range(threads):
            scratch.put(np.full(self.nodes, _UNSEEN))
        found: list[Any] = [None] * self.count

        def one(topic: int) -> None:
            mine = scratch.get()
            try:
                made = self.structure(topic, mine)
            finally:
                scratch.put(mine)
            found[topic] = work(*made)

        largest = np.argsort(-self.sizes, kind="stable").tolist()
        if threads == 1:
            for topic in largest:
                one(topic)
            return found
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, largest))
        return found


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

    def ranked(people: NDArray[np.uint32], structure: Structure) -> Topic:
        return Topic(people, pagerank(structure, damping=damping, tolerance=tolerance))

    found: list[Topic] = table.each(ranked, threads=threads)
    return found


def _whole(values: ArrayLike, *, name: str) -> NDArray[Any]:
    array = np.asarray(values)
    if not array.size:
        return np.zeros(0, dtype=np.uint32)
    if array.ndim != 1 or array.dtype.kind not in "iu" or array.min() < 0:
        raise ValueError(f"{name} needs whole numbers >= 0 in one column, got {array.dtype}")
    return array


def _checked(weights: NDArray[Any]) -> NDArray[Any]:
    if len(weights) and not (np.isfinite(weights).all() and weights.min() > 0):
        raise ValueError("every weight must be a finite number > 0; leave other edges out")
    return weights
