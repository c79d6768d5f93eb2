"""Elements walked by their internal ids, a page a query, two pages at a time.

Each internal id that lay between the lowest and the highest at the start is asked for exactly once.
Neo4j gives no element another id while it lives, so whatever was there at the start and still is
when its page comes, is read, and read once. Ids have gaps: those are asked for and give nothing.
An id may be given again after a deletion, so an element made during the walk may be seen or not;
one that is deleted during it is seen if its page came first. Only ids themselves never leave here.
"""

from __future__ import annotations

import sys
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import neo4j
import polars as pl
from neo4j.exceptions import Neo4jError

from graphengine.bolt import naming
from graphengine.readers.graph.cells import NONE
from graphengine.readers.graph.packed import kinds_of, numbers_as_arrays
from graphengine.readers.graph.still import UnprovenError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence

    from graphengine.bolt import Link
    from graphengine.readers.graph.coded import Held
    from graphengine.readers.graph.packed import Values
    from graphengine.readers.graph.statements import Statements
    from graphengine.readers.graph.still import Still

__all__ = ["Page", "Walk", "pages_of", "slices", "walk_from_mark", "walk_of_all"]

T = TypeVar("T", range, list[int], range | list[int])

ELEMENTS = 60_000  # internal ids a page
THREADS = 2
SPARSE = 8  # ids a element from which on it is cheaper to list the ids first
_TYPES = {int: "INTEGER", float: "FLOAT", str: "STRING"}  # as valueType calls them
_TOO_MUCH = "Neo.TransientError.General.MemoryPoolOutOfMemoryError"
_TOO_LARGE = "Neo.ClientError.Statement.ArithmeticError"  # two ids for one number


@dataclass(frozen=True)
class Page:
    """The rows of some elements by columns; of the watermark its values and their types.

    ``seen`` is how many elements there were, ``share`` how much of the walk is done. ``tops``
    are the ids that were asked for as such; None where there is no row.
    """

    columns: Sequence[Values | pl.Series | Held]
    marks: Values
    kinds: frozenset[str]
    seen: int
    share: float
    tops: Sequence[int | None] = ()


@dataclass(frozen=True)
class Walk:
    """A walk that is planned: ``counted`` elements were there at the start, in some pages of ids."""

    counted: int
    ids: range | list[int]

    def pages(self, link: Link, statements: Statements, **values: Any) -> Iterator[Page]:
        """Every page in the order of the ids, each read in READ mode in a transaction of its own.

        Raises:
            GraphengineError: the database does not answer to the end, as `bolt` calls it. Nothing
                but what was yielded is known then.
        """
        jobs = [(statements, part) for part in slices(self.ids, ELEMENTS)]
        for pages in pages_of(link, jobs, values=values):
            yield from pages


def slices(ids: T, size: int) -> list[T]:
    """The ids in parts of at most ``size``.

    >>> slices(range(5), 2)
    [range(0, 2), range(2, 4), range(4, 5)]
    """
    return [ids[i : i + size] for i in range(0, len(ids), size)]


def pages_of(
    link: Link,
    jobs: Sequence[tuple[Statements, range | list[int]]],
    *,
    values: Mapping[str, Any],
    here: Still | None = None,
) -> Generator[list[Page], None, None]:
    """The pages of ids (or places) by their statements, in this order; ``here``, all of one state.

    One for each job, or more where it was too much at once or there are several types.

    Raises as `Walk.pages`, and ``UnprovenError`` as `Still.read`.
    """
    asked = {id(one): _Asked(link, one, dict(values), here) for one, _ in jobs}
    with ThreadPoolExecutor(THREADS) as threads:
        todo = iter(jobs)
        waiting = deque(
            threads.submit(asked[id(one)].page, part) for one, part in islice(todo, 2 * THREADS)
        )
        try:
            for done, (statements, _) in enumerate(jobs, 1):
                records = waiting.popleft().result()
                for one, part in islice(todo, 1):
                    waiting.append(threads.submit(asked[id(one)].page, part))
                share = done / len(jobs)
                yield [_page_of(record, statements, share=share) for record in records]
        finally:
            for future in waiting:
                future.cancel()


def walk_of_all(link: Link, statements: Statements) -> Walk:
    """All elements: their whole range of ids, or a list where they lie too thinly in it."""
    census = link.rows(statements.census)
    if not census:
        return Walk(0, [])
    (found,) = census
    ids = range(found["low"], found["high"] + 1)
    if len(ids) <= SPARSE * found["n"]:
        return Walk(found["n"], ids)
    listed = _listed(link, statements.ids)
    return Walk(len(listed), listed)


