"""Columns of a table, checked: whole numbers, weights, and the smallest type that holds these.

A column is read in slices that stay in the cache, several threads at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CHUNK", "Each", "highest", "slices", "weight_column", "weight_type", "whole_column"]

Each = Callable[..., Iterable[Any]]  # map, or what does the same with several threads

CHUNK = 1 << 20  # rows that are one task
_BLOCK = 1 << 15  # rows that stay in the cache
_WHOLE = (np.uint8, np.uint16, np.uint32)


def slices(rows: int, size: int) -> list[slice]:
    """``rows`` cut into slices of ``size``, the last one shorter.

    >>> slices(5, 3)
    [slice(0, 3, None), slice(3, 5, None)]
    """
    return [slice(first, min(first + size, rows)) for first in range(0, rows, size)]


def whole_column(values: ArrayLike, *, name: str) -> NDArray[Any]:
    """``values`` as one column of whole numbers, in one piece; nothing is converted.

    Raises:
        ValueError: They are not whole numbers in one column.

    >>> whole_column([3, 1], name="topic")
    array([3, 1])
    """
    array = np.asarray(values)
    if not array.size:
        return np.zeros(0, dtype=np.uint32)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ValueError(f"{name} needs whole numbers >= 0 in one column, got {array.dtype}")
    return _native(array)


def weight_column(values: ArrayLike) -> NDArray[Any]:
    """``values`` as one column of whole numbers or of floats of 32 or 64 bits, in one piece.

    Raises:
        ValueError: They are not numbers in one column.

    >>> weight_column([0.5, 1])
    array([0.5, 1. ])
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"w needs one column of numbers, got the shape {array.shape}")
    usual = array.dtype.kind in "iu" or array.dtype.newbyteorder("=") in (np.float32, np.float64)
    return _native(array if usual else array.astype(np.float64))


def highest(column: NDArray[Any], each: Each, *, name: str) -> int:
    """The largest entry of a column of whole numbers, -1 where there is none.

    Raises:
        ValueError: An entry is negative.

    >>> highest(np.array([3, 1]), map, name="topic")
    3
    """

    def ends(part: slice) -> tuple[Any, Any]:
        blocks = [column[part][block] for block in slices(part.stop - part.start, _BLOCK)]
        return min(b.min() for b in blocks), max(b.max() for b in blocks)

    found = list(each(ends, slices(len(column), CHUNK)))
    lowest = min((int(low) for low, _ in found), default=0)
    if lowest < 0:
        raise ValueError(f"{name} needs whole numbers >= 0 in one column, got {lowest}")
    return max((int(high) for _, high in found), default=-1)


def weight_type(weights: NDArray[Any], each: Each) -> tuple[Any, tuple[float, float]]:
    """The smallest type that holds all ``weights`` exactly, None where all are 1; their ends.

    Raises:
        ValueError: A weight is not finite, or not > 0.

    >>> weight_type(np.array([2.0, 300.0]), map)
    (<class 'numpy.uint16'>, (2.0, 300.0))
    """

    def ends(part: slice) -> tuple[float, float, bool]:
        low, high, whole = np.inf, 0.0, True
        for block in slices(part.stop - part.start, _BLOCK):
            some = weights[part][block]
            low, high = min(float(some.min()), low), max(float(some.max()), high)
            if not (low > 0.0 and high < np.inf):  # so is one that is no number
                raise ValueError("every weight must be a finite number > 0; leave other edges out")
            whole = whole and bool(some.dtype.kind != "f" or (np.floor(some) == some).all())
        return low, high, whole

    found = list(each(ends, slices(len(weights), CHUNK)))
    low = min((low for low, _, _ in found), default=1.0)
    high = max((high for _, high, _ in found), default=1.0)
    if low == high == 1.0:
        return None, (low, high)
    fits = (kind for kind in _WHOLE if high <= np.iinfo(kind).max)
    whole = all(whole for _, _, whole in found)
    return next(fits, np.float64) if whole else np.float64, (low, high)


def _native(array: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
