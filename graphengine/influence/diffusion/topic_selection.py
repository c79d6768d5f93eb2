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
        count = loops.by_topic(self._count)
        with ThreadPoolExecutor(self._threads) as pool:
            found = pool.map(lambda t: self._top(rules[t], t, count[t]), topics)
            tops = dict(zip(topics, found, strict=True))
        named = [rules[t].include.astype(np.uint32) for t in topics]
        people = np.unique(np.concatenate([*(who for who, _ in tops.values()), *named]))
        lists = self._lists(people, topics)

        def one(t: int) -> Selection | None:
            gain, may = count[t, people].astype(np.int64), rules[t].allowed[people]
            may[np.searchsorted(people, rules[t].include)] = True
            gain[~may] = -1
            among = Candidates(people, (*lists, np.uint32(t)), gain)
            if rules[t].cost.size:
                return among.buy(rules[t])
            selection = among.greedy(rules[t], cut=tops[t][1])
            if selection is None:
                self._wanted[t] = 4 * tops[t][0].size
            return selection

        with ThreadPoolExecutor(self._threads) as pool:
            chosen = dict(zip(topics, pool.map(one, topics), strict=True))
        return {t: selection for t, selection in chosen.items() if selection is not None}

    def _top(
        self, rules: Rules, topic: int, count: NDArray[np.uint32]
    ) -> tuple[NDArray[np.uint32], int]:
        """A topic's own candidates, and the most that anybody else gains: all where costs count."""
        if rules.cost.size:
            return np.flatnonzero(rules.allowed & (count > 0)).astype(np.uint32), 0
        wanted = max(1_000, 20 * rules.k, self._wanted[topic])
        found: tuple[NDArray[np.uint32], int] = largest(count, rules.allowed, wanted)
        return found

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
