"""Tables cut into chunks: one transaction each, always in the same order for the same tables.

A chunk that the server has no memory for is written in halves, down to single rows.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.bolt import StandsInTheWayError, TooLargeError
from graphengine.errors import InputError
from graphengine.stores.neo4j.columns import as_parameters
from graphengine.stores.neo4j.lanes import in_lanes
from graphengine.stores.neo4j.ledger import LANES, run_row
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import neo4j

    from graphengine.stores.neo4j.ledger import Ledger

__all__ = [
    "BLOCK_ROWS",
    "CHUNK_ROWS",
    "Chunk",
    "cut",
    "fingerprint",
    "remove",
    "rows_of",
    "write_rest",
]

CHUNK_ROWS = 20_000  # larger ones gain little, and hold locks and memory for longer

# of a run's rows: the state of a transaction then stays in the processor's caches, which saves the
# server more than the further steps of the ledger cost it
BLOCK_ROWS = 2_500

# Statements that two may send at once: no transaction holds a lock that another asks for. MERGE of
# relationships locks both ends of each, row by row, and two of them would wait in a ring; so would
# removals. Nodes come by keys of their own, and CREATE locks nothing before it commits.
_NODES = ("load/accounts", "load/new-accounts", "load/posts", "load/new-posts")
_RUN = ("publish/scored", "publish/unrated", "publish/reason")
_BY_TWO = frozenset({*_NODES, "load/interactions", *_RUN})
_FEW = 50  # rows that are not worth a second transaction


@dataclass(frozen=True)
class Chunk:
    """Rows for one statement; its parameters are the columns, and ``constants``.

    again: the statement that takes its place where some rows are there already. complete: it must
    find the nodes that every row names. phase, lane: see `write_rest`.
    """

    statement: str
    frame: pl.DataFrame
    constants: Mapping[str, Any]
    again: str = ""
    complete: bool = True
    phase: str = ""
    lane: int = 0

    def write(self, tx: neo4j.Transaction, *, over: bool = False) -> None:
        """Send the rows; ``over`` what is there already.

        Raises:
            InputError: rows name nodes that are not in the database.
            neo4j.exceptions.ConstraintError: a row is there already, and ``over`` is not said.
        """
        written = self._send(tx, self.again if over and self.again else self.statement)
        if self.complete and written != self.frame.height:
            raise InputError(
                f"Some of {self.frame.height} rows name accounts, posts or topics that are not in "
                f"the database; the first row is {self.frame.row(0)}. "
                "Somebody else removed nodes. Delete the job's GraphengineLoad node, and the next "
                "publication writes the whole graph again."
            )

    def _send(self, tx: neo4j.Transaction, text: str) -> int:
        """Have the server do ``text`` with the rows; of how many it says that it did."""
        sent, columns = as_parameters(text, self.frame, complete=self.complete)
        return rows_of(run_row(tx, sent, {**columns, **self.constants}))

    def rows(self, begin: int, end: int) -> Chunk:
        """The chunk of only these rows."""
        return replace(self, frame=self.frame.slice(begin, end - begin))


def rows_of(answer: Mapping[str, Any] | None) -> int:
    """The count of a statement that returns ``rows``; a statement that returns nothing did nothing."""
    return int(answer["rows"]) if answer else 0


def write_rest(ledger: Ledger, chunks: Iterable[Chunk]) -> None:
    """Write those rows of ``chunks`` that the ledger does not count as done, a chunk at a time.

    Neighbours of one phase are written by as many at once as the ledger says, each in a lane of its
    own; a phase begins when the one before has ended.

    Raises:
        InputError: rows name nodes that are not in the database.
        TooLargeError: the server has no memory even for a single row.
        BusyError: another process has claimed the ledger.
    """
    series = list(chunks)  # slices of frames that are in memory anyway
    total = sum(chunk.frame.height for chunk in series)

    def told() -> None:
        if ledger.watch is not None:
            ledger.watch(sum(ledger.done), total)

    for works in _phases(ledger, series):
        in_lanes(works, abreast=ledger.writers > 1, told=told)


def _phases(ledger: Ledger, series: Iterable[Chunk]) -> Iterator[list[Iterator[None]]]:
    """For each phase the transactions that are left of each lane, none of them done yet."""
    ends = [0] * LANES
    for _, phase in groupby(series, key=lambda chunk: chunk.phase):
        left: list[list[tuple[int, Chunk]]] = [[] for _ in range(LANES)]
        for chunk in phase:
            begin = ends[chunk.lane]
            ends[chunk.lane] += chunk.frame.height
            skip = max(0, ledger.done[chunk.lane] - begin)
            if skip < chunk.frame.height:
                rest = chunk.rows(skip, chunk.frame.height)
                left[chunk.lane].append((begin + skip, rest))
        yield [_write_lane(ledger, steps) for steps in left if steps]


def _write_lane(ledger: Ledger, steps: Iterable[tuple[int, Chunk]]) -> Iterator[None]:
    for at, chunk in steps:
        yield from _write_rows(ledger, chunk, at=at)


def _write_rows(ledger: Ledger, chunk: Chunk, *, at: int) -> Iterator[None]:
    """Write rows ``at`` and following of a lane, in as many transactions as memory asks for.

    Yields after each of them.
    """
    rows = chunk.frame.height
    try:
        try:
            ledger.step(at, at + rows, chunk.write, lane=chunk.lane)
        except StandsInTheWayError:
            ledger.step(at, at + rows, partial(chunk.write, over=True), lane=chunk.lane)
    except TooLargeError as refused:
        if rows == 1:
            raise _no_memory(ledger, refused) from refused
    else:
        yield
        return
    half = rows // 2
    yield from _write_rows(ledger, chunk.rows(0, half), at=at)
    yield from _write_rows(ledger, chunk.rows(half, rows), at=at + half)


def remove(ledger: Ledger, text: str, parameters: Mapping[str, Any]) -> None:
    """Send a statement that removes at most ``$rows`` rows until it finds fewer; halves like others.

    Each time after a look at who has the ledger. The statement returns ``rows``, and may return a
    value for ``$after``, where the next one goes on.

    Raises:
        TooLargeError: the server has no memory to remove even a single row.
        BusyError: another process has claimed the ledger.
    """
    asked, rows, full = dict(parameters), CHUNK_ROWS, True
    answers: list[dict[str, Any]] = []

    def some(tx: neo4j.Transaction) -> None:
        answers.append(run_row(tx, text, asked | {"rows": rows}) or {"rows": 0})

    while full:
        try:
            ledger.record(also=some)
        except TooLargeError as refused:
            if rows == 1:
                raise _no_memory(ledger, refused) from refused
            rows //= 2
            continue
        full = answers[-1]["rows"] == rows
        if answers[-1].get("after") is not None:
            asked["after"] = answers[-1]["after"]


def _no_memory(ledger: Ledger, refused: TooLargeError) -> TooLargeError:
    return TooLargeError(
        f"{ledger.link.address} has no memory for a transaction of even one row ({refused}) "
        "What was written stays, and what was served still is. Give the server more: "
        "db.memory.transaction.max and dbms.memory.transaction.total.max in neo4j.conf, or a "
        "larger heap; then run the same command again, and it goes on."
    )


def cut(
    name: str,
    frame: pl.DataFrame,
    *,
    constants: Mapping[str, Any] | None = None,
    again: str = "",
    complete: bool = True,
    within: tuple[str, ...] = (),
) -> Iterator[Chunk]:
    """Chunks of ``frame`` for the statement ``name``, a type at a time where it has a type.

    They are one phase. Where two may write at once, a half of each type lies in each lane.
    ``within``: the columns by which rows are ordered in each block of BLOCK_ROWS rows, which then
    is the largest chunk.
    """
    largest = min(CHUNK_ROWS, BLOCK_ROWS) if within else CHUNK_ROWS
    typed = "type" in frame.columns
    groups = frame.partition_by("type", maintain_order=True) if typed else [frame]
    for place, rows in enumerate(groups):
        if rows.is_empty():
            continue
        kind = str(rows["type"][0]) if typed else ""
        text = statement(name, kind)
        second = statement(again, kind) if again else ""
        columns = rows.drop("type") if typed else rows
        for lane, part in _lanes(columns, place) if name in _BY_TWO else [(0, columns)]:
            for some in _ordered(part, within).iter_slices(largest):
                yield Chunk(text, some, constants or {}, second, complete, name, lane)


def _ordered(rows: pl.DataFrame, within: tuple[str, ...]) -> pl.DataFrame:
    """Each block of the rows ordered by ``within``; blocks do not depend on how chunks are cut."""
    if not within:
        return rows
    block = pl.int_range(pl.len(), dtype=pl.UInt32) // BLOCK_ROWS
    return rows.sort(block, *within, maintain_order=True)


def _lanes(rows: pl.DataFrame, place: int) -> Iterator[tuple[int, pl.DataFrame]]:
    """Which rows lie in which lane; few rows stay together, now in this lane and now in that."""
    if rows.height < _FEW:
        yield place % LANES, rows
        return
    size = -(-rows.height // LANES)
    for lane in range(LANES):
        yield lane, rows.slice(lane * size, size)


def fingerprint(*frames: pl.DataFrame) -> str:
    """A short text that differs when rows, their values or their order differ.

    >>> import polars as pl
    >>> a, b = pl.DataFrame({"x": [1, 2]}), pl.DataFrame({"x": [2, 1]})
    >>> fingerprint(a) == fingerprint(a.clone()), fingerprint(a) == fingerprint(b)
    (True, False)
    """
    digest = hashlib.sha256(b"lanes")  # what the ledger counts
    for frame in frames:
        rows = frame.with_row_index("number of the row").hash_rows(seed=0)
        digest.update(f"{frame.columns} {frame.height} {rows.sum()};".encode())
    return digest.hexdigest()[:16]
