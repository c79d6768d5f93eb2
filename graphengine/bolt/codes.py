"""The server's codes: what each is to us, and the sentence for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.bolt.kinds import StandsInTheWayError, TooLargeError
from graphengine.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    InputError,
    NotPermittedError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from graphengine.errors import GraphengineError

__all__ = ["BY_CODE", "IN_VAIN"]

_TIMED_OUT = (
    "The query was stopped after {timeout_s:g} s. "
    "Ask for less (fewer hops, a smaller rank), or allow more with --timeout SECONDS."
)
_RATE = (
    '{where} lets the user "{at.user}" not even try: a wrong password was given too often. '
    "Correct it and wait a little; by default five seconds are enough."
)
_UNAUTHORIZED = (
    '{where} does not let the user "{at.user}" in: the name or the password is wrong. '
    "Set the variable that neo4j.password_env of the job file names, or correct neo4j.user."
)
_EXPIRED = (
    '{where} wants another password for the user "{at.user}" before it lets it do anything. '
    "Set one there (ALTER CURRENT USER SET PASSWORD FROM 'old' TO 'new'), then give it to us."
)
_FORBIDDEN = (
    '{where} does not allow that to the user "{at.user}" ({said}). '
    "Give it the right, or name another user in neo4j.user of the job file."
)
_READ_ONLY = (
    '{where} serves the database "{at.database}" for reading only ({said}). '
    "Take it out of server.databases.read_only there, or publish to the server that is written."
)
_NO_LEADER = (
    "{where} names nobody in its cluster who writes ({said}). It may be choosing one. "
    "Run the same command again."
)
_OTHERS_RULES = (
    "{where} refused a constraint or an index that graphengine needs ({said}). "
    "Other data or rules are in its way. Remove them, or use a database of its own."
)
_NO_DATABASE = (
    '{where} has no database "{at.database}". Community Edition has one, "neo4j". '
    "Correct neo4j.database in the job file."
)
_STARTING = (
    '{where} answers, but its database "{at.database}" does not ({said}). '
    "Wait until it has started, or look into its log. Then run the same command again."
)
_NO_ROOM = (
    "{where} could not write ({said}). Nothing is half done. Look at its disk and its log. A server "
    "whose disk was full has to be restarted once it has room; then run the same command again."
)
_BROKEN = (
    '{where} has stopped its database "{at.database}" ({said}), as it does when its disk is full. '
    "Nothing is lost. Make room, restart the server, then run the same command again."
)
_ENDED = (
    "{where} ended a transaction of ours ({said}): somebody terminated it, or the server stops. "
    "Nothing is half done. Run the same command again."
)
_TOO_LARGE = (
    "The query needs more memory than {where} allows a query ({said}). "
    "Ask for less, or raise db.memory.transaction.max there."
)

# the beginning of the server's code, what it is to us, and what to say; the first that fits decides
BY_CODE: tuple[tuple[str, type[GraphengineError], str], ...] = (
    ("Neo.ClientError.Transaction.TransactionTimedOut", BusyError, _TIMED_OUT),
    ("Neo.ClientError.Transaction.Terminated", BusyError, _ENDED),
    ("Neo.ClientError.Transaction.LockClientStopped", BusyError, _ENDED),
    ("Neo.ClientError.Security.AuthenticationRateLimit", NotPermittedError, _RATE),
    ("Neo.ClientError.Security.Unauthorized", NotPermittedError, _UNAUTHORIZED),
    ("Neo.ClientError.Security.CredentialsExpired", NotPermittedError, _EXPIRED),
    ("Neo.ClientError.Security", NotPermittedError, _FORBIDDEN),
    (
        "Neo.ClientError.Schema.ConstraintValidationFailed",
        StandsInTheWayError,
        "{where} holds that already: {said}",
    ),
    ("Neo.ClientError.Schema", ConfigurationError, _OTHERS_RULES),
    ("Neo.DatabaseError.Schema", ConfigurationError, _OTHERS_RULES),
    ("Neo.ClientError.Database.DatabaseNotFound", ConfigurationError, _NO_DATABASE),
    (
        "Neo.ClientError.Statement.AccessMode",
        NotPermittedError,
        "{where} is only read by queries: {said}",
    ),
    ("Neo.ClientError.Statement", InputError, "The query cannot be run: {said}"),
    ("Neo.ClientError.Cluster", StoreUnavailableError, _NO_LEADER),
    ("Neo.TransientError.General.MemoryPoolOutOfMemoryError", TooLargeError, _TOO_LARGE),
    ("Neo.TransientError.General.TransactionMemoryLimit", TooLargeError, _TOO_LARGE),
    ("Neo.ClientError.General.TransactionOutOfMemoryError", TooLargeError, _TOO_LARGE),
    ("Neo.TransientError.General.DatabaseUnavailable", StoreUnavailableError, _STARTING),
    ("Neo.TransientError.Database", StoreUnavailableError, _STARTING),
    ("Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", NotPermittedError, _READ_ONLY),
    ("Neo.ClientError.General.WriteOnReadOnlyAccessDatabase", NotPermittedError, _READ_ONLY),
    ("Neo.ClientError.General", CannotWriteError, _NO_ROOM),
    ("Neo.DatabaseError.Transaction.TransactionStartFailed", StoreUnavailableError, _BROKEN),
    ("Neo.DatabaseError.Transaction", CannotWriteError, _NO_ROOM),
    ("Neo.DatabaseError.General", CannotWriteError, _NO_ROOM),
)

# the driver would try these again for as long as it may, though the answer stays the same
IN_VAIN = tuple(code for code, kind, _ in BY_CODE if kind is TooLargeError)
