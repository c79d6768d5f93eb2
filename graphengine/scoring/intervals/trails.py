"""h and S at drawn rates: steps from the drawn weights, visits from the last ones.

A draw moves only the active pairs' weights; quiet pairs pass on what they pass on at the fitted
rates, following their endorsed person's draw. Visits x start from those at the fitted rates and
are swept to 1 %; the probability to come back, which ties h to x, is that of the point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphengine.influence.kernels.rate_draws import BATCH, passing_on, trail_sweeps, weights
from graphengine.scoring.intervals.fading import endured, speed
from graphengine.scoring.intervals.outside import sums_outside
from graphengine.scoring.intervals.sums import sums_by

if TYPE_CHECKING:
    from graphengine.scoring.intervals.desk import Desk, Scratch
    from graphengine.scoring.parts import Passing

__all__ = ["Trails", "trails_of"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
_CLOSE = 0.002  # a last move of this much leaves 1 % at d = 0.85


@dataclass(frozen=True, slots=True, eq=False)
class _Carrying:
    """The active pairs whose endorser is visited by others: to whom, from whom, which they are.

    From everybody else comes exactly one trail, so their steps need no sweep. people: those with
    such pairs; ends: where each one's begin.
    """

    people: NDArray[np.uint32]
    ends: NDArray[np.uint64]
    endorser: NDArray[np.uint32]
    pair: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Trails:
    """What is fixed at one half-life.

    per_rate, outside: decayed weight of each active pair, a rate and of its events outside (both
    tellings). rest: κ and what endorsers pass along quiet pairs (slots × BATCH); selective: what
    people are passed along those (S); along: trails that come along those. beyond: visits beyond the first at the
    fitted rates, over those that come straight from their beginning. never: from x to h. All n.
    """

    half_life: float
    passing: Passing
    per_rate: Floats
    outside: tuple[Floats, Floats]
    rest: Singles
    selective: Floats
    along: Floats
    carrying: _Carrying
    beyond: Floats
    never: Floats

    def drawn(
        self, desk: Desk, scratch: Scratch, still: Floats, *, telling: int
    ) -> tuple[Floats, Floats]:
        """First-visit reach and S of the first people, who are everybody that is seen, × BATCH.

        From a batch of rates and multipliers of events outside, and the quiet pairs' multipliers.
        """
        live, d, passed = slice(desk.live), self.passing.damping, scratch.passed
        active = np.zeros((desk.live, BATCH))
        passed[:] = self.rest
        drawn, weighing = (scratch.own, scratch.again), (self.per_rate, self.outside[telling])
        weights(drawn, weighing, self.passing.alpha, desk.slot, passed, scratch.step)
        np.divide(1.0, np.maximum(passed, 1e-30, out=passed), out=passed)
        passing_on(desk.ends, desk.slot, passed, scratch.step, active)
        source, selective = active, active
        if len(desk.pairs.quiet.days):
            follows = _power(still, self.passing.alpha)
            source = active + self.along[live, None] * follows
            selective = active + self.selective[live, None] * follows
        source = d * source
        more = source * self.beyond[live, None]
        carrying = self.carrying
        step = np.take(scratch.step, carrying.pair, axis=0)
        graph = (carrying.people, carrying.ends, carrying.endorser, step)
        trail_sweeps(graph, source, d, _CLOSE, more)
        more += 1.0
        more *= self.never[live, None]
        return np.maximum(more, 1.0, out=more), selective


def trails_of(desk: Desk, half_life: float, *, passing: Passing, reach: Floats) -> Trails:
    """The fixed side at ``half_life``; ``reach`` is h of the point, by the pairs' numbers."""
    pairs, told, n = desk.pairs, desk.pairs.events, desk.pairs.n
    events = sums_by(told.pair, pairs.m)
    each = sums_by(told.pair, pairs.m, told.weight) / np.maximum(events, 1)
    per_rate = each * endured(pairs.days, half_life)
    outside = sums_outside(pairs, half_life, amount=told.weight)
    average = float(told.weight.mean()) if len(told.weight) else 1.0
    quiet = desk.sums.damped * _power(average * endured(pairs.quiet.days, half_life), passing.alpha)
    rest = passing.kappa + sums_by(pairs.quiet.endorser, n, quiet)
    weight = _power(_fitted_rate(desk) * per_rate + outside[0], passing.alpha)
    step, passed = _steps(desk, weight, rest)
    quiet = _over(quiet, passed[pairs.quiet.endorser])
    selective = sums_by(pairs.quiet.endorsed, n, quiet)
    more = _more(desk, step, quiet, damping=passing.damping, close=_CLOSE)
    beyond = quiet * (1.0 + more[pairs.quiet.endorser])
    along = sums_by(pairs.quiet.endorsed, n, beyond)
    straight = passing.damping * (sums_by(pairs.endorsed, n, step) + along)
    never = np.minimum(reach / (1.0 + _point_more(desk, half_life, passing)), 1.0)
    return Trails(
        half_life, passing, per_rate, outside, _repeated(rest[desk.slots]), selective, along,
        _carrying(desk, more > 0.0), _over(more, straight), never,
    )  # fmt: skip


