"""What of a job is written in the database: one node that changes in the writers' transactions.

A chunk and the ledger's count of chunks commit together. Whoever writes looks at the count first,
in the same transaction; so a chunk is never written twice, also when the connection was lost
while a commit was under way and nobody knows whether it came through.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from graphengine.errors import BusyError
from graphengine.stores.neo4j.statements import statement

if TYPE_CHECKING:
    from collections.abc import Callable

    import neo4j

    from graphengine.bolt.link import Link
    from graphengine.stores.ports import Watch

__all__ = ["Entry", "Ledger", "run_row"]


@dataclass(frozen=True, slots=True)
class Entry:
    """The state of a job's node.

    batch: the last batch of the event log whose changes are all written. pending: the batch whose
    changes are being written, 0 for none. loading: the content whose first ``done`` chunks are
    written, "" for none. scheme: that of the job's topics. published: the runs that were
    published and are kept, separated by spaces, the served one last.
    """

    batch: int
    pending: int
    loading: str
    done: int
    scheme: str
    published: str


class Ledger:
    """A job's node, claimed by this process for one publication.

    The claim is a word in the node. The one who claims last goes on; whoever had it before, alive
    or dead, finds that out at the next step, before it writes anything. ``watch`` is told how far
    the writing of a series of chunks has come.
    """

    def __init__(self, link: Link, job: str, *, watch: Watch | None = None) -> None:
        self.link = link
        self.job = job
        self.watch = watch
        self._who: dict[str, Any] = {"job": job, "owner": uuid.uuid4().hex}
        self.entry = self.link.write(self._open)

    def step(self, done: int, work: Callable[[neo4j.ManagedTransaction], object]) -> None:
        """Write chunk number ``done`` by ``work``, unless it is written already.

        Raises:
            BusyError: another process has claimed the ledger.
        """

        def once(tx: neo4j.ManagedTransaction) -> None:
            row = run_row(tx, statement("load/ledger-step"), self._who | {"done": done})
            if row is None or row["owner"] != self._who["owner"]:
                raise self._taken()
            if row["done"] == done:
                work(tx)
            elif row["done"] != done + 1:
                raise self._taken()

        self.link.write(once)
        self.entry = replace(self.entry, done=done + 1)

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
            if run_row(tx, statement("load/ledger-record"), asked) is None:
                raise self._taken()
            if also is not None:
                also(tx)

        self.link.write(both)
        self.entry = replace(self.entry, **changes)

    def _open(self, tx: neo4j.ManagedTransaction) -> Entry:
        row = run_row(tx, statement("load/ledger-open"), self._who)
        return Entry(**(row or {}))

    def _taken(self) -> BusyError:
        return BusyError(
            f'Another process publishes the job "{self.job}" to {self.link.address}. '
            "One at a time may, and the one that came last goes on. Try again later."
        )


def run_row(
    tx: neo4j.ManagedTransaction, text: str, parameters: dict[str, Any]
) -> dict[str, Any] | None:
    """The one row of a statement within a transaction, or None."""
    record = tx.run(text, parameters).single()
    return None if record is None else record.data()
