"""Small tables and logs for tests of the event log and of what is built on it."""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.events import (
    Accounts,
    Exposure,
    Interactions,
    Posts,
    Reading,
    Rejects,
    Retractions,
    Table,
)

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.eventlog import Batch, EventLog

__all__ = ["DEFAULTS", "TABLES", "feed", "frame_of", "reading_of", "tree"]

TABLES: dict[str, type[Table]] = {
    "interactions": Interactions,
    "posts": Posts,
    "exposure": Exposure,
    "accounts": Accounts,
    "retractions": Retractions,
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "interactions": {
        "event_id": "e", "kind": "retweet", "word": "RT", "actor": "x:a", "target": "x:b",
        "at": 1_400_000_000, "topics": [], "post": None, "parent": None, "weight": 1.0,
        "source": "s", "op": "add", "line": 1,
    },
    "posts": {
        "post": "x:p", "parent": None, "kind": "post", "author": None, "at": None, "root": None,
        "reshares": None, "topics": [], "source": "s",
    },
    "exposure": {"kind": "follow", "actor": "x:a", "target": "x:b", "at": None, "source": "s"},
    "accounts": {
        "account": "x:a", "at": None, "handle": None, "name": None, "followers": None,
        "created_at": None, "source": "s",
    },
    "retractions": {"event_id": None, "account": None, "source": "s"},
}  # fmt: skip

_files = itertools.count(1)


def frame_of(table: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    """A frame as a reader gives it; what a row does not say is as in DEFAULTS."""
    schema = dict(TABLES[table].SCHEMA)
    if table == "interactions":
        schema |= {"op": pl.String(), "line": pl.Int64()}
    return pl.DataFrame([{**DEFAULTS[table], **row} for row in rows], schema=schema)


def reading_of(frame: pl.DataFrame, *, rejected: int = 0) -> Reading:
    """A reading of ``frame`` and of some rejected rows."""
    rows = [{"file": "f", "line": n, "reason": "bad", "text": "?"} for n in range(rejected)]
    rejects = Rejects(pl.DataFrame(rows, schema=Rejects.SCHEMA))
    return Reading(frame, rejects, read=frame.height + rejected)


def feed(log: EventLog, table: str, *rows: dict[str, Any]) -> Batch:
    """Append rows as one new file."""
    name = f"f{next(_files)}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    return log.append(
        reading_of(frame_of(table, list(rows))),
        source="s", file=name, sha256=digest, mapping="m", table=table,
    )  # fmt: skip


def tree(root: Path) -> dict[str, bytes]:
    """Every file under ``root`` and what it holds; folders end with a slash."""
    return {
        f"{path.relative_to(root)}/" if path.is_dir() else str(path.relative_to(root)): (
            b"" if path.is_dir() else path.read_bytes()
        )
        for path in sorted(root.rglob("*"))
    }
