"""Everybody's spread under independent cascade: all are counted, those at the top are followed.

Where counting would need many sets, a look at everybody says who may be at the top. They are
followed: instead of whether they are in a set, the probability that they join it is added up
(``kernels.far_sets``); the people whom they are sure to reach are theirs, and their first two
steps are exact. Where they are many, who is known well enough, or cannot be at the top any more,
is followed no longer. Half the sets of a large round grow from roots that those who are left are
likely to reach.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.far_sets import (
    CloseLook,
    FarSampler,
    by_source,
    look_at_nobody,
    look_closely,
    look_roughly,
    narrowed,
)
from graphengine.influence.diffusion.intervals import share_interval, weighted_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph
    from graphengine.influence.kernels.closures import Rows

    Floats = NDArray[np.float64]
    People = NDArray[np.uint32]

__all__ = ["FIRST_SETS", "Followed", "further"]

FIRST_LOOK, FIRST_SETS = 4_096, 16_384  # at least; of roots' number all, or half
COUNTED = 32 * FIRST_SETS  # with so many sets, all foreseen, nobody is followed
MARGIN, LEAST_PART = 1.02, 1.0 / 16  # of the sets foreseen; of those drawn, as few as a round adds
TIMES, FEW = 3, 512  # so many times the top are followed, or so many people
NARROW, AIM = 1.2, 2.0  # who is followed, and aimed at, changes when so many times as many are
AIMED_FROM = 2  # times the first sets: from such a round on aiming costs less than it saves


@dataclass(slots=True, eq=False)
class Followed:
    """What is known of everybody so far; every ``round`` knows more.

    ``goal`` is (relative error, people at the top), ``direct`` (n) what is known of everybody.
    ``spread`` (n) is the answer so far, ``reached`` the largest relative error among the top
    people, ``more`` the sets that a smaller one asks for; not ``following``, all are only counted.
    """

    sampler: FarSampler
    graph: DiffusionGraph
    goal: tuple[float, int]
    direct: Floats
    reached: float = math.inf
    following: bool = False
    more: int = FIRST_SETS
    spread: Floats = field(init=False)
    _look: CloseLook = field(init=False)
    _rows: Rows | None = None
    _toward: Floats | None = None  # which roots are drawn more often
    _aimed: float = math.inf  # at how many
    _open: People = field(init=False)  # who is to be followed
    _sets: NDArray[np.int64] = field(init=False)  # that somebody was followed in
    _known: Floats = field(init=False)  # times these sets
    _sums: Floats = field(init=False)
    _lately: Floats = field(init=False)  # by set of the last round, the second of these sums

    def __post_init__(self) -> None:
        """Nobody has been followed yet; everybody may have to be."""
        n = self.graph.n
        self._known, self._sums, self._sets = np.zeros(n), np.zeros((n, 2)), np.zeros(n, np.int64)
        self._lately = np.zeros(n)
        self._open, self.spread = np.arange(n, dtype=np.uint32), self.direct.copy()
        self._look = look_at_nobody(n)
        self.reached = math.inf if self.sampler.weight else 0.0

    @property
    def first(self) -> int:
        """How many sets show the first of somebody."""
        return max(FIRST_SETS, int(self.sampler.weight) // 2)

    def look(self, most_sets: int) -> None:
        """Look at everybody roughly, with few of ``most_sets``, and follow who may be at the top."""
        self.following, self.more = True, self.first
        self._open = np.arange(self.graph.n, dtype=np.uint32)
        most, n = max(TIMES * self.goal[1], FEW), self.graph.n
        sets = min(max(FIRST_LOOK, int(self.sampler.weight)), most_sets // 4)
        if most < n and sets:
            rough = look_roughly(self.graph)
            far = self.sampler.draw(sets, rough)[:, 0] * (self.sampler.weight / sets)
            first = np.argpartition(-(rough.known + far), most)[:most]
            self._open = np.sort(first).astype(np.uint32)

    def round(self, sets: int) -> None:
        """Count so many more sets, and follow those who are open through them."""
        if self.following:
            self._focus(sets)
        look = self._look
        sums = self.sampler.draw(sets, look, self._toward)
        self._sums[look.who] += sums
        self._lately[look.who] = sums[:, 1] / sets
        self._known[look.who] += sets * look.known
        self._sets[look.who] += sets
        self._reopen()

    def _focus(self, sets: int) -> None:
        """Look at who is open, if they are others or fewer than before; few people all are.

        Many sets are aimed at them, most at who is known least.
        """
        who, now = self._look.who, self._open
        if not np.isin(now, who, assume_unique=True).all():
            self._rows = by_source(self.graph) if self._rows is None else self._rows
            self._look, self._aimed = look_closely(self.graph, now, self._rows), math.inf
        elif self.graph.n > FEW and who.size > NARROW * now.size:
            self._look = narrowed(self._look, now)
        if self._rows and sets >= AIMED_FROM * self.first and self._aimed > AIM * now.size:
            matters = self._error(now) ** 4 / self.spread[now] ** 2
            self._toward, self._aimed = self.sampler.toward(self._rows, now, matters), now.size

    def many(self) -> bool:
        """Whether counting alone would need many sets."""
        return self.sampler.sets * (self.reached / self.goal[0]) ** 2 > COUNTED

    def _estimate(self) -> None:
        """Everybody's spread, from chances where they were followed, else from counts."""
        weight, at = self.sampler.weight, np.flatnonzero(self._sets)
        np.multiply(self.sampler.count, weight / max(1, self.sampler.counted), out=self.spread)
        self.spread += self.direct
        self.spread[at] = (self._known[at] + weight * self._sums[at, 0]) / self._sets[at]

    def interval(self, who: People) -> tuple[Floats, Floats]:
        """Of these people's spread, from chances where they were followed, else from counts."""
        weight, sets, sums = self.sampler.weight, self._sets[who], self._sums[who]
        count = self.sampler.count[who]
        low, high = share_interval(count * (sets == 0), max(1, self.sampler.counted))
        low, high = self.direct[who] + weight * low, self.direct[who] + weight * high
        at = np.flatnonzero(sets)
        below, above = weighted_interval(sums[at, 0], sums[at, 1])
        low[at] = (self._known[who][at] + weight * below) / sets[at]
        high[at] = (self._known[who][at] + weight * above) / sets[at]
        return low, np.minimum(high, self.graph.n)

    def _reopen(self) -> None:
        """Who is at the top or may be, and not known well enough; how many sets that asks for.

        People who were never followed are at the top by chance, until all others are known.
        """
        self._estimate()
        (error, people), spread = self.goal, self.spread
        top = np.argpartition(-spread, people - 1)[:people].astype(np.uint32)
        known = top[self._sets[top] > 0]
        wide = self._error(known)
        if not wide.size or wide.max() <= error:
            known, wide = top, self._error(top)
        self.reached = float(wide.max())
        others = np.setdiff1d(self._look.who, top, assume_unique=True)
        low, high = self.interval(others)
        may = (high >= spread[top].min()) & (high - low > 2.0 * error * spread[others])
        self._open = np.sort(np.concatenate([known[wide > error], others[may]]))
        self.more = self._needed(known, wide / error)

    def _needed(self, who: People, times: Floats) -> int:
        """How many more sets make these errors, so many times too large, small enough."""
        if not self.following:
            return further(self.sampler.sets, self.reached / self.goal[0])
        who, times = who[times > 1.0], times[times > 1.0]
        sets, squares = self._sets[who], self._sums[who, 1]
        part = np.where(squares > 0.0, sets * self._lately[who] / np.maximum(squares, 1e-300), 1.0)
        return max(map(further, np.where(sets, sets, self.first), times, part), default=1)

    def _error(self, who: People) -> Floats:
        low, high = self.interval(who)
        return np.asarray(0.5 * (high - low) / self.spread[who])


def further(sets: int, times: float, part: float = 1.0) -> int:
    """How many more sets make an error, now so many ``times`` too large, small enough.

    Its square is the sum of the variances of sets, divided by their number twice; a new set has
    that ``part`` of the variance of those so far. The count doubles at most, as a first guess is
    rough.

    >>> further(1_000, 1.1), further(1_000, 1.001), further(1_000, 9.0), further(1_000, 1.1, 0.5)
    (235, 63, 1000, 153)
    """
    over = MARGIN * times * times  # (1 + x)^2 = over (1 + part x): x times as many are new
    half = 0.5 * part * over - 1.0
    new = half + math.sqrt(half * half + max(over - 1.0, 0.0))
    return math.ceil(sets * min(max(new, LEAST_PART), 1.0))
