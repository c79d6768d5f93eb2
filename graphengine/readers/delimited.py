"""CSV, TSV and space-separated text, cut into cells.

A piece of text without a quote is cut by columns at once; one with quotes goes through Python's
csv reader, which follows RFC 4180 exactly. In space-separated text any run of spaces and tabs
separates, and quotes mean nothing.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa

from graphengine.errors import InputError
from graphengine.readers.blocks import Block, cell_name, no_such_column
from graphengine.readers.quoted import CARRIAGE_RETURN, quoted_records, unclosed_quote
from graphengine.readers.textfile import line_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from graphengine.job import SourceSettings

__all__ = ["delimited_blocks"]

SEPARATORS = {"csv": ",", "tsv": "\t", "space": " "}


def delimited_blocks(
    path: Path,
    source: SourceSettings,
    *,
    kind: str,
    wanted: list[str],
) -> Iterator[Block]:
    """The rows of a delimited file: the ``wanted`` columns, as text, in blocks.

    Raises ``InputError`` for a column that is not there, a header that repeats a name, and a
    quote that never closes (naming the line where it opens).
    """
    shape = _Shape(path, kind, source.comment, wanted)
    if not source.header:
        shape.take_header(source.column_names or [])
    rest, line = b"", 1
    for piece in line_pieces(path):
        data = rest + piece.data
        if kind != "space" and b'"' in data:
            block, rest = _quoted(shape, data, line, last=piece.last)
        else:
            block, rest = _plain(shape, data, line), b""
        line += data.count(b"\n") - rest.count(b"\n")
        yield replace(block, share=piece.share)
    if not shape.names:
        raise InputError(
            f"{path} holds no row that can be read, not even a header. "
            "Write it again, or remove it."
        )


@dataclass
class _Shape:
    """What is known of a file: its separator and, once its header is read, its columns."""

    path: Path
    kind: str
    comment: str | None
    wanted: list[str]
    names: list[str] = field(default_factory=list)

    @property
    def separator(self) -> str:
        return SEPARATORS[self.kind]

    def take_header(self, names: list[str]) -> None:
        self.names = [name.strip() for name in names]
        repeated = sorted({name for name in self.names if self.names.count(name) > 1})
        if repeated:
            raise InputError(
                f'The header of {self.path} has "{repeated[0]}" more than once; every column needs '
                "a name of its own. Rename one of them."
            )
        for column in self.wanted:
            if column not in self.names:
                raise no_such_column(column, self.names, path=self.path)

    def miscounted(self, count: int) -> str:
        there = "the header has" if len(self.names) != 1 else "there is"
        return f"{count} fields where {there} {len(self.names)}"


def _plain(shape: _Shape, data: bytes, first: int) -> Block:
    """Rows without quotes: each line is a row, each separator ends a cell."""
    texts, broken = _lines(data)
    rows = pl.DataFrame({"text": texts}).with_row_index("line", offset=first)
    rows = rows.with_columns(pl.col("line").cast(pl.Int64), pl.col("text").str.strip_suffix("\r"))
    keep = pl.col("text").str.strip_chars(" ") != ""
    if shape.comment:
        keep &= ~pl.col("text").str.starts_with(shape.comment)
    rows = rows.filter(keep)
    refused = [(first + i, "not UTF-8") for i in broken]
    if broken:
        rows = rows.filter(~pl.col("line").is_in([line for line, _ in refused]))
    if shape.kind == "space":
        rows = rows.with_columns(_single_spaces())
    if not shape.names and rows.height:
        shape.take_header(str(rows["text"][0]).split(shape.separator))
        rows = rows.slice(1)
    returns = pl.col("text").str.contains("\r", literal=True)
    refused += [(line, CARRIAGE_RETURN) for line in rows.filter(returns)["line"]]
    rows = rows.filter(~returns)
    fields = pl.col("text").str.count_matches(shape.separator, literal=True).cast(pl.Int64) + 1
    rows = rows.with_columns(fields=fields)
    wrong = rows.filter(pl.col("fields") != len(shape.names))
    refused += [(line, shape.miscounted(n)) for line, n in wrong.select("line", "fields").rows()]
    good = rows.filter(pl.col("fields") == len(shape.names))
    return Block(_cells(shape, good["text"]), good["line"], _text_of(texts, first), sorted(refused))


def _lines(data: bytes) -> tuple[pl.Series, list[int]]:
    """Every line of ``data`` (valid ones untouched), and the numbers, from 0, of the others."""
    broken: list[int] = []
    try:
        data.decode()
    except UnicodeDecodeError:
        lines = data.split(b"\n")
        broken = [i for i, line in enumerate(lines) if not _is_utf8(line)]
        data = b"\n".join(line.decode("utf-8", "replace").encode() for line in lines)
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n")).astype(np.int64)
    if not data.endswith(b"\n") and data:
        ends = np.append(ends, len(data))
        data += b"\n"
    offsets = np.concatenate([np.zeros(1, np.int64), ends + 1])
    array = pa.LargeStringArray.from_buffers(
        len(ends), pa.py_buffer(offsets.tobytes()), pa.py_buffer(data)
    )
    return pl.Series(array).str.strip_suffix("\n"), broken


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _single_spaces() -> pl.Expr:
    return pl.col("text").str.replace_all(r"[ \t]+", " ").str.strip_chars(" ")


def _cells(shape: _Shape, texts: pl.Series) -> pl.DataFrame:
    if texts.is_empty():
        return _no_cells(shape)
    body = str(texts.str.join("\n").item()).encode()
    everything = pl.read_csv(
        io.BytesIO(body),
        has_header=False,
        separator=shape.separator,
        quote_char=None,
        infer_schema=False,
        new_columns=[str(i) for i in range(len(shape.names))],
    )
    return _wanted(shape, everything)


def _no_cells(shape: _Shape) -> pl.DataFrame:
    return pl.DataFrame(schema={cell_name(i): pl.String() for i in range(len(shape.wanted))})


def _wanted(shape: _Shape, everything: pl.DataFrame) -> pl.DataFrame:
    places = [shape.names.index(column) for column in shape.wanted]
    return everything.select(
        pl.col(str(place)).alias(cell_name(i)) for i, place in enumerate(places)
    )


def _text_of(texts: pl.Series, first: int) -> Callable[[int], str]:
    return lambda line: str(texts[line - first]) if line - first < len(texts) else ""


def _quoted(shape: _Shape, data: bytes, first: int, *, last: bool) -> tuple[Block, bytes]:
    """Rows of a piece that holds quotes, and the bytes of a row that the next piece ends."""
    texts, broken = _lines(data)
    bad = {first + i for i in broken}
    lines: list[int] = []
    rows: list[list[str]] = []
    refused: list[tuple[int, str]] = []
    rest = b""
    for record in quoted_records(
        texts.to_list(), shape.separator, comment=shape.comment, path=shape.path, first=first
    ):
        if record.open_end:
            if last:
                raise unclosed_quote(shape.path, record.line)
            rest = b"\n".join(data.split(b"\n")[record.line - first :])
        elif bad and bad.intersection(range(record.line, record.end + 1)):
            refused.append((record.line, "not UTF-8"))
        elif record.flaw:
            refused.append((record.line, record.flaw))
        elif not shape.names:
            shape.take_header(record.fields)
        elif len(record.fields) != len(shape.names):
            refused.append((record.line, shape.miscounted(len(record.fields))))
        else:
            rows.append(record.fields)
            lines.append(record.line)
    numbers = pl.Series(lines, dtype=pl.Int64)
    return Block(_rows(shape, rows), numbers, _text_of(texts, first), refused), rest


def _rows(shape: _Shape, rows: list[list[str]]) -> pl.DataFrame:
    if not rows:
        return _no_cells(shape)
    names = [str(i) for i in range(len(shape.names))]
    columns = zip(names, zip(*rows, strict=True), strict=True)
    return _wanted(
        shape, pl.DataFrame({name: pl.Series(c, dtype=pl.String) for name, c in columns})
    )
