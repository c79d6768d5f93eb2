"""One read of a path in somebody's Neo4j: everything, or what is new since the last read's mark."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.readers.blocks import cell_name
from graphengine.readers.graph.by_ids import pages_by_ids
from graphengine.readers.graph.cells import NONE, column_of, joined_columns
from graphengine.readers.graph.coded import Coded, Held, coded
from graphengine.readers.graph.content import content_sha256, in_order
from graphengine.readers.graph.marks import MARK, Mark, from_mark, kind_of, known_mark
from graphengine.readers.graph.mistaken import check_columns, check_words, matches_nothing
from graphengine.readers.graph.rows import GraphRows, blocks_of, for_mapping
from graphengine.readers.graph.statements import Statements, statements
from graphengine.readers.graph.still import UnprovenError
from graphengine.readers.graph.walk import Page, Walk, walk_from_mark, walk_of_all
from graphengine.readers.mapping import TIMES, Mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from graphengine.bolt import Link
    from graphengine.events import Reading
    from graphengine.job import GraphSettings, Job, SourceSettings

__all__ = ["GraphReading", "graph_name", "read_coded", "read_columns", "read_graph"]

FLAW = "flaw"  # the column of reasons why a value cannot be used


@dataclass(frozen=True, slots=True)
class GraphReading:
    """What one read gave.

    ``reading`` holds the rows in an order that depends on nothing but them, and the mark from
    which the next read goes on. ``sha256`` is the same for the same rows, whatever internal ids
    they have and in whatever order they came. ``counted`` elements were there at the start, the
    ids that were asked for gave ``seen`` (of a source that is not compared, an element without a
    row may be missing among them); ``nameless`` refused rows do not say which event they are.
    """

    reading: Reading
    sha256: str
    counted: int
    seen: int
    nameless: int
    find_events: Callable[[], pl.Series]

    @property
    def events(self) -> pl.Series:
        """The ids of all events that were found, each once, those of refused rows included."""
        return self.find_events()

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
    mapping = Mapping(source, job)
    since = known_mark(mark, _settings(source).watermark)
    gathered = _read(mapping, link, since=since, watch=watch)
    return _reading(gathered, mapping, since=since)


def read_columns(source: SourceSettings, link: Link, *, job: Job) -> pl.DataFrame:
    """All rows of a source's path as they are there: its columns by their names in the job file.

    Numbers and texts keep their types. Nothing is refused: a value that cannot be used is null.
    The order of the rows has no meaning.

    Raises:
        InputError, GraphengineError: as `read_graph`, but for refused rows.
    """
    mapping = Mapping(source, job)
    cells = _read(mapping, link).cells.drop(MARK, FLAW)
    cells.columns = mapping.wanted
    return cells


def read_coded(source: SourceSettings, link: Link, *, job: Job, of: Sequence[str]) -> Coded:
    """As `read_columns`, but the columns ``of`` hold places in the values of all of these together.

    Which is what arrays of a graph are made of: nodes by number, and what each is called.

    Raises:
        InputError, GraphengineError: as `read_columns`.
    """
    mapping = Mapping(source, job)
    gathered = _read(mapping, link, codes=of)
    cells = gathered.cells.drop(MARK, FLAW)
    cells.columns = mapping.wanted
    return coded(cells, gathered.held, of=of)


def _read(
    mapping: Mapping,
    link: Link,
    *,
    since: Mark | None = None,
    watch: Callable[[int, float], None] | None = None,
    codes: Sequence[str] = (),
) -> _Gathered:
    source = mapping.source
    times = frozenset(c for n in TIMES for c in mapping.columns.get(n, []))
    asked = statements(
        _settings(source), mapping.wanted, times=times, time_format=source.time.format,
        counted=source.compares,
    )  # fmt: skip
    check_words(link, asked)
    walk = _walk(link, asked, since)
    values = {"none": NONE, "zone": source.time.zone}
    gather = partial(_gathered, counted=walk.counted, mapping=mapping, watch=watch, codes=codes)
    gathered = None
    if since is None:
        with suppress(UnprovenError):
            gathered = gather(pages_by_ids(link, asked, counted=walk.counted, values=values))
    if gathered is None:
        gathered = gather(walk.pages(link, asked, **values))
    if since is None and walk.counted:
        if gathered.cells.is_empty():
            raise matches_nothing(mapping, walk.counted)
        check_columns(link, asked, mapping=mapping, cells=gathered.cells)
    return gathered


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
    """The rows of all pages, the elements at the start, types of the watermark, elements seen.

    The columns of ``held`` are places in its values.
    """

    cells: pl.DataFrame
    counted: int
    kinds: set[str] = field(default_factory=set)
    seen: int = 0
    held: dict[str, pl.Series] = field(default_factory=dict)


def _gathered(
    pages: Iterator[Page],
    *,
    counted: int,
    mapping: Mapping,
    watch: Callable[[int, float], None] | None,
    codes: Sequence[str],
) -> _Gathered:
    frames = [_frame(Page([[] for _ in mapping.wanted], [], frozenset(), 0, 1.0), mapping, ())]
    whole = _Gathered(frames[0], counted)
    rows = 0
    for page in pages:
        for name, column in zip(mapping.wanted, page.columns, strict=True):
            if name in codes and isinstance(column, Held):
                whole.held[name] = column.values
        frames.append(_frame(page, mapping, whole.held))
        whole.kinds |= page.kinds
        whole.seen += page.seen
        rows += len(frames[-1])
        if watch is not None:
            watch(rows, page.share)
    whole.cells = pl.DataFrame([joined_columns([f[n] for f in frames]) for n in frames[0].columns])
    return whole


def _frame(page: Page, mapping: Mapping, codes: Collection[str]) -> pl.DataFrame:
    """The rows of a page: c0, c1, ..., MARK, and FLAW for those that cannot be used."""
    columns: dict[str, pl.Series] = {}
    flaws: dict[int, str] = {}
    for i, name in enumerate(mapping.wanted):
        listed = page.columns[i]
        if isinstance(listed, Held):
            listed = pl.Series(listed.places) if name in codes else listed.column
        if isinstance(listed, pl.Series):
            columns[cell_name(i)] = listed
            continue
        column, wrong = column_of(listed, may_be_list=name in mapping.lists)
        columns[cell_name(i)] = column
        for row, why in wrong.items():
            flaws.setdefault(row, f"{name} {why}; text, a number or a time is needed")
    nothing = pl.repeat(None, len(page.columns[0]), dtype=pl.String, eager=True)
    columns[MARK] = column_of(page.marks, may_be_list=False)[0] if len(page.marks) else nothing
    columns[FLAW] = nothing if not flaws else _flawed(flaws, len(nothing))
    return pl.DataFrame(columns)


def _flawed(flaws: dict[int, str], rows: int) -> pl.Series:
    return pl.Series([flaws.get(i) for i in range(rows)], dtype=pl.String)


def _reading(gathered: _Gathered, mapping: Mapping, *, since: Mark | None) -> GraphReading:
    cells, mark = gathered.cells, None
    cells = in_order(cells)
    watermark = _settings(mapping.source).watermark
    if watermark is not None:
        kind = kind_of(gathered.kinds, name=watermark)
        cells, mark = from_mark(cells, kind, name=watermark, since=since)
    rows = GraphRows(mapping, Path(graph_name(mapping.source)), whole=since is None)
    shown = for_mapping(cells.drop(MARK, FLAW), mapping)
    for block in blocks_of(shown, cells[FLAW], names=mapping.wanted):
        rows.add(block)
    reading = replace(rows.reading(), mark=None if mark is None else mark.text)
    return GraphReading(
        reading,
        content_sha256(cells),
        counted=gathered.counted,
        seen=gathered.seen,
        nameless=rows.nameless,
        find_events=rows.events,
    )
