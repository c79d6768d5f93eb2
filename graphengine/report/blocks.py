"""What every part of the page is made of: tables, folds, names, numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from graphengine.plots.markup import element

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from graphengine.plots.markup import Content

__all__ = [
    "NOT_KNOWN", "Column", "count", "counted", "figure", "fold", "named", "number", "score",
    "section", "short", "table", "utc",
]  # fmt: skip

NOT_KNOWN = "–"
_LONGEST = 80  # letters of a name that are shown


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its ``title``, how a row's cell is made, whether it holds numbers.

    ``head`` marks the cell that names its row; ``under`` stands below the title.
    """

    title: str
    cell: Callable[[Mapping[str, Any]], Content]
    numeric: bool = True
    head: bool = False
    under: ET.Element | None = None


def counted(title: str, name: str | None = None) -> Column:
    """A column with the number of things that a row has under ``name`` (default: the title).

    >>> counted("people").cell({"people": 1200})
    '1,200'
    """
    return Column(title, lambda row: count(row[name or title]))


def table(
    caption: Content, columns: Sequence[Column], rows: Iterable[Mapping[str, Any]]
) -> ET.Element:
    """A table with a caption, scopes on its heads, in a frame that scrolls where it is too wide.

    >>> made = table("People", [Column("who", lambda r: r["who"], head=True)], [{"who": "a"}])
    >>> made.get("aria-label"), [head.get("scope") for head in made.iter("th")]
    ('People', ['col', 'row'])
    """
    head = element(
        "tr",
        (
            element("th", c.title, c.under, scope="col", class_="n" if c.numeric else None)
            for c in columns
        ),
    )
    body = [element("tr", (_cell(c, row) for c in columns)) for row in rows]
    made = element(
        "table", element("caption", caption), element("thead", head), element("tbody", body)
    )
    told = "".join(made[0].itertext())
    return element("div", made, class_="wide", tabindex="0", role="group", aria_label=told)


def _cell(column: Column, row: Mapping[str, Any]) -> ET.Element:
    content, kind = column.cell(row), "n" if column.numeric else None
    if column.head:
        return element("th", content, scope="row", class_=kind)
    return element("td", content, class_=kind)


def fold(title: str, *content: Content) -> ET.Element:
    """Something that opens when it is asked to, without a script; in print it is open.

    >>> [part.tag for part in fold("More", element("p", "all of it"))]
    ['summary', 'p']
    """
    return element("details", element("summary", title), content)


def figure(picture: ET.Element, caption: Content, behind: ET.Element) -> ET.Element:
    """A picture, what it shows, and the numbers that it was drawn from."""
    return element("figure", picture, element("figcaption", caption), behind)


def section(title: Content, *content: Content, level: int = 2, anchor: str) -> ET.Element:
    """A part of the page with its heading; ``anchor`` is its address within the page.

    >>> section("Topics", anchor="topics")[0].get("id")
    'topics-title'
    """
    heading = element(f"h{level}", title, id=f"{anchor}-title")
    return element("section", heading, content, id=anchor, aria_labelledby=f"{anchor}-title")


def named(text: str) -> ET.Element:
    """A name out of the data, kept apart from the direction of the text around it.

    >>> named("x" * 500).tag, len(named("x" * 500).text)
    ('bdi', 80)
    """
    return element("bdi", short(text))


def short(text: str, most: int = _LONGEST) -> str:
    """At most ``most`` letters of it.

    >>> short("abcdef", most=4)
    'abc…'
    """
    return text if len(text) <= most else f"{text[: most - 1]}…"


def score(value: float | None) -> str:
    """A score cut, not rounded, to a tenth: 99.97 is not yet 100.

    >>> score(99.97), score(None)
    ('99.9', '–')
    """
    return NOT_KNOWN if value is None else f"{math.floor(value * 10 + 1e-9) / 10:.1f}"


def count(value: int | None) -> str:
    """A number of things.

    >>> count(1234), count(None)
    ('1,234', '–')
    """
    return NOT_KNOWN if value is None else f"{value:,}"


def number(value: float | None, digits: int = 3) -> str:
    """A number to ``digits`` significant digits.

    >>> number(0.123456), number(98765.4), number(None)
    ('0.123', '98,765', '–')
    """
    if value is None or not math.isfinite(value):
        return NOT_KNOWN
    return f"{value:,.0f}" if abs(value) >= 10**digits else f"{value:.{digits}g}"


def utc(seconds: int | None) -> str:
    """A time in epoch seconds, for people.

    >>> utc(0), utc(None)
    ('1970-01-01 00:00:00 UTC', '–')
    """
    if seconds is None:
        return NOT_KNOWN
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
