"""What a score would be without some of the events behind it: exactly, and for many sets at once.

Without events of u to t, u passes on less to t and more of the rest to others. With P′ the
transition without them and F′ its probabilities to reach t, h − h′ = Σ_u y_u·(d·(P_ut − P′_ut)
− d·Σ_v≠t (P′_uv − P_uv)·F′_v): an identity, as only these rows differ. Since 0 ≤ F′ ≤ F (an
endorsement less never raises the one it named), both ends are known without a further solve, and
for an endorser who is removed whole the middle is narrow. ``without`` solves again, for one set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.scoring.reasons.case import Pairs
from graphengine.scoring.reasons.trails import Rows, Trails, trails_to
from graphengine.scoring.rows import left_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.parts import PartKey
    from graphengine.scoring.reasons.case import Case

__all__ = ["Groups", "log_scores_without", "parts_without", "shares_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The k events and c rows of credit of a case in ``count`` groups; −1: in none of them."""

    events: NDArray[np.int64]
    credit: NDArray[np.int64]
    count: int


def parts_without(
    case: Case,
    trails: Mapping[float, Trails],
    *,
    kept: NDArray[np.bool_],
    credit: NDArray[np.bool_],
) -> dict[PartKey, NDArray[np.float64]]:
    """Every part (1 entry each) from the events ``kept`` (k) and ``credit`` (c) alone, exactly."""
    found = {}
    for key in case.numbered.model.wanted:
        if key.name == "h":
            value = _solved_without(case, trails[key.half_life], kept, key.half_life).h
        else:
            value = case.part(key, kept, credit)
        found[key] = np.array([value])
    return found


def _solved_without(case: Case, known: Trails, kept: NDArray[np.bool_], half_life: float) -> Trails:
    steps, damping = case.numbered.steps(half_life), case.numbered.model.passing.damping
    full = case.pairs(half_life)
    left = case.reduced(full, kept, half_life)
    if np.array_equal(left.power, full.power):
        return known
    rows = Rows(np.ones(steps.n), np.zeros(steps.n))
    rows.scale[case.endorsers] = full.total / left.total
    rows.towards[case.endorsers] = left.passes
    return trails_to(steps, case.who, damping=damping, rows=rows, known=known)


