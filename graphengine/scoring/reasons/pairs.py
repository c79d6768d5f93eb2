"""Pairs of an endorsed person and an endorser, for many people at once, and bounds of their trails.

With P = P_ut, g what of u's trail comes to t over others, N = G_uu without t and y the visits to u
before t, all events of u to t carry y·P·(d(1 − P) − g)/(1 − P·N) of h_t: the rank-one change of
the system when the pair goes (Sherman & Morrison 1950). 1 ≤ N ≤ 1/(1 − d²(1 − P)), so bounds of y
and g are bounds of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.scoring.reasons.blocks import ACCURACY, all_reached, onwards
from graphengine.scoring.reasons.trails import all_visits
from graphengine.scoring.rows import left_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.scoring.parts import PartKey
    from graphengine.scoring.reasons.numbered import Numbered
    from graphengine.scoring.reasons.trails import Trails

__all__ = ["Bounds", "Pairs", "bounds_of", "pairs_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """The m pairs of people and their endorsers, by person, then endorser.

    people: numbers of the people asked about; t: which of them a pair belongs to; first: the first
    pair of each. u: numbers of the endorsers. events: how many; age: of the latest, in days.
    rows: numbers of the events; of: which pair each belongs to.
    """

    people: NDArray[np.int64]
    t: NDArray[np.int64]
    first: NDArray[np.int64]
    u: NDArray[np.int64]
    events: NDArray[np.int64]
    age: NDArray[np.float64]
    rows: NDArray[np.int64]
    of: NDArray[np.int64]

    def passes(self, numbered: Numbered, half_life: float) -> NDArray[np.float64]:
        """P_ut of each pair."""
        alpha = numbered.model.passing.alpha
        decayed = (numbered.weight * np.exp2(-numbered.age / half_life))[self.rows]
        power = np.power(self.summed(decayed), alpha)
        total = numbered.steps(half_life).total[self.u]
        return np.where(left_of(self.age, half_life) > 0.0, power, 0.0) / total

    def lost(self, numbered: Numbered, key: PartKey) -> NDArray[np.float64]:
        """How much of a part other than h goes with each pair; of C nothing."""
        if key.name == "R":
            return left_of(self.age, key.half_life)
        if key.name == "S":
            return self.passes(numbered, key.half_life)
        if key.name == "C":
            return np.zeros(len(self.t))
        c = numbered.model.passing.posts_prior
        faded, ever = (self._posts(numbered, days) + c for days in (key.half_life, np.inf))
        which = self.t[self.of]
        over = np.where(numbered.timed[self.rows], faded[which], ever[which])
        left = left_of(numbered.age[self.rows], key.half_life)
        return self.summed(np.where(numbered.original[self.rows], left / over, 0.0))

    def summed(self, amount: NDArray[np.float64]) -> NDArray[np.float64]:
        """The sums of the events' amounts by pair."""
        return np.bincount(self.of, weights=amount, minlength=len(self.t)).astype(np.float64)

    def _posts(self, numbered: Numbered, half_life: float) -> NDArray[np.float64]:
        posts = numbered.posts
        if posts is None or posts.is_empty():
            return np.zeros(len(self.people))
        place = np.full(numbered.n + 1, -1, dtype=np.int64)
        place[self.people] = np.arange(len(self.people))
        which = place[numbered.numbers(posts["account"])]
        left = left_of(numbered.ages(posts), half_life)
        known = which >= 0
        summed = np.bincount(which[known], weights=left[known], minlength=len(self.people))
        return summed.astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """What is known of trails at one half-life.

    Of each pair: passes, P_ut; reached, Pr[u's trail ever reaches t], within ``off``; low and high of
    the visits y to u before t; least_back and most_back of N. Of each person: h_low and h_high.
    """

    passes: NDArray[np.float64]
    reached: NDArray[np.float64]
    off: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    least_back: NDArray[np.float64]
    most_back: NDArray[np.float64]
    h_low: NDArray[np.float64]
    h_high: NDArray[np.float64]

    def known(self, pairs: Pairs, t: int, trails: Trails) -> None:
        """Take over the exact solution for one person."""
        own = slice(pairs.first[t], pairs.first[t + 1])
        self.reached[own], self.off[own] = trails.reached[pairs.u[own]], 0.0
        self.low[own] = self.high[own] = trails.visits[pairs.u[own]]
        self.h_low[t] = self.h_high[t] = trails.h

    def shares_lost(
        self, pairs: Pairs, damping: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The least and the most of h that goes with each pair, as a share of h."""
        P = self.passes
        others = np.maximum(self.reached - damping * P, 0.0)
        most = np.minimum(others + self.off, damping * (1.0 - P))
        kept = [damping * (1.0 - P) - g for g in (most, np.maximum(others - self.off, 0.0))]
        lost = [
            y * P * g / (1.0 - P * back)
            for y, g, back in zip(
                (self.low, self.high), kept, (self.least_back, self.most_back), strict=True
            )
        ]
        least, highest = lost[0], np.minimum(lost[1], self.high * damping * P)
        return (
            np.clip(least / self.h_high[pairs.t], 0.0, 1.0),
            np.clip(highest / self.h_low[pairs.t], 0.0, 1.0),
        )


def pairs_of(numbered: Numbered, people: NDArray[np.int64]) -> Pairs:
    """All pairs whose endorsed person is one of ``people`` (numbers).

    >>> pairs_of.__name__
    'pairs_of'
    """
    number = np.full(numbered.n, -1, dtype=np.int64)
    number[people] = np.arange(len(people))
    rows = np.flatnonzero(number[numbered.target] >= 0)
    code = number[numbered.target[rows]] * numbered.n + numbered.actor[rows]
    codes, of, events = np.unique(code, return_inverse=True, return_counts=True)
    t, u = codes // max(numbered.n, 1), codes % max(numbered.n, 1)
    age = np.full(len(codes), np.inf)
    np.minimum.at(age, of, numbered.age[rows])
    first = np.searchsorted(t, np.arange(len(people) + 1))
    return Pairs(people, t, first, u, events, age, rows, of)


def bounds_of(
    numbered: Numbered,
    pairs: Pairs,
    half_life: float,
    *,
    low: NDArray[np.float64],
    high: NDArray[np.float64],
    threads: int = 1,
) -> Bounds:
    """What is known of the pairs' trails; ``low`` and ``high`` bound each person's h.

    >>> bounds_of.__name__
    'bounds_of'
    """
    steps, damping = numbered.steps(half_life), numbered.model.passing.damping
    passes = pairs.passes(numbered, half_life)
    reached = all_reached(steps, pairs, damping=damping, threads=threads)
    x = all_visits(steps, damping=damping)[pairs.u]
    by, rest = onwards(steps, pairs, damping=damping, threads=threads)
    most = x - low[pairs.t] * by
    least = x - high[pairs.t] * (by + rest * np.maximum(x - 1.0, 0.0))
    core = steps.place[pairs.u] >= 0
    back = np.where(core, 1.0 / (1.0 - damping**2 * (1.0 - passes)), 1.0)
    return Bounds(
        passes, reached, np.full(len(pairs.t), ACCURACY), np.maximum(least, 1.0),
        np.maximum(most, 1.0), np.ones(len(back)), back, low.copy(), high.copy(),
    )  # fmt: skip
