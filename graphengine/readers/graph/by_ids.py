"""Relationships read by the ids of their ends, each node once, while nobody writes.

Internal ids are given again after deletions and keys change, so what was read of the nodes is put
to a relationship only where `still` proves that nothing was committed since before the first of
these reads. Otherwise all of it is thrown away, and the path is read in one query a page, as ever.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import polars as pl

from graphengine.readers.graph import walk
from graphengine.readers.graph.cells import joined_columns, plain_column
from graphengine.readers.graph.coded import Held
from graphengine.readers.graph.ends import RELATIONSHIP, Ends, each_word, ends_of
from graphengine.readers.graph.still import Still, UnprovenError, still

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.bolt import Link
    from graphengine.readers.graph.statements import Statements
    from graphengine.readers.graph.walk import Page

__all__ = ["pages_by_ids"]

NODES = 2  # a relationship, up to which it pays to read them all
PASSES = 8  # pages that begin by counting off those before them; more cost more than a seek by ids
LARGEST = 4  # times ELEMENTS: what such a page may hold


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
    known = [_known(here, nodes, n, values) for nodes, n in zip(ends.nodes, counts, strict=True)]
    there = _counts(here, ends.relationships)
    for page in _pages(here, ends.relationships, there, values):
        yield _with_ends(page, ends, known=known)


def _counts(here: Still, asked: Statements) -> list[int]:
    return [int(row["n"]) for row in here.rows(asked.counts)]


def _pages(
    here: Still, asked: Statements, counts: list[int], values: Mapping[str, Any]
) -> Iterator[Page]:
    """All elements, type by type in the order of ids; by ids where that order is not kept or long."""
    longest = max(2 * walk.ELEMENTS, -(-max(counts) // PASSES))
    if longest > LARGEST * walk.ELEMENTS or not asked.own[asked.walked][1].words:
        jobs = [(asked, part) for part in walk.slices(_ids(here, asked), walk.ELEMENTS)]
    else:
        jobs = [
            (one, part)
            for one, count in zip(each_word(asked), counts, strict=True)
            for part in walk.slices(range(count + 1), longest)  # beyond the last there is none
        ]
    seen = 0
    for page in walk.pages_of(here.link, jobs, values=values, here=here):
        seen += page.seen
        yield page
    if seen != sum(counts):
        raise UnprovenError  # Neo4j keeps numbers of elements apart from these


def _ids(here: Still, asked: Statements) -> range:
    for found in here.rows(asked.census):
        ids = range(found["low"], found["high"] + 1)
        if len(ids) <= walk.SPARSE * found["n"]:
            return ids
    raise UnprovenError  # none are left, or they lie too thinly


@dataclass(frozen=True)
class _Known:
    """What nodes hold, and where: ``places`` by the id less ``low``, -1 for none; the last is -1."""

    low: int
    places: np.ndarray
    columns: list[pl.Series]

    def places_of(self, ids: np.ndarray) -> np.ndarray:
        """The place of each id in the columns, -1 for one that is of no such node."""
        found: np.ndarray = self.places.take(np.clip(ids - self.low, -1, len(self.places) - 1))
        return found


def _known(here: Still, asked: Statements, counts: list[int], values: Mapping[str, Any]) -> _Known:
    """All nodes of a label. UnprovenError where one of several types of values would decide."""
    parts: list[list[pl.Series]] = [[] for _ in asked.cells]
    for page in _pages(here, asked, counts, values):
        for part, listed in zip(parts, _as_read(page), strict=True):
            column = listed if isinstance(listed, pl.Series) else plain_column(listed)
            if column is None:
                raise UnprovenError
            part.append(column)
    if not parts[0] or any(_mixed(part) for part in parts):
        raise UnprovenError
    ids, *columns = (joined_columns(part) for part in parts)
    number = ids.cast(pl.Int64).to_numpy()
    low, high = (int(number.min()), int(number.max())) if len(number) else (0, -1)
    if high - low > walk.SPARSE * max(len(number), walk.ELEMENTS):
        raise UnprovenError
    places = np.full(high - low + 2, -1, np.int64)
    places[number - low] = np.arange(len(number))
    return _Known(low, places, columns)


def _mixed(parts: list[pl.Series]) -> bool:
    return len({part.dtype for part in parts if part.null_count() < len(part)}) > 1


def _with_ends(page: Page, ends: Ends, *, known: list[_Known]) -> Page:
    """The page with the columns that were asked for; without relationships that are no row."""
    read = _as_read(page)
    tables = {end: known[place] for end, place in enumerate(ends.known) if place is not None}
    places = {
        end: table.places_of(pl.Series(read[end], dtype=pl.Int64).to_numpy())
        for end, table in tables.items()
    }
    kept = np.logical_and.reduce([place >= 0 for place in places.values()])
    if not kept.all():
        if page.marks or page.kinds:
            raise UnprovenError  # of which types marks are, rows alone decide
        read = [_filtered(column, kept) for column in read]
        places = {end: place[kept] for end, place in places.items()}
    columns = [
        read[place] if end == RELATIONSHIP else Held(tables[end].columns[place - 1], places[end])
        for end, place in ends.places
    ]
    return replace(page, columns=columns)


def _as_read(page: Page) -> list[list[Any] | pl.Series]:
    return cast("list[list[Any] | pl.Series]", page.columns)


def _filtered(column: list[Any] | pl.Series, kept: np.ndarray) -> list[Any] | pl.Series:
    if isinstance(column, pl.Series):
        return column.filter(pl.Series(kept))
    return list(compress(column, kept))
