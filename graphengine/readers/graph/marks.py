"""How far a read has come: the highest value of a property that only grows, and who has it.

The next read begins at that value, not after it: further elements may have come with the same one.
Those that were read already are passed over together while nothing has changed among them; if
something has, the event log drops what it knows.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

import polars as pl

from graphengine.errors import InputError
from graphengine.readers.graph.cells import as_text
from graphengine.readers.graph.content import content_sha256, in_order

__all__ = ["MARK", "Mark", "from_mark", "kind_of", "known_mark"]

MARK = "mark"  # the column of marks
NUMBERS = {"INTEGER", "FLOAT"}
MOMENTS = ("ZONED DATETIME", "LOCAL DATETIME", "DATE")


@dataclass(frozen=True, slots=True)
class Mark:
    """The highest ``value`` of the property ``of``, of one of Cypher's types; moments in nanoseconds.

    ``ties`` is the SHA-256 of the rows that have it.
    """

    of: str
    type: str
    value: int | float | str
    ties: str

    @property
    def text(self) -> str:
        """As the event log keeps it."""
        return json.dumps(asdict(self), sort_keys=True)


def known_mark(text: str | None, mark_property: str | None) -> Mark | None:
    """What an earlier read left, if it was about the same property."""
    mark = Mark(**json.loads(text)) if text else None
    return mark if mark is not None and mark.of == mark_property else None


def kind_of(kinds: set[str], *, name: str) -> str | None:
    """The one type of a property's values, None when there were none.

    Raises ``InputError`` for several types, which do not compare, or one that does not grow.
    """
    found = {kind.removesuffix(" NOT NULL") for kind in kinds} - {"NULL"}
    if not found:
        return None
    if found <= NUMBERS:
        return "FLOAT" if "FLOAT" in found else "INTEGER"
    kind = min(found)
    if len(found) > 1 or kind not in (*MOMENTS, "STRING"):
        raise InputError(
            f"The watermark {name} holds values of these types: {', '.join(sorted(found))}. "
            "Needed: one type that grows: numbers, texts or moments. Mend the property, "
            "or leave watermark out of the job file."
        )
    return kind


def from_mark(
    cells: pl.DataFrame, kind: str | None, *, name: str, since: Mark | None
) -> tuple[pl.DataFrame, Mark | None]:
    """The rows (in order, their marks in MARK) that are new, and the mark they leave."""
    values = _typed(cells[MARK], kind)
    if since is not None:
        late = (values >= since.value).fill_null(value=False)
        cells, values = cells.filter(late), values.filter(late)
    highest = values.max()
    if kind is None or highest is None:
        return cells, since
    mark = Mark(name, kind, highest, _digest(cells.filter(values == highest)))  # type: ignore[arg-type]
    if since is not None and _digest(cells.filter(values == since.value)) == since.ties:
        cells = cells.filter(values != since.value)
    return cells, mark


def _typed(marks: pl.Series, kind: str | None) -> pl.Series:
    if kind == "FLOAT":
        return marks.cast(pl.Float64).fill_nan(None)
    return marks if kind == "STRING" else marks.cast(pl.Int64)


def _digest(cells: pl.DataFrame) -> str:
    """As text: what type a column has depends on all rows of a read, and those of two reads differ."""
    return content_sha256(in_order(cells.select(as_text(column) for column in cells)))
