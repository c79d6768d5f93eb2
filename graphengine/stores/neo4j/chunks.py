"""Tables cut into chunks: one transaction each, always in the same order for the same tables."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from graphengine.bolt.faults import StandsInTheWayError
from graphengine.errors import InputError
from graphengine.stores.neo4j.ledger import run_row
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import neo4j
    import polars as pl

    from graphengine.stores.neo4j.ledger import Ledger

__all__ = ["CHUNK_ROWS", "Chunk", "cut", "fingerprint", "write_rest"]

CHUNK_ROWS = 10_000  # larger ones gain nothing, and hold locks and memory for longer


@dataclass(frozen=True)
class Chunk:
    """Rows for one statement; its parameters are the columns, and ``constants``.

    again: the statement that takes its place where some rows are there already. complete: it must
    find the nodes that every row names.
    """

    statement: str
    frame: pl.DataFrame
    constants: Mapping[str, Any]
    again: str = ""
    complete: bool = True

    def write(self, tx: neo4j.ManagedTransaction, *, over: bool = False) -> None:
        """Send the rows; ``over`` what is there already.

        Raises:
            InputError: rows name nodes that are not in the database.
            neo4j.exceptions.ConstraintError: a row is there already, and ``over`` is not said.
        """
        parameters = self.frame.to_dict(as_series=False) | dict(self.constants)
        text = self.again if over and self.again else self.statement
        row = run_row(tx, text, parameters)
        written = row["rows"] if row else 0
        if self.complete and written != self.frame.height:
            raise InputError(
                f"{self.frame.height - written} of {self.frame.height} rows name accounts, posts "
                f"or topics that are not in the database; the first row is {self.frame.row(0)}. "
                "Somebody else removed nodes. Delete the job's GraphengineLoad node, and the next "
                "publication writes the whole graph again."
            )


def write_rest(ledger: Ledger, chunks: Iterable[Chunk]) -> None:
    """Write those of ``chunks`` that the ledger does not count as done, one transaction each.

    Raises:
        InputError: rows name nodes that are not in the database.
        BusyError: another process has claimed the ledger.
    """
    series = list(chunks)  # slices of frames that are in memory anyway
    written, total = 0, sum(chunk.frame.height for chunk in series)
    begin = ledger.entry.done
    for number, chunk in enumerate(series):
        written += chunk.frame.height
        if number < begin:
            continue
        try:
            ledger.step(number, chunk.write)
        except StandsInTheWayError:
            ledger.step(number, partial(chunk.write, over=True))
        if ledger.watch is not None:
            ledger.watch(written, total)


def cut(
    name: str,
    frame: pl.DataFrame,
    *,
    constants: Mapping[str, Any] | None = None,
    again: str = "",
    complete: bool = True,
) -> Iterator[Chunk]:
    """Chunks of ``frame`` for the statement ``name``, a type at a time where it has a type."""
    typed = "type" in frame.columns
    groups = frame.partition_by("type", maintain_order=True) if typed else [frame]
    for rows in groups:
        if rows.is_empty():
            continue
        kind = str(rows["type"][0]) if typed else ""
        text = statement(name, kind)
        second = statement(again, kind) if again else ""
        columns = rows.drop("type") if typed else rows
        for some in columns.iter_slices(CHUNK_ROWS):
            yield Chunk(text, some, constants or {}, second, complete)


def fingerprint(*frames: pl.DataFrame) -> str:
    """A short text that differs when rows, their values or their order differ.

    >>> import polars as pl
    >>> a, b = pl.DataFrame({"x": [1, 2]}), pl.DataFrame({"x": [2, 1]})
    >>> fingerprint(a) == fingerprint(a.clone()), fingerprint(a) == fingerprint(b)
    (True, False)
    """
    digest = hashlib.sha256(str(CHUNK_ROWS).encode())
    for frame in frames:
        rows = frame.with_row_index("place").hash_rows(seed=0)
        digest.update(f"{frame.columns} {frame.height} {rows.sum()};".encode())
    return digest.hexdigest()[:16]
