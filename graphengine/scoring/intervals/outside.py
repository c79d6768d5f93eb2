"""Events outside every known exposure: what they leave, told in two ways.

Without an exposure nobody knows for how long a pair could have reacted, so its events are drawn
anew, each with an Exp(1) weight, and no draw can tell whether they keep coming. *As seen*: each is
as old as it is; what is quiet now stays quiet. *Steady*: as many come at any time of the span as at
any other; when they came was chance. Half of the draws take the one, half the other, which widens
the interval by what is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.scoring.intervals.fading import endured, latest_left, speed
from graphengine.scoring.intervals.sums import sums_by

if TYPE_CHECKING:
    from graphengine.scoring.intervals.pairs import Pairs

__all__ = ["TELLINGS", "latest_outside", "sums_outside"]

Floats = NDArray[np.float64]
TELLINGS = 2  # as seen, steady


def latest_outside(pairs: Pairs, half_lives: list[float]) -> list[tuple[Floats, Floats]]:
    """What is left of each active pair's latest event outside, as seen and if steady; 0 without.

    At each of ``half_lives``.
    """
    told, steady = pairs.events, _steady(pairs)
    out = ~told.inside
    pair, age = told.pair[out], told.age[out]
    first = np.flatnonzero(np.diff(pair, prepend=-1))  # events lie in the order of their pairs
    some, latest = pair[first], np.minimum.reduceat(age, first) if len(first) else age
    rate = pairs.per_pair(out)[steady] / max(pairs.span, 1e-9)
    span = np.full(len(rate), pairs.span)
    ever = -np.expm1(-rate * span)
    found = []
    for half_life in half_lives:
        seen = np.zeros(pairs.m)
        seen[some] = np.exp(-latest * speed(half_life))
        left = seen.copy()
        left[steady] = latest_left(rate, span, half_life) / ever
        found.append((seen, left))
    return found


def sums_outside(
    pairs: Pairs, half_life: float, *, amount: Floats | None = None
) -> tuple[Floats, Floats]:
    """Decayed sums of ``amount`` (None: numbers) of each active pair's events outside."""
    told, steady = pairs.events, _steady(pairs)
    out = np.flatnonzero(~told.inside)
    pair, each = told.pair[out], np.ones(len(out)) if amount is None else amount[out]
    seen = sums_by(pair, pairs.m, each * np.exp(-told.age[out] * speed(half_life)))
    left = seen.copy()
    span = np.array([max(pairs.span, 1e-9)])
    left[steady] = sums_by(pair, pairs.m, each)[steady] * (endured(span, half_life) / span)[0]
    return seen, left


def _steady(pairs: Pairs) -> NDArray[np.bool_]:
    """Active pairs without a known exposure, all of whose events have a time."""
    told = pairs.events
    timeless = sums_by(told.pair, pairs.m, ~told.timed)
    return np.asarray((pairs.days == 0.0) & (timeless == 0.0) & (pairs.span > 0.0))
