"""The half that chooses, for several topics at once: lists are shared, choices are not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.selection import Selection, filled, with_included
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
    >>> rules = rules_for(SeedQuestion(k=1), 4, edges=2)
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
        self.members += sum(c.people.size for c in chunks)
        for chunk in chunks:
            loops.count_topics(chunk.people, chunk.bits, self._count)

    def select(self, rules: Rules, topics: Sequence[int]) -> dict[int, Selection]:
        """Greedy in each of these topics: exactly k people each."""
        found, left = dict[int, Selection](), list(topics)
        while left:
            for t, (selection, end, wanted) in self._tried(rules, left).items():
                self._wanted[t] = wanted
                if end == 0:
                    found[t] = selection
                    left.remove(t)
        return {t: found[t] for t in topics}

    def _tried(self, rules: Rules, topics: list[int]) -> dict[int, tuple[Selection, int, int]]:
        """Each topic's choice, how it ended, and how many candidates to begin with next time."""
        counts = {t: np.ascontiguousarray(self._count[:, t]) for t in topics}
        tops = {
            t: largest(counts[t], rules.allowed, max(1_000, 20 * rules.k, self._wanted[t]))
            for t in topics
        }
        everybody = np.unique(np.concatenate([people for people, _ in tops.values()]))
        people, forced = with_included(everybody, rules.include)
        lists = self._lists(people, topics)

        def one(t: int) -> tuple[Selection, int, int]:
            top, cut = tops[t]
            gain = counts[t][people].astype(np.int64)
            chosen, covered, most, end = loops.cover_topic(
                lists, np.uint32(t), gain, forced, rules.k, cut
            )
            picked = people[chosen].astype(np.int64)
            if end == 0:
                picked = filled(picked, rules)
            wanted = 4 * top.size if end else self._wanted[t]
            return Selection(picked, int(covered), float(most)), int(end), wanted

        with ThreadPoolExecutor(self._threads) as pool:
            return dict(zip(topics, pool.map(one, topics), strict=True))

    def _lists(self, people: NDArray[np.uint32], topics: Sequence[int]) -> loops.Lists:
        place = np.full(self.n, NOBODY, np.uint32)
        place[people] = np.arange(people.size, dtype=np.uint32)
        wanted = np.uint32(sum(1 << t for t in topics))
        with ThreadPoolExecutor(self._threads) as pool:
            kept = list(
                pool.map(
                    lambda c: loops.keep_topics(c.first, c.people, c.bits, place, wanted),
                    self._chunks,
                )
            )
        none = np.empty(0, np.uint32)
        sizes, members, bits = (np.concatenate([none, *(k[i] for k in kept)]) for i in range(3))
        lists: loops.Lists = loops.inverted_topics(sizes, members, bits, people.size)
        return lists
