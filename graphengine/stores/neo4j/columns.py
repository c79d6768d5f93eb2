"""Columns of a frame as parameters of a statement, at little cost for both processes.

What costs this process least: one value where all rows have the same; one text a column, which
the server splits, where a value for each row would cost several times as much, in objects that
are made, packed and let go; whole numbers that cannot be one text as fractions, which the driver's
extension packs four times as fast. The server splits a text and reads its digits in the time that
a list of numbers takes it. What costs the server least: an end of relationships that many rows
share is looked up once.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import TypeAlias

    Way: TypeAlias = Literal["list", "text", "digits", "whole", "same", "shared"]

__all__ = ["as_parameters"]

_BETWEEN = "\n"
_BEGIN = re.compile(r"\AUNWIND range\(0, size\(\$(\w+)\) - 1\) AS i\n")
_END = re.compile(r"^MATCH \((\w+):(\w+) \{key: \$(\w+)\[i\]\}\)$", re.MULTILINE)
_EXACT = 1 << 53  # whole numbers up to here are the same as fractions
_SAMPLE = 1_000  # rows that say whether ends are worth being looked up once
_SHARED = 0.6  # of the rows of a sample at most so many distinct ends


class _Values(list[Any]):
    """A parameter that is short to print: the driver prints each, whether anybody reads it or not."""

    def __repr__(self) -> str:
        return f"<{len(self)} values>"


class _Text(str):
    """Likewise."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{len(self)} characters>"


def as_parameters(
    text: str, frame: pl.DataFrame, *, complete: bool = False
) -> tuple[str, Mapping[str, Any]]:
    r"""``text`` and the parameters to send for it, which do together what it says of ``frame``.

    A text that goes through rows asks for ``$name[i]``. Of a column without any value nothing is
    sent then, which is the same to it; a column of texts, none missing and none of several lines,
    becomes one text, and so do the digits of whole numbers; one of a single value becomes that
    value. ``complete``: the text is to do nothing where the database lacks a node that a row names;
    then nodes that many rows name are sent and looked up once.

    >>> people = pl.DataFrame({"key": ["x:1", "x:2"], "at": [9, 10], "of": ["x", "x"]})
    >>> text, given = as_parameters(
    ...     "UNWIND range(0, size($key) - 1) AS i\n"
    ...     "MERGE (:Topic {key: $key[i], at: $at[i], of: $of[i]})", people
    ... )
    >>> print(text)
    WITH split($at, '\n') AS of_at, split($key, '\n') AS of_key
    UNWIND range(0, size(of_key) - 1) AS i
    MERGE (:Topic {key: of_key[i], at: toInteger(of_at[i]), of: $of})
    >>> str(given["key"]), str(given["at"]), given["of"]
    ('x:1\nx:2', '09\n10', 'x')
    """
    begin = _BEGIN.match(text)
    if not begin:
        return text, {column.name: _Values(column.to_list()) for column in frame}
    split = "\nWITH " not in text  # which would drop the lists
    ends = {name for _, _, name in _END.findall(text)} if complete and split else set()
    ways: list[tuple[Way, str]] = []
    given: dict[str, Any] = {}
    texts = []  # columns that may go as one text
    for column in frame:
        name = column.name
        if name in ends and (once := _once(column)):
            ways.append(("shared", name))
            given[name], given[f"places_of_{name}"] = once
        elif name != begin[1] and (one := _one(column)) is not None:
            ways.append((one[0], name))
            given[name] = one[1]
        elif split and column.dtype == pl.String and not column.null_count():
            texts.append(name)
        elif split and (digits := _digits_of(column)):
            ways.append(("digits", name))
            given[name] = digits
        else:
            way, given[name] = _values(column)
            ways.append((way, name))
    for name, whole in _together(frame.select(texts)):
        ways.append(("list" if whole is None else "text", name))
        given[name] = _Values(frame[name].to_list()) if whole is None else whole
    ways.sort(key=lambda one: len(given[one[1]]) if one[0] == "shared" else 0)  # fewest nodes first
    return _rewritten(text, tuple(ways)), given


def _one(column: pl.Series) -> tuple[Way, Any] | None:
    """What is sent of a column that has no values, or in all rows the same; None for another.

    Zeros may differ in their sign, and go one by one.
    """
    if column.null_count() == len(column):
        return "list", _Values()
    value = column[0]
    if column.null_count() or len(column) == 1 or value != column[-1]:
        return None
    if isinstance(value, float) and value == 0.0:
        return None
    values = column if column.dtype == pl.String else column.to_numpy()
    return ("same", value) if bool((values == value).all()) else None


