"""The tables of a run as stores keep them: which there are, and each in the model's columns.

Runs are immutable, and the model grows: a run that was made before a column or a table existed has
null there, or no rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphengine.model import CASCADE_FIGURES, RELATIONSHIPS, SCORE_FIGURES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.stores.ports import RunScores

__all__ = [
    "RUN_TABLES",
    "STAMPS",
    "RunTable",
    "columns_of",
    "frame_of",
    "unknown_in",
    "with_later_columns",
]

STAMPS = ("run", "method_version", "anchors_version")  # on every row, from the run's properties
_TYPES: Mapping[str, pl.DataType] = {
    "STRING": pl.String(),
    "INT64": pl.Int64(),
    "DOUBLE": pl.Float64(),
}


@dataclass(frozen=True, slots=True)
class RunTable:
    """A table of a run: its name in RunScores, its relationship type, and what its rows are called.

    ``place`` is the column that numbers a topic's rows from 1; "" where none does. ``source`` and
    ``target`` are the columns with the keys of its relationships' ends.
    """

    name: str
    type: str
    what: str
    place: str = ""
    source: str = "account"
    target: str = "topic"

    @property
    def kind(self) -> str:
        """The last word of the names of its statements."""
        return self.type.lower()

    @property
    def people(self) -> tuple[str, ...]:
        """Its columns with keys of accounts.

        >>> [table.people for table in RUN_TABLES if table.type in ("SEED", "REASON")]
        [('account',), ('endorser', 'account')]
        """
        return tuple(end for end in (self.source, self.target) if end != "topic")


RUN_TABLES: tuple[RunTable, ...] = (
    RunTable("scores", "SCORED", "scores", "rank"),
    RunTable("unrated", "UNRATED", "unrated people"),
    RunTable("seeds", "SEED", "seeds", "place"),
    RunTable("reasons", "REASON", "reasons", source="endorser", target="account"),
)


def columns_of(table: RunTable, *, stamps: tuple[str, ...] = ()) -> dict[str, pl.DataType]:
    """Columns of ``table`` and their types: people, then the model's without stamps but ``stamps``.

    >>> list(columns_of(RUN_TABLES[1]))
    ['account', 'topic', 'endorsers']
    >>> list(columns_of(RUN_TABLES[1], stamps=("run",)))
    ['account', 'run', 'topic', 'endorsers']
    >>> list(columns_of(RUN_TABLES[3]))
    ['endorser', 'account', 'topic', 'place', 'part', 'events', 'points']
    """
    link = next(r for r in RELATIONSHIPS if r.type == table.type)
    left_out = set(STAMPS) - set(stamps)
    kept = {p.name: _TYPES[p.type] for p in link.properties if p.name not in left_out}
    return {**{name: pl.String() for name in table.people}, **kept}


def frame_of(run: RunScores, table: RunTable) -> pl.DataFrame:
    """The rows of ``table`` in ``run``, with exactly the columns of `columns_of`.

    >>> from graphengine.stores.ports import RunScores
    >>> scores = pl.DataFrame({name: [] for name in columns_of(RUN_TABLES[0])})
    >>> unrated = pl.DataFrame({"account": ["x:1"], "topic": ["t/a"], "endorsers": [2]})
    >>> run = RunScores("j", "r", {}, scores, unrated)
    >>> frame_of(run, RUN_TABLES[1]).rows(), frame_of(run, RUN_TABLES[2]).height
    ([('x:1', 't/a', 2)], 0)
    """
    frame: pl.DataFrame | None = getattr(run, table.name)
    columns = columns_of(table)
    if frame is None:
        return pl.DataFrame(schema=columns)
    known = with_later_columns(frame) if table.type == "SCORED" else frame
    return known.select(pl.col(name).cast(kind) for name, kind in columns.items())


def unknown_in(frame: pl.DataFrame) -> frozenset[str]:
    """The columns of which a table with rows has no value at all.

    >>> sorted(unknown_in(pl.DataFrame({"low": [None, None], "spread": [None, 2.0]})))
    ['low']
    >>> unknown_in(pl.DataFrame({"low": []}))
    frozenset()
    """
    rows = frame.height
    return frozenset(c.name for c in frame.iter_columns() if rows and c.null_count() == rows)


def with_later_columns(scores: pl.DataFrame) -> pl.DataFrame:
    """A score table with null in those columns that did not exist when it was made.

    >>> with_later_columns(pl.DataFrame({"spread": [2.0]})).row(0)
    (2.0, None, None, None, None, None, None, None, None, None, None, None, None, None, None)
    """
    return scores.with_columns(
        pl.lit(None, dtype=_TYPES[p.type]).alias(p.name)
        for p in (*SCORE_FIGURES, *CASCADE_FIGURES)
        if p.name not in scores.columns
    )
