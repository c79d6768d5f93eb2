"""Parquet: typed columns become text that keeps every digit; nested fields by dotted names."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from graphengine.errors import InputError
from graphengine.readers.blocks import Block, cell_name, no_such_column
from graphengine.readers.textfile import opened, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["parquet_blocks"]

ROWS = 1 << 18
MAGIC = b"PAR1"
EXACT = 2**53  # whole numbers below it survive as floating-point numbers


def parquet_blocks(path: Path, *, wanted: list[str], lists: frozenset[str]) -> Iterator[Block]:
    """The rows of a Parquet file: the ``wanted`` columns, as text, in blocks; lines count rows.

    Raises ``InputError`` for a file that is no Parquet, is cut short or damaged, lacks a column,
    or has a column of a type that has no text (lists only for the columns in ``lists``).
    """
    file = _whole(path)
    try:
        parquet = pq.ParquetFile(file)
        yield from _blocks(parquet, path, wanted=wanted, lists=lists)
    except (pa.ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            f"{path} is damaged: {first} Nothing of it was taken in; write it again."
        ) from error
    finally:
        file.close()


def _blocks(
    parquet: pq.ParquetFile, path: Path, *, wanted: list[str], lists: frozenset[str]
) -> Iterator[Block]:
    schema = parquet.schema_arrow
    places = [_place(schema, name, path) for name in wanted]
    tops = list(dict.fromkeys(place[0] for place in places))
    row = 1
    for batch in parquet.iter_batches(batch_size=ROWS, columns=tops):
        frame = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
        typed = frame.select(_field(place).alias(cell_name(i)) for i, place in enumerate(places))
        cells = typed.select(
            _text(typed, i, path=path, name=wanted[i], may_be_list=wanted[i] in lists)
            for i in range(len(wanted))
        )
        lines = pl.Series(range(row, row + len(cells)), dtype=pl.Int64)
        share = (row - 1 + len(cells)) / parquet.metadata.num_rows
        yield Block(cells, lines, _RowText(cells, row), share=share)
        row += len(cells)


def _whole(path: Path) -> Any:
    """The file, open, with both its magic words in place; a compressed one in memory."""
    compressed = path.suffix.lower() in (".gz", ".zst")
    file = io.BytesIO(b"".join(read_bytes(path))) if compressed else opened(path)
    head = file.read(4)
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 4))
    tail = file.read(4)
    file.seek(0)
    if head == MAGIC and tail == MAGIC and size > 2 * len(MAGIC):
        return file
    file.close()
    if not size:
        raise InputError(f"{path} is empty. Remove the file, or write it again.")
    if head != MAGIC:
        raise InputError(
            f"{path} is not a Parquet file: it does not begin with PAR1. "
            "Set format in the job file to what it is."
        )
    raise InputError(
        f"{path} is cut short: it ends at byte {size:,} without the end mark of Parquet. "
        "Nothing of it was taken in; get the whole file again."
    )


def _place(schema: pa.Schema, name: str, path: Path) -> list[str]:
    """The way to a column: its own name, or the fields that a dotted name passes."""
    if name in schema.names:
        return [name]
    parts = name.split(".")
    fields: Any = schema
    for i, part in enumerate(parts):
        if not isinstance(fields, pa.Schema | pa.StructType) or part not in _names(fields):
            raise no_such_column(name, _all_names(schema), path=path)
        fields = fields.field(part) if i == len(parts) - 1 else fields.field(part).type
    return parts


def _names(fields: pa.Schema | pa.StructType) -> list[str]:
    return [field.name for field in fields]


def _all_names(fields: pa.Schema | pa.StructType, before: str = "") -> Iterator[str]:
    for field in fields:
        if isinstance(field.type, pa.StructType):
            yield from _all_names(field.type, f"{before}{field.name}.")
        else:
            yield before + field.name


def _field(place: list[str]) -> pl.Expr:
    expression = pl.col(place[0])
    for part in place[1:]:
        expression = expression.struct.field(part)
    return expression


def _text(frame: pl.DataFrame, index: int, *, path: Path, name: str, may_be_list: bool) -> pl.Expr:
    column = pl.col(cell_name(index))
    kind = frame.schema[cell_name(index)]
    if kind.is_float():
        return _float_text(column).alias(cell_name(index))
    if isinstance(kind, pl.Datetime):
        zoned = column.dt.convert_time_zone("UTC") if kind.time_zone else column
        return zoned.dt.strftime("%Y-%m-%d %H:%M:%S" + ("Z" if kind.time_zone else ""))
    is_list = isinstance(kind, pl.List) and not kind.inner.is_nested()
    if is_list and may_be_list:
        return column.cast(pl.List(pl.String))
    if kind.is_nested() or kind == pl.Binary:
        raise InputError(
            f'The column "{name}" of {path} holds {kind}; text, numbers or times are needed. '
            "Map another column, or convert it."
        )
    return column.cast(pl.String)


def _float_text(column: pl.Expr) -> pl.Expr:
    """Whole numbers without a point; an exponent with its sign, the mark of a ruined id."""
    whole = (column == column.round()) & (column.abs() < EXACT)
    digits = column.cast(pl.Int64, strict=False).cast(pl.String)
    return (
        pl.when(whole)
        .then(digits)
        .otherwise(column.cast(pl.String).str.replace(r"e(\d)", "e+${1}"))
    )


class _RowText:
    """The cells of a row, for the file of rejected rows."""

    def __init__(self, cells: pl.DataFrame, first: int) -> None:
        self.cells, self.first = cells, first

    def __call__(self, line: int) -> str:
        return ", ".join("" if v is None else str(v) for v in self.cells.row(line - self.first))
