"""How a source's columns become ours: which are wanted, and each of our names as an expression."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from graphengine.events import EXPOSURE_KINDS, KINDS
from graphengine.readers.blocks import cell_name
from graphengine.readers.identity import joined
from graphengine.readers.times import bounds, check_times

if TYPE_CHECKING:
    from graphengine.job import Job, SourceSettings

__all__ = ["COUNTS", "TIMES", "Mapping", "TableNames"]


@dataclass(frozen=True, slots=True)
class TableNames:
    """Our names of one table: all of them, those that a row must have, those that are ids."""

    names: tuple[str, ...]
    needed: tuple[str, ...]
    ids: tuple[str, ...]
    kinds: tuple[str, ...] = ()


TABLES = {
    "interactions": TableNames(
        ("actor", "target", "kind", "at", "topic", "post", "parent", "weight", "event", "op"),
        needed=("actor", "target", "kind"),
        ids=("actor", "target", "post", "parent", "event"),
        kinds=KINDS,
    ),
    "posts": TableNames(
        ("post", "parent", "kind", "author", "at", "root", "topic", "reshares"),
        needed=("post",),
        ids=("post", "parent", "author", "root"),
        kinds=(*KINDS, "post"),
    ),
    "exposure": TableNames(
        ("actor", "target", "kind", "at"),
        needed=("actor", "target", "kind"),
        ids=("actor", "target"),
        kinds=EXPOSURE_KINDS,
    ),
    "accounts": TableNames(
        ("account", "at", "handle", "name", "followers", "created_at"),
        needed=("account",),
        ids=("account",),
    ),
    "retractions": TableNames(("event_id", "account"), needed=(), ids=("account",)),
}
RARE = frozenset({"parent", "root", "weight", "op", "event", "network", "reshares"})
COUNTS = ("followers", "reshares")  # columns of whole numbers
TIMES = ("at", "created_at")


@dataclass(frozen=True)
class Mapping:
    """One source of one job, ready to be applied to blocks."""

    source: SourceSettings
    job: Job

    def __post_init__(self) -> None:
        check_times(self.source.time)

    @cached_property
    def table(self) -> TableNames:
        """What the source's table needs."""
        return TABLES[self.source.table]

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """Our name -> the source's columns that it is made of."""
        return {
            name: [columns] if isinstance(columns, str) else columns
            for name, columns in self.source.columns.items()
        }

    @cached_property
    def wanted(self) -> list[str]:
        """The source's columns that are read, each once."""
        mapped = [column for columns in self.columns.values() for column in columns]
        return list(dict.fromkeys([*mapped, *self.source.skip]))

    @cached_property
    def lists(self) -> frozenset[str]:
        """The source's columns that may hold lists of texts: topics."""
        topic = self.columns.get("topic", [])
        return frozenset(topic) if len(topic) == 1 else frozenset()

    @cached_property
    def rare(self) -> frozenset[str]:
        """The source's columns that a file of JSON Lines may lack in every row."""
        mapped = self.columns.items()
        common = {column for name, columns in mapped if name not in RARE for column in columns}
        return frozenset(set(self.wanted) - common)

    @cached_property
    def id_columns(self) -> dict[str, str]:
        """The cell of each column that ids are made of -> the source's name of that column."""
        names = {c for name in self.table.ids for c in self.columns.get(name, [])}
        return {cell_name(i): c for i, c in enumerate(self.wanted) if c in names}

    @cached_property
    def window(self) -> tuple[int, int]:
        """The job's window of sanity in epoch seconds."""
        return bounds(self.job.window)

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The source's word -> kind, for the kinds of this table."""
        own = {word: kind for word, kind in self.source.kinds.items() if kind in self.table.kinds}
        return {kind: kind for kind in self.table.kinds} | own

    def may_be(self, column: str) -> tuple[type[pl.DataType], ...]:
        """The types beside text that the cells of one of the source's columns may have.

        A number may stay one where all that is asked of it is its value.
        """
        names = [name for name, columns in self.columns.items() if column in columns]
        if column in self.lists:
            return (pl.List,)
        if len(names) > 1 or column in self.source.skip or self.source.null_words:
            return ()
        if len(self.columns[names[0]]) > 1:
            return ()
        if names[0] == "weight":
            return (pl.Int64, pl.Float64)
        epoch = self.source.time.format in ("epoch_s", "epoch_ms")
        return (pl.Int64,) if names[0] in COUNTS or (epoch and names[0] in TIMES) else ()

    def has(self, name: str) -> bool:
        """Whether the job gives ``name`` a column or a constant."""
        return name in self.columns or name in self.source.constants

    def cell(self, name: str, schema: pl.Schema | None = None) -> pl.Expr:
        """The value of ``name`` in every row, null where the cell is empty or a null word.

        ``schema`` is that of the cells; without it they are text.
        """
        if name in self.source.constants:
            return pl.lit(self.source.constants[name], dtype=pl.String)
        if name not in self.columns:
            return pl.lit(None, dtype=pl.String)
        parts = [cell_name(self.wanted.index(column)) for column in self.columns[name]]
        if schema is not None and schema[parts[0]].is_numeric():
            return pl.col(parts[0])  # see may_be
        return joined([self._or_null(part) for part in parts])

    def list_cells(self, cells: pl.DataFrame) -> dict[str, pl.Expr]:
        """Topics, where this block has lists of them; null words are dropped with "no topic"."""
        for column in self.lists:
            name = cell_name(self.wanted.index(column))
            if isinstance(cells.schema[name], pl.List):
                return {"topic": pl.col(name)}
        return {}

    @property
    def network(self) -> pl.Expr:
        """The network of every row: its own, the source's or the job's."""
        return self.cell("network").fill_null(self.source.network or self.job.network)

    def is_skipped(self, cells: pl.DataFrame) -> pl.Expr:
        """Whether a row is, by the job's ``skip``, no row of this table."""
        skipped = pl.lit(value=False)
        for column, texts in self.source.skip.items():
            name = cell_name(self.wanted.index(column))
            if isinstance(cells.schema[name], pl.List):
                for text in texts:
                    skipped |= pl.col(name).list.contains(text).fill_null(value=False)
            else:
                skipped |= pl.col(name).fill_null("").is_in(texts)
        return skipped

    def _or_null(self, cell: str) -> pl.Expr:
        nothing = ["", *self.source.null_words]
        return pl.when(~pl.col(cell).is_in(nothing)).then(pl.col(cell))
