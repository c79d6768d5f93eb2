"""Parts per set and cut, candidates, leaving one set out, and resampled differences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.model import ScoreModel, log_features
from graphengine.scoring.parts import Evidence, PartKey, Passing
from graphengine.scoring.validation import moments
from graphengine.scoring.validation.cuts import SHARES, cut_times, sides
from graphengine.scoring.validation.metrics import Ranked, ndcg, ranked, spearman
from graphengine.scoring.validation.moments import Moment, moment_of
from graphengine.scoring.validation.outcomes import Outcome, outcome_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bench.validation.sets import Set

LADDERS = {  # half-lives of R in days: minutes first, because bursts last hours
    "22 min to 64 d": (1 / 64, 1 / 8, 1.0, 8.0, 64.0),
    "22 min to 512 d": (1 / 64, 1 / 8, 1.0, 8.0, 64.0, 512.0),
    "90 min to 64 d": (1 / 16, 2.0, 64.0),
    "1 d to 64 d": (1.0, 8.0, 64.0),
}
REST = {"5 % each": (0.05, 0.05), "h at 20 %": (0.2, 0.025)}  # shares of h, and of S, C and A
OTHERS = 8.0  # the half-life of h, S, C and A, days
EVIDENCE = 3  # distinct endorsers, the default of a job


def candidates() -> dict[str, dict[PartKey, float]]:
    """The closed list: every ladder of R with every share of the other parts."""
    found = {}
    for ladder, steps in LADDERS.items():
        for rest, (h, each) in REST.items():
            left = 1.0 - h - 3 * each
            weights = {PartKey("R", step): left / len(steps) for step in steps}
            if h:
                weights[PartKey("h", OTHERS)] = h
            if each:
                weights |= {PartKey(name, OTHERS): each for name in "SCA"}
            found[f"{ladder}; {rest}"] = weights
    return found


def model_of(weights: Mapping[PartKey, float]) -> ScoreModel:
    return ScoreModel("study", "2", "study", Passing(precision=0.05), weights, {})


@dataclass
class Cut:
    """One set at one cut: what was known of the people judged, what came after, how it is judged."""

    name: str
    share: float
    moment: Moment
    top: int | None

    @property
    def people(self) -> Outcome:
        return self.moment.outcome

    @property
    def values(self) -> Mapping[PartKey, np.ndarray]:
        return self.moment.values

    @property
    def measures(self) -> Mapping[str, np.ndarray]:
        return self.moment.measures

    @cached_property
    def gain(self) -> Ranked:
        return ranked(self.people.reactors)

    def metric(self, score: np.ndarray, weight: np.ndarray | None = None) -> float:
        return self.judge(ranked(score), weight)

    def judge(self, score: Ranked, weight: np.ndarray | None = None) -> float:
        if self.top:
            return ndcg(score, self.gain, k=self.top, weight=weight)
        return spearman(score, self.gain, weight)


def prepared(data: Set, share: float, cut: int, *, fewest: int) -> Cut:
    """Everything of ``data`` at ``cut`` that does not depend on the candidate."""
    cuts = sides(data.events, cut)
    untimed = pl.lit(None, dtype=pl.Int64)
    before = cuts.before if data.timed else cuts.before.with_columns(at=untimed)
    found = moment_of(
        cuts,
        outcome_of(cuts, fewest=fewest, without=data.without),
        Evidence(before, posts=data.posts, credit=_credit(before)),
        model=model_of(candidates()[next(iter(candidates()))]),
        further={key for weights in candidates().values() for key in weights},
        followers=data.followers,
    )
    return Cut(data.name, share, found, data.top)


def _credit(before: pl.DataFrame) -> pl.DataFrame:
    """One unit for whoever is named as the parent: no set here holds deeper timed cascades."""
    return before.select("at", account="target", amount=pl.lit(1.0))


def cuts_of(data: Set, *, fewest: int = EVIDENCE) -> list[Cut]:
    """The cuts of a set; ``fewest`` distinct endorsers are enough evidence."""
    times = cut_times(data.events["at"])
    pairs = zip(SHARES, times, strict=True)
    return [prepared(data, share, cut, fewest=fewest) for share, cut in pairs]


def log_score(cut: Cut, weights: Mapping[PartKey, float]) -> np.ndarray:
    return log_features(cut.values, list(weights)) @ np.array(list(weights.values()))


def learned_score(cut: Cut, earlier: Cut, weights: Mapping[PartKey, float]) -> np.ndarray:
    """Weights from one period earlier: parts at the earlier cut, what followed up to this one."""
    found = moments.learned_score(cut.moment, earlier.moment, model_of(weights))
    return log_score(cut, weights) if found is None else found


def left_out(table: Mapping[str, Mapping[str, float]], name: str) -> str:
    """The candidate with the highest mean over all other sets of ``table`` [candidate][set]."""

    def others(candidate: str) -> float:
        values = [v for key, v in table[candidate].items() if key != name]
        return float(np.mean(values)) if values else 0.0

    return max(table, key=others)


def differences(
    cuts: list[Cut], ours: list[np.ndarray], base: str, *, draws: int, seed: int
) -> np.ndarray:
    """The mean over cuts of our metric less ``base``'s: entry 0 of everybody, then of resamples."""
    everyone = pl.concat([c.people.accounts for c in cuts]).unique().sort()
    names = everyone.to_numpy().astype(str)
    pairs = []
    for c, mine in zip(cuts, ours, strict=True):
        theirs = c.measures[base]
        known = np.isfinite(theirs)
        place = np.searchsorted(names, c.people.accounts.to_numpy().astype(str))
        pairs.append((c, ranked(mine), ranked(np.where(known, theirs, 0.0)), place, known))
    rng = np.random.default_rng(seed)
    found = []
    for draw in range(draws + 1):
        drawn = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        count = np.ones(len(names)) if draw == 0 else drawn.astype(np.float64)
        diffs = [
            c.judge(a, count[place] * known) - c.judge(b, count[place] * known)
            for c, a, b, place, known in pairs
        ]
        found.append(float(np.mean(diffs)))
    return np.array(found)
