"""One topic at one cut as rows of a table: every measure and metric, or "too few to judge"."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from graphengine.scoring.validation.cuts import sides
from graphengine.scoring.validation.judged import FEWEST, followers_explained, judged
from graphengine.scoring.validation.measures import followers_before
from graphengine.scoring.validation.moments import learned_score, moment_of
from graphengine.scoring.validation.outcomes import outcome_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence
    from graphengine.scoring.validation.cuts import Sides
    from graphengine.scoring.validation.moments import Moment
    from graphengine.scoring.validation.outcomes import Outcome

__all__ = [
    "LEARNED",
    "PUBLISHED",
    "SCORE",
    "TOO_FEW",
    "VALIDATION_COLUMNS",
    "Judge",
    "Period",
]

SCORE = "score"
PUBLISHED, LEARNED = "score, published weights", "score, learned weights"
TOO_FEW = "too few to judge"
_FAME = "log followers"
_KNOWN = "score, followers known"

VALIDATION_COLUMNS: Final[dict[str, Any]] = {
    "topic": pl.String, "cut": pl.Float64, "at": pl.Int64, "people": pl.Int64,
    "with_outcome": pl.Int64, "verdict": pl.String, "measure": pl.String, "metric": pl.String,
    "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip
_HEAD, _FIGURES = list(VALIDATION_COLUMNS)[:6], list(VALIDATION_COLUMNS)[6:]
_EVENT = ("actor", "target", "at", "weight", "original", "about")


@dataclass(frozen=True, slots=True)
class Period:
    """A topic at a cut: what was told by then, and what is told today of the time after it.

    share: of all events that lie before the cut; cut: epoch seconds. Both kinds of evidence have
    events [actor, target, at, weight, post, parent, original]; either is None where nothing
    has happened; posts, if any, are [account, at, post].
    """

    topic: str
    share: float
    cut: int
    now: Evidence | None
    then: Evidence | None

    def sides(self) -> Sides:
        """Before and after the cut; a reaction is about its parent.

        Posts that were there at the cut, also those that nobody had reacted to, straddle it.

        Raises:
            ValueError: nothing lies on one side.
        """
        if self.now is None:
            raise ValueError(f"nothing has happened in {self.topic}: leave it out")
        after = self.now.events.filter(pl.col("at") > self.cut)
        told = [after] if self.then is None else [self.then.events, after]
        events = pl.concat([e.with_columns(about=pl.col("parent")).select(_EVENT) for e in told])
        return sides(events, self.cut, begun=self._begun())

    def people(self, fewest: int) -> int:
        """How many people had at least ``fewest`` distinct endorsers at the cut."""
        if self.then is None:
            return 0
        others = self.then.events.filter(pl.col("actor") != pl.col("target"))
        counts = others.group_by("target").agg(pl.col("actor").n_unique())
        return counts.filter(pl.col("actor") >= fewest).height

    def _begun(self) -> pl.Series | None:
        if self.then is None:
            return None
        posts = [self.then.events.select("at", "post")]
        posts += [] if self.then.posts is None else [self.then.posts.select("at", "post")]
        known = pl.concat(posts).filter(pl.col("at").is_null() | (pl.col("at") <= self.cut))
        return known["post"].drop_nulls().unique()


@dataclass(frozen=True, slots=True)
class Judge:
    """What is the same for all topics and cuts.

    fewest: distinct endorsers that are enough evidence. followers [account, at, n]: counts whose
    time is known. without: people whose later reactions are not in the data, who are not judged.
    learns: whether weights that can be learned are the score's own, or only told beside it.
    random_state: where the resamples begin; each topic and cut has its own.
    """

    model: ScoreModel
    fewest: int
    followers: pl.DataFrame | None = None
    without: pl.Series | None = None
    learns: bool = True
    random_state: int = 0

    def judge(
        self, period: Period, earlier: Sequence[Moment] = ()
    ) -> tuple[pl.DataFrame, Moment | None]:
        """Rows of VALIDATION_COLUMNS, and what was known at the cut where there is enough to judge.

        ``earlier`` is what was known at the cuts before, from which weights are learned. Nobody is
        scored where fewer than 100 people have an outcome and fewer than 100 known followers.

        >>> from graphengine.scoring.model import load_model
        >>> from graphengine.scoring.parts import Evidence
        >>> e = pl.DataFrame({"actor": ["b", "c"], "target": ["a"] * 2, "at": [1, 3],
        ...     "weight": [1.0] * 2, "post": ["p", "q"], "parent": [None, None], "original": False},
        ...     schema_overrides={"parent": pl.String})
        >>> period = Period("t/a", 0.5, 2, Evidence(e), Evidence(e.head(1)))
        >>> Judge(load_model(), fewest=1).judge(period)[0].row(0)[:6]
        ('t/a', 0.5, 2, 1, 1, 'too few to judge')
        """
        try:
            cut = period.sides()
        except ValueError:  # nothing on one side: nobody has an outcome
            return _rows(period, people=period.people(self.fewest), some=0), None
        outcome = outcome_of(cut, fewest=self.fewest, without=self.without)
        known = self._known(outcome, period.cut)
        if period.then is None or max(outcome.some, known) < FEWEST:
            return _rows(period, people=len(outcome.accounts), some=outcome.some), None
        found = moment_of(
            cut, outcome, replace(period.then, events=cut.before), model=self.model,
            followers=self.followers if known else None,
        )  # fmt: skip
        return self._judged(period, found, earlier), found

    def _known(self, outcome: Outcome, cut: int) -> int:
        if self.followers is None:
            return 0
        counts = followers_before(self.followers, outcome.accounts, cut=cut)
        return int(np.isfinite(counts).sum())

    def _scores(self, found: Moment, earlier: Sequence[Moment]) -> dict[str, NDArray[np.float64]]:
        """The score as a run would have it, and with the other weights where any can be learned."""
        published = self.model.log_score(found.values)
        learned = learned_score(found, earlier, self.model)
        if learned is None:
            return {SCORE: published}
        if self.learns:
            return {SCORE: learned, PUBLISHED: published}
        return {SCORE: published, LEARNED: learned}

    def _judged(self, period: Period, found: Moment, earlier: Sequence[Moment]) -> pl.DataFrame:
        seeds = (self.random_state, zlib.crc32(period.topic.encode()), int(1e6 * period.share))
        rng = np.random.default_rng(seeds)
        measures = self._scores(found, earlier)
        score = measures[SCORE]
        told = {k: v for k, v in found.measures.items() if np.isfinite(v).all()}
        measures |= {k: v for k, v in told.items() if v.min() < v.max()}  # else it orders nobody
        less = [(SCORE, name) for name in ("in-degree", _FAME) if name in measures]
        whole = judged(found.outcome, measures, less=less, rng=rng)
        rows = _rows(period, people=whole.people, some=whole.with_outcome, table=whole.table)
        return pl.concat([rows, *_fame(period, found, score, rng=rng)])


def _fame(
    period: Period, found: Moment, score: NDArray[np.float64], *, rng: np.random.Generator
) -> list[pl.DataFrame]:
    """What followers say: of those whose followers are known alone, where not everybody's are."""
    fame = found.log_followers
    if fame is None:
        return []
    known = np.isfinite(fame)
    people = found.outcome.among(known)
    n, some, rows = len(people.accounts), people.some, []
    if not known.all():
        both = {_KNOWN: score[known], _FAME: fame[known]}
        table = judged(people, both, less=[(_KNOWN, _FAME)], rng=rng).table
        few = pl.DataFrame({"measure": [_FAME]})
        rows.append(_rows(period, people=n, some=some, table=few if table.is_empty() else table))
    if n < FEWEST:
        return rows
    r2, more = followers_explained(score, fame, found.outcome.reactors, rng=rng)
    told = [("R² by log followers", r2)]
    told += [("partial R² above log followers", more)] if some >= FEWEST else []
    table = pl.DataFrame(
        [(SCORE, metric, e.value, e.low, e.high) for metric, e in told],
        schema={name: VALIDATION_COLUMNS[name] for name in _FIGURES}, orient="row",
    )  # fmt: skip
    return [*rows, _rows(period, people=n, some=some, table=table)]


def _rows(
    period: Period, *, people: int, some: int, table: pl.DataFrame | None = None
) -> pl.DataFrame:
    """``table`` [measure, metric, value, low, high] beside what it is about; one row where empty."""
    told = pl.DataFrame({"measure": [None]}) if table is None or table.is_empty() else table
    verdict = TOO_FEW if some < FEWEST else "judged"
    head = (period.topic, period.share, period.cut, people, some, verdict)
    missing = [pl.lit(None).alias(name) for name in _FIGURES if name not in told.columns]
    named = [pl.lit(value).alias(name) for name, value in zip(_HEAD, head, strict=True)]
    return (
        told.with_columns(*named, *missing)
        .select(pl.col(name).cast(kind) for name, kind in VALIDATION_COLUMNS.items())
        .with_columns(pl.col("value", "low", "high").fill_nan(None))
    )
