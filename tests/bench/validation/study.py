"""Parts per set and cut, candidates, leaving one set out, and resampled differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.model import ScoreModel, log_features
from graphengine.scoring.parts import Evidence, PartKey, Passing, score_parts
from graphengine.scoring.validation.cuts import SHARES, cut_times, sides
from graphengine.scoring.validation.measures import MONTH, followers_before, single_measures
from graphengine.scoring.validation.metrics import Ranked, ndcg, ranked, spearman
from graphengine.scoring.validation.outcomes import Outcome, outcome_of
from graphengine.scoring.weights import learned_model

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
    """One set at one cut: people with enough evidence, their parts, the measures, the outcome."""

    name: str
    share: float
    people: Outcome
    keep: np.ndarray  # of people: enough endorsers
    values: dict[PartKey, np.ndarray]  # of people
    measures: dict[str, np.ndarray]
    top: int | None
    straddling: int
    log_followers: np.ndarray | None
    at: int
    before: pl.DataFrame

    def metric(self, score: np.ndarray, weight: np.ndarray | None = None) -> float:
        return self.judge(ranked(score[self.keep]), weight)

    def judge(self, score: Ranked, weight: np.ndarray | None = None) -> float:
        gain = self._gain()
        if self.top:
            return ndcg(score, gain, k=self.top, weight=weight)
        return spearman(score, gain, weight)

    def _gain(self) -> Ranked:
        if not hasattr(self, "_ranked"):
            self._ranked = ranked(self.people.reactors[self.keep])
        return self._ranked

    def until(self, later: Cut) -> np.ndarray:
        """Distinct people who reacted after this cut and not after ``later``: all fitted on is past."""
        past = later.before.filter(pl.col("at") > self.at)
        pairs = past.filter(pl.col("actor") != pl.col("target")).select("actor", "target").unique()
        counts = pairs.group_by("target").len()
        asked = pl.DataFrame({"target": self.people.accounts})
        joined = asked.join(counts, on="target", how="left", maintain_order="left")
        return joined["len"].fill_null(0).cast(pl.Float64).to_numpy()

    @property
    def with_outcome(self) -> int:
        return int((self.people.reactors[self.keep] > 0).sum())


def prepared(data: Set, share: float, cut: int, *, fewest: int) -> Cut:
    """Everything of ``data`` at ``cut`` that does not depend on the candidate."""
    cuts = sides(data.events, cut)
    outcome = outcome_of(cuts, without=data.without)
    keys = {MONTH, *(key for weights in candidates().values() for key in weights)}
    untimed = pl.lit(None, dtype=pl.Int64)
    before = cuts.before if data.timed else cuts.before.with_columns(at=untimed)
    evidence = Evidence(before, posts=data.posts, credit=_credit(before))
    parts = score_parts(evidence, as_of=cut, wanted=sorted(keys), passing=Passing(precision=0.05))
    place = np.searchsorted(
        parts.accounts.to_numpy().astype(str), outcome.accounts.to_numpy().astype(str)
    )
    followers = None
    if data.followers is not None:
        followers = followers_before(data.followers, parts.accounts, cut=cut)
    default = model_of(candidates()[next(iter(candidates()))])
    full = {key: parts.values[key] for key in keys}
    measures = single_measures(parts, default, before, followers=followers)
    return Cut(
        data.name, share, outcome, parts.endorsers[place] >= fewest,
        {key: part[place] for key, part in full.items()},
        {name: value[place] for name, value in measures.items()},
        data.top, cuts.straddling,
        None if followers is None else np.log1p(followers)[place],
        cut,
        cuts.before,
    )  # fmt: skip


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
    keep = earlier.keep
    values = {key: part[keep] for key, part in earlier.values.items()}
    fitted = learned_model(model_of(weights), values, earlier.until(cut)[keep])
    return fitted.log_score(cut.values)


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
        known = np.isfinite(theirs[c.keep])
        place = np.searchsorted(names, c.people.accounts.to_numpy().astype(str))[c.keep]
        pairs.append(
            (c, ranked(mine[c.keep]), ranked(np.where(known, theirs[c.keep], 0.0)), place, known)
        )
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
