"""What the driver and the server raise, as errors with an exit code and something to do."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neo4j import exceptions as bolt

from graphengine.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
    NotPermittedError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Address", "StandsInTheWayError", "named", "naming"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where a database is and who asks; never the password."""

    uri: str
    user: str
    database: str

    def __str__(self) -> str:
        return f"Neo4j at {self.uri}"


class StandsInTheWayError(GraphengineError):
    """A uniqueness constraint refused a row, because it is there already."""


_OTHERS_RULES = (
    "{where} refused a constraint or an index that graphengine needs ({said}). "
    "Other data or rules are in its way. Remove them, or use a database of its own."
)
_STARTING = (
    '{where} answers, but its database "{at.database}" does not ({said}). '
    "Wait until it has started, or look into its log."
)
_NO_ROOM = (
    "{where} could not write ({said}). What was served before still is. "
    "Look at its disk and its log, then run the same command again."
)


@contextmanager
def naming(where: Address, *, timeout_s: float = 0.0) -> Iterator[None]:
    """Raise what the driver raises within the block as `named` calls it."""
    try:
        yield
    except (bolt.DriverError, bolt.Neo4jError) as error:
        raise named(error, where, timeout_s=timeout_s) from error


def named(
    error: bolt.DriverError | bolt.Neo4jError, where: Address, *, timeout_s: float = 0.0
) -> GraphengineError:
    """The error of ours for one of the driver's; ``timeout_s`` is what the query was allowed."""
    if isinstance(error, bolt.Neo4jError):
        return _from_server(error, where, timeout_s)
    if isinstance(error, bolt.ConfigurationError):
        return ConfigurationError(
            f"{where} cannot be spoken to ({_first(error)}). Bolt is needed. "
            "Correct neo4j.uri in the job file."
        )
    return StoreUnavailableError(
        f"{where} does not answer ({_first(error)}). The same command works once it does. "
        "Start it, or correct neo4j.uri in the job file."
    )


def _from_server(error: bolt.Neo4jError, where: Address, timeout_s: float) -> GraphengineError:
    code, said = error.code or "", _first(error)
    for prefix, kind, sentences in _BY_CODE:
        if code.startswith(prefix):
            return kind(sentences.format(where=where, at=where, said=said, timeout_s=timeout_s))
    if isinstance(error, bolt.TransientError):
        return BusyError(f"{where} is busy ({said}). Run the same command again.")
    return GraphengineError(f"{where} refused ({code}): {said}. Its log says more.")


# the beginning of the server's code, what it is to us, and what to say; the first that fits decides
_BY_CODE: tuple[tuple[str, type[GraphengineError], str], ...] = (
    (
        "Neo.ClientError.Transaction.TransactionTimedOut",
        BusyError,
        (
            "The query was stopped after {timeout_s:g} s. "
            "Ask for less (fewer hops, a smaller rank), or allow more with --timeout SECONDS."
        ),
    ),
    (
        "Neo.ClientError.Security.AuthenticationRateLimit",
        NotPermittedError,
        (
            '{where} lets the user "{at.user}" not even try: a wrong password was given too often. '
            "Correct it and wait a little; by default five seconds are enough."
        ),
    ),
    (
        "Neo.ClientError.Security.Unauthorized",
        NotPermittedError,
        (
            '{where} does not let the user "{at.user}" in: the name or the password is wrong. '
            "Set the variable that neo4j.password_env of the job file names, or correct neo4j.user."
        ),
    ),
    (
        "Neo.ClientError.Security",
        NotPermittedError,
        (
            '{where} does not allow that to the user "{at.user}" ({said}). '
            "Give it the right, or name another user in neo4j.user of the job file."
        ),
    ),
    (
        "Neo.ClientError.Schema.ConstraintValidationFailed",
        StandsInTheWayError,
        "{where} holds that already: {said}",
    ),
    ("Neo.ClientError.Schema", ConfigurationError, _OTHERS_RULES),
    ("Neo.DatabaseError.Schema", ConfigurationError, _OTHERS_RULES),
    (
        "Neo.ClientError.Database.DatabaseNotFound",
        ConfigurationError,
        (
            '{where} has no database "{at.database}". Community Edition has one, "neo4j". '
            "Correct neo4j.database in the job file."
        ),
    ),
    (
        "Neo.ClientError.Statement.AccessMode",
        NotPermittedError,
        "{where} is only read by queries: {said}",
    ),
    ("Neo.ClientError.Statement", InputError, "The query cannot be run: {said}"),
    (
        "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
        InputError,
        "The query needs more memory than {where} allows a query. Ask for less: {said}",
    ),
    ("Neo.TransientError.General.DatabaseUnavailable", StoreUnavailableError, _STARTING),
    ("Neo.TransientError.Database", StoreUnavailableError, _STARTING),
    ("Neo.ClientError.General", CannotWriteError, _NO_ROOM),
    ("Neo.DatabaseError.Transaction", CannotWriteError, _NO_ROOM),
    ("Neo.DatabaseError.General", CannotWriteError, _NO_ROOM),
)


def _first(error: bolt.DriverError | bolt.Neo4jError) -> str:
    """The first line of what was said, without the driver's envelope."""
    said = error.message if isinstance(error, bolt.Neo4jError) else str(error)
    lines = (said or type(error).__name__).strip().splitlines()
    first = lines[0].strip() if lines else type(error).__name__
    return first.partition(" (resolved to")[0].rstrip(".:")
