"""h and S at drawn rates: steps from the drawn weights, visits from the last ones.

A draw moves only the active pairs' weights; quiet pairs pass on what they pass on at the fitted
rates, following their endorsed person's draw. Visits x start from those at the fitted rates and
are swept to 1 %; the probability to come back, which ties h to x, is that of the point.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphengine.influence.kernels.rate_draws import BATCH
from graphengine.influence.kernels.trail_draws import passing_on, trail_sweeps
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
    such pairs; ends: where each one's begin; more: of every pair, whether it is one.
    """

    people: NDArray[np.uint32]
    ends: NDArray[np.uint64]
    endorser: NDArray[np.uint32]
    more: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Trails:
    """What is fixed at one half-life.

    weighing: decayed weight of each active pair, a rate and of its events outside (both tellings);
    each pair's endorser; α; κ and what endorsers pass along quiet pairs (slots). Of everybody who
    is seen, each × 1: selective: what people are passed along quiet pairs (S); along: trails
    that come along those. beyond: visits beyond the first at the fitted rates, over those that come
    straight from their beginning. never: from x to h, of the scored.
    """

    half_life: float
    passing: Passing
    weighing: tuple[Singles, Singles, NDArray[np.uint32], float, Singles]
    selective: Singles
    along: Singles
    carrying: _Carrying
    beyond: Singles
    never: Singles

    def drawn(self, desk: Desk, scratch: Scratch, still: Singles) -> tuple[Singles, Singles]:
        """First-visit reach and S of the scored people, × BATCH.

        From the weights^α in ``scratch``, and the quiet pairs' multipliers of everybody seen.
        """
        top, carrying = desk.top, self.carrying
        source = np.empty((desk.live, BATCH), dtype=np.float32)
        carried = np.empty((len(carrying.endorser), BATCH), dtype=np.float32)
        ties = (desk.ends, desk.slot, carrying.more)
        passing_on(ties, scratch.passed, scratch.step, source, carried)
        selective = source[:top].copy()
        if len(desk.pairs.quiet.days):
            follows = _power(still, self.passing.alpha)
            selective += self.selective[:top] * follows[:top]
            follows *= self.along
            source += follows
        source *= np.float32(self.passing.damping)
        more = source * self.beyond
        graph = (carrying.people, carrying.ends, carrying.endorser, carried)
        trail_sweeps(graph, source, self.passing.damping, _CLOSE, more)
        h = (1.0 + more[:top]) * self.never
        return np.maximum(h, np.float32(1.0), out=h), selective


def trails_of(desk: Desk, half_life: float, *, passing: Passing, reach: Floats) -> Trails:
    """The fixed side at ``half_life``; ``reach`` is h of the point of the scored, by number."""
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
    never = np.minimum(reach / (1.0 + _point_more(desk, half_life, passing)[: desk.top]), 1.0)
    seen = (selective, along, _over(more, straight))
    passed_quietly, come_along, further = (_column(x[: desk.live]) for x in seen)
    weighing = (
        _single(per_rate), _single(np.column_stack(outside)), desk.slot, passing.alpha,
        _single(rest[desk.slots]),
    )  # fmt: skip
    return Trails(
        half_life, passing, weighing, passed_quietly, come_along,
        _carrying(desk, more > 0.0), further, _column(never),
    )  # fmt: skip


def _single(x: Floats) -> Singles:
    return x.astype(np.float32)


def _column(x: Floats) -> Singles:
    return _single(x)[:, None]


def _carrying(desk: Desk, visited: NDArray[np.bool_]) -> _Carrying:
    more = visited[desk.pairs.endorser]
    kept = np.flatnonzero(more)
    people, first = np.unique(desk.pairs.endorsed[kept], return_index=True)
    ends = np.append(first, len(kept)).astype(np.uint64)
    endorser = desk.pairs.endorser[kept].astype(np.uint32)
    return _Carrying(people.astype(np.uint32), ends, endorser, more)


def _power(x: NDArray[Any], alpha: float) -> NDArray[Any]:
    return np.asarray(np.sqrt(x) if alpha == 0.5 else x**alpha)


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
    pairs, still = desk.pairs, desk.pairs.quiet
    source = sums_by(pairs.endorsed, pairs.n, step)
    some = np.flatnonzero(quiet)
    np.add.at(source, still.endorsed[some], quiet[some])
    source *= damping
    begins = source != 0.0  # from the rest comes nothing more, ever
    kept, calm = np.flatnonzero(begins[pairs.endorser]), some[begins[still.endorser[some]]]
    row = np.concatenate([pairs.endorsed[kept], still.endorsed[calm]])
    column = np.concatenate([pairs.endorser[kept], still.endorser[calm]])
    value = np.concatenate([step[kept], quiet[calm]])
    further = np.zeros(pairs.n, np.bool_)
    further[row] = True
    people, place = np.flatnonzero(further), np.cumsum(further) - 1
    P = sp.csr_array((value, (place[row], column)), shape=(len(people), pairs.n))
    more, straight = source.copy(), source[people]
    for _ in range(1000):
        fresh = straight + damping * (P @ more)
        moved = float((np.abs(fresh - more[people]) / (1.0 + fresh)).max(initial=0.0))
        more[people] = fresh
        if moved <= close:
            break
    return more
