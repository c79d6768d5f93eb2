"""When a search for seeds ends: certified, flat or spent (definitions: OPIM-C's doubling).

The sets double from round to round. A round is checked with fresh sets only when one of the stops
can be near: its own optimistic share (on the sets that chose) reaches what is asked, or hardly
rises any more, or the budget ends. A round without a check proves nothing and costs nothing.

A set that checks ends at the first seed that it meets. Where that is early, four times as many
check as chose, which narrows their half of the bound to a half at hardly any cost. That is decided
by the sets that chose, before a fresh one is seen. Elsewhere as many check as chose; but where these
just miss what is asked, three times as many are cheaper than a round of twice the size. A round then
has three bounds, and the exponent of each allows for three.
"""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Literal

import numpy as np

from graphengine.influence.diffusion.bounds import certified_share, confidence_exponent

if TYPE_CHECKING:
    from graphengine.influence.diffusion.questions import Rules, SeedQuestion
    from graphengine.influence.diffusion.selection import Selection

__all__ = ["Search", "Stop", "Watch", "block_of", "fresh_sets"]

Stop = Literal["certified", "flat", "spent"]

FIRST_SETS = 4_096
FLAT = 0.005  # two doublings running that raise the share by less end the search
NEAR_FLAT = 0.01  # while the optimistic share rises by more, the flat stop is two doublings away
WIDTH = 0.015  # fresh sets for a spread within 1.5 % at 95 %, at most as many as chose
BLOCK_MEMBERS = 1 << 24
CHECKS = 4  # sets that check, for each that chose, where that costs no more than choosing
TIMES = 3  # and in all where as many as chose came near what was asked


class Search:
    """One question's way through the rounds; ``share`` is what the last check certified.

    >>> from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
    >>> question = SeedQuestion(k=1, max_sets=20_000)
    >>> Search(question, rules_for(question, 3, edges=1)).sizes
    [4096, 8192, 16384]
    """

    def __init__(self, question: SeedQuestion, rules: Rules) -> None:
        start = min(FIRST_SETS, question.max_sets)
        self.sizes = [start << i for i in range(1 + int(math.log2(question.max_sets / start)))]
        self.a = confidence_exponent(len(self.sizes), rules.delta)
        self._asked, self._guess, self._shares = question.share, 0.0, list[float]()

    @property
    def share(self) -> float:
        """What the last check certified."""
        return self._shares[-1]

    def worth_checking(
        self, selection: Selection, sets: int, *, last: bool, times: int = 1
    ) -> bool:
        """Whether one of the stops can be near after this selection, ``times`` as many to check."""
        before, covered, most = self._guess, selection.covered, selection.most
        self._guess = certified_share(times * covered, most, sets=sets, a=self.a, times=times)
        near = self._guess >= self._asked or self._guess - before < NEAR_FLAT
        if not (near or last):
            self._shares.clear()  # the flat stop compares checks that follow each other
        return near or last

    def nearly(self, hits: int, selection: Selection, sets: int) -> bool:
        """Whether ``TIMES`` as many as these ``sets`` would certify, going on alike; these do not."""

        def share(times: int) -> float:
            covered, most = times * hits, selection.most
            return certified_share(covered, most, sets=sets, a=self.a, times=times)

        return share(1) < self._asked <= share(TIMES)

    def judge(
        self, hits: int, selection: Selection, sets: int, *, last: bool, times: int = 1
    ) -> Stop | None:
        """The stop, if any, now that ``hits`` of ``times`` as many fresh sets hold a seed."""
        self._shares.append(certified_share(hits, selection.most, sets=sets, a=self.a, times=times))
        if self.share >= self._asked:
            return "certified"
        rises = np.diff(self._shares[-3:])
        if rises.size == 2 and self._shares[-3] > 0 and rises.max() < FLAT:
            return "flat"
        return "spent" if last else None


class Watch:
    """Whether the next round, which costs twice as much as this one, still fits."""

    def __init__(self, question: SeedQuestion) -> None:
        self._question, self._began = question, time.perf_counter()
        self._round = self._began

    def spent(self, members: int) -> bool:
        """After a round: whether twice its members, or twice its time, would be too much."""
        now = time.perf_counter()
        took, self._round = now - self._round, now
        limit = self._question.max_seconds
        late = limit is not None and now - self._began + 2 * took > limit
        return late or 2 * members > self._question.max_members


def fresh_sets(hits: int, sets: int, *, times: int = 1) -> int:
    """How many fresh sets tell the spread within 1.5 % at 95 %, from hits of ``times`` earlier ones.

    >>> fresh_sets(4_000, 100_000), fresh_sets(50, 8_192)
    (100000, 8192)
    """
    part = max(hits, 1) / (times * sets)
    wanted = math.ceil((1.96 / WIDTH) ** 2 * (1 - part) / part)
    return min(max(wanted, FIRST_SETS), sets)


def block_of(members: float) -> int:
    """How many sets of so many members each fit a block that is drawn, counted and forgotten.

    >>> block_of(4.0), block_of(50_000.0)
    (131072, 1024)
    """
    return int(np.clip(BLOCK_MEMBERS / max(members, 1.0), 1_024, 1 << 17))
