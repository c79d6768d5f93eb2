"""The merged state of the log up to some batch: every event once, what was taken back left out."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from graphengine.eventlog.merge import RULES, Retracted, merged, only_known
from graphengine.eventlog.parts import alone_and_shared, groups_of_days
from graphengine.model import ENDORSEMENT_TYPES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphengine.eventlog.index import KeyIndex
    from graphengine.eventlog.ledger import Batch, Part
    from graphengine.eventlog.parts import PartFiles

__all__ = ["View"]


class View:
    """What some first batches of a log say together."""

    def __init__(
        self, batches: Sequence[Batch], files: PartFiles, *, indexes: Mapping[str, KeyIndex]
    ) -> None:
        self.batches = tuple(batches)
        self._files = files
        self._indexes = indexes

    def parts(self, table: str, *, after: int = 0) -> list[Part]:
        """The parts of ``table`` that batches after ``after`` wrote, by batch."""
        return [
            part
            for batch in self.batches[after:]
            for part in batch.parts
            if part.path.startswith(f"{table}/")
        ]

    @cached_property
    def retracted(self) -> Retracted:
        """Everything that was taken back."""
        return self.retracted_after(0)

    def retracted_after(self, after: int) -> Retracted:
        """What the batches after ``after`` took back."""
        batches = [batch for batch in self.batches[after:] if batch.retracts]
        singles = [part for batch in batches for part in batch.parts]
        events = [pl.DataFrame(schema={"event_id": pl.String()})]
        accounts = [pl.DataFrame(schema={"account": pl.String()})]
        if singles:
            rows = self._files.scan(singles).filter(pl.col("op") == "retract")
            events.append(rows.select("event_id").collect())
        if parts := self.parts("retractions", after=after):
            table = self._files.scan(parts).select("event_id", "account").collect()
            events.append(table.select("event_id").drop_nulls())
            accounts.append(table.select("account").drop_nulls())
        return Retracted(
            pl.concat(events).unique().sort("event_id"),
            pl.concat(accounts).unique().sort("account"),
        )

    def known(self, table: str, keys: pl.DataFrame) -> pl.DataFrame:
        """The merged rows of ``keys`` [the table's key], taken back or not, by key."""
        rule = RULES[table]
        held, parts = self._holding(table, keys)
        if not parts:
            return pl.DataFrame(schema=rule.table.SCHEMA)
        rows = self._adds(parts).select(*rule.columns, "batch")
        some = only_known(rows, keys.filter(held), rule).collect(engine="streaming")
        return merged(some.sort(*rule.key, "batch").drop("batch"), rule).sort(rule.key)

    def _holding(self, table: str, keys: pl.DataFrame) -> tuple[pl.Series, list[Part]]:
        """Which rows of ``keys`` may be in the log, and the parts that may hold them, by batch."""
        held, found = self._indexes[table].find(keys, self.batches)
        own = set(self.parts(table))
        return held, [part for part in found if part in own]

    def keys_after(self, table: str, after: int) -> pl.DataFrame:
        """The keys of all rows that the batches after ``after`` added to."""
        rule = RULES[table]
        parts = self.parts(table, after=after)
        if not parts:
            return pl.DataFrame(schema={name: rule.table.SCHEMA[name] for name in rule.key})
        return self._adds(parts).select(rule.key).unique().collect(engine="streaming")

    def select(
        self,
        table: str,
        columns: Sequence[str],
        *,
        only: pl.DataFrame | None = None,
        where: pl.Expr | None = None,
        ordered: bool = True,
    ) -> pl.DataFrame:
        """Columns of the merged state, by time (undated last) and key.

        Memory goes by the result and about a million rows; ask for few columns of many rows.
        ``only``: keys to keep. ``where``: a condition on key columns, people's columns or ``at``.
        Not ``ordered``: in an order without meaning, always the same, at a third of the cost.
        """
        rule = RULES[table]
        timed = ("at",) if "at" in rule.columns else ()
        needed = list(dict.fromkeys([*rule.key, *rule.people, *timed, *columns]))
        order = [*timed, *(name for name in rule.key if name not in timed)]
        taken = self.retracted
        frames = [pl.DataFrame(schema={name: rule.table.SCHEMA[name] for name in columns})]
        parts = self.parts(table) if only is None else self._holding(table, only)[1]

        def rows_of(some: list[Part]) -> pl.DataFrame:
            rows = self._adds(some).select(needed)
            rows = rows.filter(~taken.hits(rule)) if taken else rows
            rows = rows if where is None else rows.filter(where)
            return (rows if only is None else only_known(rows, only, rule)).collect()

        for group in groups_of_days(parts):
            alone, shared = alone_and_shared(group)
            states = [rows_of(alone)] if alone else []  # a part says one thing of each key
            states += [merged(rows_of(shared), rule)] if shared else []
            state = pl.concat(states)
            state = state.sort(order, nulls_last=True) if ordered else state
            frames.append(state.select(columns))
        return pl.concat(frames, rechunk=not ordered)

    def changed(self, after: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Interactions that the batches after ``after`` touched: as they stand now, and outdated.

        The second frame [event_id, type] names those that ``after`` already knew.
        """
        columns = RULES["interactions"].columns
        if not after:  # nothing was known, so that nothing need be looked for
            outdated = pl.DataFrame(schema={"event_id": pl.String, "type": pl.String})
            return self.select("interactions", columns), outdated
        before = View(self.batches[:after], self._files, indexes=self._indexes)
        taken = self.retracted_after(after)
        touched = pl.concat(
            [self.keys_after("interactions", after), taken.events, before.events_of(taken)]
        ).unique()
        now = self.select("interactions", columns, only=touched)
        kinds = before.known("interactions", touched).select("event_id", "kind")
        kind = pl.col("kind").replace_strict(ENDORSEMENT_TYPES, return_dtype=pl.String)
        return now, kinds.select("event_id", type=kind)

    def arrived(self, after: int) -> pl.DataFrame:
        """What the batches after ``after`` say of interactions, merged among themselves alone.

        Of an event that was known before it has the values that hold, and the topics that are
        new. What was taken back is still there.
        """
        rule = RULES["interactions"]
        parts = self.parts("interactions", after=after)
        if not parts:
            return pl.DataFrame(schema=rule.table.SCHEMA)
        rows = self._adds(parts).select(*rule.columns, "batch").collect()
        return merged(rows.sort(*rule.key, "batch").drop("batch"), rule)

    def events_of(self, taken: Retracted) -> pl.DataFrame:
        """The ids [event_id] of events that name one of the accounts taken back."""
        if taken.accounts.is_empty():
            return taken.events.clear()
        people = Retracted(taken.events.clear(), taken.accounts)
        return self.select("interactions", ["event_id"], where=people.hits(RULES["interactions"]))

    def _adds(self, parts: Sequence[Part]) -> pl.LazyFrame:
        rows = self._files.scan(parts)
        takes_back = any(batch.retracts for batch in self.batches)
        return rows.filter(pl.col("op") == "add") if takes_back else rows
