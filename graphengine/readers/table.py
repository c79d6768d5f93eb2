"""Blocks of cells become rows of one of our tables; refused rows keep their reason and place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import InputError
from graphengine.events import (
    Accounts,
    Exposure,
    Interactions,
    Posts,
    Reading,
    Rejects,
    Retractions,
    Table,
)
from graphengine.readers.checks import flawed, reason
from graphengine.readers.columns import made_columns, with_numbers
from graphengine.readers.identity import RUINED
from graphengine.readers.times import epoch_seconds

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.readers.blocks import Block
    from graphengine.readers.mapping import Mapping

__all__ = ["RowReader"]

TABLES: dict[str, type[Table]] = {
    "interactions": Interactions,
    "posts": Posts,
    "exposure": Exposure,
    "accounts": Accounts,
    "retractions": Retractions,
}
SHOWN = 200  # characters of a refused row that are kept


@dataclass
class RowReader:
    """Collects the rows of one file, block by block; ``reading`` is the whole."""

    mapping: Mapping
    path: Path
    frames: list[pl.DataFrame] = field(default_factory=list)
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    skipped: int = 0
    whole: bool = True  # that every row of a whole source is refused is no accident

    def add(self, block: Block) -> None:
        """Take in a block; raises ``InputError`` for an id that a spreadsheet has ruined."""
        self._refuse(block, block.refused)
        rows = block.cells.with_columns(block.lines.alias("line"))
        skipped = self.mapping.is_skipped(block.cells)
        kept = rows.filter(~skipped) if self.mapping.source.skip else rows
        self.skipped += len(rows) - len(kept)
        self._check_ruined(kept)
        read = self._read(kept)
        wrong = read.select(flawed(self.mapping)).to_series()
        refused = read.filter(wrong).with_columns(reason=reason(self.mapping))
        self.set_aside(refused)
        self._refuse(block, refused.select("line", "reason").rows())
        self.frames.append(self._finished(read.filter(~wrong) if wrong.any() else read))

    def set_aside(self, refused: pl.DataFrame) -> None:
        """A reader that wants to know more of refused rows than why looks at them here."""

    def reading(self) -> Reading:
        """All rows, in the file's order; raises ``InputError`` if every one was refused."""
        self.refused.sort()
        table = TABLES[self.mapping.source.table]
        frame = pl.concat([self._no_rows(), *self.frames])
        table(frame.select(list(table.SCHEMA)))
        if self.whole and self.refused and frame.is_empty():
            raise self._nothing_left()
        rejects = Rejects(
            pl.DataFrame(
                [(self.path.name, *row) for row in self.refused],
                schema=Rejects.SCHEMA,
                orient="row",
            )
        )
        return Reading(frame, rejects, read=len(frame) + len(rejects), skipped=self.skipped)

    def _no_rows(self) -> pl.DataFrame:
        source = self.mapping.source
        more = {"op": pl.String(), "line": pl.Int64()} if source.table == "interactions" else {}
        return pl.DataFrame(schema={**TABLES[source.table].SCHEMA, **more})

    def _nothing_left(self) -> InputError:
        line, why, text = self.refused[0]
        count = len(self.refused)
        rows = f"Every one of the {count:,} rows" if count > 1 else "The only row"
        return InputError(
            f"{rows} of {self.path} was refused; the first, on line {line}, because {why}: "
            f"{text[:80]!r}. Correct the mapping in the job file, or the file."
        )

    def _refuse(self, block: Block, rows: list[tuple[int, str]]) -> None:
        self.refused += [(line, why, block.text(line)[:SHOWN]) for line, why in rows]

    def _check_ruined(self, rows: pl.DataFrame) -> None:
        for cell, column in self.mapping.id_columns.items():
            ruined = rows.filter(pl.col(cell).str.contains(RUINED))
            if not ruined.is_empty():
                line, text = ruined.select("line", cell).row(0)
                raise InputError(
                    f'Line {line} of {self.path} has "{text}" in the id column "{column}": a '
                    "spreadsheet has rounded the id, and different ids have become one. Nothing of "
                    "the file was taken in; export it again with that column as text."
                )

    def _read(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with our names as text, and what those texts mean."""
        mapping = self.mapping
        names = {name: mapping.cell(name, rows.schema) for name in mapping.table.names}
        names |= mapping.list_cells(rows)
        named = rows.select("line", network=mapping.network, **names)
        if "kind" in names:
            kind = pl.col("kind").replace_strict(
                mapping.kinds, default=None, return_dtype=pl.String
            )
            named = named.with_columns(kind_read=kind)
        if "op" in names:
            named = named.with_columns(pl.col("op").fill_null("add"))
        time = mapping.source.time
        for name, read in (("at", "at_read"), ("created_at", "created_read")):
            if name in names:
                named = named.with_columns(epoch_seconds(named[name], time).alias(read))
        return with_numbers(named)

    def _finished(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Good rows with the columns and types of their table."""
        columns = self._no_rows().schema
        made = made_columns(rows, self.mapping)
        return rows.with_columns(*(made[name] for name in columns if name in made)).select(
            list(columns)
        )
