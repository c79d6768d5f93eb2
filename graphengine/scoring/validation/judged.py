"""Every measure judged against what happened next, with intervals, or "too few to judge"."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.influence.kernels.resamples import LANES, reached, tally
from graphengine.scoring.rows import places_of
from graphengine.scoring.validation.bootstrap import (
    Estimate,
    estimate,
    estimate_of_draws,
)
from graphengine.scoring.validation.metrics import Outcomes, partial_r2, ranked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from graphengine.scoring.validation.outcomes import Outcome

__all__ = ["FEWEST", "METRICS", "Judgement", "followers_explained", "judged"]

FEWEST = 100  # people with an outcome; below: too few to judge
METRICS = (
    "spearman",
    "spearman, new reactors",
    "NDCG@{k}",
    "precision@{k}",
    "people reached by {k}",
)
_SCHEMA = {
    "measure": pl.String, "metric": pl.String, "value": pl.Float64, "low": pl.Float64,
    "high": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judgement:
    """people, with_outcome: how many were judged, and how many of them had an outcome.

    table [measure, metric, value, low, high]: one row a measure and metric (spearman, spearman of
    new reactors, ndcg, precision, people reached); empty where there were too few to judge.
    """

    people: int
    with_outcome: int
    table: pl.DataFrame

    @property
    def verdict(self) -> str:
        """Either "judged" or "too few to judge"."""
        return "judged" if self.with_outcome >= FEWEST else "too few to judge"


def judged(
    outcome: Outcome,
    measures: Mapping[str, NDArray[np.float64]],
    *,
    less: Sequence[tuple[str, str]] = (),
    k: int = 100,
    draws: int = 200,
    rng: np.random.Generator,
) -> Judgement:
    """Judge ``measures`` (each n values, in the order of ``outcome.accounts``).

    The interval is that of resampled people (2.5 % to 97.5 %). People reached by the first k:
    equals are taken in the order of their accounts; a resample lacks some of the best, so its
    figures are centred on the one of everybody. ``less``: pairs of measures whose difference is
    wanted as well, on the same resamples, as "a less b".

    Raises:
        ValueError: a measure with another number of people, or with values that are no numbers.

    >>> nobody = np.zeros(1)
    >>> from graphengine.scoring.validation.outcomes import Outcome
    >>> none = pl.DataFrame(schema={"place": pl.Int64, "actor": pl.String})
    >>> one = Outcome(pl.Series(["a"]), nobody, nobody, none, 0)
    >>> judged(one, {"score": nobody}, rng=np.random.default_rng(1)).verdict
    'too few to judge'
    """
    n = len(outcome.accounts)
    for name, values in measures.items():
        if values.shape != (n,) or not np.isfinite(values).all():
            raise ValueError(f"{name} needs {n} finite values, got the shape {values.shape}")
    if outcome.some < FEWEST:
        return Judgement(n, outcome.some, pl.DataFrame(schema=_SCHEMA))
    figures = _figures(outcome, measures, k=k, draws=draws, rng=rng)
    rows = [(name, figures[name]) for name in measures]
    rows += [(f"{a} less {b}", figures[a] - figures[b]) for a, b in less]
    table = [
        (name, metric.format(k=k), found.value, found.low, found.high)
        for name, drawn in rows
        for metric, column in zip(METRICS, drawn.T, strict=True)
        for found in [_estimate(column, centred=metric == METRICS[-1])]
    ]
    return Judgement(n, outcome.some, pl.DataFrame(table, schema=_SCHEMA, orient="row"))


def followers_explained(
    log_score: NDArray[np.float64],
    log_followers: NDArray[np.float64],
    reactors: NDArray[np.float64],
    *,
    draws: int = 200,
    rng: np.random.Generator,
) -> tuple[Estimate, Estimate]:
    """R² of the score by log followers, and the partial R² of log(1 + outcome) above them.

    Over people whose followers are known (others nan); n values each. The first says how much of
    the score is fame; the second what the score knows of the future that fame does not.

    >>> fame = np.array([0.0, 1.0, 0.0, 1.0])
    >>> r2, more = followers_explained(np.array([0.0, 0.0, 1.0, 1.0]), fame,
    ...     np.expm1(np.array([0.0, 1.0, 1.0, 2.0])), draws=5, rng=np.random.default_rng(1))
    >>> r2.value, round(more.value, 9)
    (0.0, 1.0)
    """
    known = np.isfinite(log_followers)
    s, f, y = log_score[known], log_followers[known], np.log1p(reactors[known])
    nothing = np.zeros(len(s))
    return (
        estimate(lambda w: partial_r2(s, f, nothing, weight=w), len(s), draws=draws, rng=rng),
        estimate(lambda w: partial_r2(y, s, f, weight=w), len(s), draws=draws, rng=rng),
    )


def _figures(
    outcome: Outcome,
    measures: Mapping[str, NDArray[np.float64]],
    *,
    k: int,
    draws: int,
    rng: np.random.Generator,
) -> dict[str, NDArray[np.float64]]:
    """Of each measure a (1 + draws) × METRICS matrix: of everybody, then of the same resamples."""
    n = len(outcome.accounts)
    reactors, new, who = ranked(outcome.reactors), ranked(outcome.new), _reactors(outcome)
    scores = {name: ranked(values) for name, values in measures.items()}
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in measures}
    every = chain([np.arange(n)], (rng.integers(0, n, n) for _ in range(draws)))
    while drawn := list(islice(every, LANES)):
        weights = np.zeros((n, LANES))
        for lane, people in enumerate(drawn):
            tally(people, lane, weights)
        outcomes = Outcomes(reactors, new, weights, k=k)
        for name, score in scores.items():
            figures = (
                *outcomes.spearmans(score),
                outcomes.ndcgs(score),
                outcomes.precisions(score),
                reached(score.people, weights, k, who),
            )
            found[name].append(np.stack(figures, axis=1)[: len(drawn)])
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _estimate(figures: NDArray[np.float64], *, centred: bool) -> Estimate:
    """The estimate of entry 0; ``centred``: its resamples are moved to have it as their mean."""
    value, draws = float(figures[0]), figures[1:]
    if centred and len(draws):
        draws = draws + value - draws.mean()
    return estimate_of_draws(value, draws)


def _reactors(outcome: Outcome) -> tuple[NDArray[np.uint64], NDArray[np.uint32], int]:
    """Who reacted to whom, as ``reached`` takes it: where each place's begin, who, of how many."""
    pairs = outcome.pairs.sort("place")
    (actors,), known = places_of(pairs["actor"])
    starts = np.searchsorted(pairs["place"].to_numpy(), np.arange(len(outcome.accounts) + 1))
    return starts.astype(np.uint64), actors.astype(np.uint32), len(known)
