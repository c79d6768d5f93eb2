"""Every measure judged against what happened next, with intervals, or "too few to judge"."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.validation.bootstrap import (
    Estimate,
    estimate,
    estimate_of_draws,
    resampled,
)
from graphengine.scoring.validation.metrics import (
    Weighed,
    ndcgs,
    partial_r2,
    precisions,
    ranked,
    spearmans,
)

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
_AT_ONCE = 1_000_000  # weights (people times resamples) in memory at a time
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
    reactors, new, reached = ranked(outcome.reactors), ranked(outcome.new), _Reached(outcome)
    scores = {name: (ranked(v), np.argsort(-v, kind="stable")) for name, v in measures.items()}
    found: dict[str, list[NDArray[np.float64]]] = {name: [] for name in measures}
    every = chain([np.ones(n)], resampled(n, draws=draws, rng=rng))
    while drawn := list(islice(every, max(1, _AT_ONCE // n))):
        weights = np.stack(drawn)
        gain, fresh = Weighed(reactors, weights), Weighed(new, weights)
        for name, (side, order) in scores.items():
            score = Weighed(side, weights)
            figures = (
                spearmans(score, gain),
                spearmans(score, fresh),
                ndcgs(score, gain, k=k),
                precisions(score, gain, k=k),
                reached.by_first(order, k, weights=weights),
            )
            found[name].append(np.stack(figures, axis=1))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _estimate(figures: NDArray[np.float64], *, centred: bool) -> Estimate:
    """The estimate of entry 0; ``centred``: its resamples are moved to have it as their mean."""
    value, draws = float(figures[0]), figures[1:]
    if centred and len(draws):
        draws = draws + value - draws.mean()
    return estimate_of_draws(value, draws)


class _Reached:
    """Who reacted to whom: ``_actors`` of each place in turn, by number."""

    def __init__(self, outcome: Outcome) -> None:
        pairs = outcome.pairs.sort("place")
        self._actors = pairs["actor"].rank("dense").cast(pl.Int64).to_numpy()
        each = np.bincount(pairs["place"].to_numpy(), minlength=len(outcome.accounts))
        self._ends = np.concatenate([[0], np.cumsum(each)])

    def by_first(
        self, order: NDArray[np.int64], k: int, *, weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Distinct people who reacted to the first ``k`` in ``order``, in each resample.

        Which resamples have somebody among the first is a row of bits; a person is reached where
        any bit of those whom the person reacted to is set.
        """
        head = order[: 8 * k]
        there = weights[:, head].T > 0.0
        if (there.sum(axis=0) < k).any():
            head, there = order, weights[:, order].T > 0.0
        first = there & (np.cumsum(there, axis=0) <= k)
        some = first.any(axis=1)
        head, bits = head[some], np.packbits(first[some], axis=1)
        rows = np.concatenate([np.arange(*self._ends[[p, p + 1]]) for p in head])
        actors = self._actors[rows]
        if not len(actors):
            return np.zeros(len(weights))
        by_actor = np.argsort(actors, kind="stable")
        starts = np.flatnonzero(np.diff(actors[by_actor], prepend=-1))
        of = np.repeat(np.arange(len(head)), self._ends[head + 1] - self._ends[head])[by_actor]
        reached = np.bitwise_or.reduceat(bits[of], starts, axis=0)
        each = np.unpackbits(reached, axis=1, count=len(weights))
        return np.asarray(each.sum(axis=0), dtype=np.float64)
