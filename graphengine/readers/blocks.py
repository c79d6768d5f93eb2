"""What every format becomes first: blocks of text cells, with the place where each row stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from graphengine.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    import polars as pl

__all__ = ["Block", "cell_name", "no_such_column"]


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a file, in the file's order.

    ``cells`` has the columns c0, c1, ... in the order in which they were asked for, all text (or
    what else `Mapping.may_be` allows: lists of topics, numbers); ``lines`` says where each row starts, from 1.
    ``refused`` are rows that could not be cut into cells: (line, reason). ``text`` gives the
    beginning of the row that starts on a line. ``share`` of the file has been read by then.
    """

    cells: pl.DataFrame
    lines: pl.Series
    text: Callable[[int], str]
    refused: list[tuple[int, str]] = field(default_factory=list)
    share: float = 1.0


def cell_name(index: int) -> str:
    """The name of the ``index``-th wanted column inside a block.

    >>> cell_name(0)
    'c0'
    """
    return f"c{index}"


def no_such_column(column: str, has: Iterable[str], *, path: Path) -> InputError:
    """The error for a column that the job names and the file lacks."""
    known = list(has)
    shown = ", ".join(f'"{name}"' for name in known[:30]) + (", ..." if len(known) > 30 else "")
    return InputError(
        f'{path} has no column "{column}", which the job maps.{did_you_mean(column, known)} '
        f"The file has: {shown or 'no columns'}. "
        f"Correct the name under columns in the job file, or the file.{_other_format(known)}"
    )


def _other_format(names: list[str]) -> str:
    """A hint for a header that was not cut at all because the separator is another one."""
    if len(names) != 1:
        return ""
    if "\t" in names[0]:
        return ' The header is separated by tabs: set format = "tsv".'
    if "," in names[0]:
        return ' The header is separated by commas: set format = "csv".'
    return ""
