"""Sources in: every file of the job, and every read of a graph, is a batch of the event log.

What is there already is passed over. Files are known by their bytes; a read of a graph by its rows.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from graphengine.eventlog import Batch, EventLog
from graphengine.pipeline.reports import FileReport, IngestReport, Progress
from graphengine.readers import read_source, source_files
from graphengine.readers.textfile import opened

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.job import Job, SourceSettings
    from graphengine.pipeline.graph_ingestion import GraphPlace
    from graphengine.workspace import Workspace

__all__ = ["ingest_files", "planned_files"]


def planned_files(job: Job) -> list[tuple[SourceSettings, Path | GraphPlace]]:
    """Every file, and every path of a graph, that the job's sources name, in order of reading."""
    from graphengine.pipeline.graph_ingestion import graph_place

    planned: list[tuple[SourceSettings, Path | GraphPlace]] = []
    for source in job.sources:
        if source.neo4j is not None:
            planned.append((source, graph_place(source.neo4j, job)))
        else:
            planned += [(source, path) for path in source_files(source, job)]
    return planned


def ingest_files(job: Job, workspace: Workspace, *, progress: Progress) -> IngestReport:
    """Read what is new into the event log; the caller holds the workspace."""
    from graphengine.pipeline.graph_ingestion import GraphPlace, ingest_graph

    log = EventLog(workspace.log, rejects=workspace.rejects)
    log.sweep()
    reports: list[FileReport] = []
    for source, place in planned_files(job):
        if isinstance(place, GraphPlace):
            batches = ingest_graph(job, log, source=source, place=place, progress=progress)
            reports += [_report(batch, batch.file, known=known) for batch, known in batches]
        else:
            reports.append(_ingest_file(job, log, source=source, path=place, progress=progress))
    rejects = sorted(str(p) for p in workspace.rejects.glob("*.csv"))
    return IngestReport(files=tuple(reports), rejects_files=tuple(rejects))


def _ingest_file(
    job: Job, log: EventLog, *, source: SourceSettings, path: Path, progress: Progress
) -> FileReport:
    sha256 = _sha256(path)
    mapping = source.fingerprint(job)
    known = log.find(sha256, source=source.name, mapping=mapping)
    if known is not None:
        return _report(known, str(path), known=True)
    progress.stage(f"ingest {path.name}")

    def watch(rows: int, share: float) -> None:
        progress.advance(rows, round(rows / share) if share else None, "rows")

    reading = read_source(source, path, job=job, watch=watch)
    batch = log.append(
        reading, source=source.name, file=path.name, sha256=sha256, mapping=mapping,
        table=source.table,
    )  # fmt: skip
    progress.advance(batch.read, batch.read, "rows")
    return _report(batch, str(path), known=False)


def _report(batch: Batch, file: str, *, known: bool) -> FileReport:
    return FileReport(
        file=file,
        source=batch.source,
        table=batch.table,
        read=batch.read,
        accepted=batch.accepted,
        duplicate=batch.duplicate,
        rejected=batch.rejected,
        skipped=batch.skipped,
        conflicts=batch.conflicts,
        known=known,
    )


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with opened(path) as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
