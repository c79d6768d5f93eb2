"""What of a job is written in the database: nodes that change in the writers' transactions.

Rows and the ledger's count of rows commit together. Whoever writes looks at the count first, in
the same transaction; so a row is never written twice, also when the connection was lost while a
commit was under way and nobody knows whether it came through. Rows are counted, not transactions:
how many go into one may change from step to step.

The rows of a series lie in lanes, each with a node and a count of its own, so that two
transactions need not wait for each other. What lies in which lane does not depend on how many
write at once.
"""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from graphengine.errors import BusyError
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from collections.abc import Callable

    import neo4j

    from graphengine.bolt.link import Link
    from graphengine.stores.ports import Edges, Watch

__all__ = ["LANES", "Entry", "Ledger", "run_row"]

LANES = 2  # of every series of rows, however many write


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of a job's node.

    batch: the last batch of the event log whose changes are all written. pending: the batch whose
    changes are being written, 0 for none. log: the log's identity at ``pending`` where there is
    one, else at ``batch``; "" where nobody has said. loading: the content whose rows the lanes
    count, "" for none. scheme: that of the job's topics. edges: one relationship an event,
    or a pair and day, or a pair. published: the runs that were
    published and are kept, separated by spaces, the served one last. retired: of runs that were
    served, when they stopped being so: run@seconds, separated by spaces. pinned: what of the
    published scores is copied onto which nodes (`pinned.Copy` as JSON), "" for nothing.
    """

    batch: int
    pending: int
    loading: str
    scheme: str
    published: str
    retired: str = ""
    pinned: str = ""
    log: str = ""
    edges: Edges = "event"


class Ledger:
    """A job's node, claimed by this process for one load or publication.

    The claim is a lease with a number, ``token``, that each claim makes greater by one. The one
    who claims last goes on, at once: so a publication that died is taken up without waiting for
    anything to run out. Whoever had the lease before, alive or dead, is refused at its next step,
    which looks at the number in the transaction that writes. ``watch`` is told how far the writing
    of a series of rows has come; ``writers`` (1 or 2) is how many write it at once. ``done`` holds
    how many rows of each lane are written.
    """

    def __init__(
        self, link: Link, job: str, *, watch: Watch | None = None, writers: int = LANES
    ) -> None:
        self.link = link
        self.job = job
        self.watch = watch
        self.writers = writers
        self._lanes = [f"{job}/{number}" for number in range(LANES)]
        self._who: dict[str, Any] = {"job": job, "owner": uuid.uuid4().hex}
        self.token, self.done, self.entry = link.write(self._claim)

    def step(
        self,
        begin: int,
        end: int,
        work: Callable[[neo4j.Transaction], object],
        *,
        lane: int = 0,
    ) -> None:
        """Write rows ``begin`` to ``end`` (exclusive) of a lane by ``work``, unless they are written.

        Threads may write different lanes at once.

        Raises:
            BusyError: another process has claimed the ledger.
        """
        asked = {"lane": self._lanes[lane], "done": begin, "next": end}

        def once(tx: neo4j.Transaction) -> None:
            row = run_row(tx, statement("load/ledger-step"), self._who | asked)
            if row is None or row["owner"] != self._who["owner"]:
                raise self._taken(row)
            if row["done"] == begin:
                work(tx)
            elif row["done"] != end:
                raise self._taken(row)

        self.link.write(once)
        self.done[lane] = end

    def record(
        self, also: Callable[[neo4j.Transaction], object] | None = None, **changes: Any
    ) -> None:
        """Change the entry's ``changes``, and do ``also`` in the same transaction.

        ``also`` must do no harm when repeated. ``done=0``: what the lanes have counted is over.

        Raises:
            BusyError: another process has claimed the ledger.
        """
        lanes = self._lanes if "done" in changes else []

        def both(tx: neo4j.Transaction) -> None:
            asked = self._who | {"changes": changes, "lanes": lanes}
            row = run_row(tx, statement("load/ledger-record"), asked)
            if row is None or row["owner"] != self._who["owner"]:
                raise self._taken(row)
            if also is not None:
                also(tx)

        self.link.write(both)
        if lanes:
            self.done = [0] * LANES
        self.entry = replace(self.entry, **{k: v for k, v in changes.items() if k != "done"})

    def mark_run(self, run: str, state: str) -> None:
        """Call a run loading, complete or dropping; whatever series was being written is over.

        Raises:
            BusyError: another process has claimed the ledger.
        """
        asked = {"run": run, "state": state}
        self.record(
            also=lambda tx: run_row(tx, statement("publish/state"), asked), loading="", done=0
        )

    def _claim(self, tx: neo4j.Transaction) -> tuple[int, list[int], Entry]:
        holder = f"process {os.getpid()} on {socket.gethostname()}"
        asked = self._who | {"holder": holder, "lanes": self._lanes}
        row = run_row(tx, statement("load/ledger-open"), asked) or {}
        return row.pop("token", 0), row.pop("done"), Entry(**row)

    def _taken(self, row: dict[str, Any] | None) -> BusyError:
        if row is None:
            who = (
                "Its GraphengineLoad node is gone: somebody removed it, or the database was wiped."
            )
            then = "Make sure that nobody else works there, then run the same command again."
        else:
            since = datetime.fromtimestamp(row["since"] or 0, UTC).strftime("%Y-%m-%d %H:%M:%S")
            who = f"{row['holder']} has it since {since} UTC (lease {row['token']})."
            then = "One at a time may, and the one that came last goes on where this one was. Let it end."
        return BusyError(
            f'Another process publishes the job "{self.job}" to {self.link.address}. {who} '
            f"This one had lease {self.token} and wrote nothing after losing it. {then} "
            "Try again later."
        )


def run_row(tx: neo4j.Transaction, text: str, parameters: dict[str, Any]) -> dict[str, Any] | None:
    """The one row of a statement within a transaction, or None."""
    record = tx.run(text, parameters).single()
    return None if record is None else record.data()
