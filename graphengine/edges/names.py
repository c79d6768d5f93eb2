"""Which columns of a frame or a file are source, target and weight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphengine.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Columns", "chosen", "looks_like_a_header"]

SOURCES = ("source", "src", "from", "actor", "fromnodeid", "subject", "u")
TARGETS = ("target", "dst", "to", "tgt", "destination", "tonodeid", "object", "v")
WEIGHTS = ("weight", "w")


@dataclass(frozen=True, slots=True)
class Columns:
    """The names of the columns; None: the usual ones, whatever their case."""

    source: str | None = None
    target: str | None = None
    weight: str | None = None

    @property
    def named(self) -> tuple[str, ...]:
        """Those that were named."""
        return tuple(name for name in (self.source, self.target, self.weight) if name is not None)


def chosen(columns: Columns, has: Sequence[str], *, where: str) -> list[str]:
    """The names of the two or three columns among those that there are.

    A column that is named by its number, from 1, is taken where no column has that name. A weight
    is taken where it is named, or where a column is called weight.

    Raises:
        InputError: A named column is not there, or none is that the usual names fit.

    >>> chosen(Columns(), ["id", "from", "to", "weight"], where="It")
    ['from', 'to', 'weight']
    """
    found = [
        _one(columns.source, SOURCES, has, what="source", where=where),
        _one(columns.target, TARGETS, has, what="target", where=where),
    ]
    if columns.weight is not None:
        found.append(_one(columns.weight, (), has, what="weight", where=where))
    else:
        found += [name for name in has if name.casefold() in WEIGHTS and name not in found][:1]
    if len(set(found)) < len(found):
        raise InputError(
            f'{where} would give "{found[0]}" two meanings: source, target and weight are three '
            "different columns. Name them."
        )
    return found


def looks_like_a_header(cells: Sequence[str], columns: Columns) -> bool:
    """Whether the first row names columns: the usual names, or those that were named.

    >>> looks_like_a_header(["src", "dst"], Columns()), looks_like_a_header(["1", "2"], Columns())
    (True, False)
    """
    lowered = [cell.strip().casefold() for cell in cells]
    if any(name in cells for name in columns.named):
        return True
    return any(c in SOURCES for c in lowered) and any(c in TARGETS for c in lowered)


def _one(
    name: str | None, usual: tuple[str, ...], has: Sequence[str], *, what: str, where: str
) -> str:
    if name is not None and name in has:
        return name
    if name is not None and name.isdigit() and 1 <= int(name) <= len(has):
        return has[int(name) - 1]
    if name is None:
        lowered = {column.casefold(): column for column in reversed(has)}
        for one in usual:
            if one in lowered:
                return lowered[one]
    shown = ", ".join(f'"{column}"' for column in has[:20]) + (", ..." if len(has) > 20 else "")
    came = f'has no column "{name}"' if name is not None else f"has no column called {what}"
    hint = did_you_mean(name, list(has)) if name is not None else ""
    raise InputError(
        f"{where} {came}.{hint} It has: {shown or 'no columns'}. Name the {what} column "
        f"({what}=NAME, on the command line --{what} NAME)."
    )
