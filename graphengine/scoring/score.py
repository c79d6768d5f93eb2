"""The score table of one topic: who has evidence, which score, rank and percentile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.errors import GraphengineError
from graphengine.model import CASCADE_FIGURES, SCORE_FIGURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.scoring.anchors import Anchors

__all__ = [
    "PERCENTILE_COLUMNS",
    "SCORE_COLUMNS",
    "UNRATED_COLUMNS",
    "ScoreTable",
    "percentile_table",
    "score_table",
]

_TYPES: Mapping[str, Any] = {"INT64": pl.Int64, "DOUBLE": pl.Float64}
_BESIDE: Mapping[str, Any] = {p.name: _TYPES[p.type] for p in SCORE_FIGURES}
_FIGURES: Mapping[str, Any] = {p.name: _TYPES[p.type] for p in CASCADE_FIGURES}
_DIGITS = 10  # of raw: fewer than a solve leaves exact, more than anybody tells apart

SCORE_COLUMNS: Mapping[str, Any] = {
    "account": pl.String,
    "topic": pl.String,
    "rank": pl.Int64,
    "score": pl.Float64,
    "pct": pl.Float64,
    "endorsers": pl.Int64,
    "raw": pl.Float64,
    "pagerank": pl.Float64,
    "credit": pl.Float64,
    **_BESIDE,
    **_FIGURES,
}
UNRATED_COLUMNS: Mapping[str, Any] = {
    "account": pl.String,
    "topic": pl.String,
    "endorsers": pl.Int64,
}
PERCENTILE_COLUMNS: Mapping[str, Any] = {
    "topic": pl.String,
    "pct": pl.Int64,
    "score": pl.Float64,
    "raw": pl.Float64,
}


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """One topic's outcome.

    scores [account, topic, rank, score, pct, endorsers, raw, pagerank, credit, low, high, rank_low,
    rank_high, rank_group, evidence, reach, amplification, network, cascades, cascade_size,
    passed_on, spread, spread_low, spread_high], by rank: people with evidence; intervals and
    figures of cascades are null where they are not known, never zero for that. raw: to ten digits,
    so that what differs only by the way of solving is equal.
    rank: 1..n by raw downwards, unique, equals in the order of their account keys.
    pct: percentile rank among the scored, 0..100, halfway through one's equals. unrated [account,
    topic, endorsers], by account: endorsed, but by too few. Nobody without an endorser is in either.
    """

    scores: pl.DataFrame
    unrated: pl.DataFrame


def score_table(
    people: pl.DataFrame,
    *,
    topic: str,
    anchors: Anchors,
    min_endorsers: int,
    beside: pl.DataFrame | None = None,
) -> ScoreTable:
    """Score, rank and percentile of everyone with enough evidence in one topic.

    Args:
        people: [account, raw, pagerank, credit, endorsers], an account a row, in any order, and
            any of evidence, reach, amplification and network. raw: exp(log-score), 1 or more;
            pagerank: shares of 1; credit: cascade credit, in reshares and replies; endorsers:
            distinct people who endorsed it.
        topic: the topic's key.
        anchors: the frozen map from ``raw`` to the score.
        min_endorsers: people with fewer are unrated: "not enough evidence", not a low number.
        beside: [account, cascades, cascade_size, passed_on, spread, spread_low, spread_high], or
            some of these columns for some of the people; everything else is null, "not known". It
            changes no score.

    Raises:
        GraphengineError: a scored ``raw`` that is no finite number above 0, a figure beside it that
            is no finite number of 0 or more, or an account beside it twice.

    >>> from graphengine.scoring import load_anchors
    >>> people = pl.DataFrame({
    ...     "account": ["x:1", "x:2", "x:3"], "raw": [3.0, 1.2, 1.0], "pagerank": [.5, .3, .2],
    ...     "credit": [0.0, 0.0, 0.0], "endorsers": [4, 1, 0]})
    >>> beside = pl.DataFrame({"account": ["x:1"], "cascades": [12], "cascade_size": [7.0]})
    >>> table = score_table(
    ...     people, topic="demo/a", anchors=load_anchors(), min_endorsers=3, beside=beside)
    >>> table.scores["account"].to_list(), table.unrated["account"].to_list()
    (['x:1'], ['x:2'])
    >>> table.scores.select("cascades", "cascade_size", "spread").row(0)
    (12, 7.0, None)
    """
    unknown = [pl.lit(None).alias(name) for name in _BESIDE if name not in people.columns]
    known = people.with_columns(
        *unknown,
        pl.col("account").cast(pl.String),
        pl.col("raw").round_sig_figs(_DIGITS),
        topic=pl.lit(topic, pl.String),
    ).join(_figures(beside, topic=topic), on="account", how="left", maintain_order="left")
    endorsed = known.filter(pl.col("endorsers") >= 1)
    enough = pl.col("endorsers") >= min_endorsers
    return ScoreTable(
        _ranked(endorsed.filter(enough), anchors),
        _typed(endorsed.filter(~enough).sort("account"), UNRATED_COLUMNS),
    )


def _figures(beside: pl.DataFrame | None, *, topic: str) -> pl.DataFrame:
    """What is known of people in all columns of figures, checked."""
    columns = {"account": pl.String, **_FIGURES}
    if beside is None:
        return pl.DataFrame(schema=columns)
    missing = [pl.lit(None).alias(name) for name in _FIGURES if name not in beside.columns]
    typed = _typed(beside.with_columns(missing), columns)
    figure = pl.col(*_FIGURES).cast(pl.Float64)
    odd = typed.filter(pl.any_horizontal(~figure.is_finite() | (figure < 0)))
    twice = typed.filter(pl.col("account").is_duplicated())
    for rows, what in ((odd, "no finite number of 0 or more"), (twice, "more than one row")):
        if not rows.is_empty():
            raise GraphengineError(
                f"The figures beside the scores of the topic {topic} have {what} for "
                f"{rows.height} accounts, the first {rows['account'][0]!r}; what is not known is "
                "null. This is a defect of graphengine: please report it."
            )
    return typed


def _ranked(scored: pl.DataFrame, anchors: Anchors) -> pl.DataFrame:
    return (
        scored.with_columns(
            score=pl.Series(anchors.score(scored["raw"].to_numpy()), dtype=pl.Float64),
            # percentile rank at the middle of equals: 100 (below + equal/2) / n (Roscoe 1975)
            pct=100 * (pl.col("raw").rank("average") - 0.5) / pl.len(),
        )
        .sort(["raw", "account"], descending=[True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        .pipe(_typed, SCORE_COLUMNS)
    )


def _typed(frame: pl.DataFrame, columns: Mapping[str, Any]) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(kind) for name, kind in columns.items())


def percentile_table(scores: pl.DataFrame) -> pl.DataFrame:
    """What score it takes to stand at 1, 2, … 99 % of a topic's scored people.

    ``scores`` is the score table of any number of topics. The answer has [topic, pct, score, raw],
    99 rows a topic with anybody scored, by topic and pct: the smallest score of somebody such that
    at least pct % of the scored have it or less (the inverse of the empirical distribution,
    Hyndman & Fan 1996, type 1).

    >>> table = pl.DataFrame({"topic": ["a"] * 4, "score": [4., 3., 2., 1.], "raw": [8., 6., 4., 2.]})
    >>> percentile_table(table).filter(pl.col("pct").is_in([1, 50, 51]))["score"].to_list()
    [1.0, 2.0, 3.0]
    """
    steps = pl.DataFrame({"pct": np.arange(1, 100)})
    ordered = scores.select("topic", "score", "raw").sort("topic", "raw")
    ordered = ordered.with_columns(
        n=pl.len().cast(pl.Int64).over("topic"),
        place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("topic"),
    )
    # in whole numbers: pct/100·n is not exact in binary, and one rank off would show
    wanted = ordered.select("topic", "n").unique().join(steps, how="cross")
    wanted = wanted.with_columns(place=(pl.col("pct") * pl.col("n") + 99) // 100)
    found = wanted.join(ordered.drop("n"), on=["topic", "place"]).sort("topic", "pct")
    return _typed(found, PERCENTILE_COLUMNS)
