"""Values as the driver gives them become typed columns; what has no text is refused.

A column of whole numbers, of numbers or of texts stays what it is. One that holds several of these
is text, in which whole numbers keep every digit, whether they are integers or not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphengine.readers.graph.packed import Values

__all__ = ["NONE", "as_text", "column_of", "joined_columns", "plain_column"]

NONE = "\0graphengine: nothing"  # in a column from the server; collect() would leave nulls out
EXACT = 2**53  # whole numbers below it survive as floating-point numbers
TEXTS = pl.List(pl.String())
_TYPED: dict[frozenset[type], pl.DataType] = {
    frozenset(): pl.String(),
    frozenset({str}): pl.String(),
    frozenset({int}): pl.Int64(),
    frozenset({float}): pl.Float64(),
}


def column_of(values: Values, *, may_be_list: bool) -> tuple[pl.Series, dict[int, str]]:
    """The values as a column (of topics, perhaps lists of text), and where one has none, why.

    >>> column_of([7, NONE], may_be_list=False)[0].to_list()
    [7, None]
    >>> column_of([7, 1.5, True, NONE], may_be_list=False)[0].to_list()
    ['7', '1.5', 'true', None]
    >>> column_of([[7]], may_be_list=False)[1]
    {0: 'is a list'}
    """
    if (plain := plain_column(values)) is not None:
        return plain, {}
    values = [None if isinstance(value, str) and value == NONE else value for value in values]
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {int, float} and all(type(v) is not int or abs(v) <= EXACT for v in values):
        return _bare(pl.Series(values, dtype=pl.Float64, strict=False)), {}
    if may_be_list and list in kinds:
        return _lists(values)
    flaws = {i: flaw for i, value in enumerate(values) if (flaw := _flaw(value))}
    texts = [None if i in flaws else _text(value) for i, value in enumerate(values)]
    return pl.Series(texts, dtype=pl.String), flaws


def plain_column(values: Values) -> pl.Series | None:
    """The values as a column, if all are whole numbers, all numbers, all texts, or nothing.

    >>> plain_column(["a", NONE]).to_list(), plain_column([7, 1.5])
    (['a', None], None)
    """
    if isinstance(values, np.ndarray):
        return _bare(pl.Series(values))
    kinds = frozenset(map(type, values))
    if str in kinds and NONE in values:
        values = [None if value == NONE else value for value in values]
        kinds = frozenset(map(type, values))
    kind = _TYPED.get(kinds - {type(None)})
    return None if kind is None else _bare(pl.Series(values, dtype=kind))


def as_text(column: pl.Series) -> pl.Series:
    """A column of numbers as text, the same as of a column that held texts beside them."""
    if column.dtype == pl.Float64:
        return pl.Series(column.name, [_text(v) for v in column.to_list()], dtype=pl.String)
    return column.cast(pl.String) if column.dtype == pl.Int64 else column


def joined_columns(parts: Sequence[pl.Series]) -> pl.Series:
    """The parts of one column: of one type where they have one, else text, or lists of text."""
    kinds = {part.dtype for part in parts if part.null_count() < len(part)}
    if any(isinstance(kind, pl.List) for kind in kinds):
        return pl.concat([part if part.dtype == TEXTS else _each(as_text(part)) for part in parts])
    if kinds == {pl.Int64, pl.Float64} and all(map(_is_exact, parts)):
        kinds = {pl.Float64()}
    if len(kinds) > 1:
        return pl.concat([as_text(part) for part in parts])
    kind = kinds.pop() if kinds else pl.String()
    return pl.concat([part.cast(kind) for part in parts])


def _bare(column: pl.Series) -> pl.Series:
    """One zero and one NaN, so that equal numbers are equal bytes."""
    if column.dtype != pl.Float64:
        return column
    number = pl.col(column.name)
    zero, nan = pl.when(number == 0).then(0.0), number.is_nan()
    one = zero.when(nan).then(float("nan")).otherwise(number).alias(column.name)
    return column.to_frame().select(one).to_series()


def _is_exact(part: pl.Series) -> bool:
    """Whether floating-point numbers hold all of its values."""
    return part.dtype != pl.Int64 or bool((part.is_between(-EXACT, EXACT) | part.is_null()).all())


def _each(texts: pl.Series) -> pl.Series:
    """A list of one for each text, an empty one for nothing."""
    lists = pl.concat_list(pl.col(texts.name)).list.drop_nulls()
    return texts.to_frame().select(lists).to_series()


def _flaw(value: Any) -> str | None:
    if isinstance(value, list):
        return "is a list"
    if value is None or isinstance(value, str | bool | int | float) or hasattr(value, "iso_format"):
        return None
    return f"is a {type(value).__name__}"


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else str(value)
    return str(value.iso_format()) if hasattr(value, "iso_format") else str(value)


def _lists(values: Sequence[Any]) -> tuple[pl.Series, dict[int, str]]:
    """Lists of text; a single value is a list of one, nothing an empty one."""
    lists = [v if isinstance(v, list) else [] if v is None else [v] for v in values]
    flaws = {
        i: "is a list of lists, or of other things that have no text"
        for i, several in enumerate(lists)
        if any(_flaw(value) for value in several)
    }
    texts = [[] if i in flaws else [_text(v) for v in several] for i, several in enumerate(lists)]
    return pl.Series(texts, dtype=TEXTS), flaws
