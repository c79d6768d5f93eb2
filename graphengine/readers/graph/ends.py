"""What is sent to read relationships by the internal ids of their ends, and the nodes once each.

A key that is asked for at each end of each relationship is read, packed and made into an object
again as often as its node has relationships. Asked for once a node, it is not; the relationships
then say by internal ids which nodes they are about. `still` tells when the two belong together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from graphengine.job.graph_path import Element
from graphengine.readers.graph.statements import Statements, pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["RELATIONSHIP", "SPAN", "Ends", "each_word", "ends_of"]

SPAN = 1 << 31  # a power of two; above the ids of last ends, or a read is not believed
RELATIONSHIP = 2  # where a column is read; 0 and 1: at the end that the path names first, last


@dataclass(frozen=True)
class Ends:
    """Statements that together ask for what those of a path do.

    ``relationships`` gives the ids of the two ends as one number (SPAN times the first, and the
    last) and then its own columns; each of ``nodes`` an id and then properties. ``known``: which of
    ``nodes`` tells about the first and the last end (None: nothing is asked of it, not even a
    label). ``places``: for each column of the path, where it is read (0, 1 or RELATIONSHIP) and its
    place there.
    """

    relationships: Statements
    nodes: Sequence[Statements]
    known: tuple[int | None, int | None]
    places: Sequence[tuple[int, int]]


def ends_of(asked: Statements) -> Ends | None:
    """The same of one relationship in one direction, by ids; None for any other path.

    None too where an end holds the watermark, a time, or nothing that would be asked twice.
    """
    parts = list(asked.own.values())
    if asked.optional is not None or len(parts) != 3 or asked.own[asked.walked] is not parts[1]:
        return None
    outer, relationship = (parts[0], parts[2]), parts[1]
    at_ends = tuple(f"{variable}." for variable, _ in outer)
    costly = [asked.mark or "", *(asked.cells[place] for place in asked.moments)]
    if relationship[1].direction == "-" or any(cell.startswith(at_ends) for cell in costly):
        return None
    columns: dict[tuple[str, ...], list[str]] = {}
    for start, (_, element) in zip(at_ends, outer, strict=True):
        mine = [cell.removeprefix(start) for cell in asked.cells if cell.startswith(start)]
        if mine or element.words:
            known = columns.setdefault(element.words, [])
            known += [key for key in dict.fromkeys(mine) if key not in known]
    if not any(columns.values()):
        return None
    labels = list(columns)
    which = [labels.index(e.words) if e.words in columns else None for _, e in outer]
    inner = [cell for cell in asked.cells if not cell.startswith(at_ends)]
    places = []
    for cell in asked.cells:
        end = next((i for i, start in enumerate(at_ends) if cell.startswith(start)), RELATIONSHIP)
        key = cell.removeprefix(at_ends[end]) if end < RELATIONSHIP else cell
        there = inner if end == RELATIONSHIP else columns[outer[end][1].words]
        places.append((end, there.index(key) + 1))
    return Ends(
        relationships=_relationships(asked, inner),
        nodes=[_nodes(words, keys) for words, keys in columns.items()],
        known=(which[0], which[1]),
        places=places,
    )


def each_word(asked: Statements, way: Literal["ASC", "DESC"]) -> Iterator[Statements]:
    """The same for each type or label alone, by places in the order of ids, up or down."""
    variable, element = asked.own[asked.walked]
    for word in element.words:
        own = {**asked.own, asked.walked: (variable, replace(element, words=(word,)))}
        yield replace(asked, path=_path(own), own=own, placed=way)


def _relationships(asked: Statements, inner: Sequence[str]) -> Statements:
    """Any node may be at an end here: a label is asked for where the nodes are read."""
    own = {
        name: (variable, e if e.kind == "relationship" else replace(e, words=()))
        for name, (variable, e) in asked.own.items()
    }
    first, between, last = (variable for variable, _ in own.values())
    cells = [f"id({first}) * {SPAN} + id({last})", *inner]
    moments = {cells.index(asked.cells[i]): text for i, text in asked.moments.items()}
    return replace(
        asked,
        path=_path(own),
        own=own,
        cells=cells,
        moments=moments,
        alone=True,
        tops=(between, last),
    )


def _nodes(words: tuple[str, ...], keys: Sequence[str]) -> Statements:
    own = {"e": ("e", Element("node", "e", words))}
    return Statements(
        path=_path(own),
        optional=None,
        own=own,
        walked="e",
        cells=["id(e)", *(f"e.{key}" for key in keys)],
        moments={},
        mark=None,
        alone=True,
        tops=("e",),
    )


def _path(own: dict[str, tuple[str, Element]]) -> str:
    return pattern_of([e for _, e in own.values()], [variable for variable, _ in own.values()])
