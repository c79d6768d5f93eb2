"""Rows of delimited text with quotes, one at a time, each with the lines it stands on."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphengine.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["CARRIAGE_RETURN", "Record", "quoted_records", "unclosed_quote"]

CARRIAGE_RETURN = "a carriage return stands outside quotes"


@dataclass(frozen=True, slots=True)
class Record:
    """One row: its cells, its first and last line, and what is wrong with it, if anything.

    ``open_end`` says that the text ended inside a quote.
    """

    fields: list[str]
    line: int
    end: int
    flaw: str = ""
    open_end: bool = False


class _Feed:
    """Hands lines to the csv reader; between rows it passes over blank lines and comments."""

    def __init__(self, lines: list[str], first: int, comment: str | None) -> None:
        self.lines, self.first, self.comment = lines, first, comment
        self.position = 0
        self.start = 0
        self.between = True
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        for line in self.lines:
            self.position += 1
            if self.between:
                if self._is_no_row(line):
                    continue
                self.start, self.between = self.position, False
            yield line + "\n"
        self.ended = True

    def _is_no_row(self, line: str) -> bool:
        if not line or line[0] in " \r":
            return not line.strip(" \r")
        return self.comment is not None and line.startswith(self.comment)


def quoted_records(
    lines: list[str], separator: str, *, comment: str | None, path: Path, first: int = 1
) -> Iterator[Record]:
    """The rows of ``lines``, which start at line ``first`` of the file.

    A quote counts where a field begins; inside it "" is one quote, and line ends are text. Raises
    ``InputError`` where a row of several lines does not fit, because a quote was left open.
    """
    feed = _Feed(lines, first, comment)
    reader = csv.reader(feed, delimiter=separator, strict=True)
    while True:
        feed.between = True
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line, end = first + feed.start - 1, first + feed.position - 1
            flaw = _flaw(error)
            if not feed.ended and end > line and flaw != CARRIAGE_RETURN:
                raise unclosed_quote(path, line) from error
            yield Record([], line, end, flaw=flaw, open_end=feed.ended)
        else:
            yield Record(fields, first + feed.start - 1, first + feed.position - 1)


def unclosed_quote(path: Path, line: int) -> InputError:
    """The error for a quote that opens on ``line`` and is not closed where its field ends."""
    return InputError(
        f"The quote that opens on line {line} of {path} is not closed where its field ends. "
        'Nothing of the file was taken in; close the quote, or double it ("") where it is text.'
    )


def _flaw(error: csv.Error) -> str:
    if str(error).startswith("new-line character"):
        return CARRIAGE_RETURN
    return f"its quotes do not fit ({error})"
