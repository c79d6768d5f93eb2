"""A run's rows read back from the database, and compared with what was computed."""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import GraphengineError
from graphengine.stores.checksums import TopicSum, differences, topic_sums
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.run_tables import RUN_TABLES, STAMPS, columns_of, frame_of, unknown_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.bolt.link import Link
    from graphengine.stores.ports import RunScores
    from graphengine.stores.run_tables import RunTable

__all__ = ["read_scores", "written_otherwise"]

PAGE_ROWS = 20_000  # in one answer; the server holds that many rows at a time
_LARGER = 4  # times as many of unrated people: few columns, and a page goes through what it skips
_READERS = 2  # who work on a page each
_END = 1 << 62  # above every rank
_VERSIONS = tuple(name for name in STAMPS if name != "run")
_SAME = ("topic", *_VERSIONS)  # in all rows of a page
_STAND_IN = r"collect\(coalesce\((\w+\.{name}), [^()]*\)\)"  # what is asked for a column


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a table is read. ``unknown``: columns that should have no value in any row.

    Of those the server sends what there is, which should be nothing, and not a stand-in for each row.
    """

    table: RunTable
    unknown: frozenset[str] = frozenset()

    @property
    def rows(self) -> int:
        """How many rows are in a page."""
        return PAGE_ROWS * _LARGER if self.table.type == "UNRATED" else PAGE_ROWS

    def read(self, link: Link, page: Mapping[str, Any]) -> dict[str, list[Any]]:
        """The rows of a page in columns."""
        text = statement(f"publish/read-{self.table.kind}")
        for name in self.unknown:
            text = re.sub(_STAND_IN.format(name=name), r"collect(\1)", text)
        return link.rows(text, **page)[0]

    def frame(self, columns: Mapping[str, list[Any]]) -> pl.DataFrame:
        """The columns of a page as a frame.

        Raises:
            GraphengineError: they are not such as are written.
        """
        schema = _schema(self.table)
        rows = len(columns.get("account", ()))
        try:
            # what is the same in all rows comes once, what is in none not at all
            same = {name: columns.get(name, []) * rows for name in _SAME if name in schema}
            nothing = {name: [None] * rows for name in self.unknown if not columns.get(name)}
            given = {name: columns.get(name, []) for name in schema} | same | nothing
            return pl.DataFrame(given, schema=schema)
        except (TypeError, pl.exceptions.PolarsError) as odd:
            raise GraphengineError(
                f"Rows of {self.table.type} hold other values than were written ({odd}). "
                "Somebody else changed them. Publish the run again: the rows are then written "
                "afresh."
            ) from odd


_SCORES = _Reading(RUN_TABLES[0])


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
        unknown = unknown_in(rows) if table.place else frozenset[str]()
        there = _sums(link, _Reading(table, unknown), run.run, ends)
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
        _SCORES.frame(_SCORES.read(link, page)).select(columns)
        for row in last
        for page in _pages(run, topic=row["topic"], last=row["last"], rows=_SCORES.rows)
    ]
    return pl.concat([_SCORES.frame({}).select(columns), *pages])


def _sums(link: Link, reading: _Reading, run: str, last: Mapping[str, int]) -> dict[str, TopicSum]:
    pages = [
        page
        for topic in sorted(last)
        for page in _pages(run, topic=topic, last=last[topic], rows=reading.rows)
    ]
    sums: dict[str, TopicSum] = defaultdict(TopicSum)
    with ThreadPoolExecutor(_READERS) as readers:
        for parts in readers.map(partial(_page_sums, link, reading), pages):
            for topic, part in parts.items():
                sums[topic] += part
    return dict(sums)


def _page_sums(link: Link, reading: _Reading, page: Mapping[str, Any]) -> dict[str, TopicSum]:
    columns = reading.read(link, page)
    try:
        return topic_sums(reading.frame(columns))
    except GraphengineError:  # values of other kinds: as many rows, and not the same ones
        return {page["topic"]: TopicSum(len(columns["account"]))}


def _pages(run: str, *, topic: str, last: int, rows: int) -> Iterator[dict[str, Any]]:
    """What to ask for a topic's rows from 0 to ``last``, ``rows`` a page, and for those beyond.

    Offsets count from 0. Ranks and places count from 1, so that nothing is at 0.
    """
    asked = {"run": run, "topic": topic, "nan": float("nan"), "rows": rows}
    for low in range(0, last + 1, rows):
        high = _END if low + rows > last else low + rows
        yield asked | {"low": low, "high": high}


def _schema(table: RunTable) -> dict[str, pl.DataType]:
    return columns_of(table, stamps=_VERSIONS)


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
