"""Runs that are served no longer: when that was, and how they go after the grace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.stores.neo4j.chunks import remove
from graphengine.stores.neo4j.ledger import run_row
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.run_tables import RUN_TABLES

if TYPE_CHECKING:
    from graphengine.stores.neo4j.ledger import Ledger

__all__ = ["drop_rows", "drop_run", "prune", "retired", "retiring"]


def retired(text: str) -> dict[str, int]:
    """When runs stopped being served (epoch seconds), from the ledger's words.

    >>> retired("2026-01-01-aa@1767225600 2026-01-02-bb@1767312000")
    {'2026-01-01-aa': 1767225600, '2026-01-02-bb': 1767312000}
    """
    words = (word.rpartition("@") for word in text.split())
    return {run: int(at) for run, _, at in words}


def retiring(text: str, *, before: tuple[str, ...], served: str, now: float) -> str:
    """The ledger's words once ``served`` is served: what was served until now, or fell out, is not.

    ``before`` are the runs that were kept, the served one last. Of those whose end is not known,
    the end is ``now``; a run whose end lies after ``now`` (a clock was wrong) ended now.

    >>> retiring("", before=("a", "b"), served="c", now=7.9)
    'a@7 b@7'
    >>> retiring("a@5 c@6 x@99", before=("a", "b"), served="c", now=7)
    'a@5 b@7 x@7'
    """
    ends = {run: min(at, int(now)) for run, at in retired(text).items()}
    for run in before[:-1]:
        ends.setdefault(run, int(now))
    if before and before[-1] != served:
        ends[before[-1]] = int(now)
    return _words({run: at for run, at in ends.items() if run != served})


def prune(ledger: Ledger, *, kept: tuple[str, ...], now: float, grace_s: float) -> None:
    """Remove the job's runs but the ``kept`` and those that were served within the grace.

    In transactions of bounded size, each after a look at who has the ledger.

    Raises:
        BusyError: another process publishes this job.
    """
    ends = retired(ledger.entry.retired)
    for row in ledger.link.rows(statement("publish/old-runs"), job=ledger.job, kept=list(kept)):
        run = row["run"]
        if run in ends and max(0.0, now - ends[run]) < grace_s:
            continue
        ends.pop(run, None)
        drop_run(ledger, run, retired=_words(ends))


def drop_rows(ledger: Ledger, run: str) -> None:
    """Remove all rows of a run, which says so of itself first.

    Raises:
        BusyError: another process publishes this job.
    """
    ledger.mark_run(run, "dropping")
    for table in RUN_TABLES:
        remove(ledger, statement(f"publish/drop-{table.kind}"), {"run": run})


def drop_run(ledger: Ledger, run: str, **changes: str) -> None:
    """Remove a run, its node last and with ``changes`` of the ledger's entry.

    Raises:
        BusyError: another process publishes this job.
    """
    drop_rows(ledger, run)
    gone = {"run": run}
    ledger.record(also=lambda tx: run_row(tx, statement("publish/drop-run"), gone), **changes)


def _words(ends: dict[str, int]) -> str:
    return " ".join(f"{run}@{ends[run]}" for run in sorted(ends))
