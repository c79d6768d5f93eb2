"""A run's rows read back from the database, and compared with what was computed."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import GraphengineError
from graphengine.stores.checksums import TopicSum, differences, topic_sums
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.run_tables import RUN_TABLES, STAMPS, columns_of, frame_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.bolt.link import Link
    from graphengine.stores.ports import RunScores
    from graphengine.stores.run_tables import RunTable

__all__ = ["read_scores", "written_otherwise"]

PAGE_ROWS = 20_000  # in one answer; the server holds that many rows at a time
_READERS = 2  # who work on a page each
_END = 1 << 62  # above every rank
_VERSIONS = tuple(name for name in STAMPS if name != "run")
_SAME = ("topic", *_VERSIONS)  # in all rows of a page
_SCORES = RUN_TABLES[0]


def written_otherwise(link: Link, run: RunScores) -> list[str]:
    """A sentence for each topic whose rows in the database are not those of ``run``, bit by bit.

    Every row is read: who, where, rank, score and all other columns. None when all are the same.
    """
    stamps = {name: pl.lit(run.properties.get(name) or "") for name in _VERSIONS}
    found = []
    for table in RUN_TABLES:
        rows = frame_of(run, table)
        stamped = rows.with_columns(**stamps).select(*_schema(table))
        last = pl.max(table.place) if table.place else pl.len()
        lasts = rows.group_by("topic").agg(last).iter_rows()
        ends = {str(topic): int(end) for topic, end in lasts}
        there = _sums(link, table, run.run, ends)
        found += differences(topic_sums(stamped), there, what=table.what)
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
        _frame(_SCORES, _read(link, _SCORES, page)).select(columns)
        for row in last
        for page in _pages(run, topic=row["topic"], last=row["last"])
    ]
    return pl.concat([_frame(_SCORES, {}).select(columns), *pages])


def _sums(link: Link, table: RunTable, run: str, last: Mapping[str, int]) -> dict[str, TopicSum]:
    pages = [page for topic in sorted(last) for page in _pages(run, topic=topic, last=last[topic])]
    sums: dict[str, TopicSum] = defaultdict(TopicSum)
    with ThreadPoolExecutor(_READERS) as readers:
        for parts in readers.map(partial(_page_sums, link, table), pages):
            for topic, part in parts.items():
                sums[topic] += part
    return dict(sums)


def _page_sums(link: Link, table: RunTable, page: Mapping[str, Any]) -> dict[str, TopicSum]:
    columns = _read(link, table, page)
    try:
        return topic_sums(_frame(table, columns))
    except GraphengineError:  # values of other kinds: as many rows, and not the same ones
        return {page["topic"]: TopicSum(len(columns["account"]))}


def _pages(run: str, *, topic: str, last: int) -> Iterator[dict[str, Any]]:
    """What to ask for a topic's rows from 0 to ``last``, and for those beyond.

    Offsets count from 0. Ranks and places count from 1, so that nothing is at 0.
    """
    asked = {"run": run, "topic": topic, "nan": float("nan"), "rows": PAGE_ROWS}
    for low in range(0, last + 1, PAGE_ROWS):
        high = _END if low + PAGE_ROWS > last else low + PAGE_ROWS
        yield asked | {"low": low, "high": high}


def _read(link: Link, table: RunTable, page: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The rows of a page in columns."""
    return link.rows(statement(f"publish/read-{table.kind}"), **page)[0]


def _schema(table: RunTable) -> dict[str, pl.DataType]:
    return columns_of(table, stamps=_VERSIONS)


def _frame(table: RunTable, columns: Mapping[str, list[Any]]) -> pl.DataFrame:
    schema = _schema(table)
    rows = len(columns.get("account", ()))
    try:
        # what is the same in all rows comes once
        same = {name: columns.get(name, []) * rows for name in _SAME if name in schema}
        return pl.DataFrame({name: columns.get(name, []) for name in schema} | same, schema=schema)
    except (TypeError, pl.exceptions.PolarsError) as odd:
        raise GraphengineError(
            f"Rows of {table.type} hold other values than were written ({odd}). "
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
    for table in RUN_TABLES:
        count = link.rows(statement(f"publish/count-{table.kind}"), run=run.run)[0]["rows"]
        wanted = frame_of(run, table).height
        if count != wanted:
            found.append(f"there are {count} rows of {table.type}, not {wanted}")
    return found
