"""Reverse-reachable sets of several topics over the same people, in one search."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from graphengine.influence.diffusion.sampling import root_table
from graphengine.influence.diffusion.topic_tables import (
    topic_cascade_tables,
    topic_threshold_tables,
)
from graphengine.influence.kernels import topic_sets as loops
from graphengine.influence.kernels.coins import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model
    from graphengine.influence.kernels.topic_turns import Desk

    _Room = tuple[Desk, NDArray[np.uint64]]

__all__ = ["MOST_TOPICS", "TopicSampler", "TopicSets"]

MOST_TOPICS = 32
CHUNK = 4_096  # sets of one stream of random numbers

_NOBODY = np.empty(0, np.uint32)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class TopicSets:
    """Sets, one after the other: set i is ``members[first[i]:first[i + 1]]``.

    A member is the person's number below 32 bits, of which bit t says that they are in topic t's.
    """

    first: NDArray[np.uint64]
    members: NDArray[np.uint64]

    @property
    def people(self) -> NDArray[np.uint32]:
        """Who they are."""
        return self.members.astype(np.uint32)

    @property
    def bits(self) -> NDArray[np.uint32]:
        """In which topics."""
        return (self.members >> np.uint64(32)).astype(np.uint32)


class TopicSampler:
    """Cascades of up to 32 topics, one graph each over the same n people.

    ``roots`` says for each topic how much it counts to reach each person (n, or None: all alike);
    ``weight`` are the sums. Under independent cascade probabilities are read to 2^-31 of the largest
    of an edge's group. Each topic's sets have the law that they have alone; the topics' sets depend
    on each other, which no topic's own answer notices. The stream depends on ``random_state``
    alone, not on the threads.

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
            *topic_cascade_tables(graphs if not listening else (), threads=threads),
            topic_threshold_tables(graphs if listening else (), self.n),
            self._root_tables(roots),
        )
        self._random_state, self._chunk = random_state, 0
        self._desks: list[_Room] = []

    @property
    def all_topics(self) -> int:
        """The bits of all topics."""
        return (1 << self.topics) - 1

    def draw(self, sets: int, *, topics: int | None = None) -> list[TopicSets]:
        """The next sets, of the topics whose bits are given (all)."""
        bits = np.uint32(self.all_topics if topics is None else topics)

        def some(desk: _Room, size: int, seed: np.uint64) -> TopicSets:
            return TopicSets(*loops.topic_sets(self._tables, bits, desk, _NOBODY, size, seed)[:2])

        return self._in_chunks(sets, some)

    def hits(self, sets: int, chosen: NDArray[np.uint32], *, topics: int) -> NDArray[np.int64]:
        """For each topic, how many of the next sets hold somebody whose ``chosen`` has its bit."""
        bits = np.uint32(topics)

        def some(desk: _Room, size: int, seed: np.uint64) -> NDArray[np.int64]:
            found: NDArray[np.int64] = loops.topic_sets(
                self._tables, bits, desk, chosen, size, seed
            )[2]
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

    def _in_chunks(self, sets: int, work: Callable[[_Room, int, np.uint64], T]) -> list[T]:
        sizes = [min(CHUNK, sets - at) for at in range(0, sets, CHUNK)]
        seeds = [stream(self._random_state, self._chunk + i) for i in range(len(sizes))]
        self._chunk += len(sizes)

        def one(size: int, seed: np.uint64) -> T:
            desk = self._desks.pop() if self._desks else _new_desk(self.n)
            answer = work(desk, size, seed)
            self._desks.append(desk)
            return answer

        with ThreadPoolExecutor(self.threads) as pool:
            return list(pool.map(one, sizes, seeds))


def _new_desk(n: int) -> _Room:
    """Arrays to work in, and room for members; what others left in them does no harm."""
    place, done, again = np.zeros(n, np.uint32), np.empty(n, np.uint32), np.empty(n, np.uint32)
    return (place, done, again, np.empty(256, np.uint32)), np.empty(n + 8 * CHUNK, np.uint64)
