"""Interactions and their companions: immutable, validated columns, and what is rejected and why.

Five tables enter the engine. An *interaction* is an endorsement-like event from the one who acts
to the one who earns attention; *posts* say which post answers or reshares which; *exposure* says
who could see whom (follows, seen posts); *accounts* are attributes of an account at a time;
*retractions* take an event or a whole account back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

__all__ = [
    "EXPOSURE_KINDS",
    "KINDS",
    "Accounts",
    "Exposure",
    "Interactions",
    "Posts",
    "Reading",
    "Rejects",
    "Retractions",
    "Table",
]

KINDS = (  # strongest first: of several kinds for one act, the first named here counts
    "retweet",
    "quote",
    "reply",
    "comment",
    "endorse",
    "message",
    "mention",
    "like",
    "click",
)
EXPOSURE_KINDS = ("follow", "seen")


@dataclass(frozen=True, slots=True)
class Table:
    """A frame whose columns and types are exactly its schema's, in that order.

    Raises ``ValueError`` on any other frame: a caller's mistake, never a user's.
    """

    SCHEMA: ClassVar[dict[str, pl.DataType]] = {}
    KEY: ClassVar[tuple[str, ...]] = ()

    frame: pl.DataFrame

    def __post_init__(self) -> None:
        if dict(self.frame.schema) != self.SCHEMA or self.frame.columns != list(self.SCHEMA):
            raise ValueError(
                f"{type(self).__name__} needs the columns {self.SCHEMA}, got {self.frame.schema}"
            )

    def __len__(self) -> int:
        return self.frame.height

    @classmethod
    def empty(cls) -> Table:
        """A table of this kind without rows."""
        return cls(pl.DataFrame(schema=cls.SCHEMA))


@dataclass(frozen=True, slots=True)
class Interactions(Table):
    """One row per event. ``event_id`` is network:WORD:actor:target:source id (or time, post).

    ``kind`` is one of KINDS, ``word`` the source's own word for it (part of the identity);
    ``actor`` and ``target`` are account keys; ``at`` is in epoch seconds, null when the source
    has no times; ``topics`` holds the source's own words, distinct and sorted, empty when none;
    ``post`` and ``parent`` are post keys or null; ``weight`` is the source's own (1 by default);
    ``source`` is the name of the source in the job file.
    """

    SCHEMA: ClassVar[dict[str, pl.DataType]] = {
        "event_id": pl.String(),
        "kind": pl.String(),
        "word": pl.String(),
        "actor": pl.String(),
        "target": pl.String(),
        "at": pl.Int64(),
        "topics": pl.List(pl.String()),
        "post": pl.String(),
        "parent": pl.String(),
        "weight": pl.Float64(),
        "source": pl.String(),
    }
    KEY: ClassVar[tuple[str, ...]] = ("event_id",)


@dataclass(frozen=True, slots=True)
class Posts(Table):
    """One row per post and parent (a broken source may name several parents).

    ``kind`` is an interaction kind for a reshare or an answer, "post" for an original;
    ``parent`` is null for an original, ``root`` the key of the conversation's first post or null;
    ``reshares`` is how many the network itself counts, null where it does not say.
    """

    SCHEMA: ClassVar[dict[str, pl.DataType]] = {
        "post": pl.String(),
        "parent": pl.String(),
        "kind": pl.String(),
        "author": pl.String(),
        "at": pl.Int64(),
        "root": pl.String(),
        "reshares": pl.Int64(),
        "topics": pl.List(pl.String()),
        "source": pl.String(),
    }
    KEY: ClassVar[tuple[str, ...]] = ("post", "parent")


@dataclass(frozen=True, slots=True)
class Exposure(Table):
    """One row per ordered pair and kind: ``actor`` could see ``target`` (follow, seen)."""

    SCHEMA: ClassVar[dict[str, pl.DataType]] = {
        "kind": pl.String(),
        "actor": pl.String(),
        "target": pl.String(),
        "at": pl.Int64(),
        "source": pl.String(),
    }
    KEY: ClassVar[tuple[str, ...]] = ("kind", "actor", "target")


@dataclass(frozen=True, slots=True)
class Accounts(Table):
    """Attributes of an account at a time; the latest known value of each attribute holds."""

    SCHEMA: ClassVar[dict[str, pl.DataType]] = {
        "account": pl.String(),
        "at": pl.Int64(),
        "handle": pl.String(),
        "name": pl.String(),
        "followers": pl.Int64(),
        "created_at": pl.Int64(),
        "source": pl.String(),
    }
    KEY: ClassVar[tuple[str, ...]] = ("account", "at")


@dataclass(frozen=True, slots=True)
class Retractions(Table):
    """One row per thing taken back: an event or an account (the other column is null)."""

    SCHEMA: ClassVar[dict[str, pl.DataType]] = {
        "event_id": pl.String(),
        "account": pl.String(),
        "source": pl.String(),
    }
    KEY: ClassVar[tuple[str, ...]] = ("event_id", "account")


@dataclass(frozen=True, slots=True)
class Rejects(Table):
    """One row per input row that was refused: where it stands, why, and its beginning."""

    SCHEMA: ClassVar[dict[str, pl.DataType]] = {
        "file": pl.String(),
        "line": pl.Int64(),
        "reason": pl.String(),
        "text": pl.String(),
    }


@dataclass(frozen=True, slots=True)
class Reading:
    """What one source file holds: the rows of one table, and the rows that were refused.

    ``frame`` has the columns of its table (see the Table classes), validated, in the order of the
    file, repeats included; interactions carry two more, ``op`` ("add" or "retract") and ``line``
    (where the row stands, from 1). ``read`` = rows of frame + rejects; ``skipped`` rows, which the
    job says are no rows of this table, are not in it. ``mark`` is how far a source that is read on
    from where the last read ended has come.
    """

    frame: pl.DataFrame
    rejects: Rejects
    read: int
    skipped: int = 0
    mark: str | None = None
