"""Where a database is, and the two errors that callers of the connection tell apart."""

from __future__ import annotations

from dataclasses import dataclass

from graphengine.errors import GraphengineError, InputError

__all__ = ["Address", "StandsInTheWayError", "TooLargeError"]


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


class TooLargeError(InputError):
    """A transaction needs more memory than the server allows one; a smaller one may pass."""