def walk_from_mark(link: Link, statements: Statements, *, kind: str, since: Any) -> Walk:
    """The elements of rows whose mark is ``since`` or more; moments come in nanoseconds."""
    nanoseconds = 0
    if kind.endswith(("DATETIME", "DATE")):
        since, nanoseconds = divmod(since, 1_000_000_000)
    listed = _listed(link, statements.ids_since(kind), since=since, nanoseconds=nanoseconds)
    return Walk(len(listed), listed)


def _listed(link: Link, statement: str, **values: Any) -> list[int]:
    with (
        naming(link.address),
        link.session(neo4j.READ_ACCESS, fetch_size=50_000) as session,
    ):
        return sorted(session.run(statement, values).value())


def _page_of(record: neo4j.Record, statements: Statements, *, share: float) -> Page:
    seen, tops, marks, kinds, *columns = record.values()
    if statements.typed is not None:
        words = statements.own[statements.walked][1].words
        kind = words[0] if statements.placed else columns[statements.typed]
        columns[statements.typed] = pl.repeat(kind, seen, dtype=pl.String, eager=True)
    if statements.mark is not None and not kinds:  # not asked for with care: numbers or texts
        marks = _marks(record, statements)
        kinds = [_TYPES[kind] for kind in _types(marks)]
    return Page(columns, marks, frozenset(kinds), seen, share, tops if statements.tops else ())


def _marks(record: neo4j.Record, statements: Statements) -> Values:
    marks: Values = record["marks" if statements.marked is None else f"c{statements.marked}"]
    return marks


def _types(values: Values) -> set[type]:
    """The types of what is there."""
    kinds = kinds_of(values)
    return {type(v) for v in values if v != NONE} if str in kinds else kinds


def _needs_care(record: neo4j.Record, statements: Statements) -> bool:
    """Whether the plain statement gave moments, or marks that are neither numbers nor texts."""
    times = (kinds_of(record[f"c{i}"]) for i in statements.moments)
    if any(hasattr(kind, "iso_format") for kinds in times for kind in kinds):
        return True
    return statements.mark is not None and not _types(_marks(record, statements)) <= set(_TYPES)


def _short(record: neo4j.Record, statements: Statements) -> set[int]:
    """The columns that left something out."""
    rows = record["seen" if statements.alone else "rows"]
    collected = set(range(len(statements.cells))) - {statements.typed}
    return {i for i in collected if len(record[f"c{i}"]) < rows}


class _TooMuchError(Exception):
    """A page needs more memory than the server allows a query."""


@dataclass
class _Asked:
    link: Link
    statements: Statements
    values: dict[str, Any]
    here: Still | None = None
    careful: bool = False  # from the first page on that had need of it
    filled: frozenset[int] = frozenset()  # likewise, which columns
    most: int = sys.maxsize  # ids at once, from the first page on that was too much

    def page(self, ids: range | list[int]) -> list[neo4j.Record]:
        """The rows of some elements: one record, or more where they are too much for one."""
        with naming(self.link.address):
            return self._page(ids)

    def _page(self, ids: range | list[int]) -> list[neo4j.Record]:
        careful, filled = self.careful, self.filled
        if len(ids) > self.most:
            return self._halves(ids)
        try:
            records = self._read(self._work(ids, careful=careful, filled=filled))
        except _TooMuchError:
            self.most = min(self.most, (len(ids) + 1) // 2)
            return self._halves(ids)
        short = {i for record in records for i in _short(record, self.statements)}
        moments = not careful and any(_needs_care(r, self.statements) for r in records)
        if not short and not moments:
            return records
        self.filled |= short
        self.careful |= moments
        return self._page(ids)

    def _read(self, work: Callable[[neo4j.Transaction], list[neo4j.Record]]) -> list[neo4j.Record]:
        if self.here is not None:
            return self.here.read(work)
        return self.link.read(work)[0]

    def _halves(self, ids: range | list[int]) -> list[neo4j.Record]:
        middle = len(ids) // 2
        return [*self._page(ids[:middle]), *self._page(ids[middle:])]

    def _work(
        self, ids: range | list[int], *, careful: bool, filled: frozenset[int]
    ) -> Callable[[neo4j.Transaction], list[neo4j.Record]]:
        listed = isinstance(ids, list)
        statement = self.statements.page(listed=listed, careful=careful, filled=filled)
        given: dict[str, Any] = (
            {"ids": ids}
            if isinstance(ids, list)
            else {"low": ids[0], "many": len(ids)}
            if self.statements.placed
            else {"low": ids[0], "high": ids[-1]}
        )

        def work(transaction: neo4j.Transaction) -> list[neo4j.Record]:
            try:
                with numbers_as_arrays(transaction):
                    return list(transaction.run(statement, {**self.values, **given}))
            except Neo4jError as error:
                if error.code == _TOO_LARGE and self.here is not None:
                    raise UnprovenError from error
                if error.code != _TOO_MUCH or len(ids) == 1:
                    raise
                raise _TooMuchError from error  # the driver would only try the same again

        return work
