"""Which posts take off: forecasts of all posts that still move, and those that pass a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.eventlog.topics import topics_of
from graphengine.influence.cascades.calibration import Calibration, calibrate
from graphengine.influence.cascades.seismic import Forecast, forecast
from graphengine.model import NO_TOPIC, OVERALL
from graphengine.pipeline.reshares import Reshares, reshares_of
from graphengine.pipeline.topics import named_topic
from graphengine.stores.ports import Answer
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.job import Job

__all__ = ["COLUMNS", "Thresholds", "Watched", "watch_posts"]

COLUMNS = (
    "post", "author", "topics", "age_hours", "reshares", "last_hour", "predicted", "low", "high",
    "explosive", "sure", "calibrated", "passes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What makes a post worth a look: one of these reached is enough, None asks nothing.

    ``size``: final number of reshares that is predicted; ``speed``: reshares in the last hour;
    ``within_hours``: only posts whose last reshare is not older.
    """

    size: int | None = 100
    speed: int | None = None
    within_hours: float = 24.0


@dataclass(frozen=True, slots=True)
class Watched:
    """The posts that pass, by predicted size, those that have no number first; and the account.

    ``answer`` has COLUMNS: ``sure`` is the probability that the final size reaches the threshold
    (None where no size is asked or nothing is known), ``predicted`` None where nothing is known
    or the formula alone finds it ``explosive``, ``high`` None where there is no upper end;
    ``calibrated`` whether these come from what ``finished`` posts of this job did, or from the
    formula alone; ``passes`` names what was passed. ``watched`` counts the posts that still move, ``unknown`` those of them without a
    forecast.
    """

    answer: Answer
    as_of: int
    watched: int
    unknown: int
    finished: int
    counts: dict[str, int]


def watch_posts(
    job: Job, *, thresholds: Thresholds, topic: str | None = None, as_of: int | None = None
) -> Watched:
    """Every post of the job's log that passes a threshold at ``as_of`` (None: its latest event).

    Raises:
        InputError: nothing was ingested, no reshare names the post that it passes on, a size is
            asked for and nobody's followers are known, or there is no such topic.
    """
    log = EventLog(open_workspace(job, create=False).log)
    wanted = _topic_words(log, topic, job=job)
    until = _latest(log) if as_of is None else as_of
    reshares = reshares_of(log, upto=until)
    if reshares.posts.is_empty():
        _refuse_without_reshares(log, job=job)
    if thresholds.size is not None and np.isnan(reshares.followers).any():
        raise InputError(_NO_FOLLOWERS.format(job=job.name))
    still = _moving(reshares, until=until, within=thresholds.within_hours * 3600.0)
    still &= reshares.posts.select(_about(wanted)).to_series().to_numpy()
    over = np.flatnonzero(reshares.posts["at"].to_numpy() <= until - _OVER)[-_MOST_FINISHED:]
    told = forecast(*_events_of(reshares, np.flatnonzero(still)), as_of=float(until))
    outlook = _outlook(
        told,
        until - reshares.posts["at"].to_numpy()[still],
        calibrate(*_events_of(reshares, over)) if len(over) else None,
        size=thresholds.size,
    )
    posts = reshares.posts.filter(pl.Series(still))
    rows = _passing(posts, told, outlook, thresholds=thresholds, until=until)
    return Watched(
        answer=Answer(COLUMNS, tuple(rows)),
        as_of=until,
        watched=posts.height,
        unknown=int(np.isnan(told.infectiousness).sum()),
        finished=len(over),
        counts=reshares.counts,
    )


_OVER = 3 * 86_400  # seconds after which a post counts as finished
_MOST_FINISHED = 5_000  # of the latest finished posts are learned from
_NO_FOLLOWERS = (
    'No follower count is known in the job "{job}". A predicted size needs how many people see a '
    'reshare. Add a source with table = "accounts" and a followers column, or ask for --speed '
    "alone."
)


def _latest(log: EventLog) -> int:
    """The time of the latest event, else of the latest post; 0 where nothing has a time."""
    latest = log.latest_time
    if latest is None:
        found: Any = log.posts().frame["at"].max()
        latest = 0 if found is None else int(found)
    return latest


