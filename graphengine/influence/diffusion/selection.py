"""The half that chooses: reverse-reachable sets in memory, and greedy coverage of them.

Greedy on coverage is at least 1 − 1/e of the best coverage (Nemhauser, Wolsey & Fisher 1978).
Its answer is exact though only the people in most sets are looked at: whoever is left out gains
at most the largest count left out, and once a gain falls to that, more people are taken in. Under
costs three ways are tried and the best is kept (Khuller, Moss & Naor 1999): most gain for a unit
of cost, most gain that can be paid, and the best single person with the rest for the first way.
Of equal gains the smaller number is chosen.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from graphengine.influence.kernels import cover as loops

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.influence.diffusion.questions import Rules
    from graphengine.influence.kernels.cover import Lists

__all__ = ["Candidates", "ChoosingSets", "Selection", "Sets"]

_NONE = np.empty(0, np.uint32)


class Sets(Protocol):
    """Reverse-reachable sets, one after the other: set i is people[first[i]:first[i + 1]]."""

    @property
    def first(self) -> NDArray[np.int64]:
        """Where each set begins (sets + 1)."""

    @property
    def people(self) -> NDArray[np.uint32]:
        """The members."""


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Who was chosen (in order), how many sets they cover, and a bound on what anybody could."""

    people: NDArray[np.int64]
    covered: int
    most: float


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Who may be chosen: ``people`` by rising number, the sets they lie in, what each gains.

    Whoever must not be chosen may stand among them with a gain below 0.
    """

    people: NDArray[np.uint32]
    lists: Lists
    gain: NDArray[np.int64]

    def greedy(self, rules: Rules, *, cut: int) -> Selection | None:
        """Exactly k people; None where more candidates are needed, as others gain up to ``cut``."""
        forced, free = self._included(rules), (np.empty(0), np.empty(0), 0.0)
        chosen, covered, most, end = loops.cover(
            self.lists, self.gain.copy(), free, forced, (forced.size, rules.k), cut
        )
        if end != 0:
            return None
        return Selection(
            _filled(self.people[chosen].astype(np.int64), rules), int(covered), float(most)
        )

    def buy(self, rules: Rules) -> Selection:
        """The best of the three ways to spend the budget; everybody must be among the candidates."""
        given, cost = self._included(rules), rules.cost[self.people]
        size, tries = (given.size, rules.k), [(given, cost), (given, np.ones(cost.size))]
        single = np.where(rules.allowed[self.people], self.gain, 0)
        if given.size < rules.k and single.any():
            tries.append((np.append(given, np.argmax(single)), cost))
        best, most = Selection(rules.include, -1, np.inf), np.inf
        for forced, per in tries:
            purse = (cost, per, rules.free)
            chosen, covered, bound, _ = loops.cover(
                self.lists, self.gain.copy(), purse, forced, size, 0
            )
            most = min(most, float(bound))
            if covered > best.covered:
                best = Selection(self.people[chosen].astype(np.int64), int(covered), most)
        return Selection(best.people, best.covered, most)

    def _included(self, rules: Rules) -> NDArray[np.int64]:
        """Where those who must be chosen stand."""
        return np.searchsorted(self.people, rules.include.astype(np.uint32)).astype(np.int64)


class ChoosingSets:
    """The sets that choose, with how often each of n people occurs in them.

    >>> import numpy as np
    >>> from types import SimpleNamespace
    >>> from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
    >>> sets = ChoosingSets(3)
    >>> sets.add([SimpleNamespace(first=np.array([0, 1, 3]), people=np.array([2, 0, 2], "u4"))])
    >>> sets.select(rules_for(SeedQuestion(k=1), 3, edges=1))
    Selection(people=array([2]), covered=2, most=2.0)
    """

    def __init__(self, n: int, *, threads: int = 1) -> None:
        self.n, self.sets, self.members = n, 0, 0
        self._threads, self._wanted = threads, 0
        self._chunks: list[Sets] = []
        self._count = np.zeros(n, np.uint32)

    def add(self, chunks: Sequence[Sets]) -> None:
        """Take in more sets."""
        self._chunks.extend(chunks)
        self.sets += sum(c.first.size - 1 for c in chunks)
        self.members += sum(c.people.size for c in chunks)
        parts = [chunks[i :: self._threads] for i in range(self._threads)]
        with ThreadPoolExecutor(self._threads) as pool:
            for part in pool.map(self._counted, [p for p in parts if p]):
                self._count += part

    def select(self, rules: Rules) -> Selection:
        """Greedy under the rules: exactly k people where no cost counts."""
        return self._paid(rules) if rules.cost.size else self._numbered(rules)

    def looked_at(self, chosen: NDArray[np.bool_]) -> float:
        """Which part of its members is met before a set ends at somebody ``chosen`` (n), or whole.

        Of the first sets, members in the order in which they were met.
        """
        first, people = self._chunks[0].first.astype(np.int64), self._chunks[0].people
        seeds = np.append(np.flatnonzero(chosen[people]), people.size)
        ends = np.minimum(seeds[np.searchsorted(seeds, first[:-1])] + 1, first[1:])
        return float((ends - first[:-1]).sum() / people.size)

    def _counted(self, chunks: Sequence[Sets]) -> NDArray[np.uint32]:
        count = np.zeros(self.n, np.uint32)
        for chunk in chunks:
            loops.count_people(chunk.people, count)
        return count

    def _numbered(self, rules: Rules) -> Selection:
        wanted = max(1_000, 20 * rules.k, self._wanted)
        while True:
            found, cut = loops.largest(self._count, rules.allowed, wanted)
            among = self._candidates(found, rules)
            selection = among.greedy(rules, cut=cut)
            if selection is not None:
                return selection
            wanted = self._wanted = 4 * max(wanted, among.people.size)

    def _paid(self, rules: Rules) -> Selection:
        found, _ = loops.largest(self._count, rules.allowed, self.n)
        return self._candidates(found[self._count[found] > 0], rules).buy(rules)

    def _candidates(self, found: NDArray[np.uint32], rules: Rules) -> Candidates:
        people = np.sort(np.concatenate([found, rules.include.astype(np.uint32)]))
        return Candidates(people, self._lists(people), self._count[people].astype(np.int64))

    def _lists(self, people: NDArray[np.uint32]) -> Lists:
        """The sets that hold two of these people or more, and in which each of them lies."""
        place = np.full(self.n, loops.NOBODY, np.uint32)
        place[people] = np.arange(people.size, dtype=np.uint32)
        with ThreadPoolExecutor(self._threads) as pool:
            kept = list(
                pool.map(
                    lambda c: loops.keep(c.first.view(np.uint64), c.people, place), self._chunks
                )
            )
        sizes = np.concatenate([_NONE, *(k[0] for k in kept)])
        members = np.concatenate([_NONE, *(k[1] for k in kept)])
        begin, start, holding = loops.inverted(sizes, members, people.size)
        return begin, members, start, holding, _NONE, _NONE, np.uint32(0)


def _filled(people: NDArray[np.int64], rules: Rules) -> NDArray[np.int64]:
    """Where nobody gains anything more, the smallest numbers make up the k."""
    missing = rules.k - people.size
    if missing <= 0:
        return people
    left = rules.allowed.copy()
    left[people] = False
    return np.concatenate([people, np.flatnonzero(left)[:missing]])
