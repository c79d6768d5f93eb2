"""A run's rows read back from the database, and compared with what was computed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import GraphengineError
from graphengine.model import RELATIONSHIPS
from graphengine.stores.checksums import TopicSum, differences, topic_sums
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.bolt.link import Link
    from graphengine.stores.ports import RunScores

__all__ = ["read_scores", "written_otherwise"]

PAGE_ROWS = 20_000  # in one answer; the server holds that many rows at a time
_END = 1 << 62  # above every rank
_TYPES: dict[str, pl.DataType] = {
    "STRING": pl.String(),
    "INT64": pl.Int64(),
    "DOUBLE": pl.Float64(),
}
_VERSIONS = ("method_version", "anchors_version")


def written_otherwise(link: Link, run: RunScores) -> list[str]:
    """A sentence for each topic whose rows in the database are not those of ``run``, bit by bit.

    Every row is read: who, where, rank, score and all other columns. None when all are the same.
    """
    stamps = {name: pl.lit(run.properties.get(name) or "") for name in _VERSIONS}
    found = []
    for kind, rows, last, what in (
        ("scored", run.scores.with_columns(**stamps), pl.max("rank"), "scores"),
        ("unrated", run.unrated, pl.len(), "unrated people"),
    ):
        wanted = topic_sums(rows.select(pl.col(n).cast(t) for n, t in _schema(kind).items()))
        lasts = rows.group_by("topic").agg(last).iter_rows()
        there = _sums(link, kind, run.run, {str(topic): int(end) for topic, end in lasts})
        found += differences(wanted, there, what=what)
    return found + _elsewhere(link, run)


def read_scores(link: Link, run: str) -> pl.DataFrame:
    """[account, topic, score] of a run as the database has them.

    Raises:
        GraphengineError: somebody wrote values of other types there.
    """
    topics = [row["key"] for row in link.rows(statement("publish/topics"))]
    last = link.rows(statement("publish/topics-of"), run=run, topics=topics)
    columns = ["account", "topic", "score"]
    pages = [
        _frame("scored", page).select(columns)
        for row in last
        for page in _pages(link, "scored", run, topic=row["topic"], last=row["last"])
    ]
    return pl.concat([_frame("scored", {}).select(columns), *pages])


def _sums(link: Link, kind: str, run: str, last: Mapping[str, int]) -> dict[str, TopicSum]:
    sums: dict[str, TopicSum] = defaultdict(TopicSum)
    for topic in sorted(last):
        for columns in _pages(link, kind, run, topic=topic, last=last[topic]):
            try:
                parts = topic_sums(_frame(kind, columns))
            except GraphengineError:  # values of other types: as many rows, and not the same ones
                parts = {topic: TopicSum(len(columns["account"]))}
            for said, part in parts.items():
                sums[said] += part
    return dict(sums)


def _pages(
    link: Link, kind: str, run: str, *, topic: str, last: int
) -> Iterator[Mapping[str, list[Any]]]:
    """A topic's rows in columns: by rank up to ``last`` and beyond, or by place until no more come."""
    text = statement(f"publish/read-{kind}")
    asked = {"run": run, "topic": topic, "nan": float("nan"), "rows": PAGE_ROWS}
    first = 1 if kind == "scored" else 0
    for low in range(first, last + 1, PAGE_ROWS):
        high = _END if low + PAGE_ROWS > last else low + PAGE_ROWS
        yield link.rows(text, **asked, low=low, high=high)[0]


def _schema(kind: str) -> dict[str, pl.DataType]:
    link = next(r for r in RELATIONSHIPS if r.type == kind.upper())
    columns = {p.name: _TYPES[p.type] for p in link.properties if p.name != "run"}
    return {"account": pl.String(), **columns}


def _frame(kind: str, columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    schema = _schema(kind)
    try:
        return pl.DataFrame({name: columns.get(name, []) for name in schema}, schema=schema)
    except (TypeError, pl.exceptions.PolarsError) as odd:
        raise GraphengineError(
            f"Rows of {kind.upper()} hold values of other types than were written ({odd}). "
            "Somebody else changed them. Publish the run again: the rows are then written afresh."
        ) from odd


def _elsewhere(link: Link, run: RunScores) -> list[str]:
    """The run's node, and rows of the run in topics where it has none."""
    rows = link.rows(statement("publish/read-run"), run=run.run)
    there = rows[0]["properties"] if rows else {}
    found = [
        f"the node of the run says {name} = {there.get(name)!r}, not {value!r}"
        for name, value in run.properties.items()
        if there.get(name) != value
    ]
    for kind, frame in (("scored", run.scores), ("unrated", run.unrated)):
        count = link.rows(statement(f"publish/count-{kind}"), run=run.run)[0]["rows"]
        if count != frame.height:
            found.append(f"there are {count} rows of the kind {kind}, not {frame.height}")
    return found
