"""Who moved since the run before, and how much of it all stayed as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.plots.intervals import SCORES, axis, move
from graphengine.plots.markup import element
from graphengine.report.blocks import Column, count, counted, named, number, score, section, table
from graphengine.report.topics import FULL, INDEXED, who

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Mapping

    from graphengine.plots.markup import Content
    from graphengine.report.record import Movement, RunRecord

__all__ = ["movement_section"]

_FIRST = "There is no earlier run to compare with."
_SURE = {True: "yes", False: "no", None: "not known"}
_BESIDE = {"rank": "rank", "endorsers": "endorsers", "raw": "base", "credit": "credit"}


def movement_section(record: RunRecord) -> ET.Element:
    """The comparison with the run before, topic by topic, then the people who moved most."""
    movement = record.movement
    if movement is None:
        return section("Who moved", element("p", _FIRST), anchor="movers")
    return section(
        "Who moved",
        _told(movement),
        _by_topic(record, movement),
        _people(record, movement),
        anchor="movers",
    )


def _told(movement: Movement) -> list[ET.Element]:
    method, anchors = movement.versions
    told = [
        element(
            "p", "Compared with the run ", element("code", movement.before),
            f" (method {method}, anchors {anchors}). A person moved whose score changed by more "
            f"than {movement.points:g} points.",
        )
    ]  # fmt: skip
    if not movement.broken:
        return [*told, element("p", "The gate has nothing against this run in its place.")]
    reasons = element("ul", (element("li", text) for text in movement.broken))
    return [
        *told,
        element("p", "The gate would hold this run back while that one is served:", class_="note"),
        reasons,
    ]


def _by_topic(record: RunRecord, movement: Movement) -> ET.Element:
    names = {topic.key: topic.name for topic in record.topics}
    columns = [
        Column(
            "topic", lambda r: named(names.get(r["topic"], r["topic"])), numeric=False, head=True
        ),
        counted("in both", "both"),
        counted("came"),
        counted("left"),
        counted("moved"),
        Column("rank correlation", lambda r: number(r["correlation"], 4)),
        Column("top 100 gone", lambda r: f"{r['churn']:.0%}"),
    ]
    order = {key: place for place, key in enumerate(names)}
    rows = sorted(
        movement.topics.iter_rows(named=True), key=lambda r: order.get(r["topic"], len(order))
    )
    return table("What changed in each topic", columns, rows[:INDEXED])


def _people(record: RunRecord, movement: Movement) -> Content:
    if movement.movers.is_empty():
        return element("p", "Nobody who has a score in both runs moved.")
    return [_of_topic(record, movement, place) for place in range(len(record.topics[:FULL]))]


def _of_topic(record: RunRecord, movement: Movement, place: int) -> ET.Element | None:
    topic = record.topics[place]
    rows = movement.movers.filter(pl.col("topic") == topic.key)
    if rows.is_empty():
        return None
    columns = [
        Column("who", lambda r: who(record, r["account"]), numeric=False, head=True),
        Column("change", lambda r: f"{r['change']:+.1f}"),
        Column("before and after", _move, numeric=False, under=axis(SCORES)),
        Column("score", lambda r: f"{score(r['score_before'])} → {score(r['score'])}"),
        *(
            Column(title, lambda r, name=name: _pair(r, name))  # type: ignore[misc]
            for name, title in _BESIDE.items()
            if name in rows.columns
        ),
    ]
    if "sure" in rows.columns:
        columns.insert(2, Column("beyond its interval", lambda r: _SURE[r["sure"]], numeric=False))
    caption = ("Who moved most in ", named(topic.name))
    return table(caption, columns, rows.iter_rows(named=True))


def _move(row: Mapping[str, Any]) -> ET.Element:
    return move(SCORES, row["score_before"], row["score"])


def _pair(row: Mapping[str, Any], name: str) -> str:
    shown = count if isinstance(row[name], int) else number
    return f"{shown(row[f'{name}_before'])} → {shown(row[name])}"
