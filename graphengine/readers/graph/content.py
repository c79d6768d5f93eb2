"""The order of rows and the hash of their content, which depend on nothing but the rows.

The hash is over the bytes of typed columns. One that an earlier version made over texts differs
from it for the same rows: the first read afterwards is taken for a changed one, the event log
finds every event there already, and adds a batch without a row. Nothing is doubled. A watermark's
ties are compared as text, and tell nothing new once more likewise.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["content_sha256", "in_order"]


def in_order(cells: pl.DataFrame) -> pl.DataFrame:
    """The rows sorted by all their columns: numbers first, which compare fastest, lists last."""
    numbers: list[str] = []
    texts: list[str] = []
    lists: list[str] = []
    for name, kind in cells.schema.items():
        (numbers if kind.is_numeric() else lists if isinstance(kind, pl.List) else texts).append(
            name
        )
    return cells.sort([*numbers, *texts, *lists]) if cells.width else cells


def content_sha256(cells: pl.DataFrame) -> str:
    """SHA-256 (hex) of the rows in their order: the same for the same columns, and for no others."""
    digest = hashlib.sha256()
    for column in cells:
        digest.update(f"{column.name}:{column.dtype}:".encode())
        for part in _bytes(column):
            digest.update(part)
    return digest.hexdigest()


def _bytes(column: pl.Series) -> Iterator[bytes | memoryview]:
    """What a column holds, each length before what it measures."""
    yield f"{len(column)},{column.null_count()};".encode()
    if column.null_count():
        yield column.is_null().cast(pl.UInt8).to_numpy().data
    if isinstance(column.dtype, pl.List):
        yield column.list.len().fill_null(0).to_numpy().data
        yield from _bytes(column.list.explode(empty_as_null=False, keep_nulls=False))
    elif column.dtype == pl.String:
        text = column.fill_null("")
        yield text.str.len_bytes().to_numpy().data
        yield memoryview(text.to_arrow().buffers()[2] or b"")
    else:
        yield column.fill_null(0).to_numpy().data
