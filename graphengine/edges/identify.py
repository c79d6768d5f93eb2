"""Columns of ids and of weights, from whatever holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["ids", "text_or_numbers", "weights"]

_EXACT = 2**53  # whole numbers below it survive as floating-point numbers
_NEEDED = "Ids are whole numbers or text, one kind for all"


def ids(values: Any, *, name: str) -> pl.Series:
    """A column of ids as Int64, UInt64 or String; ``name`` says in a message which column it is.

    Raises:
        InputError: An entry is missing, is no whole number and no text, or kinds are mixed.

    >>> ids([3.0, 1.0], name="source").to_list()
    [3, 1]
    """
    needed = "Both ends of an edge have an id. Fill it in, or leave such edges out."
    column = _complete(values, name, needed=needed)
    kind = column.dtype
    if kind == pl.UInt64:
        above = len(column) > 0 and int(column.max()) >= 2**63  # type: ignore[arg-type]
        return column if above else column.cast(pl.Int64)
    if kind.is_integer():
        return column.cast(pl.Int64)
    if kind in (pl.String, pl.Categorical, pl.Enum):
        return column.cast(pl.String)
    if kind.is_float():
        return _whole(column, name)
    if kind == pl.Null or not len(column):
        return pl.Series([], dtype=pl.Int64)
    raise InputError(f"The {name} column holds {kind}. {_NEEDED}. Convert the column.")


def weights(values: Any, *, name: str = "weight") -> NDArray[np.float64]:
    """A column of weights as float64; whether they can be used is for ``checked`` to say.

    Raises:
        InputError: An entry is missing or is no number.

    >>> weights([1, 2])
    array([1., 2.])
    """
    needed = "Each edge has a weight where one has: fill it in (1 counts once), or name no weight."
    column = _complete(values, name, needed=needed)
    if not (column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.Null)):
        raise InputError(
            f"The {name} column holds {column.dtype}. Weights are numbers. Convert the column, or "
            "name another."
        )
    return column.cast(pl.Float64).to_numpy()


def text_or_numbers(column: pl.Series) -> pl.Series:
    """Text cells as Int64 where each is a whole number as one writes it, else as they are.

    >>> text_or_numbers(pl.Series(["7", "8"])).to_list(), text_or_numbers(pl.Series(["07"])).to_list()
    ([7, 8], ['07'])
    """
    read = column.cast(pl.Int64, strict=False)
    if read.null_count() or not (read.cast(pl.String) == column).all():
        return column
    return read


def _whole(column: pl.Series, name: str) -> pl.Series:
    fine = column.is_finite() & (column == column.round()) & (column.abs() < _EXACT)
    if not fine.all():
        row = int((~fine).arg_max() or 0)
        raise InputError(
            f"The {name} of edge {row + 1:,} is {column[row]!r}. {_NEEDED}; as floating-point "
            f"numbers they stay below {_EXACT:,}. Hand ids over as integers or text."
        )
    return column.cast(pl.Int64)


def _complete(values: Any, name: str, *, needed: str) -> pl.Series:
    """A column without a gap; ``needed`` is what a message says of one."""
    column = _series(values, name)
    if column.null_count():
        row = int(column.is_null().arg_max() or 0) + 1
        raise InputError(f"The {name} of edge {row:,} is missing. {needed}")
    return column


def _series(values: Any, name: str) -> pl.Series:
    if isinstance(values, pl.Series):
        return values
    if hasattr(values, "to_numpy"):
        values = values.to_numpy()
    array = values if isinstance(values, np.ndarray) else list(values)
    if isinstance(array, np.ndarray) and array.ndim != 1:
        raise InputError(
            f"The {name} column has the shape {array.shape}. A column has one dimension. Pass "
            "(source, target) or (source, target, weight), three arrays of one length."
        )
    if isinstance(array, np.ndarray) and array.dtype.kind in "OUS":
        array = array.tolist()
    try:
        return pl.Series(name, array)
    except (TypeError, OverflowError, pl.exceptions.PolarsError) as error:
        first = str(error).splitlines()[0]
        raise InputError(
            f"The {name} column cannot be used: {first}. {_NEEDED}, and weights numbers."
        ) from error
