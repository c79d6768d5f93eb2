"""The log as the rest of the engine sees it: append a file's rows, read the merged state."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError, GraphengineError, InputError
from graphengine.eventlog.index import KeyIndex
from graphengine.eventlog.intake import take_in
from graphengine.eventlog.ledger import Batch, Ledger
from graphengine.eventlog.merge import RULES
from graphengine.eventlog.parts import PartFiles
from graphengine.eventlog.view import View
from graphengine.events import Accounts, Exposure, Interactions, Posts
from graphengine.workspace import make_folder, write_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from graphengine.events import Reading

__all__ = ["EventLog"]


class EventLog:
    """An append-only log under ``root``; rejected rows go to the folder ``rejects`` beside it.

    One process at a time may append (workspace.exclusive); any number may read meanwhile.
    """

    def __init__(self, root: Path, *, rejects: Path | None = None) -> None:
        self.root = root
        self.rejects = rejects or root.parent / "rejects"
        self._ledger = Ledger(root / "ledger")
        self._files = PartFiles(root)
        self._indexes = {
            name: KeyIndex(name, rule.key, self._files) for name, rule in RULES.items()
        }

    def batches(self) -> tuple[Batch, ...]:
        """Every batch in the log, by number.

        Raises:
            InputError: an entry of the ledger is missing or damaged.
            ConfigurationError: a newer graphengine wrote the log.
        """
        return self._ledger.batches()

    @property
    def last_batch(self) -> int:
        """The number of the last batch; 0 when the log is empty."""
        return len(self.batches())

    @property
    def watermark(self) -> str:
        """SHA-256 over the ledger: what went into the log, in which order."""
        return self._ledger.watermark

    def watermark_at(self, batch: int) -> str:
        """The watermark that the log had when ``batch`` was its last one."""
        return self._ledger.watermark_at(batch)

    @property
    def earliest_time(self) -> int | None:
        """The time of the earliest accepted event in epoch seconds; None when none has one."""
        return min((b.at_min for b in self._timed() if b.at_min is not None), default=None)

    @property
    def latest_time(self) -> int | None:
        """The time of the latest accepted event in epoch seconds; None when none has one."""
        return max((b.at_max for b in self._timed() if b.at_max is not None), default=None)

    def _timed(self) -> list[Batch]:
        """Batches of interactions; of exposure where there are no interactions."""
        batches = self.batches()
        events = [batch for batch in batches if batch.table == "interactions"]
        return events or [batch for batch in batches if batch.table == "exposure"]

    def find(self, sha256: str, *, source: str, mapping: str) -> Batch | None:
        """The batch that took this file in for this source, or None.

        Raises:
            ConfigurationError: it was taken in, but read with another mapping.
        """
        same = [b for b in self.batches() if (b.sha256, b.source) == (sha256, source)]
        for batch in same:
            if batch.mapping == mapping:
                return batch
        if same:
            raise ConfigurationError(
                f"The file {same[0].file} of the source {source!r} is in the event log, read with "
                f"other settings. The log keeps what it read first, and one file is read in one "
                f"way. Undo the change to the source in the job file, or name a new `workspace` "
                f"to read everything again."
            )
        return None

    def has(self, sha256: str, source: str, mapping: str) -> bool:
        """Whether ``find`` finds a batch; raises as it does."""
        return self.find(sha256, source=source, mapping=mapping) is not None

    def append(
        self, reading: Reading, *, source: str, file: str, sha256: str, mapping: str, table: str
    ) -> Batch:
        """Add the rows of one file; when it returns, they are in the log for good.

        ``sha256`` is the file's, ``mapping`` the fingerprint of how it was read, ``table`` one
        of interactions, posts, exposure, accounts, retractions. A process that dies inside
        leaves the log as it was, and the next append gives the same bytes as if it had not.

        Raises:
            GraphengineError: the counts of ``reading`` do not add up, or the file is in the log.
            CannotWriteError: the disk refuses; the log is as it was.
        """
        rejected = len(reading.rejects)
        if reading.read != reading.frame.height + rejected:
            raise GraphengineError(
                f"{file}: {reading.read} rows were read, but {reading.frame.height} were given "
                f"and {rejected} rejected. Every row must be one or the other. Please report this."
            )
        if self.has(sha256, source, mapping):
            raise GraphengineError(f"{file} is in the event log; ask `has` before appending.")
        self.sweep()
        number = self.last_batch + 1
        intake = take_in(reading.frame, table=table, view=self.view())
        rows = intake.rows.with_columns(batch=pl.lit(number, pl.Int64))
        parts = self._files.write(rows, table=table, batch=number)
        self._write_rejects(reading, number=number, file=file)
        batch = Batch(
            number=number,
            source=source,
            file=file,
            sha256=sha256,
            mapping=mapping,
            table=table,
            read=reading.read,
            rejected=rejected,
            skipped=reading.skipped,
            parts=parts,
            mark=reading.mark,
            **intake.counts,
        )
        self._ledger.commit(batch)
        return batch

    def _write_rejects(self, reading: Reading, *, number: int, file: str) -> None:
        if len(reading.rejects):
            make_folder(self.rejects)
            text = reading.rejects.frame.write_csv()
            write_atomically(self.rejects / f"{number:06d}-{file}.csv", text.encode())

    def sweep(self) -> None:
        """Remove what an append that did not end left behind; append does it first.

        Raises:
            CannotWriteError: the disk refuses.
        """
        batches = self.batches()
        entries = [f"ledger/{self._ledger.path(batch.number).name}" for batch in batches]
        self._files.sweep([*entries, *(part.path for b in batches for part in b.parts)])
        if self.rejects.is_dir():
            with writing_to(self.rejects):
                for path in sorted(self.rejects.iterdir()):
                    known = re.match(r"(\d{6,})-.*\.csv$", path.name)
                    if known is None or int(known[1]) > len(batches):
                        path.unlink()

    def verify(self) -> list[str]:
        """What is wrong with the log's files, one sentence each; empty when nothing is."""
        try:
            batches = self.batches()
        except InputError as damaged:
            return [str(damaged)]
        problems = (self._files.problem(part) for batch in batches for part in batch.parts)
        return [problem for problem in problems if problem]

    def view(self, upto: int | None = None) -> View:
        """The state after batch ``upto`` (default: the last)."""
        return View(self.batches()[:upto], self._files, indexes=self._indexes)

    def select(self, table: str, columns: Sequence[str]) -> pl.DataFrame:
        """Some columns of a table's merged state, by time and key: for large logs.

        Raises:
            InputError: a part is missing or changed.
        """
        return self.view().select(table, columns)

    def interactions(self, *, after: int = 0, upto_time: int | None = None) -> Interactions:
        """Events as they stand now, by time (undated last) and id.

        ``after`` keeps those that later batches touched; ``upto_time`` those not later than it,
        in epoch seconds, and those without a time.

        Raises:
            InputError: a part is missing or changed.
        """
        if after:
            frame = self.view().changed(after)[0]
            return Interactions(frame if upto_time is None else frame.filter(_until(upto_time)))
        where = None if upto_time is None else _until(upto_time)
        columns = RULES["interactions"].columns
        return Interactions(self.view().select("interactions", columns, where=where))

    def changed(self, after: int) -> tuple[Interactions, pl.DataFrame]:
        """Events that batches after ``after`` touched, as they stand, and which a store must drop.

        The second frame [event_id, type] holds those among them that were known before, and those
        that were taken back.

        Raises:
            InputError: a part is missing or changed.
        """
        now, outdated = self.view().changed(after)
        return Interactions(now), outdated

    def posts(self) -> Posts:
        """One row per post and parent, those of accounts taken back left out."""
        return Posts(self.view().select("posts", RULES["posts"].columns))

    def exposure(self) -> Exposure:
        """One row per pair and kind, those of accounts taken back left out."""
        return Exposure(self.view().select("exposure", RULES["exposure"].columns))

    def accounts(self) -> Accounts:
        """Attributes of accounts at all times, those of accounts taken back left out."""
        return Accounts(self.view().select("accounts", RULES["accounts"].columns))

    def latest_accounts(self) -> pl.DataFrame:
        """[account, handle, name, followers, created_at]: the latest known value of each.

        A value without a time counts as older than any with one.
        """
        attributes = [name for name in Accounts.SCHEMA if name not in ("account", "at", "source")]
        rows = self.accounts().frame.sort("account", "at", nulls_last=False)
        return (
            rows.group_by("account", maintain_order=True)
            .agg(pl.col(name).drop_nulls().last() for name in attributes)
            .select("account", *attributes)
        )


def _until(time: int) -> pl.Expr:
    return pl.col("at").is_null() | (pl.col("at") <= time)