def _refuse_without_reshares(log: EventLog, *, job: Job) -> None:
    """Raise where the log can never tell of a reshare; before the first one there is just none."""
    if not reshares_of(log, upto=_latest(log)).posts.is_empty():
        return
    reshares = log.interactions().frame["kind"].is_in(["retweet", "quote"]).sum()
    what = (
        f"its {reshares:,} reshares name no post that they pass on"
        if reshares
        else "there is no reshare in its log"
    )
    raise InputError(
        f'The job "{job.name}" has no posts to watch: {what}. A post is watched by its reshares, '
        'each with a time and the post it passes on. Add a source with table = "posts" (post, '
        "parent, kind, author, at), or columns post and parent to the interactions."
    )


def _topic_words(log: EventLog, topic: str | None, *, job: Job) -> set[str] | None:
    """The source's words for a topic given by its slug, name or key; None for all posts."""
    if topic is None:
        return None
    known = topics_of(log, job.topic_scheme).select("key", "slug", "name").iter_rows()
    _, short, name = named_topic(known, topic, job=job.name)
    return None if short == OVERALL else {name}


def _about(words: set[str] | None) -> pl.Expr:
    topics = pl.col("topics").fill_null([])
    if words is None:
        return topics.list.len() >= 0
    if words == {NO_TOPIC}:
        return topics.list.len() == 0
    return topics.list.contains(next(iter(words)))


def _moving(reshares: Reshares, *, until: int, within: float) -> NDArray[np.bool_]:
    last = reshares.at[reshares.first[1:] - 1]  # the latest event of each post
    return last >= until - within


def _events_of(
    reshares: Reshares, posts: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Bounds, times and followers of some posts' events; where nobody's are known, nobody saw."""
    sizes = np.diff(reshares.first)
    chosen = np.zeros(len(sizes), np.bool_)
    chosen[posts] = True
    events = np.repeat(chosen, sizes)
    first = np.concatenate([[0], np.cumsum(sizes[chosen])])
    return first, reshares.at[events], np.nan_to_num(reshares.followers[events])


@dataclass(frozen=True, slots=True)
class _Outlook:
    """Arrays (posts): the final size, its interval, the chance of the size asked; NaN unknown."""

    predicted: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    sure: NDArray[np.float64]
    calibrated: NDArray[np.bool_]


def _outlook(
    told: Forecast, age: NDArray[np.int64], learned: Calibration | None, *, size: int | None
) -> _Outlook:
    """By experience where there is some, else by the formula, which has no number if explosive."""
    sure = np.full(len(age), np.nan) if size is None else told.chance(size)
    if learned is None:
        none = np.zeros(len(age), np.bool_)
        return _Outlook(told.predicted, told.low, told.high, sure, none)
    other = learned.adjust(told, age)
    return _Outlook(
        predicted=np.where(other.known, other.predicted, told.predicted),
        low=np.where(other.known, other.low, told.low),
        high=np.where(other.known, other.high, told.high),
        sure=sure if size is None else np.where(other.known, other.chance(size), sure),
        calibrated=other.known,
    )


def _passing(
    posts: pl.DataFrame,
    told: Forecast,
    outlook: _Outlook,
    *,
    thresholds: Thresholds,
    until: int,
) -> list[tuple[Any, ...]]:
    """Rows of COLUMNS."""
    size, speed = thresholds.size, thresholds.speed
    never = np.zeros(posts.height, np.bool_)
    without_end = told.explosive & np.isnan(outlook.predicted)
    larger = (outlook.predicted >= size) | (told.seen >= size) | without_end if size else never
    faster = never if speed is None else told.last_hour >= speed
    order = np.lexsort((-told.last_hour, -np.nan_to_num(outlook.predicted), ~without_end))
    known = posts.rows(named=True)
    return [
        (
            known[i]["post"], known[i]["author"], known[i]["topics"] or [],
            round((until - known[i]["at"]) / 3600, 3), int(told.seen[i]), int(told.last_hour[i]),
            _number(outlook.predicted[i]), _number(outlook.low[i]), _number(outlook.high[i]),
            bool(told.explosive[i]), _number(outlook.sure[i], digits=4),
            bool(outlook.calibrated[i]),
            " and ".join(w for w, b in (("size", larger[i]), ("speed", faster[i])) if b),
        )
        for i in order
        if larger[i] or faster[i]
    ]  # fmt: skip


def _number(value: float, *, digits: int = 1) -> float | None:
    return None if math.isnan(value) else round(float(value), digits)
