"""What of a job is written in the database: one node that changes in the writers' transactions.

Rows and the ledger's count of rows commit together. Whoever writes looks at the count first, in
the same transaction; so a row is never written twice, also when the connection was lost while a
commit was under way and nobody knows whether it came through. Rows are counted, not transactions:
how many go into one may change from step to step.
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

__all__ = ["Entry", "Ledger", "run_row"]


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of a job's node.

    batch: the last batch of the event log whose changes are all written. pending: the batch whose
    changes are being written, 0 for none. log: the log's identity at ``pending`` where there is
    one, else at ``batch``; "" where nobody has said. loading: the content whose first ``done`` rows
    are written, "" for none. scheme: that of the job's topics. edges: one relationship an event,
    or a pair and day, or a pair. published: the runs that were
    published and are kept, separated by spaces, the served one last. retired: of runs that were
    served, when they stopped being so: run@seconds, separated by spaces. pinned: what of the
    published scores is copied onto which nodes (`pinned.Copy` as JSON), "" for nothing.
    """

    batch: int
    pending: int
    loading: str
    done: int
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
    of a series of rows has come.
    """

    def __init__(self, link: Link, job: str, *, watch: Watch | None = None) -> None:
        self.link = link
        self.job = job
        self.watch = watch
        self._who: dict[str, Any] = {"job": job, "owner": uuid.uuid4().hex}
        self.token, self.entry = link.write(self._claim)

    def step(
        self, begin: int, end: int, work: Callable[[neo4j.ManagedTransaction], object]
    ) -> None:
        """Write rows ``begin`` to ``end`` (exclusive) by ``work``, unless they are written already.

        Raises:
            BusyError: another process has claimed the ledger.
        """
        asked = {"done": begin, "next": end}

        def once(tx: neo4j.ManagedTransaction) -> None:
            row = run_row(tx, statement("load/ledger-step"), self._who | asked)
            if row is None or row["owner"] != self._who["owner"]:
                raise self._taken(row)
            if row["done"] == begin:
                work(tx)
            elif row["done"] != end:
                raise self._taken(row)

        self.link.write(once)
        self.entry = replace(self.entry, done=end)

    def record(
        self, also: Callable[[neo4j.ManagedTransaction], object] | None = None, **changes: Any
    ) -> None:
        """Change the entry's ``changes``, and do ``also`` in the same transaction.

        ``also`` must do no harm when repeated.

        Raises:
            BusyError: another process has claimed the ledger.
        """

        def both(tx: neo4j.ManagedTransaction) -> None:
            asked = self._who | {"changes": changes}
            row = run_row(tx, statement("load/ledger-record"), asked)
            if row is None or row["owner"] != self._who["owner"]:
                raise self._taken(row)
            if also is not None:
                also(tx)

        self.link.write(both)
        self.entry = replace(self.entry, **changes)

    def mark_run(self, run: str, state: str) -> None:
        """Call a run loading, complete or dropping; whatever series was being written is over.

        Raises:
            BusyError: another process has claimed the ledger.
        """
        asked = {"run": run, "state": state}
        self.record(
            also=lambda tx: run_row(tx, statement("publish/state"), asked), loading="", done=0
        )

    def _claim(self, tx: neo4j.ManagedTransaction) -> tuple[int, Entry]:
        asked = self._who | {"holder": f"process {os.getpid()} on {socket.gethostname()}"}
        row = run_row(tx, statement("load/ledger-open"), asked) or {}
        return row.pop("token", 0), Entry(**row)

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


def run_row(
    tx: neo4j.ManagedTransaction, text: str, parameters: dict[str, Any]
) -> dict[str, Any] | None:
    """The one row of a statement within a transaction, or None."""
    record = tx.run(text, parameters).single()
    return None if record is None else record.data()
