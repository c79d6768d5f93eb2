"""Columns of a frame as parameters of a statement, at little cost for this process.

Texts go as one text a column, which the server splits: a text for each value costs this process
several times as much, and the server no less.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["as_parameters"]

_BETWEEN = "\n"
_BEGIN = re.compile(r"\AUNWIND range\(0, size\(\$(\w+)\) - 1\) AS i\n")


class _Values(list[Any]):
    """A parameter that is short to print: the driver prints each, whether anybody reads it or not."""

    def __repr__(self) -> str:
        return f"<{len(self)} values>"


class _Text(str):
    """Likewise."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} characters>"


def as_parameters(text: str, frame: pl.DataFrame) -> tuple[str, Mapping[str, Any]]:
    r"""``text`` and the parameters to send for it, which do together what it says of ``frame``.

    A text that goes through rows asks for ``$name[i]``. Of a column without any value nothing is
    sent then, which is the same to it; a column of texts, none missing and none of several lines,
    becomes one text.

    >>> people = pl.DataFrame({"key": ["x:1", "x:2"], "at": [1, 2]})
    >>> text, given = as_parameters(
    ...     "UNWIND range(0, size($key) - 1) AS i\nMERGE (:Topic {key: $key[i], at: $at[i]})", people
    ... )
    >>> print(text)
    WITH split($key, '\n') AS of_key
    UNWIND range(0, size(of_key) - 1) AS i
    MERGE (:Topic {key: of_key[i], at: $at[i]})
    >>> str(given["key"]), list(given["at"])
    ('x:1\nx:2', [1, 2])
    """
    if not _BEGIN.match(text):
        return text, {column.name: _Values(column.to_list()) for column in frame}
    given: dict[str, Any] = {}
    for column in frame:
        if column.null_count() == len(column) and f"${column.name}[i]" in text:
            given[column.name] = _Values()
        else:
            whole = _together(column)
            given[column.name] = _Values(column.to_list()) if whole is None else whole
    texts = tuple(name for name, values in given.items() if isinstance(values, _Text))
    if not texts or "\nWITH " in text:  # which would drop the lists
        return text, given | {name: _Values(frame[name].to_list()) for name in texts}
    return _splitting(text, texts), given


def _together(column: pl.Series) -> _Text | None:
    """All texts of a column as one; None where they cannot be told apart in it."""
    if column.dtype != pl.String or column.null_count():
        return None
    joined = str(column.str.join(_BETWEEN)[0])
    return _Text(joined) if joined.count(_BETWEEN) == len(column) - 1 else None


@cache
def _splitting(text: str, names: tuple[str, ...]) -> str:
    begin = ", ".join(f"split(${name}, '\\n') AS of_{name}" for name in names)
    for name in names:
        text = text.replace(f"size(${name})", f"size(of_{name})")
        text = text.replace(f"${name}[i]", f"of_{name}[i]")
    return f"WITH {begin}\n{text}"
