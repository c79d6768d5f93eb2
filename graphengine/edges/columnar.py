"""Edges from Parquet: two or three columns; columns of text go through a table part by part."""

from __future__ import annotations

import io
from contextlib import contextmanager
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from graphengine.edges.edge_list import Edges, checked
from graphengine.edges.identify import ids, weights
from graphengine.edges.names import chosen
from graphengine.edges.texts import Part, numbered_texts, worth_a_table
from graphengine.errors import InputError
from graphengine.readers.textfile import opened, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from graphengine.edges.names import Columns

__all__ = ["parquet_edges", "parquet_size", "parquet_table", "parquet_texts"]

_BATCH = 1 << 17  # rows that are decoded at a time


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


def parquet_texts(path: Path, *, columns: Columns) -> Edges | None:
    """The edges of a file whose source and target are text; they are never held as a whole.

    None where they are not text, where the file is small or compressed as a whole, and where
    something is wrong with it: ``parquet_edges`` then reads it, or says what is wrong.

    Raises:
        InputError: A column is not there, or a weight or the encoding of an id is of no use.
    """
    if _compressed(path):
        return None
    with _parquet(path) as file:
        names = chosen(columns, file.schema_arrow.names, where=str(path))
        rows = file.metadata.num_rows
        if not worth_a_table(rows) or not all(_is_text(file.schema_arrow, c) for c in names[:2]):
            return None
        try:
            people, ends = numbered_texts([_parts(path, file, c) for c in names[:2]], rows=rows)
        except (pa.ArrowException, OSError):
            return None
        more = pl.DataFrame(pl.from_arrow(file.read(columns=names[2:])))
    weight = weights(more[names[2]], name=names[2]) if len(names) > 2 else None
    return checked(Edges(people, ends[0], ends[1], weight))


def parquet_size(path: Path) -> int:
    """How many rows the file says it has."""
    with _parquet(path) as file:
        return int(file.metadata.num_rows)


def parquet_table(path: Path) -> pl.DataFrame:
    """All columns of a small file."""
    with _parquet(path) as file:
        return pl.DataFrame(pl.from_arrow(file.read()))


def _is_text(schema: pa.Schema, name: str) -> bool:
    """Whether one column has the name, and holds text or a dictionary of texts."""
    places = schema.get_all_field_indices(name)
    kind = schema.field(places[0]).type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    known = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return len(places) == 1 and any(is_one(kind) for is_one in known)


def _parts(path: Path, file: pq.ParquetFile, name: str) -> list[Part]:
    """A column in its row groups, each read by whoever takes it."""
    groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    starts = [0, *accumulate(group.num_rows for group in groups)]
    place = [file.schema.column(i).path for i in range(len(file.schema))].index(name)
    coded = [name] if groups[0].column(place).has_dictionary_page else []

    def read(group: int) -> Iterator[pa.Array]:
        with pq.ParquetFile(path, metadata=file.metadata, read_dictionary=coded) as own:
            if pa.types.is_dictionary(own.schema_arrow.field(name).type):
                found = own.read_row_group(group, columns=[name], use_threads=False)
                batches = found.to_batches()
            else:
                batches = own.iter_batches(
                    _BATCH, row_groups=[group], columns=[name], use_threads=False
                )
            for batch in batches:
                if batch.column(0).null_count:
                    raise pa.ArrowInvalid("a gap")
                yield batch.column(0)

    return [Part(start, partial(read, i)) for i, start in enumerate(starts[:-1])]


def _compressed(path: Path) -> bool:
    return path.suffix.lower() in (".gz", ".zst")


@contextmanager
def _parquet(path: Path) -> Iterator[Any]:
    file = io.BytesIO(b"".join(read_bytes(path))) if _compressed(path) else opened(path)
    with file:
        try:
            yield pq.ParquetFile(file)
        except (pa.ArrowException, OSError) as error:
            first = str(error).splitlines()[0]
            raise InputError(
                f"{path} cannot be read as Parquet: it is cut short, damaged, or another format "
                f"({first}). Write it again, or get the whole file again."
            ) from error
