"""Text ids to numbers, part by part: only the distinct ones are held, sorted and spelled out.

Each part is hashed by its own thread and looked up in one table (`influence.kernels.texts`). The
numbers that the table gives depend on which part comes first; the places in the sorted texts,
which are handed out, do not.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa

from graphengine.edges.text_bytes import (
    byte_order,
    refuse_other_than_utf8,
    used_texts,
    words_of,
)
from graphengine.influence.kernels.compiled import COMPILED
from graphengine.influence.kernels.texts import (
    hash_texts,
    number_texts,
    place_records,
    replace_numbers,
    spell_texts,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["Part", "Texts", "numbered_texts", "parts_of", "worth_a_table"]

_ROWS = 1 << 17  # texts that are looked up at a time
_SLOTS = 1 << 16  # of an empty table
_THREADS = 4  # more wait for the table
_FEW = 1 << 16  # rows up to which sorting all of them is as quick


class Part(NamedTuple):
    """Some rows of a column: where they begin, and what reads their texts, without gaps."""

    start: int
    read: Callable[[], Iterable[pa.Array]]


class Texts:
    """Distinct texts, numbered as they come; several threads may add to it.

    >>> texts, numbers = Texts(), np.empty(3, np.int64)
    >>> texts.number(pa.array(["b", "a", "b"]), numbers)
    >>> numbers.tolist(), texts.names().to_pylist()
    ([0, 1, 0], ['b', 'a'])
    """

    def __init__(self, rows: int = 0) -> None:
        """A table for some third as many texts as there are ``rows``; it grows where more come."""
        self._slots = np.zeros(max(_SLOTS, 1 << (rows // 3).bit_length()), dtype=np.uint64)
        self._records = np.empty(max(_SLOTS, rows), dtype=np.uint64)
        self._held = np.array([0, 1], dtype=np.uint64)  # place 0 is none: a free slot is 0
        self._lock = threading.Lock()

    def number(self, texts: pa.Array, into: NDArray[np.int64]) -> None:
        """Write the number of each text ``into`` a column, one entry a row.

        ``texts`` is an Arrow array of strings, or of a dictionary of them, without gaps.
        """
        if isinstance(texts, pa.DictionaryArray):
            names, rows = used_texts(texts)
            numbers = np.empty(len(names), dtype=np.int64)
            self.number(names, numbers)
            numbers.take(rows, out=into, mode="clip")
            return
        for start in range(0, len(texts), _ROWS):
            some = texts.slice(start, _ROWS).cast(pa.large_string())
            self._number(some, into[start : start + len(some)].view(np.uint64))

    def names(self) -> pa.Array:
        """The texts in the order of their numbers; the table is used up."""
        count, taken = self._held.tolist()
        self._slots = self._slots[:0]
        ends = np.zeros(count + 1, dtype=np.uint64)
        words = np.zeros(taken - count + 1, dtype=np.uint64)
        spell_texts(self._records, self._held, ends, words)
        self._records = self._records[:0]
        buffers = [None, pa.py_buffer(ends), pa.py_buffer(words)]
        return pa.Array.from_buffers(pa.large_string(), count, buffers)

    def _number(self, texts: pa.Array, into: NDArray[np.uint64]) -> None:
        words, ends = words_of(texts)
        hash_texts(words, ends, into)
        with self._lock:
            self._make_room(len(texts), words=len(words) + 2 * len(texts))
            number_texts(words, ends, self._slots, self._records, self._held, into)

    def _make_room(self, rows: int, *, words: int) -> None:
        """For so many texts more, each of them new."""
        count, taken = self._held.tolist()
        if taken + words > len(self._records):
            # a new array: NumPy asks for large pages then, and not where it resizes one
            records = np.empty(max(taken + words, 3 * taken // 2), dtype=np.uint64)
            records[:taken] = self._records[:taken]
            self._records = records
        size = len(self._slots)
        while 3 * (count + rows) > 2 * size:
            size *= 2
        if size > len(self._slots):
            self._slots = np.zeros(size, dtype=np.uint64)
            place_records(self._records, self._held, self._slots)


def parts_of(column: pl.Series) -> list[Part]:
    """A column of text without gaps, cut for ``numbered_texts``.

    >>> [some.to_pylist() for part in parts_of(pl.Series(["b", "a"])) for some in part.read()]
    [['b', 'a']]
    """

    def read(start: int) -> Iterator[pa.Array]:
        yield column.slice(start, _ROWS).to_arrow(compat_level=pl.CompatLevel.oldest())

    return [Part(start, partial(read, start)) for start in range(0, len(column), _ROWS)]


def worth_a_table(rows: int) -> bool:
    """Whether so many rows of text are numbered by a table: where loops are compiled, from 65,536.

    >>> worth_a_table(1000)
    False
    """
    return COMPILED and rows >= _FEW


def numbered_texts(
    columns: Sequence[Sequence[Part]], *, rows: int
) -> tuple[NDArray[Any], list[NDArray[np.int64]]]:
    """The distinct texts of all columns (dtype object), sorted, and each column as places in them.

    Raises:
        InputError: A text is not UTF-8.

    >>> numbered_texts([[Part(0, lambda: [pa.array(["b", "a"])])]], rows=2)
    (array(['a', 'b'], dtype=object), [array([1, 0])])
    """
    texts = Texts(rows)
    found = [np.empty(rows, dtype=np.int64) for _ in columns]

    def fill(column: NDArray[np.int64], part: Part) -> None:
        start = part.start
        for some in part.read():
            texts.number(some, column[start : start + len(some)])
            start += len(some)

    with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
        jobs = [
            pool.submit(fill, column, part)
            for at in range(max(map(len, columns)))
            for column, parts in zip(found, columns, strict=True)
            for part in parts[at : at + 1]
        ]
        for job in jobs:
            job.result()
        names = texts.names()
        refuse_other_than_utf8(names)
        order = byte_order(names)
        place = np.empty(len(order), dtype=np.uint64)
        place[order] = np.arange(len(order), dtype=np.uint64)
        jobs = [pool.submit(replace_numbers, column.view(np.uint64), place) for column in found]
        ids = pl.Series(names).gather(order).to_numpy()
        for job in jobs:
            job.result()
    return ids, found
