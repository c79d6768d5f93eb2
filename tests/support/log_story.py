"""A small ingest of several files, the same each time: for tests that interrupt it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.eventlog import EventLog
from support.log_rows import frame_of, reading_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FILES", "ingest"]

DAY = 86_400


def _events(first: int, last: int, topic: str) -> list[dict[str, Any]]:
    return [
        {"event_id": f"x:{n}", "actor": f"x:{n % 7}", "target": f"x:{n % 5}", "at": n * DAY // 3,
         "topics": [topic] if n % 2 else []}
        for n in range(first, last)
    ]  # fmt: skip


FILES: list[tuple[str, str, list[dict[str, Any]]]] = [
    ("one", "interactions", _events(0, 40, "news")),
    ("two", "interactions", [*_events(20, 60, "sport"), {"event_id": "x:3", "op": "retract"}]),
    ("posts", "posts", [{"post": f"x:p{n}", "author": f"x:{n}", "at": n * DAY} for n in range(9)]),
    ("back", "retractions", [{"account": "x:6"}, {"event_id": "x:70"}]),
    ("late", "interactions", _events(-9, 80, "arts")),
]


def ingest(root: Path) -> EventLog:
    """Append every file that the log under ``root`` does not hold yet."""
    log = EventLog(root / "log")
    for name, table, rows in FILES:
        if not log.has(name, "s", "m"):
            log.append(
                reading_of(frame_of(table, rows), rejected=len(rows) % 3),
                source="s", file=f"{name}.csv", sha256=name, mapping="m", table=table,
            )  # fmt: skip
    return log
