"""Everybody's spread under independent cascade: all are counted, those at the top are followed.

Where counting would need many sets, a look at everybody says who may be at the top. They are
followed: instead of whether they are in a set, the probability that they join it is added up
(``kernels.far_sets``); the people whom they are sure to reach are theirs, and their first two
steps are exact. Where they are many, who is known well enough, or cannot be at the top any more,
is followed no longer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.far_sets import (
    CloseLook,
    FarSampler,
    look_at_nobody,
    look_closely,
    look_roughly,
)
from graphengine.influence.diffusion.intervals import share_interval, weighted_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph

    Floats = NDArray[np.float64]
    People = NDArray[np.uint32]

__all__ = ["FIRST_SETS", "Followed", "further"]

FIRST_LOOK, FIRST_SETS = 4_096, 16_384  # at least; as many as roots where these are more
COUNTED = 32 * FIRST_SETS  # with so many sets, all foreseen, nobody is followed
MARGIN, LEAST_PART = 1.02, 1.0 / 16  # of the sets foreseen; of those drawn, as few as a round adds
TIMES, FEW = 3, 512  # so many times the top are followed, or so many people


@dataclass(slots=True, eq=False)
class Followed:
    """What is known of everybody so far; every ``round`` knows more.

    ``goal`` is (relative error, people at the top), ``direct`` (n) what is known of everybody.
    ``reached`` is the largest relative error among the top people; not ``following``, all are
    only counted.
    """

    sampler: FarSampler
    graph: DiffusionGraph
    goal: tuple[float, int]
    direct: Floats
    reached: float = math.inf
    following: bool = False
    _look: CloseLook = field(init=False)
    _open: People = field(init=False)  # who is to be followed
    _sets: NDArray[np.int64] = field(init=False)  # that somebody was followed in
    _known: Floats = field(init=False)  # times these sets
    _sums: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Nobody has been followed yet; everybody may have to be."""
        n = self.graph.n
        self._known, self._sums, self._sets = np.zeros(n), np.zeros((n, 2)), np.zeros(n, np.int64)
        self._open = np.arange(n, dtype=np.uint32)
        self._look = look_at_nobody(n)
        self.reached = math.inf if self.sampler.weight else 0.0

    def look(self, most_sets: int) -> None:
        """Look at everybody roughly, with few of ``most_sets``, and follow who may be at the top."""
        self.following, self._open = True, np.arange(self.graph.n, dtype=np.uint32)
        most, n = max(TIMES * self.goal[1], FEW), self.graph.n
        sets = min(max(FIRST_LOOK, int(self.sampler.weight)), most_sets // 4)
        if most < n and sets:
            rough = look_roughly(self.graph)
            far = self.sampler.draw(sets, rough)[:, 0] * (self.sampler.weight / sets)
            first = np.argpartition(-(rough.known + far), most)[:most]
            self._open = np.sort(first).astype(np.uint32)

    def round(self, sets: int) -> None:
        """Count so many more sets, and follow those who are open through them."""
        if self.following and self._changed(self._look.who):
            self._look = look_closely(self.graph, self._open)
        look = self._look
        self._sums[look.who] += self.sampler.draw(sets, look)
        self._known[look.who] += sets * look.known
        self._sets[look.who] += sets
        self._reopen()

    def many(self) -> bool:
        """Whether counting alone would need many sets."""
        return self.sampler.sets * (self.reached / self.goal[0]) ** 2 > COUNTED

    def _changed(self, who: People) -> bool:
        """Whether far fewer are to be followed than are, or others; few people all are."""
        if self.graph.n > FEW and who.size > 2 * self._open.size:
            return True
        return not np.isin(self._open, who, assume_unique=True).all()

    def spread(self) -> Floats:
        """Of everybody (n)."""
        weight, sets = self.sampler.weight, np.maximum(self._sets, 1)
        plain = self.direct + self.sampler.count * (weight / max(1, self.sampler.sets))
        return np.where(self._sets, (self._known + weight * self._sums[:, 0]) / sets, plain)

    def interval(self, who: People) -> tuple[Floats, Floats]:
        """Of these people's spread, from chances where they were followed, else from counts."""
        weight, sets, sums = self.sampler.weight, self._sets[who], self._sums[who]
        count = self.sampler.count[who]
        low, high = share_interval(count * (sets == 0), max(1, self.sampler.sets))
        low, high = self.direct[who] + weight * low, self.direct[who] + weight * high
        at = np.flatnonzero(sets)
        below, above = weighted_interval(sums[at, 0], sums[at, 1])
        low[at] = (self._known[who][at] + weight * below) / sets[at]
        high[at] = (self._known[who][at] + weight * above) / sets[at]
        return low, np.minimum(high, self.graph.n)

    def _reopen(self) -> None:
        """Who is at the top or may be, and not known well enough.

        People who were never followed are at the top by chance, until all others are known.
        """
        (error, people), spread = self.goal, self.spread()
        top = np.argpartition(-spread, people - 1)[:people].astype(np.uint32)
        known = top[self._sets[top] > 0]
        wide = self._error(known, spread)
        if not wide.size or wide.max() <= error:
            known, wide = top, self._error(top, spread)
        self.reached = float(wide.max())
        others = np.setdiff1d(np.flatnonzero(self._sets), top, assume_unique=True)
        others = others.astype(np.uint32)
        low, high = self.interval(others)
        may = (high >= spread[top].min()) & (high - low > 2.0 * error * spread[others])
        self._open = np.sort(np.concatenate([known[wide > error], others[may]]))

    def _error(self, who: People, spread: Floats) -> Floats:
        low, high = self.interval(who)
        return np.asarray(0.5 * (high - low) / spread[who])


def further(sets: int, times: float) -> int:
    """How many more sets make an error, now so many ``times`` too large, small enough.

    It falls with the root of their number; the count doubles at most, as a first guess is rough.

    >>> further(1_000, 1.1), further(1_000, 1.001), further(1_000, 9.0)
    (235, 63, 1000)
    """
    return math.ceil(sets * min(max(MARGIN * times * times - 1.0, LEAST_PART), 1.0))
