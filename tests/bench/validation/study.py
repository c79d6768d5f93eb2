"""Parts per set and cut, candidates, leaving one set out, and resampled differences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.pipeline.learning import learned_until
from graphengine.scoring.model import ScoreModel
from graphengine.scoring.parts import Evidence, PartKey, Passing
from graphengine.scoring.validation.cuts import SHARES, cut_times, sides
from graphengine.scoring.validation.metrics import Ranked, ndcg, ranked, spearman
from graphengine.scoring.validation.moments import Moment, moment_of
from graphengine.scoring.validation.outcomes import Outcome, outcome_of
from graphengine.scoring.weights import Sample, learned_from

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
SLACK = 0.005  # half of what the goal allows
PULLS = tuple(product((1.0, 3.0, 10.0, 30.0), (0.01, 0.03, 0.1, 0.3, 1.0)))  # people, ridge


@dataclass(frozen=True)
class Option:
    """Published weights and, where they are learned from the past, how hard they pull."""

    weights: Mapping[PartKey, float]
    pull: tuple[float, float] | None = None

    @property
    def strength(self) -> float:
        """The pull towards the published weights where 100 people had an outcome."""
        people, ridge = self.pull or (np.inf, np.inf)
        return ridge + people / 100

    def model(self, cut: Cut) -> ScoreModel:
        """The model at ``cut``, from nothing that came later."""
        published = model_of(self.weights)
        if self.pull is None:
            return published
        people, ridge = self.pull
        some = max((sample.some for sample in cut.samples), default=0)
        return learned_from(published, cut.samples, ridge=ridge + people / max(some, 1))

    def score(self, cut: Cut) -> np.ndarray:
        return self.model(cut).log_score(cut.values)


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


def learned_options() -> dict[str, Option]:
    """The closed list of what is learned from: every candidate with every pull."""
    return {
        f"{name}; {people:g} people, {ridge:g}": Option(weights, (people, ridge))
        for (name, weights), (people, ridge) in product(candidates().items(), PULLS)
    }


def model_of(weights: Mapping[PartKey, float]) -> ScoreModel:
    return ScoreModel("study", "2", "study", Passing(precision=0.05), weights, {})


@dataclass
class Cut:
    """One set at one cut: what was known of the people judged, what came after, how it is judged.

    samples: earlier moments, with what followed each of them up to the cut.
    """

    name: str
    share: float
    moment: Moment
    top: int | None
    samples: list[Sample]

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
    known = data.events.filter(pl.col("at") <= cut)
    until = learned_until(known["at"])  # as in a run
    past = replace(data, events=known.filter(pl.col("at") <= until))
    samples = []
    for time in dict.fromkeys(cut_times(past.events["at"])):
        try:
            found = _moment(past, time, fewest=fewest)
        except ValueError:  # nothing followed
            continue
        samples.append(Sample(found.values, found.outcome.reactors))
    return Cut(data.name, share, _moment(data, cut, fewest=fewest), data.top, samples)


def _moment(data: Set, cut: int, *, fewest: int) -> Moment:
    parted = sides(data.events, cut)
    untimed = pl.lit(None, dtype=pl.Int64)
    before = parted.before if data.timed else parted.before.with_columns(at=untimed)
    return moment_of(
        parted,
        outcome_of(parted, fewest=fewest, without=data.without),
        Evidence(before, posts=data.posts, credit=_credit(before)),
        model=model_of(candidates()[next(iter(candidates()))]),
        further={key for weights in candidates().values() for key in weights},
        followers=data.followers,
    )


def _credit(before: pl.DataFrame) -> pl.DataFrame:
    """One unit for whoever is named as the parent: no set here holds deeper timed cascades."""
    return before.select("at", account="target", amount=pl.lit(1.0))


def cuts_of(data: Set, *, fewest: int = EVIDENCE) -> list[Cut]:
    """The cuts of a set; ``fewest`` distinct endorsers are enough evidence."""
    times = cut_times(data.events["at"])
    pairs = zip(SHARES, times, strict=True)
    return [prepared(data, share, cut, fewest=fewest) for share, cut in pairs]


def left_out(
    table: Mapping[str, Mapping[str, float]],
    name: str,
    *,
    options: Mapping[str, Option] | None = None,
) -> str:
    """The candidate with the highest mean over all other sets of ``table`` [candidate][set].

    Where they are ``options`` that learn: of those within SLACK of it, the one that is pulled
    hardest towards the published weights; differences so small say little of further sets.
    """

    def others(candidate: str) -> float:
        values = [v for key, v in table[candidate].items() if key != name]
        return float(np.mean(values)) if values else 0.0

    best = max(table, key=others)
    if options is None:
        return best
    near = [candidate for candidate in table if others(candidate) >= others(best) - SLACK]
    return max(near, key=lambda candidate: (options[candidate].strength, others(candidate)))


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
