"""The topics of a run: an index of all, and the first of them with distribution and top list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.plots.distribution import distribution, histogram
from graphengine.plots.intervals import SCORES, axis, bar
from graphengine.plots.markup import element
from graphengine.report.blocks import (
    Column,
    count,
    counted,
    figure,
    fold,
    named,
    number,
    score,
    section,
    short,
    table,
)
from graphengine.report.method import how_scored

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Mapping

    from graphengine.plots.markup import Content
    from graphengine.report.record import RunRecord, TopicRecord

__all__ = ["FULL", "INDEXED", "topic_index", "topic_sections", "who"]

FULL = 15  # topics shown in full
INDEXED = 500  # topics in the index
_NONE = "Nobody has enough evidence for a score in this topic."
_OLD = (
    "This run was made before scores had intervals: a ring is a score whose interval is not known."
)
_GONE = "(taken back since)"
_FIGURES = {  # column of a run: its title here, in the order of reading
    "endorsers": "endorsers", "evidence": "events", "reach": "reach",
    "amplification": "amplification", "network": "network", "pct": "percentile",
}  # fmt: skip
_WHOLE = ("endorsers", "evidence")


def who(record: RunRecord, account: Any) -> list[Content]:
    """What to call an account: its name, where it has one, and its key; nothing if it is gone."""
    key = str(account)
    if key in record.gone:
        return [_GONE]
    name = record.names.get(key)
    return [named(key)] if name is None else [named(name), " ", element("small", named(key))]


def topic_index(record: RunRecord) -> ET.Element:
    """All topics with their numbers; those shown in full are linked."""
    shown = {topic.key: i for i, topic in enumerate(record.topics[:FULL])}
    rows = [_row(topic) for topic in record.topics[:INDEXED]]
    columns = [
        Column("topic", lambda r: _link(r, shown), numeric=False, head=True),
        counted("people"),
        counted("with a score", "scored"),
        counted("not enough evidence", "unrated"),
        *(
            Column(title, lambda r, title=title: score(r[title]))  # type: ignore[misc]
            for title in ("median", "95 %", "highest")
        ),
    ]
    left = len(record.topics) - len(rows)
    return section(
        "Topics",
        table("Topics, and how the scores of each lie", columns, rows),
        element("p", f"{left:,} further topics are in the run, not in this list.")
        if left
        else None,
        anchor="topics",
    )


def _row(topic: TopicRecord) -> dict[str, Any]:
    known = topic.scores.size > 0
    lie = np.quantile(topic.scores, (0.5, 0.95, 1.0)).tolist() if known else (None,) * 3
    return {
        "key": topic.key, "name": topic.name, "people": topic.people,
        "scored": topic.scores.size, "unrated": topic.unrated,
        **dict(zip(("median", "95 %", "highest"), lie, strict=True)),
    }  # fmt: skip


def _link(row: Mapping[str, Any], shown: Mapping[str, int]) -> Content:
    name = named(str(row["name"]))
    place = shown.get(str(row["key"]))
    return name if place is None else element("a", name, href=f"#topic-{place}")


def topic_sections(record: RunRecord) -> list[ET.Element]:
    """The first topics, a section each: how scores lie, who leads."""
    return [_topic(record, topic, place) for place, topic in enumerate(record.topics[:FULL])]


def _topic(record: RunRecord, topic: TopicRecord, place: int) -> ET.Element:
    anchor = f"topic-{place}"
    if not topic.scores.size:
        return section(named(topic.name), element("p", _NONE), level=3, anchor=anchor)
    return section(
        named(topic.name),
        _distribution(topic, earlier=record.movement.before if record.movement else ""),
        _top(record, topic),
        how_scored(topic.said),
        level=3, anchor=anchor,
    )  # fmt: skip


def _distribution(topic: TopicRecord, *, earlier: str) -> ET.Element:
    steps = histogram(topic.scores, topic.before)
    median = float(np.median(topic.scores))
    told = (
        f"{topic.scores.size:,} people with a score; half of them have {score(median)} or less. "
        "Each column is a step of five points."
    )
    if topic.before is not None:
        told += f" Dashed: the run {earlier}."
    columns = [
        Column("score", lambda r: f"{r['from']:.0f} to {r['to']:.0f}", numeric=False, head=True),
        counted("people"),
    ]
    if topic.before is not None:
        columns.append(counted("in the run before", "before"))
    numbers = table("People by score", columns, steps.iter_rows(named=True))
    picture = distribution(
        steps, name=f"Distribution of scores in {short(topic.name)}. {told}", median=median
    )
    return figure(picture, told, fold("The numbers", numbers))


def _top(record: RunRecord, topic: TopicRecord) -> list[Content]:
    top, has = topic.top, set(topic.top.columns)
    drawn = topic.said.get("intervals", {}).get("draws") != 0
    without = "not enough evidence" if drawn else "not drawn"
    bars = Column("on the scale", _bar, numeric=False, under=axis(SCORES))
    columns = [
        counted("rank"),
        Column("who", lambda r: who(record, r["account"]), numeric=False, head=True),
        Column("score", lambda r: score(r["score"])),
        bars,
    ]
    if {"low", "high"} <= has:
        columns.append(Column("90 % interval", lambda r: _interval(r, without)))
    if {"rank_low", "rank_high"} <= has:
        columns.append(Column("ranks", _ranks))
    if "rank_group" in has:
        columns.append(counted("group", "rank_group"))
    columns += [_figure(name, title) for name, title in _FIGURES.items() if name in has]
    caption = (
        f"The first {top.height:,} of {topic.scores.size:,}" if top.height > 1 else "The first"
    )
    lacks = None if {"low", "high"} <= has else element("p", _OLD, class_="note")
    return [table(caption, columns, top.iter_rows(named=True)), lacks]


def _figure(name: str, title: str) -> Column:
    shown = count if name in _WHOLE else number
    return Column(title, lambda r: shown(r[name]))


def _bar(row: Mapping[str, Any]) -> ET.Element:
    low, high = row.get("low"), row.get("high")
    interval = None if low is None or high is None else (low, high)
    return bar(SCORES, row["score"], interval)


def _interval(row: Mapping[str, Any], without: str) -> str:
    if row["low"] is None or row["high"] is None:
        return without
    return f"{score(row['low'])} to {score(row['high'])}"


def _ranks(row: Mapping[str, Any]) -> str:
    if row["rank_low"] is None or row["rank_high"] is None:
        return "–"
    return f"{count(row['rank_low'])} to {count(row['rank_high'])}"
