"""Who moves whom in a topic, learned from its cascades; how far each person reaches; whom to ask.

A cascade is a tree of posts, an action somebody's first post in it. Who sees whom is what the
exposure table says, and whoever reacted to somebody before: since then, so that the reaction that
shows an exposure is no evidence for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.errors import GraphengineError
from graphengine.influence.cascades.adoptions import adoptions, exposures
from graphengine.influence.cascades.people import number_authors
from graphengine.influence.diffusion.everyone import spread_of_everyone
from graphengine.influence.diffusion.graph import diffusion_graph
from graphengine.influence.diffusion.learning.choose import (
    ESTIMATORS,
    choose_estimator,
    learn,
)
from graphengine.influence.diffusion.learning.held_out import split_by_time
from graphengine.influence.diffusion.questions import SeedQuestion
from graphengine.influence.diffusion.seeds import SeedSet, choose_seeds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphengine.eventlog import EventLog
    from graphengine.influence.cascades import Forest
    from graphengine.influence.cascades.adoptions import Adoptions, Exposures
    from graphengine.influence.diffusion.graph import DiffusionGraph
    from graphengine.influence.diffusion.learning.choose import Estimator
    from graphengine.influence.diffusion.learning.held_out import HeldOut
    from graphengine.job import Job
    from graphengine.job.settings import DiffusionSettings

__all__ = ["SEED_COLUMNS", "Influence", "exposed_pairs", "learned_influence", "seed_rows"]

SEED_COLUMNS: dict[str, Any] = {
    "topic": pl.String, "place": pl.Int64, "account": pl.String, "gain": pl.Float64,
    "k": pl.Int64, "share": pl.Float64, "stop": pl.String, "spread": pl.Float64,
    "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip

_FEWEST = 10  # cascades in which somebody saw somebody act, and reactions in them
_MOST_SETS = 1 << 20  # a topic's in a run: intervals and shares say where that was not enough
_NO_CASCADES = "too few cascades with a reaction by somebody who saw it coming"


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """What was learned in one topic.

    ``people`` are account keys by their number; ``acted`` marks those who did in some cascade:
    of nobody else anything can be known. ``said`` is what the run notes down: the estimator, the
    verdicts on all of them, counts.
    """

    people: pl.Series
    acted: np.ndarray
    graph: DiffusionGraph
    said: dict[str, Any]

    def spread(self, *, random_state: int, threads: int) -> pl.DataFrame:
        """Columns account, spread, spread_low, spread_high: of all who acted."""
        found = spread_of_everyone(
            self.graph, random_state=random_state, threads=threads, max_sets=_MOST_SETS
        )
        self.said["spread_sets"] = found.sets
        self.said["spread_error"] = round(found.reached, 6)
        self.said["spread_tail"] = found.tail_method
        table = {
            "account": self.people,
            "spread": found.spread,
            "spread_low": found.low,
            "spread_high": found.high,
        }
        return pl.DataFrame(table).filter(pl.Series(self.acted))

    def seed_rows(self, settings: DiffusionSettings, *, topic: str, threads: int) -> pl.DataFrame:
        """The seed set that a job asks for, as rows of SEED_COLUMNS; none where nobody moves any."""
        if not self.graph.m:
            return pl.DataFrame(schema=SEED_COLUMNS)
        question = SeedQuestion(
            k=min(settings.seeds, int(self.acted.sum())),
            share=settings.share,
            exclude=np.flatnonzero(~self.acted).tolist(),
            max_sets=_MOST_SETS,
        )
        found = choose_seeds(
            self.graph, question, random_state=settings.random_state, threads=threads
        )
        self.said["seed_sets"] = found.sets
        return seed_rows(found, self.people, topic=topic)


def exposed_pairs(
    log: EventLog, events: pl.DataFrame, *, job: Job, as_of: int | None
) -> pl.DataFrame:
    """Columns source, target, since (epoch seconds): the target sees the source, since then.

    A pair may repeat; learning takes its earliest row.

    ``events`` are the interactions up to ``as_of``. A row of the exposure table without a time
    was always there; a reaction without one shows no exposure, as nobody can say since when.
    """
    wanted = set(job.diffusion.exposure)
    pair = (pl.col("target").alias("source"), pl.col("actor").alias("target"))
    parts = [
        pl.DataFrame(schema={"source": pl.String, "target": pl.String, "since": pl.Int64}),
        log.exposure()
        .frame.filter(pl.col("kind").is_in(list(wanted)))
        .select(*pair, since=pl.col("at").fill_null(0)),
    ]
    if "past" in wanted:
        reacted = events.filter(
            pl.col("kind").is_in(list(job.method.endorsements)) & pl.col("at").is_not_null()
        )
        parts.append(reacted.select(*pair, since="at"))
    pairs = pl.concat(parts).filter((pl.col("source") != pl.col("target")) & (pl.col("since") >= 0))
    return pairs if as_of is None else pairs.filter(pl.col("since") <= as_of)


def learned_influence(
    forest: Forest, exposed: pl.DataFrame, *, settings: DiffusionSettings, threads: int
) -> Influence | str:
    """What the trees of one topic teach about who moves whom; a text says why they teach nothing.

    ``exposed`` comes from `exposed_pairs`. The estimator is the one that predicts the later
    cascades best, learned from all of them, unless the settings name one.
    """
    authors, author = number_authors(forest)
    reached = exposed.filter(pl.col("source").is_in(authors.implode()))
    people = pl.concat([authors, reached["target"].rename(authors.name)]).unique().sort()
    if reached.is_empty() or authors.is_empty():
        return "nobody is known to have seen a post by anybody else"
    actions = _actions(forest, author, authors=authors, people=people)
    seen = exposures(
        _numbers(reached["target"], people), _numbers(reached["source"], people),
        since=reached["since"].to_numpy(), n=len(people),
    )  # fmt: skip
    if not _enough(actions, seen):
        return _NO_CASCADES
    estimator, verdicts = _estimator(actions, seen, name=settings.estimator, threads=threads)
    learned = learn(actions, seen, estimator=estimator, intervals=False, threads=threads)
    acted = np.zeros(len(people), np.bool_)
    acted[np.unique(actions.person)] = True
    return Influence(
        people=people,
        acted=acted,
        graph=diffusion_graph(*learned.edges(), n=len(people)),
        said={
            "estimator": estimator.name,
            "cascades": actions.cascades,
            "exposures": seen.m,
            "untried": learned.untried,
            "reactions": round(float(learned.successes.sum()), 6),
            "held_out": [_verdict(one) for one in verdicts],
        },
    )


def _actions(
    forest: Forest, author: np.ndarray, *, authors: pl.Series, people: pl.Series
) -> Adoptions:
    known = author >= 0
    where = _numbers(authors, people)
    rows = pl.DataFrame(
        {"cascade": forest.root[known], "person": where[author[known]], "at": forest.at[known]}
    ).sort("cascade", "at", "person", maintain_order=True)
    cascade = rows["cascade"].rank("dense").to_numpy() - 1
    return adoptions(cascade, rows["person"].to_numpy(), np.maximum(rows["at"].to_numpy(), 0))


def _numbers(accounts: pl.Series, people: pl.Series) -> np.ndarray:
    """Places of ``accounts`` in the sorted ``people``, all of whom are there."""
    found: np.ndarray = people.search_sorted(accounts).to_numpy().astype(np.int64)
    return found


def _enough(actions: Adoptions, seen: Exposures) -> bool:
    """Whether both halves of the cascades, early and late, have reactions to learn from."""
    from graphengine.influence.diffusion.learning.counts import trials_of

    if actions.cascades < _FEWEST:
        return False
    return all(
        int(trials_of(part, seen).reacted.sum()) >= _FEWEST for part in split_by_time(actions)
    )


def _estimator(
    actions: Adoptions, seen: Exposures, *, name: str, threads: int
) -> tuple[Estimator, Sequence[HeldOut]]:
    """The one asked for, or the best on cascades that it did not see; and the verdicts."""
    lasting = [one for one in ESTIMATORS if not one.timed]
    if name != "auto":
        return next(one for one in lasting if one.name == name), ()
    fit, held = split_by_time(actions)
    choice = choose_estimator(fit, held, seen, estimators=lasting, threads=threads)
    return choice.best, choice.table


def _verdict(one: HeldOut) -> dict[str, Any]:
    return {
        "estimator": one.estimator,
        "log_likelihood": round(one.log_likelihood, 9),
        "brier": round(one.brier, 9),
        "trials": one.trials,
        "reactions": one.reactions,
    }


def seed_rows(found: SeedSet, people: pl.Series, *, topic: str) -> pl.DataFrame:
    """A seed set as rows of SEED_COLUMNS; ``people`` are account keys by number."""
    k = len(found.seeds)
    if k == 0:
        raise GraphengineError("A seed set without seeds. This is a defect: please report it.")
    return pl.DataFrame(
        {
            "topic": [topic] * k,
            "place": np.arange(1, k + 1),
            "account": people.gather(found.seeds),
            "gain": found.gain,
            "k": [k] * k,
            "share": [found.share] * k,
            "stop": [found.stop] * k,
            "spread": [found.spread] * k,
            "low": [found.low] * k,
            "high": [found.high] * k,
        },
        schema=SEED_COLUMNS,
    )
