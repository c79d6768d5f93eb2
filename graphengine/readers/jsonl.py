"""JSON Lines: one object a line; whole numbers keep every digit, NaN is no JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl

from graphengine.readers.blocks import Block, cell_name, no_such_column
from graphengine.readers.textfile import line_pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["jsonl_blocks"]

MISSING = object()
SHOWN_KEYS = 1000  # rows whose keys an error may list


def jsonl_blocks(
    path: Path, *, wanted: list[str], rare: frozenset[str], lists: frozenset[str]
) -> Iterator[Block]:
    """The rows of a JSON Lines file: the ``wanted`` fields, as text, in blocks.

    "user.id" names the field ``id`` inside ``user``, unless a field has that whole name. Fields in
    ``lists`` may hold a list of texts. A field that no row has is an ``InputError``, unless it is
    in ``rare``: a field that a quiet file may well lack.
    """
    rows = _Rows(wanted, lists)
    line = 1
    for piece in line_pieces(path):
        lines = piece.data.split(b"\n")
        yield replace(rows.block(lines, line), share=piece.share)
        line += len(lines) - 1
    for column in wanted:
        if rows.some_object and column not in rows.seen and column not in rare:
            raise no_such_column(column, sorted(rows.keys), path=path)


class _Rows:
    """Decodes rows and remembers which fields and keys occurred."""

    def __init__(self, wanted: list[str], lists: frozenset[str]) -> None:
        self.wanted = [(name, name.split(".")) for name in wanted]
        self.lists = lists
        self.seen: set[str] = set()
        self.keys: set[str] = set()
        self.some_object = False
        # a float's own digits are kept; an exponent gets its sign, the mark of a ruined id
        self.decoder = msgspec.json.Decoder(float_hook=_digits)
        self.remembered = 0

    def block(self, lines: list[bytes], first: int) -> Block:
        numbers: list[int] = []
        refused: list[tuple[int, str]] = []
        columns: list[list[Any]] = [[] for _ in self.wanted]
        for number, line in enumerate(lines, first):
            if not line.strip():
                continue
            try:
                cells = self.cells(line)
            except (msgspec.DecodeError, UnicodeDecodeError, _NotText) as error:
                refused.append((number, _reason(error)))
                continue
            numbers.append(number)
            for column, cell in zip(columns, cells, strict=True):
                column.append(cell)
        frame = pl.DataFrame({cell_name(i): _series(column) for i, column in enumerate(columns)})
        return Block(frame, pl.Series(numbers, dtype=pl.Int64), _text_of(lines, first), refused)

    def cells(self, line: bytes) -> list[Any]:
        row = self.decoder.decode(line)
        if not isinstance(row, dict):
            raise _NotText("not a JSON object")
        self.some_object = True
        if self.remembered < SHOWN_KEYS:
            self.remembered += 1
            self.keys.update(_names(row))
        cells: list[Any] = []
        for name, parts in self.wanted:
            value = row[name] if name in row else _nested(row, parts)
            if value is MISSING:
                value = None
            else:
                self.seen.add(name)
            if value is not None and not isinstance(value, str):
                value = _text(value, name, may_be_list=name in self.lists)
            cells.append(value)
        return cells


class _NotText(Exception):  # noqa: N818  (a row's flaw, caught in this module)
    """A row, or a field of it, that has no text."""


def _digits(text: str) -> str:
    whole, e, exponent = text.lower().partition("e")
    return text if not e or exponent[:1] in "+-" else f"{whole}e+{exponent}"


def _names(row: dict[str, Any], before: str = "") -> Iterator[str]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from _names(value, f"{before}{key}.")
        else:
            yield before + key


def _nested(row: dict[str, Any], parts: list[str]) -> Any:
    value: Any = row
    for part in parts:
        if not isinstance(value, dict) or part not in value:
            return MISSING
        value = value[part]
    return value


def _text(value: Any, name: str, *, may_be_list: bool) -> Any:
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if may_be_list and isinstance(value, list):
        return [str(_text(v, name, may_be_list=False)) for v in value if v is not None]
    came = "a list" if isinstance(value, list) else "an object"
    raise _NotText(f'"{name}" holds {came} where one value is needed')


def _series(column: list[Any]) -> pl.Series:
    if any(isinstance(cell, list) for cell in column):
        column = [[cell] if isinstance(cell, str) else cell for cell in column]
        return pl.Series(column, dtype=pl.List(pl.String))
    return pl.Series(column, dtype=pl.String)


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    return str(error) if isinstance(error, _NotText) else f"not JSON: {error}"


def _text_of(lines: list[bytes], first: int) -> Callable[[int], str]:
    return lambda line: lines[line - first].decode("utf-8", "replace").rstrip("\r")
