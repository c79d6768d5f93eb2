"""Edges from Parquet: two or three columns, read whole."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from graphengine.edges.identify import ids, weights
from graphengine.edges.names import chosen
from graphengine.errors import InputError
from graphengine.readers.textfile import opened, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from graphengine.edges.names import Columns

__all__ = ["parquet_edges", "parquet_size", "parquet_table"]


def parquet_edges(
    path: Path, *, columns: Columns
) -> tuple[pl.Series, pl.Series, NDArray[np.float64] | None]:
    """Source, target and, where there is one, weight.

    Raises:
        InputError: The file is cut short or damaged, or a column is not there or of no use.
    """
    with _parquet(path) as file:
        names = chosen(columns, file.schema_arrow.names, where=str(path))
        table = pl.DataFrame(pl.from_arrow(file.read(columns=names)))
    source, target = (ids(table[name], name=name) for name in names[:2])
    return source, target, weights(table[names[2]], name=names[2]) if len(names) > 2 else None


def parquet_size(path: Path) -> int:
    """How many rows the file says it has."""
    with _parquet(path) as file:
        return int(file.metadata.num_rows)


def parquet_table(path: Path) -> pl.DataFrame:
    """All columns of a small file."""
    with _parquet(path) as file:
        return pl.DataFrame(pl.from_arrow(file.read()))


@contextmanager
def _parquet(path: Path) -> Iterator[Any]:
    compressed = path.suffix.lower() in (".gz", ".zst")
    file = io.BytesIO(b"".join(read_bytes(path))) if compressed else opened(path)
    with file:
        try:
            yield pq.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            first = str(error).splitlines()[0]
            raise InputError(
                f"{path} cannot be read as Parquet: it is cut short, damaged, or another format "
                f"({first}). Write it again, or get the whole file again."
            ) from error