def log_scores_without(
    case: Case,
    trails: Mapping[float, Trails],
    groups: Groups,
    *,
    values: Mapping[PartKey, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bounds of the log-score without each group (count each), low ≤ the exact one ≤ high."""
    low, high = {}, {}
    for key, value in values.items():
        if key.name == "h":
            least, most = _reach_lost(case, trails[key.half_life], groups, key.half_life)
            low[key] = np.maximum(value - most, 1.0)
            high[key] = np.maximum(value - least, 1.0)
        else:
            low[key] = high[key] = np.maximum(value - _lost(case, groups, key), 0.0)
    model = case.numbered.model
    return model.log_score(low), model.log_score(high)


def shares_of(
    case: Case,
    trails: Mapping[float, Trails],
    groups: Groups,
    *,
    contributions: Mapping[PartKey, float],
) -> NDArray[np.float64]:
    """Each group's share of the log-score: every part's contribution, divided as the part itself.

    R goes to the endorsers' latest events, S and h (by last steps, less one's own trail) to pairs by
    weight, C to the rows of credit, A to the reactions to original posts. What belongs to no
    group, such as the credit of what others passed on further, is in none of the shares.
    """
    found = np.zeros(groups.count)
    for key, contribution in contributions.items():
        amount = _amounts(case, trails, groups, key)
        whole = _whole(case, trails, key)
        if whole > 0.0:
            found += contribution * amount / whole
    return found


def _whole(case: Case, trails: Mapping[float, Trails], key: PartKey) -> float:
    return trails[key.half_life].h - 1.0 if key.name == "h" else case.part(key)


def _amounts(
    case: Case, trails: Mapping[float, Trails], groups: Groups, key: PartKey
) -> NDArray[np.float64]:
    if key.name == "R":
        latest = case.latest_rows
        return _sum(groups.events[latest], left_of(case.age[latest], key.half_life), groups.count)
    if key.name in ("S", "h"):
        pairs = case.pairs(key.half_life)
        passed = pairs.passes
        if key.name == "h":
            passed = (
                case.numbered.model.passing.damping
                * passed
                * trails[key.half_life].visits[case.endorsers]
            )
        decayed = case.decayed(key.half_life)
        whole = pairs.weight[case.by]
        share = np.divide(decayed, whole, out=np.zeros(len(decayed)), where=whole > 0.0)
        return _sum(groups.events, passed[case.by] * share, groups.count)
    return _lost(case, groups, key)


def _lost(case: Case, groups: Groups, key: PartKey) -> NDArray[np.float64]:
    """How much of a part other than h goes with each group."""
    if key.name == "R":
        return _endorsers_lost(case, groups, key.half_life)
    if key.name == "S":
        full, left, _, group = _pairs_left(case, groups, key.half_life)
        return _sum(group, full.passes - left.passes, groups.count)
    if key.name == "C":
        amount = case.credit * left_of(case.credit_age, key.half_life)
        return _sum(groups.credit, amount, groups.count)
    return _sum(groups.events, case.reactions(key.half_life), groups.count)


def _endorsers_lost(case: Case, groups: Groups, half_life: float) -> NDArray[np.float64]:
    """An endorser goes, or grows old, with the group of the latest event, and with no other."""
    first, second = case.latest_rows, _second(case, groups)
    lost = left_of(case.age[first], half_life) - left_of(second, half_life)
    return _sum(groups.events[first], np.maximum(lost, 0.0), groups.count)


def _second(case: Case, groups: Groups) -> NDArray[np.float64]:
    """The age of each endorser's latest event (m) outside the group of the latest of all."""
    group = groups.events[case.latest_rows]
    return case.latest(groups.events != group[case.by])


def _pairs_left(
    case: Case, groups: Groups, half_life: float
) -> tuple[Pairs, Pairs, NDArray[np.int64], NDArray[np.int64]]:
    """Of every endorser with events in a group: the pair, the pair without it, endorser, group."""
    alpha = case.numbered.model.passing.alpha
    full = case.pairs(half_life)
    inside = groups.events >= 0
    decayed = case.decayed(half_life)[inside]
    code = case.by[inside] * groups.count + groups.events[inside]
    codes, which, events = np.unique(code, return_inverse=True, return_counts=True)
    by, group = codes // max(groups.count, 1), codes % max(groups.count, 1)
    whole = np.bincount(case.by, minlength=len(case.endorsers))[by]
    gone = np.bincount(which, weights=decayed, minlength=len(codes))
    weight = np.where(events == whole, 0.0, np.maximum(full.weight[by] - gone, 0.0))
    power = weight**alpha
    total = full.total[by] - full.power[by] + power
    with_latest = group == groups.events[case.latest_rows][by]
    second = left_of(_second(case, groups), half_life)[by] > 0.0
    here = Pairs(full.weight[by], full.power[by], full.total[by], full.there[by])
    left = Pairs(weight, power, total, np.where(with_latest, second, here.there))
    return here, left, by, group


def _reach_lost(
    case: Case, trails: Trails, groups: Groups, half_life: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the most of h that goes with each group."""
    damping = case.numbered.model.passing.damping
    full, left, by, group = _pairs_left(case, groups, half_life)
    people = case.endorsers[by]
    visits = trails.visits[people]
    direct = damping * (full.passes - left.passes)
    # d·Σ_v≠t P_uv·F_v: what of u's trail comes to t over others; it grows when t's share goes
    others = np.maximum(trails.reached[people] - damping * full.passes, 0.0)
    more = (full.total / left.total - 1.0) * others
    most = _sum(group, visits * direct, groups.count)
    least = _sum(group, visits * (direct - more), groups.count)
    return least, most


def _sum(group: NDArray[np.int64], amount: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    inside = group >= 0
    summed = np.bincount(group[inside], weights=amount[inside], minlength=count)
    return summed.astype(np.float64)
