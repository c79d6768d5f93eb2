"""Reads of somebody's Neo4j become batches, and what has vanished there is taken back.

A read that breaks off appends nothing. What has vanished is taken back only where the source
is compared in full, only after a read that gave no fewer elements than there were at its start, and
only if a second read does not find it either: an application may move a relationship (delete it and
make it again) while it is read, and a retraction is for good.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphengine.bolt import Address, open_link, password_of
from graphengine.errors import ConfigurationError
from graphengine.events import Reading, Rejects, Retractions
from graphengine.readers.graph import GraphReading, graph_name, read_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from graphengine.eventlog import Batch, EventLog
    from graphengine.job import GraphSettings, Job, SourceSettings
    from graphengine.pipeline.reports import Progress

__all__ = ["GraphPlace", "graph_place", "ingest_graph"]


@dataclass(frozen=True, slots=True)
class GraphPlace:
    """A path of a graph, where it is and which variable holds the password."""

    address: Address
    password_env: str
    path: str

    def __str__(self) -> str:
        return f'{self.path} in the database "{self.address.database}" of {self.address}'


def graph_place(settings: GraphSettings, job: Job) -> GraphPlace:
    """Where a source lies: as it says itself, else as the job's [neo4j] says."""
    own = job.neo4j
    address = Address(
        settings.uri or own.uri, settings.user or own.user, settings.database or own.database
    )
    return GraphPlace(address, settings.password_env or own.password_env, settings.path)


def ingest_graph(
    job: Job, log: EventLog, *, source: SourceSettings, place: GraphPlace, progress: Progress
) -> Iterator[tuple[Batch, bool]]:
    """Read a source into the log; yields each batch, and whether it was known before.

    Raises:
        ConfigurationError: the source was read under another mapping before.
        InputError, GraphengineError: as `read_graph`.
    """
    mapping = source.fingerprint(job)
    earlier = _earlier(log, source, mapping)
    progress.stage(f'read {source.table} "{source.name}" from {place.address}')

    def watch(rows: int, share: float) -> None:
        progress.advance(rows, round(rows / share) if share else None, "rows")

    link = open_link(place.address, password_of(place.address, place.password_env))
    try:
        mark = next((b.mark for b in reversed(earlier) if b.mark), None)
        found = read_graph(source, link, job=job, mark=mark, watch=watch)
        yield _taken_in(log, found, source=source, mapping=mapping, earlier=earlier)
        if source.compares:

            def again() -> GraphReading:
                progress.stage(f'read "{source.name}" again: something seems to have vanished')
                return read_graph(source, link, job=job, watch=watch)

            gone = _vanished(log, found, source=source, again=again, earlier=earlier)
            if isinstance(gone, str):
                progress.note(gone)
            elif not gone.is_empty():
                yield _taken_back(log, gone, source=source, mapping=mapping), False
    finally:
        link.close()


def _earlier(log: EventLog, source: SourceSettings, mapping: str) -> list[Batch]:
    """The batches of earlier reads."""
    reads = [b for b in log.batches() if (b.source, b.table) == (source.name, source.table)]
    if any(batch.mapping != mapping for batch in reads):
        raise ConfigurationError(
            f'The source "{source.name}" was read from Neo4j with another mapping before. Its '
            "events would get other ids now, and stand there twice. Give the source another name "
            "and take the old one's events back, or name another `workspace` in the job file."
        )
    return reads


def _taken_in(
    log: EventLog,
    found: GraphReading,
    *,
    source: SourceSettings,
    mapping: str,
    earlier: list[Batch],
) -> tuple[Batch, bool]:
    known = log.find(found.sha256, source=source.name, mapping=mapping)
    if known is None and earlier and not (found.reading.read or found.reading.skipped):
        known = earlier[-1]  # from the mark on there was nothing
    if known is not None:
        return known, True
    batch = log.append(
        found.reading, source=source.name, file=graph_name(source), sha256=found.sha256,
        mapping=mapping, table=source.table,
    )  # fmt: skip
    return batch, False


def _vanished(
    log: EventLog,
    found: GraphReading,
    *,
    source: SourceSettings,
    again: Callable[[], GraphReading],
    earlier: list[Batch],
) -> pl.Series | str:
    """The events of earlier reads that are not there any more; a sentence where nobody can tell."""
    held = log.select("interactions", ["event_id", "source"])
    ids = held.filter(pl.col("source") == source.name)["event_id"]
    missing = ids.filter(~ids.is_in(found.events.implode()))
    if missing.is_empty():
        return missing
    about = f'"{source.name}": {len(missing):,} events of earlier reads are missing, but '
    if found.events.is_empty():
        return f"{about}the path holds nothing at all any more; nothing is taken back"
    usual = min((batch.rejected for batch in earlier), default=0)
    if found.nameless > usual:
        return (
            f"{about}{found.nameless:,} refused rows do not say which event they are; nothing is "
            "taken back until they are mended, or passed over with skip"
        )
    second = again()
    for read in (found, second):
        if not read.complete:
            return (
                f"{about}of {read.counted:,} elements at the start {read.seen:,} were read, since "
                "others were deleting; nothing is taken back this time"
            )
    return missing.filter(~missing.is_in(second.events.implode()))


def _taken_back(log: EventLog, gone: pl.Series, *, source: SourceSettings, mapping: str) -> Batch:
    """A batch of retractions, an event each."""
    ids = gone.sort()
    rows = {
        "event_id": ids,
        "account": pl.Series([None] * len(ids), dtype=pl.String),
        "source": pl.Series([source.name] * len(ids), dtype=pl.String),
    }
    frame = pl.DataFrame(rows).select(list(Retractions.SCHEMA))
    rejects = Rejects(pl.DataFrame(schema=Rejects.SCHEMA))
    sha256 = hashlib.sha256("\n".join(ids.to_list()).encode()).hexdigest()
    return log.append(
        Reading(frame, rejects, read=len(frame)), source=source.name,
        file=f"{graph_name(source)}-vanished", sha256=sha256, mapping=mapping, table="retractions",
    )  # fmt: skip
