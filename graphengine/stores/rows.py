"""Rows of a query in one shape, whichever engine gave them."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from graphengine.errors import InputError
from graphengine.stores.ports import Answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["normal_value", "to_answer"]

_PLAIN = (str, int, float, bool, type(None))


def normal_value(value: Any, column: str) -> Any:
    """``value`` as int, float, str, bool, None or a list of these.

    A Decimal without a fraction becomes an int, any other a float; dates and times become ISO
    texts; tuples become lists.

    Raises:
        InputError: the value is a whole node, relationship, path or map: the engines write these
            differently. The message names ``column``.

    >>> normal_value([Decimal("15"), Decimal("0.5"), ("a", None)], "x")
    [15, 0.5, ['a', None]]
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, list | tuple):
        return [normal_value(item, column) for item in value]
    for iso in ("isoformat", "iso_format"):  # Python's dates, and the Bolt driver's
        if hasattr(value, iso):
            return getattr(value, iso)()
    raise InputError(
        f'The column "{column}" holds whole nodes, relationships, paths or maps. '
        "Rows are made of numbers, texts and lists of them. "
        "Return properties instead, such as RETURN a.key AS account."
    )


def to_answer(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, row_limit: int) -> Answer:
    """The first ``row_limit`` of ``rows``, normalised; at most one row more is read.

    >>> to_answer(["n"], [[Decimal(1)], [2]], row_limit=1)
    Answer(columns=('n',), rows=((1,),), truncated=True)
    """
    taken = list(islice(rows, row_limit + 1))
    return Answer(
        columns=tuple(columns),
        rows=tuple(
            tuple(normal_value(value, column) for value, column in zip(row, columns, strict=True))
            for row in taken[:row_limit]
        ),
        truncated=len(taken) > row_limit,
    )
