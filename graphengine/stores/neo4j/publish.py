"""A run written beside the old ones, read back where that is asked for, and the pointer's one step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.errors import GraphengineError, InputError
from graphengine.model import NODES
from graphengine.stores.neo4j.chunks import (
    BLOCK_ROWS,
    CHUNK_ROWS,
    cut,
    fingerprint,
    write_rest,
)
from graphengine.stores.neo4j.ledger import run_row
from graphengine.stores.neo4j.readback import written_otherwise
from graphengine.stores.neo4j.retire import drop_rows, drop_run, retiring
from graphengine.stores.neo4j.statements import statement
from graphengine.stores.run_tables import RUN_TABLES, STAMPS, frame_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import neo4j
    import polars as pl

    from graphengine.bolt.link import Link
    from graphengine.stores.neo4j.chunks import Chunk
    from graphengine.stores.neo4j.ledger import Ledger
    from graphengine.stores.ports import RunScores

__all__ = ["flip", "score_chunks", "verify", "write_run"]

_LOADING, _COMPLETE = "loading", "complete"  # a run's state; retire.py has a third
_NAMED = 5  # differences in a message


def write_run(ledger: Ledger, run: RunScores) -> None:
    """Write the run's node and its scores, whole or the rest of them; nobody reads them yet.

    Raises:
        InputError: the run scores accounts or topics that the graph does not have.
        BusyError: another process publishes this job.
    """
    state = _state(ledger.link, run.run)
    if state == _COMPLETE and _counts(ledger.link, run.run) == _wanted(run):
        return
    content = f"run {run.run} in lanes and blocks of {BLOCK_ROWS} {_fingerprint(run)}"
    if ledger.entry.loading != content:
        if state:  # without its node a run has no rows
            _check_ends(ledger.link, run)  # before rows go that may be served
            drop_rows(ledger, run.run)
        begun = {"run": run.run, "properties": _properties(run)}
        ledger.record(
            also=lambda tx: run_row(tx, statement("publish/run"), begun), loading=content, done=0
        )
    _write_rows(ledger, run)
    _complete(ledger, run)


def score_chunks(run: RunScores) -> Iterator[Chunk]:
    """The run's scores, those who stay unrated, seeds, reasons; an account's rows in one transaction.

    So its node, and the relationship that was its latest, are written once and not for each topic.
    Within a transaction rows come in the order of the index, which so need not be gone through
    from its root for each.
    """
    stamps = {name: run.properties.get(name) for name in STAMPS} | {"run": run.run}
    for table in RUN_TABLES:
        text = f"publish/{table.kind}"
        said = {name: value for name, value in stamps.items() if f"${name}" in statement(text)}
        rows = _by_account(frame_of(run, table))
        within = ("topic", table.place) if table.place else ("topic",)
        yield from cut(text, rows, constants=said, within=within)


def _by_account(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("account", "topic", maintain_order=True)


def flip(ledger: Ledger, *, before: tuple[str, ...], order: tuple[str, ...], now: float) -> None:
    """Serve the last run of ``order``, the runs that were published and are kept; once ``before``.

    The pointer's ``run`` and ``previous`` are two properties: who reads ``run`` alone, as every
    query of scores does, sees one run or the other. Who reads both while they are set may see the
    new ``previous`` beside the old ``run``: the same run twice, never one that is gone. What was
    served until ``now`` (epoch seconds) is noted with that time.

    Raises:
        BusyError: another process publishes this job.
    """
    previous = order[-2] if len(order) > 1 else ""
    asked = {"job": ledger.job, "run": order[-1], "previous": previous}

    def turn(tx: neo4j.Transaction) -> None:
        run_row(tx, statement("publish/flip"), asked)

    ends = retiring(ledger.entry.retired, before=before, served=order[-1], now=now)
    ledger.record(also=turn, published=" ".join(order), retired=ends)


def verify(ledger: Ledger, run: RunScores) -> None:
    """Read the run back from the database; where it differs, have its rows written afresh.

    Raises:
        GraphengineError: it differs; the message names topics and counts, and nothing was flipped.
        BusyError: another process publishes this job.
    """
    found = written_otherwise(ledger.link, run)
    if found:
        ledger.mark_run(run.run, _LOADING)  # so that the next publication writes all rows again
        raise GraphengineError(
            f"{ledger.link.address} does not hold the run {run.run} as it was computed: "
            f"{'; '.join(found[:_NAMED])}{'; …' if len(found) > _NAMED else ''}. "
            "The run served before still is. Somebody else may write there. "
            "Publish again: the rows are then written afresh."
        )


def _properties(run: RunScores) -> dict[str, Any]:
    known = [p.name for p in next(n for n in NODES if n.label == "Run").properties]
    given = {name: run.properties.get(name) for name in known}
    return given | {"key": run.run, "job": run.job, "state": _LOADING}


def _state(link: Link, run: str) -> str:
    states = link.rows(statement("publish/state-of"), run=run)
    return str(states[0]["state"]) if states else ""


def _fingerprint(run: RunScores) -> str:
    return fingerprint(*(frame_of(run, table) for table in RUN_TABLES))


def _wanted(run: RunScores) -> tuple[int, ...]:
    return tuple(frame_of(run, table).height for table in RUN_TABLES)


def _counts(link: Link, run: str) -> tuple[int, ...]:
    texts = (statement(f"publish/count-{table.kind}") for table in RUN_TABLES)
    return tuple(int(link.rows(text, run=run)[0]["rows"]) for text in texts)


def _complete(ledger: Ledger, run: RunScores) -> None:
    """Call the run complete once every row is there."""
    there, wanted = _counts(ledger.link, run.run), _wanted(run)
    if there != wanted:
        ledger.record(loading="", done=0)
        raise GraphengineError(
            f"{ledger.link.address} holds {_in_words(there)} of the run {run.run}; "
            f"{_in_words(wanted)} were written. "
            "The run before is still served. Publish again: the rows are then written afresh."
        )
    ledger.mark_run(run.run, _COMPLETE)


def _in_words(rows: tuple[int, ...]) -> str:
    return ", ".join(f"{n} {table.what}" for n, table in zip(rows, RUN_TABLES, strict=True))


def _write_rows(ledger: Ledger, run: RunScores) -> None:
    """Write the rest of the rows; the server counts the ends that it finds for them.

    Where it finds fewer than there are rows, nothing of the run stays, unless it is being served.
    """
    try:
        write_rest(ledger, score_chunks(run))
    except InputError:
        if run.run not in ledger.entry.published.split():
            drop_run(ledger, run.run)
        _check_ends(ledger.link, run)
        raise


def _check_ends(link: Link, run: RunScores) -> None:
    """Every account and topic of the run is a node of the graph."""
    text = statement("publish/missing")
    for rows, who in ((frame_of(run, t), name) for t in RUN_TABLES for name in t.people):
        topics = rows["topic"].unique(maintain_order=True).to_list()
        for some in rows.select(who).unique(maintain_order=True).iter_slices(CHUNK_ROWS):
            lost = link.rows(text, accounts=some[who].to_list(), topics=topics)
            if lost:
                raise InputError(
                    f"The run {run.run} scores {lost[0]['key']!r}, which is no account and no "
                    "topic of the graph. A run goes with the event log that it was computed from. "
                    "Compute a new one: graphengine run."
                )
