"""Rows for people: aligned columns, numbers to the right, whole rows where no screen cuts them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from graphengine.cli.console import console, plain_width, printable, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from graphengine.stores.ports import Answer

__all__ = ["count", "counted", "one_decimal", "print_answer", "print_table", "shown", "utc"]

_TIMES = ("at", "day", "as_of", "data_from", "data_to")  # epoch seconds, by the model's rule

NOTHING = "-"
_GAP = 3  # spaces between two columns
_NAME = 24  # letters of a key that are kept in one piece: a run's id has 23


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows under their titles, numbers flush right; a screen too narrow gets lines instead."""
    titles = [printable(title) for title in columns]
    texts = [[shown(value) for value in row] for row in rows]
    cells = [[row[i] for row in texts] for i in range(len(titles))]
    numeric = [bool(column) and all(map(_is_number, column)) for column in cells]
    whole = [
        max(map(_length, [title, *column])) for title, column in zip(titles, cells, strict=True)
    ]
    room = plain_width()
    if room is not None and sum(whole) + _GAP * (len(titles) - 1) <= room:
        _print_plain([titles, *texts], widths=whole, numeric=numeric)
        return
    screen = console()
    widths = _widths(titles, cells, numeric=numeric, whole=whole, room=screen.width)
    if widths is None:
        _print_lines(titles, texts)
    else:
        _print_on(screen, titles, texts, widths=widths, numeric=numeric)


def _print_plain(
    rows: Sequence[Sequence[str]], *, widths: Sequence[int], numeric: Sequence[bool]
) -> None:
    """Whole rows, the titles first, as rich would write them into a file, without its start-up."""
    for i, row in enumerate(rows):
        cells = []
        for text, width, right in zip(row, widths, numeric, strict=True):
            room = " " * (width - _length(text))
            cells.append(room + text if right else text + room)
        say((" " * _GAP).join(cells).rstrip())
        if not i:
            say("─" * (sum(widths) + _GAP * (len(widths) - 1)))


def _print_on(
    screen: Console,
    titles: Sequence[str],
    texts: Sequence[Sequence[str]],
    *,
    widths: Sequence[int],
    numeric: Sequence[bool],
) -> None:
    """Rows as wide as a screen lets them be."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for title, width, right in zip(titles, widths, numeric, strict=True):
        justify: Literal["left", "right"] = "right" if right else "left"
        table.add_column(Text(title), justify=justify, overflow="fold", width=width)
    for row in texts:
        table.add_row(*map(Text, row))
    with screen.capture() as captured:
        screen.print(table)
    for line in captured.get().splitlines():
        say(line.rstrip())


def _widths(
    titles: Sequence[str],
    cells: Sequence[Sequence[str]],
    *,
    numeric: Sequence[bool],
    whole: Sequence[int],
    room: int,
) -> list[int] | None:
    """A width for each column, None where numbers or short names would fall apart.

    Rich would let columns shrink to nothing; here a column keeps what makes it readable, and what
    room is left goes to those that need least to be whole.
    """
    least = []
    for title, column, right in zip(titles, cells, numeric, strict=True):
        words = [word for text in column for word in ([text] if right else text.split())]
        longest = max(map(_length, [*title.split(), *words]), default=1)
        least.append(longest if right else min(longest, _NAME))
    left = room - _GAP * (len(titles) - 1) - sum(least)
    if left < 0:
        return None
    for i in sorted(range(len(titles)), key=lambda i: whole[i] - least[i]):
        given = min(whole[i] - least[i], left)
        least[i] += given
        left -= given
    return least


def _length(text: str) -> int:
    """The columns that a text takes on a screen: some letters take two, some none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _print_lines(titles: Sequence[str], texts: Sequence[Sequence[str]]) -> None:
    """One line a value, a blank one between rows."""
    width = max(map(len, titles))
    for i, row in enumerate(texts):
        if i:
            say()
        for title, text in zip(titles, row, strict=True):
            say(f"{title:<{width}}  {text}")


def print_answer(answer: Answer) -> None:
    """Print the rows of a query, and how many there are; times are written out for people."""
    times = {i for i, name in enumerate(answer.columns) if name in _TIMES or name.endswith("_at")}
    rows = [
        [utc(v) if i in times and isinstance(v, int) else v for i, v in enumerate(row)]
        for row in answer.rows
    ]
    print_table(answer.columns, rows)
    say()
    say("1 row" if len(answer.rows) == 1 else f"{len(answer.rows):,} rows")


def shown(value: Any) -> str:
    """One cell: nothing is a dash, floats have six digits, control characters are escaped.

    >>> shown(None), shown(1234), shown(0.12345678), shown(["a", 1])
    ('-', '1234', '0.123457', 'a, 1')
    """
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value))
    return printable(str(value))


def count(number: int) -> str:
    """A number of things, its thousands marked."""
    return f"{number:,}"


def counted(number: int, one: str, several: str) -> str:
    """A number with the word for what it counts.

    >>> counted(1, "person", "people"), counted(1200, "person", "people")
    ('1 person', '1,200 people')
    """
    return f"{count(number)} {one if number == 1 else several}"


def one_decimal(value: float | None) -> str:
    """A score or percentile cut, not rounded, to a tenth: 99.97 is not yet 100.

    >>> one_decimal(99.97), one_decimal(100.0), one_decimal(None)
    ('99.9', '100.0', '-')
    """
    return NOTHING if value is None else f"{math.floor(value * 10 + 1e-9) / 10:.1f}"


def utc(seconds: int | None) -> str:
    """A time for people.

    >>> utc(0), utc(None)
    ('1970-01-01 00:00:00 UTC', '-')
    """
    if seconds is None:
        return NOTHING
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _is_number(text: str) -> bool:
    plain = text.replace(",", "").removesuffix("%")
    try:
        float(plain)
    except ValueError:
        return text == NOTHING
    return True
