"""The parts of a score: what the events up to a moment say of each person, on absolute scales.

Every part is counted in people, posts or reactions, never as a share of a total, so that what
happens between strangers changes nobody. Each is computed for the half-lives asked for, in linear
passes over the events; only h needs a solve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.influence.ranking import first_visit_reach, saturated
from graphengine.scoring.rows import DAY, ages, by_pair, left_of, numbers_of, places_of, up_to

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from graphengine.influence.ranking import Reach

__all__ = ["DAY", "PART_NAMES", "Evidence", "PartKey", "Parts", "Passing", "score_parts"]

PART_NAMES: Final = ("h", "R", "S", "C", "A")


class PartKey(NamedTuple):
    """One part at one half-life: ``name`` of PART_NAMES, ``half_life`` in days (inf: no decay)."""

    name: str
    half_life: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known: endorsement events and, where a source has them, posts and credit.

    events: [actor, target, at, weight], one row an event, times in epoch seconds (null: does not
    fade); an optional column ``original`` (Boolean) marks reactions to a post that the target
    itself wrote. posts: [account, at], one row an original post (a repost, reply or quote is
    none). credit: [account, at, amount], what each later post of a cascade with named parents
    adds to the total credit of the people above it.
    """

    events: pl.DataFrame
    posts: pl.DataFrame | None = None
    credit: pl.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Passing:
    """How trails pass on, and what amplification divides by.

    alpha and kappa: P_uv = w^alpha / (kappa + Σ w^alpha). damping: d. precision: the relative
    width of h's bracket. posts_prior: c, in posts, so that one lucky post is not a career.
    """

    alpha: float = 0.5
    kappa: float = 1.0
    damping: float = 0.85
    precision: float = 0.01
    posts_prior: float = 5.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Everybody who endorses or is endorsed, sorted by key, and the parts (n each).

    endorsers and received: distinct people and events so far, undecayed. h_low and h_high are the
    bracket of each h; every other part is exact.
    """

    accounts: pl.Series
    endorsers: NDArray[np.int64]
    received: NDArray[np.int64]
    values: Mapping[PartKey, NDArray[np.float64]]
    h_low: Mapping[PartKey, NDArray[np.float64]]
    h_high: Mapping[PartKey, NDArray[np.float64]]


def score_parts(
    evidence: Evidence, *, as_of: int, wanted: Iterable[PartKey], passing: Passing | None = None
) -> Parts:
    """The ``wanted`` parts of everybody, from what happened up to ``as_of`` (epoch seconds).

    h: first-visit reach (Hopcroft & Sheldon 2007, see ``first_visit_reach``). R: decayed distinct
    endorsers, Σ_u 2^(−age of u's latest event / half-life). S: selective endorsers, Σ_u P_ut, so
    that praise from somebody who praises everything counts less. C: decayed credit. A: decayed
    reactions to a person's original posts over decayed original posts plus c; 0 without any.
    Reactions without a time are divided by all posts, undecayed: else they would rise as posts fade.

    Raises:
        ValueError: an unknown part, a half-life or setting out of its range, a negative weight.

    >>> events = pl.DataFrame({"actor": ["b", "c", "b"], "target": ["a", "a", "a"],
    ...                        "at": [0, 86_400, 86_400], "weight": [1.0, 1.0, 1.0]})
    >>> key = PartKey("R", 1.0)
    >>> parts = score_parts(Evidence(events), as_of=172_800, wanted=[key])
    >>> parts.accounts.to_list(), parts.values[key].tolist(), parts.endorsers.tolist()
    (['a', 'b', 'c'], [1.0, 0.0, 0.0], [2, 0, 0])
    """
    keys = list(dict.fromkeys(wanted))
    for name, half_life in keys:
        if name not in PART_NAMES or not half_life > 0.0:
            raise ValueError(
                f"needs a part of {', '.join(PART_NAMES)} and a half-life above 0 days, "
                f"got {name} and {half_life}"
            )
    told = _Told(evidence, as_of)
    values, low, high = {}, {}, {}
    for key in keys:
        if key.name == "h":
            reach = told.reach(key.half_life, passing or Passing())
            values[key], low[key], high[key] = reach.value, reach.low, reach.high
        else:
            values[key] = told.part(key, passing or Passing())
    return Parts(told.accounts, told.endorsers(), told.received(), values, low, high)


class _Told:
    """The events up to ``as_of`` by number, grouped by pair; ages in days."""

    def __init__(self, evidence: Evidence, as_of: int) -> None:
        self._as_of = as_of
        kept = up_to(evidence.events, as_of).filter(pl.col("actor") != pl.col("target"))
        (actor, target), names = places_of(kept["actor"], kept["target"])
        self.accounts, self.n = names.alias("account"), len(names)
        weight = kept["weight"].to_numpy().astype(np.float64)
        if not (np.isfinite(weight) & (weight >= 0.0)).all():
            raise ValueError("an event's weight must be a finite number >= 0; leave others out")
        age = ages(kept, as_of)
        # ties in a fixed order: the order of the rows changes no bit of any sum
        timed = kept["at"].is_not_null().to_numpy()
        order = by_pair(target, actor, age, timed, weight, people=self.n)
        self._age, self._weight, timed = age[order], weight[order], timed[order]
        target, actor, original = target[order], actor[order], _flag(kept)[order]
        self._original = target[original], self._age[original], timed[original]
        change = (np.diff(target, prepend=-1) != 0) | (np.diff(actor, prepend=-1) != 0)
        self._first = np.flatnonzero(change)
        self._target, self._actor = target[self._first], actor[self._first]
        self._events_to = target
        self._posts, self._credit = evidence.posts, evidence.credit
        self._steps: dict[tuple[float, float, float], sp.csr_array] = {}

    def endorsers(self) -> NDArray[np.int64]:
        return np.bincount(self._target, minlength=self.n).astype(np.int64)

    def received(self) -> NDArray[np.int64]:
        return np.bincount(self._events_to, minlength=self.n).astype(np.int64)

    def reach(self, half_life: float, passing: Passing) -> Reach:
        P = self._transition(half_life, passing)
        return first_visit_reach(P, damping=passing.damping, precision=passing.precision)

    def part(self, key: PartKey, passing: Passing) -> NDArray[np.float64]:
        if key.name == "R":  # ages ascend within a pair: the first is the latest event
            return self._sum(self._target, left_of(self._age[self._first], key.half_life))
        if key.name == "S":
            P = self._transition(key.half_life, passing)
            return np.asarray(P.sum(axis=0), dtype=np.float64)
        if key.name == "C":
            return self._of_frame(self._credit, key.half_life, amount="amount")
        return self._amplified(key.half_life, passing.posts_prior)

    def _amplified(self, half_life: float, prior: float) -> NDArray[np.float64]:
        whom, age, timed = self._original
        left = left_of(age, half_life)
        faded = self._of_frame(self._posts, half_life, amount=None)
        ever = self._of_frame(self._posts, np.inf, amount=None)
        return self._sum(whom[timed], left[timed]) / (faded + prior) + self._sum(
            whom[~timed], left[~timed]
        ) / (ever + prior)

    def _transition(self, half_life: float, passing: Passing) -> sp.csr_array:
        """P of the decayed weights. Who has left gets nothing, and no one else more for it.

        So an event that leaves still counts in its row's sum: without it the others would rise.
        """
        key = (half_life, passing.alpha, passing.kappa)
        if key not in self._steps:
            left = self._weight * np.exp2(-self._age / half_life)
            pair = np.add.reduceat(left, self._first) if len(self._first) else np.empty(0)
            place, shape = (self._actor, self._target), (self.n, self.n)
            P = saturated(
                sp.csr_array((pair, place), shape=shape), alpha=passing.alpha, kappa=passing.kappa
            )
            there = left_of(self._age[self._first], half_life) > 0.0
            if not there.all():
                P = P * sp.csr_array((there.astype(np.float64), place), shape=shape)
                P.eliminate_zeros()
            self._steps[key] = P
        return self._steps[key]

    def _of_frame(
        self, frame: pl.DataFrame | None, half_life: float, *, amount: str | None
    ) -> NDArray[np.float64]:
        if frame is None:
            return np.zeros(self.n)
        kept = up_to(frame, self._as_of)
        left = left_of(ages(kept, self._as_of), half_life)
        if amount is not None:
            left = left * kept[amount].to_numpy()
        whom = numbers_of(kept["account"], self.accounts)
        order = np.lexsort((left, whom))
        known = order[whom[order] >= 0]
        return self._sum(whom[known], left[known])

    def _sum(self, whom: NDArray[np.int64], amount: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(whom, weights=amount, minlength=self.n).astype(np.float64)


def _flag(events: pl.DataFrame) -> NDArray[np.bool_]:
    if "original" not in events.columns:
        return np.zeros(events.height, dtype=np.bool_)
    return events["original"].fill_null(value=False).to_numpy()
