"""Whom to ask: the seed sets of a run, the people who together reach the most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.plots.markup import element
from graphengine.report.blocks import Column, counted, named, number, section, table
from graphengine.report.topics import FULL, who

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from graphengine.report.record import RunRecord

__all__ = ["seed_section"]

_HOW = (
    "The people who, asked together, are expected to reach the most others. Each adds what the "
    "ones before do not reach already; the reach of the whole set is estimated from fresh samples."
)


def seed_section(record: RunRecord) -> ET.Element | None:
    """A table for each topic that has a seed set; None where none has."""
    seeds = record.seeds
    if seeds is None or seeds.is_empty():
        return None
    found = [
        _set(record, name=topic.name, rows=rows)
        for topic in record.topics
        if not (rows := seeds.filter(pl.col("topic") == topic.key).sort("place")).is_empty()
    ]
    return section("Whom to ask", element("p", _HOW), found[:FULL], anchor="seeds")


def _set(record: RunRecord, *, name: str, rows: pl.DataFrame) -> ET.Element:
    whole = rows.row(0, named=True)
    told = (
        f": together about {number(whole['spread'])} people ({number(whole['low'])} to "
        f"{number(whole['high'])}), certified {whole['share']:.0%} of the best possible"
    )
    columns = [
        counted("place"),
        Column("who", lambda r: who(record, r["account"]), numeric=False, head=True),
        Column("adds", lambda r: number(r["gain"])),
    ]
    return table((named(name), told), columns, rows.iter_rows(named=True))
