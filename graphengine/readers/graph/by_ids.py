"""Relationships read by the ids of their ends, each node once, while nobody writes.

Internal ids are given again after deletions and keys change, so what was read of the nodes is put
to a relationship only where `still` proves that nothing was committed since before the first of
these reads. Otherwise all of it is thrown away, and the path is read in one query a page, as ever.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from graphengine.readers.graph import walk
from graphengine.readers.graph.cells import joined_columns, plain_column
from graphengine.readers.graph.coded import Held
from graphengine.readers.graph.ends import RELATIONSHIP, SPAN, Ends, each_word, ends_of
from graphengine.readers.graph.still import Still, UnprovenError, still

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import TypeAlias

    from graphengine.bolt import Link
    from graphengine.readers.graph.packed import Values
    from graphengine.readers.graph.statements import Statements
    from graphengine.readers.graph.walk import Page

    Job: TypeAlias = tuple[Statements, range | list[int]]

__all__ = ["pages_by_ids"]

NODES = 2  # a relationship, up to which it pays to read them all
PASSES = 24  # pages that begin by counting off those before them; more cost more than a seek by ids
LARGEST = 4  # times ELEMENTS: what such a page may hold
WHOLE = 2  # times ELEMENTS: what is not worth being asked for in parts


def pages_by_ids(
    link: Link, asked: Statements, *, counted: int, values: Mapping[str, Any]
) -> Iterator[Page]:
    """The pages of a whole walk: the same rows as its own, in another order.

    ``counted`` is how many relationships there are.

    Raises:
        UnprovenError: the path is none that can be read so, it does not pay here, or somebody
            wrote meanwhile. What was yielded before is worth nothing then.
        GraphengineError: the database does not answer to the end, as `bolt` calls it.
    """
    ends = ends_of(asked)
    if ends is None or not counted:
        raise UnprovenError
    here = still(link)
    counts = [_counts(here, nodes) for nodes in ends.nodes]
    if sum(map(sum, counts)) > NODES * counted:
        raise UnprovenError
    counts.append(_counts(here, ends.relationships))
    plans = [
        _planned(here, one, n)
        for one, n in zip((*ends.nodes, ends.relationships), counts, strict=True)
    ]
    jobs = [job for plan in plans for job in plan]
    # in one go: relationships are under way while what nodes hold is put in its place
    with closing(walk.pages_of(link, jobs, values=values, here=here)) as found:
        read = [_whole(found, plan, sum(n)) for plan, n in zip(plans, counts, strict=True)]
        known = [
            _known(pages, columns=len(nodes.cells))
            for pages, nodes in zip(read[:-1], ends.nodes, strict=True)
        ]
        for page in read[-1]:
            yield _with_ends(page, ends, known=known)


def _counts(here: Still, asked: Statements) -> list[int]:
    return [int(row["n"]) for row in here.rows(asked.counts)]


def _planned(here: Still, asked: Statements, counts: list[int]) -> list[Job]:
    """All elements, type by type in the order of ids; by ids where that order is not kept or long."""
    longest = LARGEST * walk.ELEMENTS
    if max(counts) > PASSES * longest or not asked.own[asked.walked][1].words:
        return [(asked, part) for part in walk.slices(_ids(here, asked), walk.ELEMENTS)]
    ways = zip(each_word(asked, "ASC"), each_word(asked, "DESC"), counts, strict=True)
    return [job for up, down, count in ways for job in _from_both_ends(up, down, count)]


def _from_both_ends(up: Statements, down: Statements, count: int) -> Iterator[Job]:
    """Pages of one type: as many counted off from the end as from the beginning, so half as far.

    The last page from the end goes on to the last element of those from the beginning; where there
    is none of them, the last page from the beginning goes beyond the last element of all. `_whole`
    sees by that whether there are as many as Neo4j says.
    """
    pages = -(-count // (LARGEST * walk.ELEMENTS))
    if count > WHOLE * walk.ELEMENTS:
        pages = max(2, pages)
    if pages < 2:
        yield up, range(count + 1)
        return
    size = -(-count // pages)
    half = (pages + 1) // 2 * size
    rest = range(count - half + 1)
    yield from ((up, part) for part in walk.slices(range(half), size))
    yield from ((down, part) for part in walk.slices(rest, -(-len(rest) // (pages // 2))))


def _ids(here: Still, asked: Statements) -> range:
    for found in here.rows(asked.census):
        ids = range(found["low"], found["high"] + 1)
        if len(ids) <= walk.SPARSE * found["n"]:
            return ids
    raise UnprovenError  # none are left, or they lie too thinly


def _whole(found: Iterator[list[Page]], plan: list[Job], count: int) -> Iterator[Page]:
    """The pages of a plan, each element once. Raises ``UnprovenError`` unless there are ``count``.

    Neo4j keeps numbers of elements apart from these.
    """
    seen, middle = 0, None
    for place, (asked, _) in enumerate(plan):
        pages = next(found)
        if asked.placed == "ASC":
            middle = pages[-1].tops[0]
        elif asked.placed and (place + 1 == len(plan) or plan[place + 1][0] is not asked):
            if pages[-1].tops[0] != middle:
                raise UnprovenError
            pages[-1] = _without_last(pages[-1])
        seen += sum(page.seen for page in pages)
        yield from pages
    if seen != count:
        raise UnprovenError


def _without_last(page: Page) -> Page:
    columns = [column[:-1] for column in _as_read(page)]
    return replace(page, columns=columns, marks=page.marks[:-1], seen=page.seen - 1)


@dataclass(frozen=True)
class _Known:
    """What nodes hold, and where: ``places`` by the id less ``before``; those at both ends are -1."""

    before: int
    places: np.ndarray
    columns: list[pl.Series]

    def places_of(self, ids: np.ndarray) -> np.ndarray:
        """The place of each id in the columns, -1 for one that is of no such node."""
        found: np.ndarray = self.places.take(ids - self.before, mode="clip")
        return found


def _known(pages: Iterable[Page], *, columns: int) -> _Known:
    """All nodes of a label. UnprovenError where one of several types of values would decide."""
    parts: list[list[pl.Series]] = [[] for _ in range(columns)]
    for page in pages:
        for part, listed in zip(parts, _as_read(page), strict=True):
            column = listed if isinstance(listed, pl.Series) else plain_column(listed)
            if column is None:
                raise UnprovenError
            part.append(column)
    if not parts[0] or any(_mixed(part) for part in parts):
        raise UnprovenError
    ids, *values = (joined_columns(part) for part in parts)
    number = ids.cast(pl.Int64).to_numpy()
    low, high = (int(number.min()), int(number.max())) if len(number) else (0, -1)
    if high - low > walk.SPARSE * max(len(number), walk.ELEMENTS):
        raise UnprovenError
    places = np.full(high - low + 3, -1, np.int32)
    places[number - low + 1] = np.arange(len(number))
    return _Known(low - 1, places, values)


def _mixed(parts: list[pl.Series]) -> bool:
    return len({part.dtype for part in parts if part.null_count() < len(part)}) > 1


def _with_ends(page: Page, ends: Ends, *, known: list[_Known]) -> Page:
    """The page with the columns that were asked for; without relationships that are no row."""
    top = page.tops[1]
    if top is not None and top >= SPAN:
        raise UnprovenError  # it looks like another pair
    read = _as_read(page)
    both = np.asarray(read[0], np.int64)
    ids = (both >> (SPAN.bit_length() - 1), both & (SPAN - 1))
    tables = {end: known[place] for end, place in enumerate(ends.known) if place is not None}
    places = {end: table.places_of(ids[end]) for end, table in tables.items()}
    kept = np.logical_and.reduce([place >= 0 for place in places.values()])
    if not kept.all():
        if len(page.marks) or page.kinds:
            raise UnprovenError  # of which types marks are, rows alone decide
        read = [_filtered(column, kept) for column in read]
        places = {end: place[kept] for end, place in places.items()}
    columns = [
        read[place] if end == RELATIONSHIP else Held(tables[end].columns[place - 1], places[end])
        for end, place in ends.places
    ]
    return replace(page, columns=columns)


def _as_read(page: Page) -> list[Values | pl.Series]:
    return cast("list[Values | pl.Series]", page.columns)


def _filtered(column: Values | pl.Series, kept: np.ndarray) -> Values | pl.Series:
    if isinstance(column, pl.Series):
        return column.filter(pl.Series(kept))
    return column[kept] if isinstance(column, np.ndarray) else list(compress(column, kept))
