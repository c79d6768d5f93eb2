"""Columns as numbers that stand for values: where nodes hold them, no text is touched a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Coded", "Held", "coded"]


@dataclass(frozen=True)
class Held:
    """A column of what nodes hold: the ``values``, and for each row its place among them."""

    values: pl.Series
    places: np.ndarray

    def __len__(self) -> int:
        """How many rows."""
        return len(self.places)

    @property
    def column(self) -> pl.Series:
        """The value of each row."""
        return self.values.gather(pl.Series(self.places))


@dataclass(frozen=True)
class Coded:
    """Rows by columns. Some columns hold places in ``values``, which are used, each only once."""

    values: pl.Series
    frame: pl.DataFrame


def coded(frame: pl.DataFrame, held: Mapping[str, pl.Series], *, of: Sequence[str]) -> Coded:
    """The columns ``of`` by places in the values of all of them together; nothing stays nothing.

    Those of ``held`` are places already, each in the values given there.

    >>> found = coded(pl.DataFrame({"a": ["x", "y"], "b": ["y", None]}), {}, of=["a", "b"])
    >>> found.values.gather(found.frame["a"]).to_list(), found.frame["b"].null_count()
    (['x', 'y'], 1)
    """
    values, places = _shared(frame, held, of)
    if values is None:
        columns = [held[c].gather(frame[c]) if c in held else frame[c] for c in of]
        values, places = _numbered(columns)
    used = np.zeros(len(values), bool)
    for place in places:
        used[place.drop_nulls().to_numpy()] = True
    fewer = pl.Series(np.cumsum(used) - 1)
    columns = [fewer.gather(p).rename(name) for p, name in zip(places, of, strict=True)]
    return Coded(values.filter(pl.Series(used)), frame.with_columns(columns))


def _shared(
    frame: pl.DataFrame, held: Mapping[str, pl.Series], of: Sequence[str]
) -> tuple[pl.Series | None, list[pl.Series]]:
    """The values and places that all columns have in common; no values where they have not."""
    each = [held.get(name) for name in of]
    values = each[0]
    if values is None or any(other is not values for other in each):
        return None, []
    if values.null_count() or values.n_unique() < len(values):
        return None, []  # several nodes with one value are one
    return values, [frame[name] for name in of]


def _numbered(columns: list[pl.Series]) -> tuple[pl.Series, list[pl.Series]]:
    kind = pl.String if len({c.dtype for c in columns}) > 1 else columns[0].dtype
    bare = [column.cast(kind).alias("value") for column in columns]
    values = pl.concat(bare).drop_nulls().unique(maintain_order=True)
    known = values.to_frame().with_row_index("place")
    places = [
        column.to_frame().join(known, on="value", how="left", maintain_order="left")["place"]
        for column in bare
    ]
    return values, places
