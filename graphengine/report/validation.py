"""Validation: what a score said before a cut in time, beside what happened after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.plots.intervals import Scale, axis, bar
from graphengine.plots.markup import element
from graphengine.report.blocks import (
    Column,
    counted,
    fold,
    named,
    number,
    section,
    table,
    utc,
)
from graphengine.report.topics import FULL

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Mapping

    from graphengine.plots.markup import Content
    from graphengine.report.record import RunRecord

__all__ = ["validation_section"]

_NONE = "This run carries no validation."
_MOST = 400  # rows of the fold of a topic
_TOPICS = 5  # topics whose measures are shown; the summary has all
_CORRELATION = Scale(-0.25, 1.0, (-0.25, 0.0, 0.25, 0.5, 0.75, 1.0))
_DIFFERENCE = Scale(-0.5, 0.5, (-0.5, -0.25, 0.0, 0.25, 0.5))
_LESS = " less "  # in the name of a difference between two measures
_FAME = ("R² by log followers", "partial R² above log followers")
_HOW = (
    "Everything was scored as if it were the time of the cut, then compared with how many distinct "
    "people reacted afterwards. Spearman's correlation: 1 is the same order, 0 none. The interval "
    "is that of resampled people."
)
_METRIC, _SCORE = "spearman", "score"


def validation_section(record: RunRecord) -> ET.Element:
    """One line a topic and cut, then the measures of the first topics that could be judged."""
    found = record.validation
    if found is None or found.is_empty():
        return section("Validation", element("p", _NONE), anchor="validation")
    names = {topic.key: topic.name for topic in record.topics}
    place = {key: i for i, key in enumerate(names)}
    keys = sorted(found["topic"].unique(), key=lambda k: (place.get(k, len(place)), k))
    judged = set(found.filter(pl.col("metric") == _METRIC)["topic"])
    shown = [key for key in keys if key in judged or place.get(key, FULL) < FULL]
    left = len(keys) - len(shown)
    return section(
        "Validation",
        element("p", _HOW),
        _summary(found, shown, names),
        element("p", f"In {left:,} further topics too few have an outcome.") if left else None,
        [_topic(found, k, name=names.get(k, k)) for k in shown if k in judged][:_TOPICS],
        anchor="validation",
    )


def _summary(found: pl.DataFrame, keys: list[str], names: Mapping[str, str]) -> ET.Element:
    score = found.filter((pl.col("measure") == _SCORE) & (pl.col("metric") == _METRIC))
    mine = found.filter(pl.col("topic").is_in(keys))
    cuts = mine.unique(["topic", "cut"], keep="first", maintain_order=True)
    lines = cuts.select("topic", "cut", "at", "people", "with_outcome", "verdict").join(
        score.select("topic", "cut", "value", "low", "high"), on=["topic", "cut"], how="left"
    )
    place = {key: i for i, key in enumerate(keys)}
    rows = sorted(lines.iter_rows(named=True), key=lambda r: (place[r["topic"]], r["cut"]))
    columns = [
        Column(
            "topic", lambda r: named(names.get(r["topic"], r["topic"])), numeric=False, head=True
        ),
        Column("cut", lambda r: _cut(r["cut"])),
        Column("at", lambda r: utc(r["at"]), numeric=False),
        counted("people"),
        counted("with an outcome", "with_outcome"),
        Column("verdict", lambda r: str(r["verdict"]), numeric=False),
        Column("Spearman of the score", lambda r: number(r["value"])),
        Column("95 % interval", _interval),
    ]
    return table("The score at each cut", columns, rows[:_MOST])


def _topic(found: pl.DataFrame, key: str, *, name: str) -> list[ET.Element | None]:
    mine = found.filter((pl.col("topic") == key) & pl.col("value").is_not_null())
    orders = mine.filter(pl.col("metric") == _METRIC)
    shown = [
        _at_cut(orders.filter(pl.col("cut") == cut), name=name, cut=cut)
        for cut in orders["cut"].unique().sort()
    ]
    columns = [
        Column("cut", lambda r: _cut(r["cut"])),
        Column("measure", lambda r: str(r["measure"]), numeric=False, head=True),
        Column("metric", lambda r: str(r["metric"]), numeric=False),
        Column("value", lambda r: number(r["value"])),
        Column("95 % interval", _interval),
    ]
    rows = mine.head(_MOST).iter_rows(named=True)
    everything = table(("Every figure of ", named(name)), columns, rows)
    return [*shown, _fame(mine, name=name), fold("Every measure and figure", everything)]


def _at_cut(orders: pl.DataFrame, *, name: str, cut: float) -> ET.Element:
    """The measures at one cut, the score first; then how far it is ahead of others."""
    ours = orders.filter(pl.col("measure") == _SCORE)
    less = orders.filter(pl.col("measure").str.contains(_LESS, literal=True))
    others = orders.join(pl.concat([ours, less]), on="measure", how="anti")
    ordered = pl.concat([ours, others.sort("value", descending=True)])
    share = _cut(cut)
    measured = (named(name), f": what each measure said, cut at {share} of the events")
    ahead = (named(name), f": how far the score is ahead, cut at {share} of the events")
    tables = [_measured(measured, ordered, scale=_CORRELATION)]
    tables += [] if less.is_empty() else [_measured(ahead, less, scale=_DIFFERENCE)]
    return element("div", tables)


def _measured(caption: Content, rows: pl.DataFrame, *, scale: Scale) -> ET.Element:
    columns = [
        Column("measure", lambda r: str(r["measure"]), numeric=False, head=True),
        Column("Spearman", lambda r: number(r["value"])),
        Column("on the scale", lambda r: _bar(r, scale), numeric=False, under=axis(scale)),
        Column("95 % interval", _interval),
    ]
    return table(caption, columns, rows.iter_rows(named=True))


def _fame(mine: pl.DataFrame, *, name: str) -> ET.Element | None:
    """How much of the score is the number of followers, and what it knows beyond that."""
    rows = mine.filter(pl.col("metric").is_in(_FAME))
    columns = [
        Column("cut", lambda r: _cut(r["cut"])),
        Column("figure", lambda r: str(r["metric"]), numeric=False, head=True),
        Column("value", lambda r: number(r["value"])),
        Column("95 % interval", _interval),
        counted("people"),
    ]
    caption = (named(name), ": the score beside the number of followers")
    return None if rows.is_empty() else table(caption, columns, rows.iter_rows(named=True))


def _bar(row: Mapping[str, Any], scale: Scale) -> ET.Element:
    known = row["low"] is not None and row["high"] is not None
    return bar(scale, row["value"], (row["low"], row["high"]) if known else None)


def _interval(row: Mapping[str, Any]) -> str:
    if row["low"] is None or row["high"] is None:
        return "–"
    return f"{number(row['low'])} to {number(row['high'])}"


def _cut(share: float | str) -> str:
    return share if isinstance(share, str) else f"{share:.0%}"
