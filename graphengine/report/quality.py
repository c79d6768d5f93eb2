"""The quality of the data: what went in, what was refused, mended, missing or not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.plots.markup import element
from graphengine.report.blocks import Column, count, counted, fold, named, section, table
from graphengine.report.repairs import repairs_in_words

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Sequence

    from graphengine.plots.markup import Content
    from graphengine.report.record import InputFile, Quality

__all__ = ["COUNTS", "quality_section"]

COUNTS = ("read", "accepted", "duplicate", "rejected", "skipped", "conflicts", "retracted")
_ROWS = (
    "Every row that was read was accepted, repeats another, or was rejected; rows that the job "
    "says are none of a table were skipped. Repeats that differ from what came first are "
    "conflicts: the first holds."
)
_TITLES = {"duplicate": "repeats", "retracted": "taken back"}
_FILES = 200  # files that are listed
_REASONS = 30


def quality_section(quality: Quality) -> ET.Element:
    """Counts of what went in, reasons of what did not, repairs, gaps, and what nobody can know."""
    return section(
        "Data quality",
        _input(quality),
        _rejected(quality),
        _repairs(quality),
        _gaps(quality),
        anchor="quality",
    )


def _input(quality: Quality) -> Content:
    if quality.files is None:
        return element("p", quality.why, class_="note")
    by_table = sorted({file.table for file in quality.files})
    sums = [
        {"table": name} | _sums([f for f in quality.files if f.table == name]) for name in by_table
    ]
    return [
        element("p", _ROWS),
        table("Rows by table", [_named("table"), *_counted()], sums),
        fold(f"File by file ({len(quality.files):,})", _files(quality.files)),
    ]


def _named(title: str) -> Column:
    return Column(title, lambda r: named(r[title]), numeric=False, head=True)


def _sums(files: Sequence[InputFile]) -> dict[str, int]:
    return {name: sum(getattr(file, name) for file in files) for name in COUNTS}


def _counted() -> list[Column]:
    return [counted(_TITLES.get(name, name), name) for name in COUNTS]


def _files(files: Sequence[InputFile]) -> list[Content]:
    rows = [
        {"source": f.source, "file": f.file} | {name: getattr(f, name) for name in COUNTS}
        for f in files[-_FILES:]
    ]
    columns = [
        Column("source", lambda r: named(r["source"]), numeric=False),
        _named("file"),
        *_counted(),
    ]
    left = len(files) - len(rows)
    older = element("p", f"{left:,} older files are not listed.") if left else None
    return [table("Rows by file, in the order in which they came", columns, rows), older]


def _rejected(quality: Quality) -> Content:
    if quality.files is None:
        return None
    if quality.reasons.is_empty() and not quality.unexplained:
        return element("p", "No row was rejected.")
    columns = [
        _named("reason"),
        counted("rows"),
    ]
    rows = list(quality.reasons.head(_REASONS).iter_rows(named=True))
    rest = quality.reasons["rows"].sum() - sum(row["rows"] for row in rows)
    if rest:
        rows.append({"reason": "for other reasons", "rows": rest})
    if quality.unexplained:
        rows.append(
            {
                "reason": "the file with the reasons is not here any more",
                "rows": quality.unexplained,
            }
        )
    return table("Why rows were rejected", columns, rows)


def _repairs(quality: Quality) -> Content:
    mended = [{"what": what, "n": n} for what, n in repairs_in_words(quality.repairs)]
    if not mended:
        return element("p", "Nothing had to be mended in the links between posts.")
    columns = [
        Column("what was found", lambda r: r["what"], numeric=False, head=True),
        counted("number", "n"),
    ]
    return table("Mended in the links between posts", columns, mended)


def _gaps(quality: Quality) -> Content:
    told = list(quality.unknown)
    missing = quality.missing
    if missing is not None and missing["posts"]:
        told.insert(
            0,
            f"The network counts reshares for {count(missing['of'])} originals; of "
            f"{count(missing['posts'])} of them ({count(missing['counted'])} reshares) none "
            "arrived: their cascades are cut short.",
        )
    if not told:
        return element("p", "Nothing is known to be missing.")
    gaps = element("ul", (element("li", text) for text in told))
    return [element("h3", "What is missing or not known"), gaps]
