"""Edges from CSV, TSV and space-separated text, with or without a header."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import polars as pl

from graphengine.edges.identify import text_or_numbers
from graphengine.edges.names import chosen, looks_like_a_header
from graphengine.errors import InputError
from graphengine.job import SourceSettings
from graphengine.readers.blocks import cell_name
from graphengine.readers.delimited import SEPARATORS, delimited_blocks
from graphengine.readers.textfile import line_pieces

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from graphengine.edges.names import Columns
    from graphengine.readers.blocks import Block

__all__ = ["text_columns", "text_size", "text_table"]

_COMMENT = "#"
_HEAD = 1 << 16  # bytes that show how a file begins


def text_columns(
    path: Path, *, kind: str, columns: Columns, header: bool | None
) -> tuple[pl.Series, pl.Series, NDArray[np.float64] | None]:
    """Source, target and, where there is one, weight; lines that start with # are comments.

    Without a header the columns are source, target, weight, in this order, unless their numbers
    are named. Ids are numbers where all are written as whole numbers, else text.

    Raises:
        InputError: The file is empty, cut short or damaged, a column is not there, or a row
            cannot be used: it is named by its line.
    """
    first, second = _first_rows(path, kind)
    has_header = _is_header(first, second, columns) if header is None else header
    names = [c.strip() for c in first] if has_header else _numbers(first, columns)
    wanted = chosen(columns, names, where=str(path))
    settings = _settings(None if has_header else names)
    parts = []
    for block in delimited_blocks(path, settings, kind=kind, wanted=wanted):
        _refuse_torn(block, path)
        _refuse_gaps(block, wanted, path)
        parts.append([_cells(block, i, path) for i in range(len(wanted))])
    source, target, *weight = [_joined(list(column)) for column in zip(*parts, strict=True)]
    return source, target, weight[0].to_numpy() if weight else None


def text_size(path: Path) -> int:
    """About how many rows a file holds: the rows of its beginning, and which share that is."""
    for piece in islice(line_pieces(path), 1):
        rows = piece.data.count(b"\n") + (0 if piece.data.endswith(b"\n") else 1)
        return rows if piece.last else round(rows / max(piece.share, 1e-9))
    return 0


def text_table(path: Path, *, kind: str) -> pl.DataFrame:
    """All columns of a small table, as text; named by position where there is no header."""
    first, _ = _first_rows(path, kind)
    header = any(cell.strip().casefold() in ("id", "topic", "weight") for cell in first)
    names = [c.strip() for c in first] if header else [f"column {i + 1}" for i in range(len(first))]
    blocks = delimited_blocks(path, _settings(None if header else names), kind=kind, wanted=names)
    frames = []
    for block in blocks:
        _refuse_torn(block, path)
        frames.append(block.cells.rename({cell_name(i): name for i, name in enumerate(names)}))
    return pl.concat(frames)


def _settings(names: list[str] | None) -> SourceSettings:
    return SourceSettings(
        name="edges", header=names is None, column_names=names, comment=_COMMENT, files=["-"]
    )


def _first_rows(path: Path, kind: str) -> tuple[list[str], list[str]]:
    """The first two rows that are no comments, cut at the separator."""
    rows: list[list[str]] = []
    for piece in line_pieces(path, size=_HEAD):
        for line in piece.data.decode("utf-8", "replace").splitlines():
            if not line.strip() or line.startswith(_COMMENT):
                continue
            cells = line.split() if kind == "space" else line.split(SEPARATORS[kind])
            rows.append([cell.strip().strip('"') for cell in cells])
            if len(rows) == 2:
                return rows[0], rows[1]
    if not rows:
        raise InputError(f"{path} holds no row. One edge a line is needed. Write it again.")
    return rows[0], []


def _is_header(first: list[str], second: list[str], columns: Columns) -> bool:
    """The usual or given names; or words above numbers."""
    if looks_like_a_header(first, columns):
        return True
    ends = [row[:2] for row in (first, second)]
    return (
        all(len(end) == 2 for end in ends)
        and not any(cell.lstrip("-").isdigit() for cell in ends[0])
        and all(cell.lstrip("-").isdigit() for cell in ends[1])
    )


def _numbers(first: list[str], columns: Columns) -> list[str]:
    """Names for the columns of a file without a header."""
    if columns.named:
        return [str(i + 1) for i in range(len(first))]
    usual = ["source", "target", "weight"] if len(first) == 3 else ["source", "target"]
    return [*usual, *(str(i + 1) for i in range(len(usual), len(first)))][: len(first)]


def _refuse_torn(block: Block, path: Path) -> None:
    if block.refused:
        line, why = min(block.refused)
        why = why.replace("the header", "the first row")  # which need not be a header
        raise InputError(
            f"Line {line} of {path} cannot be read: {why} ({block.text(line)[:80]!r}). Each line has "
            "the same columns. Correct it."
        )


def _refuse_gaps(block: Block, wanted: list[str], path: Path) -> None:
    for i, name in enumerate(wanted):
        cells = block.cells[cell_name(i)]
        empty = cells.is_null() | (cells.str.strip_chars() == "")
        if empty.any():
            line = block.lines[int(empty.arg_max() or 0)]
            raise InputError(
                f'Line {line} of {path} has nothing in the column "{name}". Each edge has a source, '
                "a target and, where one has, a weight. Fill it in, or leave the line out."
            )


def _cells(block: Block, i: int, path: Path) -> pl.Series:
    cells = block.cells[cell_name(i)]
    if i < 2:
        return text_or_numbers(cells.str.strip_chars())
    read = cells.str.strip_chars().cast(pl.Float64, strict=False)
    if read.null_count():
        place = int(read.is_null().arg_max() or 0)
        raise InputError(
            f"Line {block.lines[place]} of {path} has the weight {cells[place]!r}. A weight is a "
            "finite number that is not negative. Correct it, or name another --weight."
        )
    return read


def _joined(parts: list[pl.Series]) -> pl.Series:
    """One column; where a later part holds words, the numbers before were words too."""
    if any(part.dtype == pl.String and len(part) for part in parts):
        parts = [part.cast(pl.String) for part in parts]
    return pl.concat([part for part in parts if len(part)] or parts[:1])