def _repeated(x: Floats) -> Singles:
    return np.repeat(x.astype(np.float32)[:, None], BATCH, axis=1)


def _carrying(desk: Desk, visited: NDArray[np.bool_]) -> _Carrying:
    kept = np.flatnonzero(visited[desk.pairs.endorser])
    people, first = np.unique(desk.pairs.endorsed[kept], return_index=True)
    ends = np.append(first, len(kept)).astype(np.uint64)
    return _Carrying(people.astype(np.uint32), ends, desk.endorser[kept], kept)


def _power(x: Floats, alpha: float) -> Floats:
    return np.sqrt(x) if alpha == 0.5 else np.asarray(x**alpha, dtype=np.float64)


def _over(x: Floats, y: Floats) -> Floats:
    return np.divide(x, y, out=np.zeros_like(x), where=y > 0.0)


def _steps(desk: Desk, weight: Floats, rest: Floats) -> tuple[Floats, Floats]:
    """Steps along active pairs, and what each endorser's weights^α and κ add up to."""
    endorser, n = desk.pairs.endorser, desk.pairs.n
    passed = rest + sums_by(endorser, n, weight)
    return _over(weight, passed[endorser]), passed


def _fitted_rate(desk: Desk) -> Floats:
    """The mean rate of each active pair after its own events."""
    pairs, prior = desk.pairs, desk.prior
    mean = prior.endorsed[pairs.endorsed] * prior.base(pairs.endorser)
    if prior.rate == 0.0 or prior.pairs == np.inf:
        return mean
    own = pairs.per_pair(pairs.events.inside) + prior.pairs
    fitted = own / (pairs.days + prior.pairs / mean)
    return np.asarray(np.where(pairs.days > 0.0, fitted, 0.0), dtype=np.float64)


def _point_more(desk: Desk, half_life: float, passing: Passing) -> Floats:
    """Visits beyond the first at the events as they are."""
    pairs, told = desk.pairs, desk.pairs.events
    left = told.weight * np.exp(-told.age * speed(half_life))
    weight = _power(sums_by(told.pair, pairs.m, left), passing.alpha)
    step, _ = _steps(desk, weight, np.full(pairs.n, passing.kappa))
    nothing = np.zeros(len(pairs.quiet.days))
    return _more(desk, step, nothing, damping=passing.damping, close=1e-3)


def _more(desk: Desk, step: Floats, quiet: Floats, *, damping: float, close: float) -> Floats:
    """Visits beyond the first, along active and quiet pairs together."""
    pairs, n = desk.pairs, desk.pairs.n
    row, column, value = pairs.endorsed, pairs.endorser, step
    if quiet.any():
        row = np.concatenate([row, pairs.quiet.endorsed])
        column = np.concatenate([column, pairs.quiet.endorser])
        value = np.concatenate([value, quiet])
    P = sp.csr_array((value, (row, column)), shape=(n, n))
    source = damping * np.asarray(P.sum(axis=1))
    more = source.copy()
    for _ in range(1000):
        fresh = source + damping * (P @ more)
        moved = float((np.abs(fresh - more) / (1.0 + fresh)).max(initial=0.0))
        more = fresh
        if moved <= close:
            break
    return more
