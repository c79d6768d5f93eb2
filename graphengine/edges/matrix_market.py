"""Edges from Matrix Market files (Boisvert, Pozo & Remington 1996), coordinate format.

Row i, column j: person i endorses person j, numbered from 1. A symmetric file holds one half of
its entries, and each counts in both directions.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.edges.edge_list import Edges, checked
from graphengine.errors import InputError
from graphengine.readers.textfile import line_pieces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["matrix_market_edges", "matrix_market_size"]

_FIELDS = ("real", "integer", "pattern")
_SYMMETRIES = ("general", "symmetric")
_MARK = b"%%MatrixMarket"


@dataclass(frozen=True, slots=True)
class _Head:
    field: str
    symmetric: bool
    people: int
    entries: int

    @property
    def width(self) -> int:
        return 2 if self.field == "pattern" else 3


def matrix_market_size(path: Path) -> tuple[int, int]:
    """People and edges as the head of the file tells them."""
    head, _ = _opened(path)
    return head.people, head.entries * (2 if head.symmetric else 1)


def matrix_market_edges(path: Path) -> Edges:
    """All entries as edges; everyone from 1 to n is there, endorsed or not.

    Raises:
        InputError: The file is another format, is cut short, or an entry lies outside the matrix.
    """
    head, pieces = _opened(path)
    parts, seen = [], 0
    for data in pieces:
        numbers = _numbers(data, head.width, path)
        parts.append(numbers)
        seen += len(numbers)
    if seen != head.entries:
        came = "cut short" if seen < head.entries else "longer than it says"
        raise InputError(
            f"{path} is {came}: its head promises {head.entries:,} entries, and it holds {seen:,}. "
            "Get the whole file again, or correct the head."
        )
    rows = np.concatenate(parts) if parts else np.zeros((0, head.width))
    source, target = (_places(rows[:, i], head.people, path) for i in range(2))
    weight = None if head.width == 2 else np.ascontiguousarray(rows[:, 2])
    ids = np.arange(1, head.people + 1)
    edges = Edges(ids, source, target, weight)
    return checked(edges.both_ways() if head.symmetric else edges)


def _opened(path: Path) -> tuple[_Head, Iterator[bytes]]:
    """The head, and what follows it."""
    pieces = line_pieces(path)
    data = next(pieces).data
    banner, _, data = data.partition(b"\n")
    words = banner.decode("utf-8", "replace").lower().split()
    if not banner.startswith(_MARK) or len(words) != 5:
        raise InputError(
            f"{path} is no Matrix Market file: it begins with {banner[:40]!r} where "
            "%%MatrixMarket matrix coordinate real general is needed. Name its format."
        )
    _, _, layout, field, symmetry = words
    if layout != "coordinate" or field not in _FIELDS or symmetry not in _SYMMETRIES:
        raise InputError(
            f"{path} holds a matrix {layout} {field} {symmetry}. What can be ranked: coordinate, "
            f"{' or '.join(_FIELDS)}, {' or '.join(_SYMMETRIES)}. Write it that way."
        )
    while True:
        line, mark, rest = data.partition(b"\n")
        if line.strip() and not line.startswith(b"%"):
            break
        if not mark:
            rest = b""
            following = next(pieces, None)
            if following is None:
                raise _no_size(path, "")
            rest = following.data
        data = rest
    return _Head(field, symmetry == "symmetric", *_size(line, path)), _after(rest, pieces)


def _after(rest: bytes, pieces: Iterator[object]) -> Iterator[bytes]:
    yield rest
    for piece in pieces:
        yield piece.data  # type: ignore[attr-defined]


def _size(line: bytes, path: Path) -> tuple[int, int]:
    text = line.decode("utf-8", "replace")
    sizes = text.split()
    if len(sizes) != 3 or not all(size.isdigit() for size in sizes):
        raise _no_size(path, text)
    rows, columns, entries = map(int, sizes)
    if rows != columns:
        raise InputError(
            f"{path} holds a matrix of {rows:,} × {columns:,}. Row and column name the same people, "
            "so it needs as many rows as columns. Number both kinds together, and write it again."
        )
    return rows, entries


def _no_size(path: Path, text: str) -> InputError:
    return InputError(
        f"{path} has {text[:40]!r} where its size should stand. Three whole numbers are needed "
        "after the comments: rows, columns, entries. Write it again."
    )


def _numbers(data: bytes, width: int, path: Path) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            flat = np.fromstring(data.decode("ascii"), dtype=np.float64, sep=" ")
        except (UnicodeDecodeError, ValueError, DeprecationWarning):
            flat = None
    if flat is not None and len(flat) == 1 and not data.strip():
        flat = flat[:0]
    if flat is None or len(flat) % width or len(flat) != width * _lines(data):
        raise InputError(
            f"{path} holds {_wrong(data, width)!r} among its entries. Each line needs {width} "
            "numbers: row, column and, unless it is a pattern, a value. Correct it, or get the "
            "whole file again."
        )
    return flat.reshape(-1, width)


def _lines(data: bytes) -> int:
    lines = data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)
    if b"\n\n" in data or data.startswith(b"\n") or b"\n\r" in data:
        return sum(1 for line in data.split(b"\n") if line.strip())
    return lines


def _wrong(data: bytes, width: int) -> str:
    """The first line that does not fit."""
    for line in data.decode("utf-8", "replace").splitlines():
        words = line.split()
        try:
            fits = len([float(word) for word in words]) == width
        except ValueError:
            fits = False
        if words and not fits:
            return line[:40]
    return ""


def _places(column: NDArray[np.float64], people: int, path: Path) -> NDArray[np.int64]:
    outside = ~((column >= 1) & (column <= people) & (column == np.floor(column)))
    if outside.any():
        entry = int(np.argmax(outside))
        raise InputError(
            f"Entry {entry + 1:,} of {path} names the person {column[entry]:g}, and its head says "
            f"that they are numbered from 1 to {people:,}. Correct the entry, or the head."
        )
    return column.astype(np.int64) - 1
