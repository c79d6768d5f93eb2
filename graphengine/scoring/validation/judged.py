"""Every measure judged against what happened next, with intervals, or "too few to judge"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.validation.bootstrap import (
    Estimate,
    estimate,
    estimate_of_draws,
    resampled,
)
from graphengine.scoring.validation.metrics import ndcg, partial_r2, precision, ranked, spearman

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.validation.outcomes import Outcome

__all__ = ["FEWEST", "Judgement", "followers_explained", "judged"]

FEWEST = 100  # people with an outcome; below: too few to judge
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
    k: int = 100,
    draws: int = 200,
    rng: np.random.Generator,
) -> Judgement:
    """Judge ``measures`` (each n values, in the order of ``outcome.accounts``).

    The interval is that of resampled people (2.5 % to 97.5 %). People reached by the first k:
    equals are taken in the order of their accounts; a resample lacks some of the best, so its
    figures are centred on the one of everybody.

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
    some = int((outcome.reactors > 0).sum())
    if some < FEWEST:
        return Judgement(n, some, pl.DataFrame(schema=_SCHEMA))
    weights = list(resampled(n, draws=draws, rng=rng))
    rows = []
    for name, values in measures.items():
        for metric, found in _metrics(values, outcome, weights, k).items():
            rows.append((name, metric, found.value, found.low, found.high))
    return Judgement(n, some, pl.DataFrame(rows, schema=_SCHEMA, orient="row"))


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


def _metrics(
    values: NDArray[np.float64], outcome: Outcome, weights: list[NDArray[np.float64]], k: int
) -> dict[str, Estimate]:
    score, gain, new = ranked(values), ranked(outcome.reactors), ranked(outcome.new)
    figures: dict[str, Callable[[NDArray[np.float64] | None], float]] = {
        "spearman": lambda w: spearman(score, gain, w),
        "spearman, new reactors": lambda w: spearman(score, new, w),
        f"NDCG@{k}": lambda w: ndcg(score, gain, k=k, weight=w),
        f"precision@{k}": lambda w: precision(score, gain, k=k, weight=w),
        f"people reached by {k}": lambda w: _reached(values, outcome, w, k),
    }
    found = {}
    for name, figure in figures.items():
        value, draws = figure(None), np.array([figure(w) for w in weights])
        if name.startswith("people"):
            draws += value - draws.mean()
        found[name] = estimate_of_draws(value, draws)
    return found


def _reached(
    values: NDArray[np.float64], outcome: Outcome, weight: NDArray[np.float64] | None, k: int
) -> float:
    order = np.argsort(-values, kind="stable")
    if weight is not None:
        order = order[weight[order] > 0.0]
    return float(outcome.reached_by(order[:k]))
