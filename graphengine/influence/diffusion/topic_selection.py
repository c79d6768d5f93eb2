"""The half that chooses, for several topics at once: lists are shared, choices are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.selection import Candidates, Selection
from graphengine.influence.kernels import topic_cover as loops
from graphengine.influence.kernels.cover import NOBODY, largest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.influence.diffusion.questions import Rules
    from graphengine.influence.diffusion.topic_sampling import TopicSampler, TopicSets

    People = NDArray[np.uint32]

__all__ = ["TopicChoosingSets"]


class TopicChoosingSets:
    """The sets that choose, with how often each person occurs in each topic's.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
    >>> from graphengine.influence.diffusion.topic_sampling import TopicSampler
    >>> graphs = [uniform([0, 0], [1, 2], 1.0, n=4), uniform([3, 3], [1, 2], 1.0, n=4)]
    >>> sampler = TopicSampler(graphs, random_state=1)
    >>> half = TopicChoosingSets(sampler)
    >>> half.add(sampler.draw(900))
    >>> rules = [rules_for(SeedQuestion(k=1), 4, edges=2)] * 2
    >>> [s.people.tolist() for s in half.select(rules, [0, 1]).values()]
    [[0], [3]]
    """

    def __init__(self, sampler: TopicSampler) -> None:
        self.n, self.topics, self.sets, self.members = sampler.n, sampler.topics, 0, 0
        self._threads = sampler.threads
        self._chunks: list[TopicSets] = []
        self._count = np.zeros((sampler.n, sampler.topics), np.uint32)
        self._wanted = [0] * sampler.topics

    def add(self, chunks: Sequence[TopicSets]) -> None:
        """Take in more sets."""
        self._chunks.extend(chunks)
        self.sets += sum(c.first.size - 1 for c in chunks)
        self.members += sum(c.members.size for c in chunks)
        for chunk in chunks:
            loops.count_topics(chunk.members, self._count)

    def select(self, rules: Sequence[Rules], topics: Sequence[int]) -> dict[int, Selection]:
        """Greedy in each of these topics, under its own of all topics' ``rules``."""
        found, left = dict[int, Selection](), list(topics)
        while left:
            found |= self._tried(rules, left)
            left = [t for t in left if t not in found]
        return {t: found[t] for t in topics}

    def _tried(self, rules: Sequence[Rules], topics: list[int]) -> dict[int, Selection]:
        """The choice of each topic that has candidates enough."""
        tops = dict(zip(topics, self._tops(rules, topics), strict=True))
        named = np.zeros(self.n, np.bool_)
        for t, (who, _) in tops.items():
            named[who] = named[rules[t].include] = True
        people = np.flatnonzero(named).astype(np.uint32)
        lists, gains = self._lists(people, topics), self._count[people].astype(np.int64)

        def one(t: int) -> Selection | None:
            gain, may = gains[:, t].copy(), rules[t].allowed[people]
            may[np.searchsorted(people, rules[t].include)] = True
            gain[~may] = -1
            among = Candidates(people, (*lists, np.uint32(t)), gain)
            if rules[t].cost.size:
                return among.buy(rules[t])
            selection = among.greedy(rules[t], cut=tops[t][1])
            if selection is None:
                self._wanted[t] = 4 * tops[t][0].size
            return selection

        parts = [topics[i :: self._threads] for i in range(self._threads)]
        with ThreadPoolExecutor(self._threads) as pool:
            found = pool.map(lambda part: [(t, one(t)) for t in part], parts)
            chosen = [pair for part in found for pair in part]
        return {t: selection for t, selection in chosen if selection is not None}

    def _tops(self, rules: Sequence[Rules], topics: list[int]) -> list[tuple[People, int]]:
        """Each topic's own candidates, and the most that anybody else gains: all where costs count.

        Enough people whose least count is so high leave out whoever has none so high.
        """
        wanted = {t: max(1_000, 20 * rules[t].k, self._wanted[t]) for t in topics}
        everywhere = np.logical_and.reduce([rules[t].allowed for t in topics])
        least, floor = loops.least_of(self._count), 0
        if not any(rules[t].cost.size for t in topics):
            found, _ = largest(least, everywhere, max(wanted.values()))
            floor = int(least[found].min()) if found.size else 0
        floor = floor if floor > 1 else 0  # counts of 1 are often all that a topic has
        people, count, beyond = loops.leading(self._count, everywhere, np.uint32(floor))

        def one(t: int) -> tuple[People, int]:
            own, allowed = count[t], rules[t].allowed[people]
            if rules[t].cost.size:
                return people[allowed & (own > 0)], 0
            found, below = largest(own, allowed, wanted[t])
            return people[found], max(below, int(beyond[t]))

        return [one(t) for t in topics]

    def _lists(self, people: NDArray[np.uint32], topics: Sequence[int]) -> loops.Shared:
        place = np.full(self.n, NOBODY, np.uint32)
        place[people] = np.arange(people.size, dtype=np.uint32)
        wanted = np.uint32(sum(1 << t for t in topics))
        with ThreadPoolExecutor(self._threads) as pool:
            kept = list(
                pool.map(
                    lambda c: loops.keep_topics(c.first, c.members, place, wanted),
                    self._chunks,
                )
            )
        none = np.empty(0, np.uint32)
        sizes, members, bits = (np.concatenate([none, *(k[i] for k in kept)]) for i in range(3))
        lists: loops.Shared = loops.inverted_topics(sizes, members, bits, people.size)
        return lists
