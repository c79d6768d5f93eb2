"""A run's rows read back from the database, and compared with what was computed."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
_READERS = 2  # who work on a page each
_END = 1 << 62  # above every rank
_TYPES: dict[str, pl.DataType] = {
    "STRING": pl.String(),
    "INT64": pl.Int64(),
    "DOUBLE": pl.Float64(),
}
_VERSIONS = ("method_version", "anchors_version")
_SAME = ("topic", *_VERSIONS)  # in all rows of a page


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
        _frame("scored", _read(link, "scored", page)).select(columns)
        for row in last
        for page in _pages(run, topic=row["topic"], last=row["last"])
    ]
    return pl.concat([_frame("scored", {}).select(columns), *pages])


def _sums(link: Link, kind: str, run: str, last: Mapping[str, int]) -> dict[str, TopicSum]:
    pages = [page for topic in sorted(last) for page in _pages(run, topic=topic, last=last[topic])]
    sums: dict[str, TopicSum] = defaultdict(TopicSum)
    with ThreadPoolExecutor(_READERS) as readers:
        for parts in readers.map(partial(_page_sums, link, kind), pages):
            for topic, part in parts.items():
                sums[topic] += part
    return dict(sums)


def _page_sums(link: Link, kind: str, page: Mapping[str, Any]) -> dict[str, TopicSum]:
    columns = _read(link, kind, page)
    try:
        return topic_sums(_frame(kind, columns))
    except GraphengineError:  # values of other kinds: as many rows, and not the same ones
        return {page["topic"]: TopicSum(len(columns["account"]))}


def _pages(run: str, *, topic: str, last: int) -> Iterator[dict[str, Any]]:
    """What to ask for a topic's rows from 0 to ``last``, and for those beyond.

    Places count from 0. Ranks count from 1, so that nothing is at 0.
    """
    asked = {"run": run, "topic": topic, "nan": float("nan"), "rows": PAGE_ROWS}
    for low in range(0, last + 1, PAGE_ROWS):
        high = _END if low + PAGE_ROWS > last else low + PAGE_ROWS
        yield asked | {"low": low, "high": high}


def _read(link: Link, kind: str, page: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The rows of a page in columns."""
    return link.rows(statement(f"publish/read-{kind}"), **page)[0]


def _schema(kind: str) -> dict[str, pl.DataType]:
    link = next(r for r in RELATIONSHIPS if r.type == kind.upper())
    columns = {p.name: _TYPES[p.type] for p in link.properties if p.name != "run"}
    return {"account": pl.String(), **columns}


def _frame(kind: str, columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    schema = _schema(kind)
    rows = len(columns.get("account", ()))
    try:
        # what is the same in all rows comes once
        same = {name: columns.get(name, []) * rows for name in _SAME if name in schema}
        return pl.DataFrame({name: columns.get(name, []) for name in schema} | same, schema=schema)
    except (TypeError, pl.exceptions.PolarsError) as odd:
        raise GraphengineError(
            f"Rows of {kind.upper()} hold other values than were written ({odd}). "
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
