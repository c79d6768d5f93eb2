"""The bytes of Arrow texts: as words for compiled loops, in order, and whether they are UTF-8."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pyarrow as pa

from graphengine.errors import InputError
from graphengine.influence.kernels.texts import key_texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["byte_order", "refuse_other_than_utf8", "used_texts", "words_of"]

_PASSES = 4  # of eight bytes, before texts that are still equal are compared one with another


def words_of(texts: pa.Array) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The bytes of large strings, eight a word and a word more, and where each text begins.

    The places have one entry more than there are texts.

    >>> words, ends = words_of(pa.array(["ab", "c"], pa.large_string()))
    >>> words.tobytes()[:3], ends.tolist()
    (b'abc', [0, 2, 3])
    """
    _, ends, data = texts.buffers()
    bounds = np.frombuffer(ends, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    first, last = int(bounds[0]), int(bounds[-1])
    words = np.empty((last - first) // 8 + 2, dtype=np.uint64)
    words[-2:] = 0
    if last > first:
        words.view(np.uint8)[: last - first] = np.frombuffer(data, dtype=np.uint8)[first:last]
    return words, (bounds - first).view(np.uint64)


def used_texts(texts: pa.DictionaryArray) -> tuple[pa.Array, NDArray[Any]]:
    """The texts of a dictionary that occur in the rows, and the place of each row's among them.

    >>> rows = pa.array([2, 0, 2])
    >>> used_texts(pa.DictionaryArray.from_arrays(rows, ["a", "b", "c"]))[0].to_pylist()
    ['a', 'c']
    """
    names, rows = texts.dictionary, texts.indices.to_numpy()
    occurs = np.zeros(len(names), dtype=np.bool_)
    occurs[rows] = True
    if occurs.all():
        return names, rows
    return names.filter(pa.array(occurs)), (np.cumsum(occurs) - 1)[rows]


def byte_order(texts: pa.Array) -> NDArray[np.int64]:
    """Which text is the first, the second … in the order of their bytes; all are distinct.

    Eight bytes at a time are sorted as one number, from where the texts begin to differ; those
    that are equal so far go on. What four such passes leave is compared as a whole.

    >>> byte_order(pa.array(["b", "", "ab"], pa.large_string())).tolist()
    [1, 2, 0]
    """
    words, ends = words_of(texts)
    spelled = pl.Series(texts)
    at = _common(spelled)
    keys = _keys(words, ends, at, which=np.arange(len(texts), dtype=np.uint64))
    order = np.argsort(keys).astype(np.int64, copy=False)
    where = np.arange(len(texts))
    equal = _equal(keys[order])
    for _ in range(_PASSES - 1):
        tied = np.append(equal, False) | np.append(False, equal)
        if not tied.any():
            return order
        group = np.cumsum(~np.append(False, equal))[tied]
        where, at = where[tied], at + 8
        who = order[where]
        keys = _keys(words, ends, at, which=who.view(np.uint64))
        again = np.lexsort((keys, group))
        order[where] = who[again]
        equal = _equal(keys[again]) & _equal(group)
    tied = np.append(equal, False) | np.append(False, equal)
    who = order[where[tied]]
    order[where[tied]] = who[spelled.gather(who).arg_sort().to_numpy()]
    return order


def refuse_other_than_utf8(texts: pa.Array) -> None:
    """Pass if every text is UTF-8.

    Raises:
        InputError: One is not.
    """
    try:
        texts.validate(full=True)
    except pa.ArrowInvalid as error:
        wrong = next(raw for raw in texts.cast(pa.large_binary()).to_pylist() if not _reads(raw))
        raise InputError(
            f"The id {wrong!r} is no text in UTF-8. Ids are whole numbers or text in UTF-8. Write "
            "the edges again in this encoding."
        ) from error


def _common(texts: pl.Series) -> int:
    """How many bytes all of them begin with: what the first and the last of them share."""
    first, last = (str(end).encode() for end in (texts.min(), texts.max()))
    pairs = enumerate(zip(first, last, strict=False))
    return next((at for at, (one, other) in pairs if one != other), len(first))


def _keys(
    words: NDArray[np.uint64], ends: NDArray[np.uint64], at: int, *, which: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    keys = np.empty(len(which), dtype=np.uint64)
    key_texts(words, ends, np.uint64(at), which, keys)
    return keys


def _equal(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each is followed by its equal, one entry less."""
    return np.asarray(values[1:] == values[:-1])


def _reads(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
