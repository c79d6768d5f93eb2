"""Reads the file that CURRENT names; one that has begun on a file ends on it."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import ladybug

from graphengine.errors import BusyError, GraphengineError, InputError, NotPermittedError
from graphengine.stores.embedded.current import LAYOUT, read_current
from graphengine.stores.embedded.files import check_header
from graphengine.stores.embedded.older import without_unknown
from graphengine.stores.embedded.parameters import bind
from graphengine.stores.rows import to_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from graphengine.stores.embedded.current import Entry
    from graphengine.stores.ports import Answer

__all__ = ["Reader", "open_file"]

_POOL_BYTES = 512 << 20  # a limit, not a reservation
_LEAST_ADDRESS_BYTES = 1 << 34
_ATTEMPTS = 10  # a file vanishes only when two publications pass between two system calls

# what the engine says of a statement that it cannot run; anything else speaks of the file
_STATEMENT = ("Parser", "Binder", "Catalog", "Conversion", "Overflow", "Connection", "Interrupted")
_ARITHMETIC = ("Divide by zero", "Cast failed", "Modulo by zero", "parameter type", "not a valid")


@dataclass(frozen=True)
class _Open:
    entry: Entry
    database: ladybug.Database
    known_as: dict[str, str] = field(default_factory=dict)  # what to ask an older file in its place

    @property
    def is_older(self) -> bool:
        """Whether the file lacks tables or columns of today's model."""
        return self.entry.layout < LAYOUT


class Reader:
    """Queries of one folder's published file, from any number of threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._opening = threading.Lock()
        self._open: _Open | None = None

    def run(
        self,
        statement: str,
        parameters: Mapping[str, Any],
        *,
        timeout_s: float,
        row_limit: int,
    ) -> Answer:
        """Rows of ``statement``, which the guard has let pass.

        A column that the model had not yet when the file was made is null.

        Raises:
            UsageError: a parameter is missing or of no known type.
            InputError: nothing is published, the statement is wrong, or the file is damaged.
            BusyError: it took longer than ``timeout_s``.
            NotPermittedError: the engine itself refused to write.
            ConfigurationError: a newer version wrote the file.
        """
        current = self._current()
        text, given = bind(statement, parameters)
        connection = ladybug.Connection(current.database)
        try:
            connection.set_query_timeout(max(1, round(timeout_s * 1000)))
            result = _answered(connection, text, given, asked=current)
            return to_answer(result.get_column_names(), _rows(result), row_limit=row_limit)
        except GraphengineError:
            raise
        except Exception as refused:
            named = _named(refused, self._folder / current.entry.file, timeout_s)
            raise _of_an_older_file(named, refused, current) from refused
        finally:
            connection.close()

    def close(self) -> None:
        """Let go of the file; queries under way in other threads end first."""
        self._open = None

    def _current(self) -> _Open:
        with self._opening:
            for _ in range(_ATTEMPTS):
                entry = self._serving()
                if self._open is not None and self._open.entry == entry:
                    return self._open
                try:
                    self._open = _Open(entry, open_file(self._folder, entry))
                except FileNotFoundError:
                    continue
                return self._open
            raise InputError(
                f"{self._folder / entry.file} is missing, which CURRENT beside it names. "
                f"Nothing is lost: `graphengine publish {entry.run}` rebuilds it."
            )

    def _serving(self) -> Entry:
        current = read_current(self._folder)
        if current is None:
            raise InputError(
                f"Nothing is published yet in {self._folder}. Queries read a published run. "
                "Run `graphengine run JOB.toml` first."
            )
        return current.serving


def open_file(folder: Path, entry: Entry) -> ladybug.Database:
    """The published file, opened read-only, once its pointer was seen to name the entry's run.

    Raises:
        FileNotFoundError: it is gone.
        InputError: it is damaged.
        ConfigurationError: a newer version wrote it.
    """
    path = folder / entry.file
    check_header(path, entry)
    try:
        database = ladybug.Database(
            path,
            buffer_pool_size=_POOL_BYTES,
            max_db_size=max(_LEAST_ADDRESS_BYTES, 1 << (4 * entry.size).bit_length()),
            read_only=True,
        )
        with ladybug.Connection(database) as connection:
            pointer: Any = connection.execute("MATCH (p:Pointer) RETURN p.run AS run")
            runs = pointer.get_all()
    except Exception as refused:
        raise _damaged(str(refused), path) from refused
    if runs != [[entry.run]]:
        raise _damaged(f"its pointer says {runs}, not {entry.run}", path)
    return database


def _answered(
    connection: ladybug.Connection, text: str, given: dict[str, Any], *, asked: _Open
) -> Any:
    """The engine's result, for an older file of the text without what it does not have."""
    now = asked.known_as.get(text, text)
    while True:
        try:
            result = connection.execute(now, given)
        except Exception as refused:
            known = without_unknown(now, str(refused)) if asked.is_older else now
            if known == now:
                raise
            now = known
            continue
        if now != text:
            asked.known_as[text] = now
        return result


def _rows(result: Any) -> Iterator[list[Any]]:
    while result.has_next():
        yield result.get_next()


def _named(refused: Exception, path: Path, timeout_s: float) -> GraphengineError:
    """The engine raises RuntimeError for everything; only its words tell the cases apart."""
    said = str(refused).strip()
    first = said.partition("\n")[0]
    if said.startswith("Interrupted"):
        return BusyError(
            f"The query was stopped after {timeout_s:g} s. "
            "Ask for less (fewer hops, a smaller rank), or allow more with --timeout SECONDS."
        )
    if "write operations in a read-only database" in said:
        return NotPermittedError(f"The store is only read: {first}")
    if said.startswith("Buffer manager exception"):
        return InputError(
            "The query needs more memory than the store allows a query "
            f"({_POOL_BYTES >> 20} MB). Ask for less: {first}"
        )
    if said.startswith(_STATEMENT) or any(words in first for words in _ARITHMETIC):
        return InputError(f"The query cannot be run: {first}")
    return _damaged(said, path)


def _of_an_older_file(
    named: GraphengineError, refused: Exception, asked: _Open
) -> GraphengineError:
    """``named``, and what to do about it where the file may be too old for the question."""
    if not asked.is_older or not str(refused).startswith(("Binder", "Catalog")):
        return named
    return InputError(
        f"{named} An older graphengine made the published file, which has not all that this one "
        f"asks for. Build it afresh: graphengine publish {asked.entry.run}."
    )


def _damaged(said: str, path: Path) -> InputError:
    first = said.strip().partition("\n")[0]
    return InputError(
        f"{path} cannot be read ({first}). It may be damaged: `graphengine verify` tells. "
        "The run itself is safe: `graphengine publish RUN` rebuilds the file."
    )
