"""The gate: what a new run must not do to the published one without somebody saying why.

Scores should move because people did something, not because a feed broke or a method changed. Each
rule that is broken is a sentence; none means that the run may be published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphengine.scoring.comparison import TopicChange

__all__ = ["DAY", "Bands", "Volume", "broken_rules", "volume_of"]

DAY = 86_400
_DAYS = 7  # before the last, of which the median is what a day is like
_FEWEST = 100  # events of a usual day: days of less come and go
_SEVERAL = 0.1  # of a week's events: a source that gives more is one that is counted on


@dataclass(frozen=True, slots=True)
class Bands:
    """How far a run may go: by topics with at least ``people`` scores in both runs.

    At most ``moved_share`` of the people move by more than ``moved_points``; the top-100 churn is
    at most ``churn`` and Spearman's correlation of the scores at least ``correlation``; the last
    day has at least ``volume`` of a day's usual events and weight.
    """

    moved_points: float = 5.0
    moved_share: float = 0.05
    churn: float = 0.3
    correlation: float = 0.9
    volume: float = 0.1
    people: int = 100


@dataclass(frozen=True, slots=True)
class Volume:
    """The 24 hours up to a run's ``as_of``, and what such a day was like in the week before.

    ``events`` and ``weight`` of the last day; ``usual_events`` and ``usual_weight`` are medians
    over the seven days before it. ``sources`` gave events on the last day, ``usual_sources`` a
    tenth of the week's or more each. ``one_weight`` and ``usual_one_weight`` say whether all
    events weigh the same.
    """

    events: int
    weight: float
    usual_events: float
    usual_weight: float
    sources: tuple[str, ...]
    usual_sources: tuple[str, ...]
    one_weight: bool
    usual_one_weight: bool

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Volume:
        """A volume as a manifest says it."""
        lists = {name: tuple(said[name]) for name in ("sources", "usual_sources")}
        return cls(**{**said, **lists})


def volume_of(events: pl.DataFrame, *, as_of: int) -> Volume:
    """The volume of ``events`` [at, weight, source]; those without a time belong to no day.

    >>> events = pl.DataFrame({"at": [0, 90_000], "weight": [1.0, 2.0], "source": ["s", "s"]})
    >>> volume = volume_of(events, as_of=90_000)
    >>> volume.events, volume.usual_events, volume.one_weight
    (1, 0.0, True)
    """
    age = ((as_of - pl.col("at")) // DAY).alias("age")
    dated = events.select("weight", "source", age).filter(pl.col("age").is_between(0, _DAYS))
    last, week = dated.filter(pl.col("age") == 0), dated.filter(pl.col("age") > 0)
    days = pl.DataFrame({"age": range(1, _DAYS + 1)}).join(
        week.group_by("age").agg(pl.len().alias("n"), pl.col("weight").sum()), on="age", how="left"
    )
    usual = days.fill_null(0).select(pl.col("n", "weight").median()).row(0)
    shares = week.group_by("source").len().filter(pl.col("len") >= _SEVERAL * week.height)
    return Volume(
        events=last.height,
        weight=float(last["weight"].sum()),
        usual_events=float(usual[0]),
        usual_weight=float(usual[1]),
        sources=tuple(sorted(last["source"].unique())),
        usual_sources=tuple(sorted(shares["source"])),
        one_weight=last["weight"].n_unique() <= 1,
        usual_one_weight=week["weight"].n_unique() <= 1,
    )


def broken_rules(
    changes: Sequence[TopicChange], *, before: Volume | None, after: Volume | None, bands: Bands
) -> list[str]:
    """Every rule that the later of two runs breaks, a sentence each.

    A volume that was as far off in the earlier run is no news and breaks nothing.

    >>> broken_rules([], before=None, after=None, bands=Bands())
    []
    """
    broken = [text for change in changes for text in _moved(change, bands)]
    if after is not None:
        known = set(_odd(before, bands)) if before is not None else set()
        broken += [text for what, text in _odd(after, bands).items() if what not in known]
    return broken


def _moved(change: TopicChange, bands: Bands) -> Iterator[str]:
    if change.both < bands.people:
        if change.left >= bands.people and change.left > change.both:
            yield f"{change.topic}: {change.left:,} people lose their score, {change.both:,} keep one"
        return
    if change.moved_share > bands.moved_share:
        yield (
            f"{change.topic}: {change.moved_share:.1%} of {change.both:,} people move by more than "
            f"{bands.moved_points:g} points; {bands.moved_share:.1%} may"
        )
    if change.churn > bands.churn:
        yield f"{change.topic}: {change.churn:.0%} of the top 100 are gone; {bands.churn:.0%} may be"
    if change.correlation is not None and change.correlation < bands.correlation:
        yield (
            f"{change.topic}: scores correlate by {change.correlation:.3f} with the published "
            f"ones; {bands.correlation:g} is the least"
        )


def _odd(volume: Volume, bands: Bands) -> dict[str, str]:
    odd: dict[str, str] = {}
    if volume.usual_events < _FEWEST:
        return odd
    for what, now, usual in (
        ("events", volume.events, volume.usual_events),
        ("weight", volume.weight, volume.usual_weight),
    ):
        if now < bands.volume * usual:
            odd[what] = (
                f"the last day brought {now:,.0f} in {what}, a usual day {usual:,.0f}; "
                f"{bands.volume:.0%} of it is the least"
            )
    if len(volume.usual_sources) > 1 and len(volume.sources) == 1:
        odd["sources"] = (
            f"all events of the last day come from {volume.sources[0]}; usually they come from "
            f"{', '.join(volume.usual_sources)}"
        )
    if volume.events > 1 and volume.one_weight and not volume.usual_one_weight:
        odd["weights"] = "all events of the last day weigh the same; usually they do not"
    return odd
