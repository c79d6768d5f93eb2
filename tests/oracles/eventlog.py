"""The event log as plain dictionaries, one row at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Counts", "LogOracle"]

Row = dict[str, Any]

KEYS = {
    "interactions": ("event_id",),
    "posts": ("post", "parent"),
    "exposure": ("kind", "actor", "target"),
    "accounts": ("account", "at"),
    "retractions": ("event_id", "account"),
}
PEOPLE = {
    "interactions": ("actor", "target"),
    "posts": ("author",),
    "exposure": ("actor", "target"),
    "accounts": ("account",),
    "retractions": (),
}
ATTRIBUTES = ("handle", "name", "followers", "created_at")


@dataclass
class Counts:
    accepted: int = 0
    duplicate: int = 0
    conflicts: int = 0


@dataclass
class LogOracle:
    """Rows go in one by one; the first of a key holds, later ones add topics or attributes."""

    rows: dict[str, dict[tuple[Any, ...], Row]] = field(
        default_factory=lambda: {table: {} for table in KEYS}
    )
    taken_events: set[str] = field(default_factory=set)
    taken_accounts: set[str] = field(default_factory=set)

    def take(self, table: str, rows: list[Row]) -> Counts:
        counts = Counts()
        for row in rows:
            if row.get("op", "add") == "retract":
                self._take_back(row, counts)
            else:
                self._add(table, row, counts)
        return counts

    def _take_back(self, row: Row, counts: Counts) -> None:
        known = row["event_id"] in self.taken_events
        self.taken_events.add(row["event_id"])
        counts.duplicate += known
        counts.accepted += not known

    def _add(self, table: str, row: Row, counts: Counts) -> None:
        key = tuple(row[name] for name in KEYS[table])
        first = self.rows[table].get(key)
        if first is None:
            kept = dict(row)
            if "topics" in kept:
                kept["topics"] = sorted(set(kept["topics"]))
            self.rows[table][key] = kept
            counts.accepted += 1
            if table == "retractions":
                self.taken_events |= {row["event_id"]} - {None}
                self.taken_accounts |= {row["account"]} - {None}
            return
        counts.duplicate += 1
        counts.conflicts += self._repeat(table, first, row)

    def _repeat(self, table: str, first: Row, row: Row) -> bool:
        differs = False
        for name in first:
            if name == "topics":
                first[name] = sorted({*first[name], *row[name]})
            elif table == "accounts" and name in ATTRIBUTES:
                differs |= None not in (first[name], row[name]) and first[name] != row[name]
                first[name] = row[name] if first[name] is None else first[name]
            elif name not in ("source", "op", "line"):
                differs |= first[name] != row[name]
        return differs

    def state(self, table: str) -> list[Row]:
        """What holds now, in no particular order."""
        return [
            {name: value for name, value in row.items() if name not in ("op", "line")}
            for row in self.rows[table].values()
            if not self.gone(table, row)
        ]

    def gone(self, table: str, row: Row) -> bool:
        by_account = any(row[name] in self.taken_accounts for name in PEOPLE[table])
        return by_account or (table == "interactions" and row["event_id"] in self.taken_events)

    def retracted(self) -> int:
        """How many known events were taken back."""
        return sum(self.gone("interactions", row) for row in self.rows["interactions"].values())
