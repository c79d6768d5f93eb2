"""Rows of a path through the same checks as rows of files; refused ones are told by what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import InputError
from graphengine.readers.blocks import Block, cell_name
from graphengine.readers.columns import made_columns
from graphengine.readers.graph.cells import as_text
from graphengine.readers.table import RowReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graphengine.readers.mapping import Mapping

__all__ = ["GraphRows", "blocks_of", "for_mapping"]

ROWS = 1 << 18


@dataclass
class GraphRows(RowReader):
    """Collects the rows of one read; ``there`` are the events whose rows were refused.

    A refused row has not vanished: its relationship is there. ``nameless`` counts those that do
    not even say which event they are.
    """

    there: list[pl.Series] = field(default_factory=list)
    nameless: int = 0

    def set_aside(self, refused: pl.DataFrame) -> None:
        """Note which events the refused rows are about."""
        if self.mapping.source.table == "interactions" and not refused.is_empty():
            known = refused.select(made_columns(refused, self.mapping)["event_id"]).to_series()
            self.there.append(known.drop_nulls())
            self.nameless += known.null_count()

    def events(self) -> pl.Series:
        """The ids of all events of the rows, each once; none for other tables."""
        frames = [f["event_id"] for f in self.frames if "event_id" in f.columns]
        empty = pl.Series("event_id", [], dtype=pl.String)
        return pl.concat([empty, *frames, *self.there]).unique()

    def _nothing_left(self) -> InputError:
        _, why, text = self.refused[0]
        count = len(self.refused)
        rows = f"Every one of the {count:,} rows" if count > 1 else "The only row"
        return InputError(
            f"{rows} of {self.path.name} was refused; the first because {why}: {text[:120]!r}. "
            "Correct the mapping in the job file, or the graph."
        )


def for_mapping(cells: pl.DataFrame, mapping: Mapping) -> pl.DataFrame:
    """The cells as a block has them: text, but for numbers that mean no more than themselves."""
    return cells.with_columns(
        as_text(cells[name])
        for i, column in enumerate(mapping.wanted)
        if cells.schema[name := cell_name(i)] not in mapping.may_be(column)
    )


def blocks_of(cells: pl.DataFrame, flaws: pl.Series, *, names: Sequence[str]) -> Iterator[Block]:
    """The rows in blocks, numbered from 1; those with a flaw are refused for it."""
    lines = pl.Series(range(1, len(cells) + 1), dtype=pl.Int64)
    said = _Said(cells, names)
    for start in range(0, max(1, len(cells)), ROWS):
        part, here, flaw = (
            cells[start : start + ROWS],
            lines[start : start + ROWS],
            flaws[start : start + ROWS],
        )
        wrong = flaw.is_not_null()
        refused = list(zip(here.filter(wrong), flaw.filter(wrong), strict=True))
        yield Block(part.filter(~wrong), here.filter(~wrong), said, refused)


@dataclass(frozen=True)
class _Said:
    """What a row says, each value with the name of where it stands."""

    cells: pl.DataFrame
    names: Sequence[str]

    def __call__(self, line: int) -> str:
        values = zip(self.names, self.cells.row(line - 1), strict=True)
        return ", ".join(f"{name}={value}" for name, value in values if value is not None)
