"""Values as the driver gives them become cells of text, exactly; what has no text is refused."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NONE", "canonical", "column_of_text", "content_sha256"]

NONE = "\0graphengine: nothing"  # in a column from the server; collect() would leave nulls out
EXACT = 2**53  # whole numbers below it survive as floating-point numbers
TEXTS = pl.List(pl.String())
_SLICE = 100_000


def column_of_text(values: list[Any], *, may_be_list: bool) -> tuple[pl.Series, dict[int, str]]:
    """The values as text (or, of a column of topics, lists of text), and where one has none, why.

    Whole numbers keep every digit, whether they are integers or not.

    >>> column_of_text([7, 1.5, True, NONE], may_be_list=False)[0].to_list()
    ['7', '1.5', 'true', None]
    >>> column_of_text([[7]], may_be_list=False)[1]
    {0: 'is a list'}
    """
    kinds = set(map(type, values))
    if kinds <= {str}:
        said = pl.Series(values, dtype=pl.String)
        return (said.replace(NONE, None) if NONE in values else said), {}
    if kinds <= {int}:
        return pl.Series(values, dtype=pl.Int64).cast(pl.String), {}
    if may_be_list and list in kinds:
        return _lists(values)
    flaws = {i: flaw for i, value in enumerate(values) if (flaw := _flaw(value))}
    texts = [None if i in flaws else _text(value) for i, value in enumerate(values)]
    return pl.Series(texts, dtype=pl.String), flaws


def canonical(cells: pl.DataFrame) -> pl.Series:
    """One text a row, the same for the same cells and for no others: what rows are ordered by."""
    parts = [
        pl.col(name).list.eval(_measured(pl.element())).list.join("").pipe(_measured)
        if isinstance(kind, pl.List)
        else _measured(pl.col(name))
        for name, kind in cells.schema.items()
    ]
    return cells.select(pl.concat_str(parts).alias("row")).to_series()


def content_sha256(rows: pl.Series) -> str:
    """SHA-256 (hex) of rows' canonical texts in their order."""
    digest = hashlib.sha256()
    for start in range(0, len(rows), _SLICE):
        digest.update("".join(rows.slice(start, _SLICE).to_list()).encode())
    return digest.hexdigest()


def _measured(text: pl.Expr) -> pl.Expr:
    """A text with its length before it, so that texts in a row cannot run into each other."""
    return (
        pl.when(text.is_null())
        .then(pl.lit("-"))
        .otherwise(pl.concat_str([text.str.len_bytes().cast(pl.String), pl.lit(":"), text]))
    )


def _flaw(value: Any) -> str | None:
    if isinstance(value, list):
        return "is a list"
    if isinstance(value, str | bool | int | float) or hasattr(value, "iso_format"):
        return None
    return f"is a {type(value).__name__}"


def _text(value: Any) -> str | None:
    if value == NONE:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < EXACT else str(value)
    return str(value.iso_format()) if hasattr(value, "iso_format") else str(value)


def _lists(values: Sequence[Any]) -> tuple[pl.Series, dict[int, str]]:
    """Lists of text; a single value is a list of one, nothing an empty one."""
    lists = [
        value if isinstance(value, list) else [] if value == NONE else [value] for value in values
    ]
    flaws = {
        i: "is a list of lists, or of other things that have no text"
        for i, several in enumerate(lists)
        if any(_flaw(value) for value in several)
    }
    texts = [[] if i in flaws else [_text(v) for v in several] for i, several in enumerate(lists)]
    return pl.Series(texts, dtype=TEXTS), flaws
