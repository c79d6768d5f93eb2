"""One read of a path in somebody's Neo4j: everything, or what is new since the last read's mark."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.readers.blocks import cell_name
from graphengine.readers.graph.cells import NONE, canonical, column_of_text, content_sha256
from graphengine.readers.graph.marks import MARK, Mark, from_mark, kind_of, known_mark
from graphengine.readers.graph.mistaken import check_columns, check_words, matches_nothing
from graphengine.readers.graph.rows import GraphRows, blocks_of
from graphengine.readers.graph.statements import Statements, statements
from graphengine.readers.graph.walk import Page, Walk, walk_from_mark, walk_of_all
from graphengine.readers.mapping import Mapping

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.bolt import Link
    from graphengine.events import Reading
    from graphengine.job import GraphSettings, Job, SourceSettings

__all__ = ["GraphReading", "graph_name", "read_graph"]

FLAW = "flaw"  # the column of reasons why a value cannot be used


@dataclass(frozen=True, slots=True)
class GraphReading:
    """What one read gave.

    ``reading`` holds the rows in an order that depends on nothing but them, and the mark from
    which the next read goes on. ``sha256`` is the same for the same rows, whatever internal ids
    they have and in whatever order they came. ``counted`` elements were there at the start, the
    ids that were asked for gave ``seen``. ``events`` are the ids of all events that were found,
    those of refused rows included; ``nameless`` refused rows do not say which event they are.
    """

    reading: Reading
    sha256: str
    counted: int
    seen: int
    events: pl.Series
    nameless: int

    @property
    def complete(self) -> bool:
        """Whether no fewer elements were read than there were at the start."""
        return self.seen >= self.counted


def graph_name(source: SourceSettings) -> str:
    """What a read of ``source`` is called where a file's name would stand."""
    return "neo4j-" + re.sub(r"[^\w.-]+", "_", source.name)


def read_graph(
    source: SourceSettings,
    link: Link,
    *,
    job: Job,
    mark: str | None = None,
    watch: Callable[[int, float], None] | None = None,
) -> GraphReading:
    """All rows of a source's path, validated; from ``mark`` on, where an earlier read left one.

    Nothing is written there: every statement goes in READ access mode. See `walk` for what other
    applications may do meanwhile. ``watch`` is told how many rows, and which share, have come.

    Raises:
        InputError: a label, a type or a property is on nothing at all there; every row was
            refused; the watermark holds values of several types.
        GraphengineError: the database does not answer to the end, as `bolt` calls it.
    """
    mapping, settings = Mapping(source, job), _settings(source)
    times = frozenset(c for n in ("at", "created_at") for c in mapping.columns.get(n, []))
    asked = statements(settings, mapping.wanted, times=times, time_format=source.time.format)
    since = known_mark(mark, settings.watermark)
    check_words(link, asked)
    walk = _walk(link, asked, since)
    gathered = _gathered(walk, link, asked, mapping=mapping, watch=watch)
    if since is None and walk.counted:
        if gathered.cells.is_empty():
            raise matches_nothing(mapping, walk.counted)
        check_columns(link, asked, mapping=mapping, cells=gathered.cells)
    return _reading(gathered, mapping, counted=walk.counted, since=since)


def _settings(source: SourceSettings) -> GraphSettings:
    if source.neo4j is None:
        raise ConfigurationError(
            f'The source "{source.name}" says reader = "neo4j", but has no [sources.neo4j]. '
            "Say there which path is read."
        )
    return source.neo4j


def _walk(link: Link, asked: Statements, since: Mark | None) -> Walk:
    if since is None:
        return walk_of_all(link, asked)
    return walk_from_mark(link, asked, kind=since.type, since=since.value)


@dataclass
class _Gathered:
    """The rows of all pages, the types of the watermark's values, how many elements were seen."""

    cells: pl.DataFrame
    kinds: set[str] = field(default_factory=set)
    seen: int = 0


def _gathered(
    walk: Walk,
    link: Link,
    asked: Statements,
    *,
    mapping: Mapping,
    watch: Callable[[int, float], None] | None,
) -> _Gathered:
    none = Page([[] for _ in mapping.wanted], [], frozenset(), 0, 1.0)
    frames = [_frame(none, mapping)]
    whole = _Gathered(frames[0])
    rows = 0
    for page in walk.pages(link, asked, none=NONE, zone=mapping.source.time.zone):
        frames.append(_frame(page, mapping))
        whole.kinds |= page.kinds
        whole.seen += page.seen
        rows += len(frames[-1])
        if watch is not None:
            watch(rows, page.share)
    whole.cells = pl.concat(_alike(frames))
    return whole


def _frame(page: Page, mapping: Mapping) -> pl.DataFrame:
    """The rows of a page as text: c0, c1, ..., MARK, and FLAW for those that cannot be used."""
    columns: dict[str, pl.Series] = {}
    flaws: dict[int, str] = {}
    for i, name in enumerate(mapping.wanted):
        text, wrong = column_of_text(page.columns[i], may_be_list=name in mapping.lists)
        columns[cell_name(i)] = text
        for row, why in wrong.items():
            flaws.setdefault(row, f"{name} {why}; text, a number or a time is needed")
    rows = len(page.columns[0])
    marks = page.marks or [NONE] * rows
    columns[MARK] = column_of_text(marks, may_be_list=False)[0]
    columns[FLAW] = pl.Series([flaws.get(i) for i in range(rows)], dtype=pl.String)
    return pl.DataFrame(columns)


def _alike(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """Frames of one schema: where some pages have lists of topics, the others get them too."""
    lists = {n for f in frames for n, kind in f.schema.items() if isinstance(kind, pl.List)}
    return [
        frame.with_columns(
            pl.concat_list(name).list.drop_nulls()
            for name in lists
            if not isinstance(frame.schema[name], pl.List)
        )
        for frame in frames
    ]


def _reading(
    gathered: _Gathered, mapping: Mapping, *, counted: int, since: Mark | None
) -> GraphReading:
    cells, mark = gathered.cells, None
    cells = cells[canonical(cells).arg_sort()]
    watermark = _settings(mapping.source).watermark
    if watermark is not None:
        kind = kind_of(gathered.kinds, name=watermark)
        cells, mark = from_mark(cells, kind, name=watermark, since=since)
    rows = GraphRows(mapping, Path(graph_name(mapping.source)), whole=since is None)
    shown = cells.drop(MARK, FLAW)
    for block in blocks_of(shown, cells[FLAW], names=mapping.wanted):
        rows.add(block)
    reading = replace(rows.reading(), mark=None if mark is None else mark.text)
    return GraphReading(
        reading,
        content_sha256(canonical(cells)),
        counted=counted,
        seen=gathered.seen,
        events=rows.events(),
        nameless=rows.nameless,
    )
