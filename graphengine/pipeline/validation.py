"""What a score foretold: time is cut, people are scored as of then, and what came next is counted.

Everything that is judged is made of rows up to the cut alone, by the same way as a run of that
day: topics, weights, parents, credit. Every topic is cut at the same times.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError, InputError
from graphengine.eventlog import EventLog
from graphengine.eventlog.topics import topics_of
from graphengine.model import NO_TOPIC, OVERALL, topic_key
from graphengine.pipeline.evidence import bare_evidence, model_of, topic_evidence
from graphengine.pipeline.solving import threads_for
from graphengine.pipeline.told import told
from graphengine.pipeline.topics import named_topic
from graphengine.scoring.validation import VALIDATION_COLUMNS, Judge, Moment, Period, cut_times
from graphengine.workspace import make_folder, open_workspace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from graphengine.job import Job
    from graphengine.pipeline.reports import Progress
    from graphengine.pipeline.told import Told
    from graphengine.scoring.parts import Evidence

__all__ = [
    "ValidationReport",
    "draw_validation",
    "validate_job",
    "validate_log",
    "validation_table",
]

_GAPS = 0.1  # of the posts with counted reshares: with more, it is no gap but the way of the source


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """``table``: VALIDATION_COLUMNS; ``plots``: the files that were drawn, by name."""

    table: pl.DataFrame
    plots: tuple[str, ...]


def validate_job(
    job: Job,
    *,
    topic: str | None,
    as_of: int | None,
    cuts: Sequence[float],
    plot_to: Path | None,
    progress: Progress,
) -> ValidationReport:
    """Judge the score of a job's event log; ``topic`` (None: all): a slug, name or key.

    ``cuts``: shares of the events up to ``as_of``; none: those of the job. ``plot_to``: a folder
    for the plots.

    Raises:
        InputError: no such topic, or nothing to judge (see ``validate_log``).
        ConfigurationError: the job names no cuts, and none were asked for.
    """
    log = EventLog(open_workspace(job, create=False).log)
    keys = None if topic is None else {_key(log, topic, job=job)}
    chosen = list(cuts) or job.validation.cuts
    if not chosen:
        raise ConfigurationError(
            f'The job "{job.name}" cuts time nowhere. Say where: --cut 0.7, or cuts = [0.7] under '
            "[validation]."
        )
    progress.stage("look at what the score foretold")
    table = validate_log(log, job=job, as_of=as_of, cuts=chosen, keys=keys, progress=progress)
    plots: list[Path] = []
    if plot_to is not None:
        progress.stage(f"draw into {plot_to}")
        make_folder(plot_to)
        plots = draw_validation(table, plot_to, every_topic=True)
    return ValidationReport(table, tuple(str(file) for file in plots))


def validate_log(
    log: EventLog,
    *,
    job: Job,
    as_of: int | None,
    cuts: Sequence[float],
    keys: Collection[str] | None = None,
    progress: Progress,
) -> pl.DataFrame:
    """Judge the job's score at ``cuts`` (shares of the events up to ``as_of``): VALIDATION_COLUMNS.

    ``keys``: topics; None: all, and overall. One row a topic, cut, measure and metric; where fewer
    than 100 people have an outcome, one row without a measure, whose verdict says so. The same
    log, job and ``as_of`` give the same rows, whatever the number of threads.

    Raises:
        InputError: no events, none with a time, a cut outside (0, 1), or one with none after it.
    """
    known = told(log, as_of=log.latest_time if as_of is None else as_of)
    return _validated(log, known, job=job, cuts=cuts, keys=keys, progress=progress)


def _validated(
    log: EventLog,
    known: Told,
    *,
    job: Job,
    cuts: Sequence[float],
    keys: Collection[str] | None,
    progress: Progress,
) -> pl.DataFrame:
    overall = topic_key(job.topic_scheme, OVERALL)
    wanted = None if keys is None else {*keys, overall}
    now = bare_evidence(log, known, job=job, keys=wanted)  # of the time after a cut: who reacted
    times = _times(now.get(overall), cuts, job=job)
    topics = sorted(now if keys is None else keys)
    judge = Judge(
        model_of(job), job.method.min_endorsers, followers=_followers(log),
        without=_unseen(known.posts), random_state=job.method.random_state,
        learns=job.method.score_weights == "learned",
    )  # fmt: skip
    earlier: dict[str, list[Moment]] = {key: [] for key in topics}
    frames = [pl.DataFrame(schema=VALIDATION_COLUMNS)]
    with ThreadPoolExecutor(threads_for(job.threads), thread_name_prefix="validate") as pool:
        for done, (share, cut) in enumerate(times.items()):
            progress.advance(done, len(times), "cuts")
            then = topic_evidence(log, job=job, as_of=cut, keys=wanted, known=known)
            periods = [Period(key, share, cut, now.get(key), then.get(key)) for key in topics]
            found = list(pool.map(judge.judge, periods, [list(earlier[key]) for key in topics]))
            frames += [rows for rows, _ in found]
            for key, (_, moment) in zip(topics, found, strict=True):
                earlier[key] += [] if moment is None else [moment]
    progress.advance(len(times), len(times), "cuts")
    return pl.concat(frames).sort("topic", "cut", maintain_order=True)


def validation_table(
    log: EventLog, *, job: Job, as_of: int | None, progress: Progress, known: Told | None = None
) -> pl.DataFrame:
    """What a run keeps: every topic at the job's cuts; no rows where there is nothing to look at.

    ``known``: what was read of the log up to ``as_of`` already.
    """
    nothing = pl.DataFrame(schema=VALIDATION_COLUMNS)
    if not job.validation.cuts:
        return nothing
    progress.stage("look at what the score foretold")
    try:
        read = told(log, as_of=as_of) if known is None else known
        return _validated(
            log, read, job=job, cuts=job.validation.cuts, keys=None, progress=progress
        )
    except InputError as why:
        progress.note(f"no validation: {why}")
        return nothing


def draw_validation(table: pl.DataFrame, folder: Path, *, every_topic: bool = False) -> list[Path]:
    """Write validation.png and validation.svg into ``folder``, which is there; the files written.

    ``every_topic``: beside them two files for each further topic that was judged.
    """
    from graphengine.plots.validation import write_validation

    return write_validation(table, folder, every_topic=every_topic)


def _times(overall: Evidence | None, cuts: Sequence[float], *, job: Job) -> Mapping[float, int]:
    """The time of each cut, by share; every one has events on both sides."""
    if not cuts or not all(0.0 < share < 1.0 for share in cuts):
        raise InputError(f"A cut is a share of the events between 0 and 1, not {list(cuts)}.")
    if overall is None:
        raise InputError(
            f'The event log of the job "{job.name}" holds no interaction that counts: there is '
            "nothing that a score could have foretold. Look at what graphengine ingest rejected."
        )
    at = overall.events["at"].drop_nulls()
    if at.is_empty():
        raise InputError(
            f'No interaction of the job "{job.name}" has a time, and without times nothing is '
            "before or after. Map a column of its sources to `at`."
        )
    shares = sorted(set(cuts))
    times = dict(zip(shares, cut_times(at, shares), strict=True))
    empty = [share for share, cut in times.items() if cut == at.max()]
    if empty:
        raise InputError(
            f"Nothing happened after the cut at {empty[0]}: it takes in the last of the "
            f"{len(at):,} events. Cut earlier, with --cut or with cuts under [validation]."
        )
    return times


def _key(log: EventLog, name: str, *, job: Job) -> str:
    known = topics_of(log, job.topic_scheme).filter(pl.col("slug") != NO_TOPIC)
    return named_topic(known.select("key", "slug", "name").iter_rows(), name, job=job.name)[0]


def _followers(log: EventLog) -> pl.DataFrame | None:
    """[account, at, n] of every follower count whose time is known; None where there is none."""
    told = log.accounts().frame.select("account", "at", n=pl.col("followers").cast(pl.Float64))
    dated = told.drop_nulls()
    return None if dated.is_empty() else dated


def _unseen(posts: pl.DataFrame) -> pl.Series | None:
    """Authors of originals of which the source counts reshares and none arrived.

    What others did because of them is missing, so nothing could be foretold. Where most are so,
    the source has no reshares at all, which is the same for everybody: None.
    """
    counted = posts.filter((pl.col("kind") == "post") & (pl.col("reshares") > 0)).unique("post")
    arrived = posts.filter(pl.col("kind").is_in(["retweet", "quote"])).select(post="parent")
    none = counted.join(arrived.drop_nulls().unique(), on="post", how="anti")
    if none.is_empty() or none.height > _GAPS * counted.height:
        return None
    return none["author"].drop_nulls().unique().sort()
