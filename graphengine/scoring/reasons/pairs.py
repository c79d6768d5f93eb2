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
import scipy.sparse as sp

from graphengine.scoring.reasons.trails import all_visits
from graphengine.scoring.rows import left_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.scoring.parts import PartKey
    from graphengine.scoring.reasons.numbered import Numbered
    from graphengine.scoring.reasons.steps import Steps
    from graphengine.scoring.reasons.trails import Trails

__all__ = ["ACCURACY", "Bounds", "Pairs", "bounds_of", "pairs_of"]

ACCURACY = 0.0005  # of probabilities to reach somebody
_BLOCK = 16  # people whose trails are swept together


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
) -> Bounds:
    """What is known of the pairs' trails; ``low`` and ``high`` bound each person's h.

    >>> bounds_of.__name__
    'bounds_of'
    """
    steps, damping = numbered.steps(half_life), numbered.model.passing.damping
    passes = pairs.passes(numbered, half_life)
    reached = _all_reached(steps, pairs, damping=damping)
    x = all_visits(steps, damping=damping)[pairs.u]
    by, rest = _onwards(steps, pairs, damping=damping)
    most = x - low[pairs.t] * by
    least = x - high[pairs.t] * (by + rest * np.maximum(x - 1.0, 0.0))
    core = steps.place[pairs.u] >= 0
    back = np.where(core, 1.0 / (1.0 - damping**2 * (1.0 - passes)), 1.0)
    return Bounds(
        passes, reached, np.full(len(pairs.t), ACCURACY), np.maximum(least, 1.0),
        np.maximum(most, 1.0), np.ones(len(back)), back, low.copy(), high.copy(),
    )  # fmt: skip


def _all_reached(steps: Steps, pairs: Pairs, *, damping: float) -> NDArray[np.float64]:
    """Pr[u's trail ever reaches t] of each pair, to ± ACCURACY: swept for a block of people at a time.

    In 32 bits, whose rounding is a thousand times finer than that.
    """
    found = np.zeros(len(pairs.t))
    inner, entering = ((damping * A).astype(np.float32) for A in (steps.inner, steps.entering))
    for first in range(0, len(pairs.people), _BLOCK):
        people = pairs.people[first : first + _BLOCK]
        some = slice(pairs.first[first], pairs.first[first + len(people)])
        t, u = pairs.t[some] - first, pairs.u[some]
        X = _swept(inner, damping * _columns(steps, people), steps.place[people], damping)
        place = steps.place[u]
        core = place >= 0
        part = np.zeros(len(u))
        part[core] = X[place[core], t[core]]
        sources, which = np.unique(u[~core], return_inverse=True)
        over = _rows(entering, steps.sources, sources) @ X
        direct = _entries(steps.back, people[t[~core]], u[~core])
        part[~core] = damping * direct + over[which, t[~core]]
        found[some] = part
    return found


def _rows(A: sp.csr_array, numbers: NDArray[np.int64], wanted: NDArray[np.int64]) -> sp.csr_array:
    """The rows of ``wanted`` people, those of A being of ``numbers``; empty where all has left."""
    place = np.searchsorted(numbers, wanted)
    there = np.flatnonzero(np.isin(wanted, numbers))
    pick = (np.ones(len(there), np.float32), (there, place[there]))
    return sp.csr_array(sp.csr_array(pick, shape=(len(wanted), A.shape[0])) @ A)


def _swept(
    inner: sp.csr_array, last: NDArray[np.float64], here: NDArray[np.int64], damping: float
) -> NDArray[np.float32]:
    """X = last + inner·X, where no trail goes on from a person of the block in its own column."""
    b = last.astype(np.float32)
    own = here[here >= 0], np.flatnonzero(here >= 0)
    b[own] = 0.0
    X = b.copy()
    while True:
        Y = inner @ X
        Y += b
        Y[own] = 0.0
        X -= Y
        change = max(float(X.max(initial=0.0)), -float(X.min(initial=0.0)))
        X = Y
        if change * damping / (1.0 - damping) <= 0.9 * ACCURACY:
            return X


def _columns(steps: Steps, people: NDArray[np.int64]) -> NDArray[np.float64]:
    """P_ut from the core to a block of people (core × people)."""
    rows = steps.back[people].tocoo()
    place = steps.place[rows.col]
    inside = place >= 0
    found = np.zeros((len(steps.core), len(people)))
    found[place[inside], rows.row[inside]] = rows.data[inside]
    return found


def _onwards(
    steps: Steps, pairs: Pairs, *, damping: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Visits from t to u within two steps (m), and what a third can still bring, at most, over x − 1."""
    here = steps.place[pairs.people]
    inside = np.flatnonzero(here >= 0)
    one = damping * steps.inner[here[inside]]
    two = damping * (one @ steps.inner)
    largest = np.zeros(len(pairs.people))
    largest[inside] = two.max(axis=1).toarray().ravel() if len(inside) else 0.0
    row = np.full(len(pairs.people), -1, dtype=np.int64)
    row[inside] = np.arange(len(inside))
    place, row = steps.place[pairs.u], row[pairs.t]
    both = (place >= 0) & (row >= 0)
    by = np.zeros(len(pairs.t))
    by[both] = _entries(one + two, row[both], place[both])
    return by, np.where(both, largest[pairs.t], 0.0)


def _entries(
    A: sp.csr_array, row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.float64]:
    found = A[row, column]  # a sparse array of one dimension, or of none where nothing is asked for
    return np.asarray(sp.coo_array(found).toarray(), dtype=np.float64).ravel()