def _values(column: pl.Series) -> tuple[Way, _Values]:
    """A value for each row: whole numbers as fractions, where that loses nothing."""
    if not column.dtype.is_integer() or not column.is_between(-_EXACT, _EXACT).all():
        return "list", _Values(column.to_list())
    return "whole", _Values(column.cast(pl.Float64).to_list())


def _digits_of(column: pl.Series) -> _Text | None:
    """The digits of a column of whole numbers as one text; None where some are missing or negative."""
    if not column.dtype.is_integer() or column.null_count() or column.is_empty():
        return None
    numbers = column.to_numpy()
    most = int(numbers.max())
    if numbers.min() < 0 or most > _EXACT:
        return None
    return _digits(numbers, most)


def _digits(numbers: Any, most: int) -> _Text:
    """Whole numbers from 0 to ``most``, an array, a line each, all of as many digits."""
    width = len(str(most))
    left = numbers.astype("uint32" if most < 1 << 32 else "uint64")
    lines = left.astype("uint8").repeat(width + 1).reshape(-1, width + 1)
    lines[:, width] = ord(_BETWEEN)
    for place in reversed(range(width)):
        tens = left // 10
        lines[:, place] = left - 10 * tens + ord("0")
        left = tens
    return _Text(lines.tobytes()[:-1].decode("ascii"))


def _together(columns: pl.DataFrame) -> Iterator[tuple[str, _Text | None]]:
    """All texts of each column as one; None where they cannot be told apart in it."""
    rows = columns.height
    for column in columns.select(pl.all().str.join(_BETWEEN)):
        whole = str(column[0])
        yield column.name, _Text(whole) if whole.count(_BETWEEN) == rows - 1 else None


def _once(column: pl.Series) -> tuple[_Text, _Text] | None:
    """The distinct texts of a column, and each row's place among them; None where few repeat."""
    if column.dtype != pl.String or column.null_count():
        return None
    sample = column[:_SAMPLE].to_list()
    if len(set(sample)) > _SHARED * len(sample):
        return None
    known = column.to_arrow().dictionary_encode()
    texts = known.dictionary.to_pylist()
    whole = _Text(_BETWEEN.join(texts))
    if whole.count(_BETWEEN) != len(texts) - 1:
        return None
    return whole, _digits(known.indices.to_numpy(), len(texts) - 1)


@cache
def _rewritten(text: str, ways: tuple[tuple[Way, str], ...]) -> str:
    """``text`` for columns that go these ways."""
    shared = [name for way, name in ways if way == "shared"]
    begin, kept = "", ""
    lists = [f"split($places_of_{name}, '\\n') AS places_of_{name}" for name in shared]
    for name in shared:
        text, label = _with_nodes(text, name)
        begin += (
            f"UNWIND split(${name}, '\\n') AS key\n"
            f"MATCH (x:{label} {{key: key}})\n"
            f"WITH {kept}collect(x) AS nodes_of_{name}, collect(x.key) AS keys_of_{name}\n"
            f"WHERE keys_of_{name} = split(${name}, '\\n')\n"
        )
        kept += f"nodes_of_{name}, keys_of_{name}, "
    for way, name in ways:
        if way in ("text", "digits"):
            lists.append(f"split(${name}, '\\n') AS of_{name}")
            text = text.replace(f"size(${name})", f"size(of_{name})")
            value = f"of_{name}[i]" if way == "text" else f"toInteger(of_{name}[i])"
            text = text.replace(f"${name}[i]", value)
        elif way == "whole":
            text = text.replace(f"${name}[i]", f"toInteger(${name}[i])")
        elif way == "same":
            text = text.replace(f"${name}[i]", f"${name}")
    if lists:
        begin += f"WITH {kept}{', '.join(lists)}\n"
    return begin + text


def _with_nodes(text: str, name: str) -> tuple[str, str]:
    """``text`` that takes the nodes named by a column from a list of them, and their label."""
    variable, label = next((v, label) for v, label, column in _END.findall(text) if column == name)
    place = f"toInteger(places_of_{name}[i])"
    text = text.replace(
        f"MATCH ({variable}:{label} {{key: ${name}[i]}})",
        f"WITH *, nodes_of_{name}[{place}] AS {variable}",
    )
    text = text.replace(f"size(${name})", f"size(places_of_{name})")
    return text.replace(f"${name}[i]", f"keys_of_{name}[{place}]"), label
