"""90 % intervals of scores and ranks, from draws of everybody's rates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graphengine.scoring.intervals.beside import beside_of
from graphengine.scoring.intervals.bounds import (
    quantiles,
    quantiles_and_errors,
    rank_groups,
    ranks_of,
)
from graphengine.scoring.intervals.desk import desk_of
from graphengine.scoring.intervals.drawing import Drawer, log_scores
from graphengine.scoring.intervals.pairs import pairs_of
from graphengine.scoring.intervals.prior import fitted_prior
from graphengine.scoring.intervals.trails import trails_of
from graphengine.scoring.parts import PartKey

if TYPE_CHECKING:
    from graphengine.scoring.anchors import Anchors
    from graphengine.scoring.intervals.desk import Desk
    from graphengine.scoring.intervals.trails import Trails
    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence, Parts

__all__ = ["INTERVAL_COLUMNS", "Intervals", "Sampling", "Scoring", "score_intervals"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
_DIGITS = 10  # of the score table's raw

INTERVAL_COLUMNS: Final[dict[str, Any]] = {
    "account": pl.String,
    "low": pl.Float64,
    "high": pl.Float64,
    "rank_low": pl.Int64,
    "rank_high": pl.Int64,
    "rank_group": pl.Int64,
}


@dataclass(frozen=True, slots=True)
class Scoring:
    """How parts become a published score: model, anchors, and from how many endorsers on."""

    model: ScoreModel
    anchors: Anchors
    min_endorsers: int = 3


@dataclass(frozen=True, slots=True)
class Sampling:
    """How many draws (0: no intervals), from which random state, on how many threads."""

    draws: int = 200
    random_state: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        """Check the numbers."""
        if self.draws < 0 or self.random_state < 0 or self.threads < 1:
            raise ValueError(
                "needs draws >= 0, random_state >= 0 and threads >= 1, "
                f"got {self.draws}, {self.random_state} and {self.threads}"
            )


@dataclass(frozen=True, slots=True)
class Intervals:
    """One topic's intervals.

    table [account, low, high, rank_low, rank_high, rank_group], by account, of everybody with a
    score: low ≤ score ≤ high and rank_low ≤ rank ≤ rank_high always; all null: not enough
    evidence. widened: people whose score lay outside the draws' interval, which was widened to
    it. pooled: whether pairs showed no differences beyond their people's. error: the Monte-Carlo
    error of low and of high, in points, the median over people.
    """

    table: pl.DataFrame
    draws: int
    widened: int
    unknown: int
    pooled: bool
    error: float


def score_intervals(
    evidence: Evidence,
    *,
    parts: Parts,
    scoring: Scoring,
    as_of: int,
    exposure: pl.DataFrame | None = None,
    sampling: Sampling | None = None,
) -> Intervals:
    """The 90 % interval of everybody's score and rank in one topic.

    Args:
        evidence: as for ``score_parts``; events may have a column ``cascade``: events of one
            cascade move together, null stands alone.
        parts: of the same evidence at the same ``as_of``, with everything the model wants.
        scoring: model, anchors, fewest endorsers.
        as_of: epoch seconds.
        exposure: [source, target, since], see ``pairs_of``. None or empty: none is known; then
            only what was seen is drawn anew, endorser by endorser, and nobody else can appear.
        sampling: draws, random state, threads; no result depends on the threads.

    Raises:
        ValueError: an argument out of range, a part that the model wants is missing.

    >>> from graphengine.scoring import load_anchors
    >>> from graphengine.scoring.model import load_model
    >>> from graphengine.scoring.parts import Evidence, score_parts
    >>> events = pl.DataFrame({"actor": ["b", "c", "d"], "target": ["a", "a", "a"],
    ...                        "at": [0, 40_000, 80_000], "weight": [1.0, 1.0, 1.0]})
    >>> model = load_model()
    >>> parts = score_parts(Evidence(events), as_of=86_400, wanted=model.wanted)
    >>> found = score_intervals(
    ...     Evidence(events), parts=parts, scoring=Scoring(model, load_anchors()), as_of=86_400)
    >>> found.table.select("account", "rank_low", "rank_high", "rank_group").row(0)
    ('a', 1, 1, 1)
    """
    sampling = sampling or Sampling()
    scored = np.flatnonzero(parts.endorsers >= scoring.min_endorsers)
    accounts = parts.accounts.gather(scored)
    if not sampling.draws or not len(scored):
        return _no_intervals(accounts, draws=sampling.draws)
    pairs = pairs_of(evidence, as_of=as_of, exposure=exposure)
    desk = desk_of(pairs, fitted_prior(pairs), scoring.model, top=len(scored))
    number = pairs.numbers(accounts, top=len(scored))
    known = {key: parts.values[key][scored] for key in scoring.model.wanted}
    drawer = Drawer(
        desk, scoring.model, _trails(desk, scoring.model, known, number=number),
        beside_of(evidence, desk, as_of=as_of),
    )  # fmt: skip
    draws = log_scores(
        drawer,
        draws=sampling.draws, random_state=sampling.random_state, threads=sampling.threads,
    )[:, number]  # fmt: skip
    point = scoring.model.log_score(known)
    return _bounded(accounts, draws, point, anchors=scoring.anchors, desk=desk)


def _trails(
    desk: Desk, model: ScoreModel, known: dict[PartKey, Floats], *, number: Longs
) -> list[Trails]:
    found = []
    for half_life in sorted({key.half_life for key in model.wanted if key.name in "hS"}):
        reach = np.ones(desk.top)
        if (key := PartKey("h", half_life)) in known:
            reach[number] = known[key]
        found.append(trails_of(desk, half_life, passing=model.passing, reach=reach))
    return found


def _bounded(
    accounts: pl.Series, draws: Floats, point: Floats, *, anchors: Anchors, desk: Desk
) -> Intervals:
    raw = pl.Series(np.exp(point)).round_sig_figs(_DIGITS).to_numpy()
    score = anchors.score(raw)
    sides, errors = quantiles_and_errors(draws)
    low, high = (anchors.score(np.exp(side)) for side in sides)
    error = float(np.median(_points(sides, errors, anchors)))
    widened = int(((low > score) | (high < score)).sum())
    low, high = np.minimum(low, score), np.maximum(high, score)
    rank = ranks_of(raw)
    ranks = np.empty(draws.shape, dtype=np.float32)
    for k, one in enumerate(draws):
        ranks[k] = ranks_of(one)
    best, worst = quantiles(ranks)
    table = pl.DataFrame(
        {
            "account": accounts.cast(pl.String),
            "low": low,
            "high": high,
            "rank_low": np.minimum(np.floor(best + 1e-6), rank).astype(np.int64),
            "rank_high": np.maximum(np.ceil(worst - 1e-6), rank).astype(np.int64),
            "rank_group": rank_groups(rank, low, high),
        }
    )
    return Intervals(table, len(draws), widened, 0, desk.prior.pairs == np.inf, error)


def _points(
    sides: tuple[Floats, Floats], errors: tuple[Floats, Floats], anchors: Anchors
) -> Floats:
    """Errors of log-scores as points on the scale of 1 to 100."""
    found = [
        0.5 * (anchors.score(np.exp(side + error)) - anchors.score(np.exp(side - error)))
        for side, error in zip(sides, errors, strict=True)
    ]
    return np.concatenate(found)


def _no_intervals(accounts: pl.Series, *, draws: int) -> Intervals:
    table = pl.DataFrame({"account": accounts.cast(pl.String)}).with_columns(
        pl.lit(None, kind).alias(name)
        for name, kind in INTERVAL_COLUMNS.items()
        if name != "account"
    )
    return Intervals(table, draws, 0, table.height, pooled=False, error=0.0)
