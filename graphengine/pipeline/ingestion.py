"""Files in: every file of the job becomes one batch of the event log, or is known already."""

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
    from graphengine.workspace import Workspace

__all__ = ["ingest_files", "planned_files"]


def planned_files(job: Job) -> list[tuple[SourceSettings, Path]]:
    """Every file that the job's sources name, in the order in which they are read."""
    return [(source, path) for source in job.sources for path in source_files(source, job)]


def ingest_files(job: Job, workspace: Workspace, *, progress: Progress) -> IngestReport:
    """Read what is new into the event log; the caller holds the workspace."""
    log = EventLog(workspace.log, rejects=workspace.rejects)
    log.sweep()
    reports = [
        _ingest_file(job, log, source=source, path=path, progress=progress)
        for source, path in planned_files(job)
    ]
    rejects = sorted(str(p) for p in workspace.rejects.glob("*.csv"))
    return IngestReport(files=tuple(reports), rejects_files=tuple(rejects))


def _ingest_file(
    job: Job, log: EventLog, *, source: SourceSettings, path: Path, progress: Progress
) -> FileReport:
    sha256 = _sha256(path)
    mapping = source.fingerprint(job)
    known = log.find(sha256, source=source.name, mapping=mapping)
    if known is not None:
        return _report(known, path, known=True)
    progress.stage(f"ingest {path.name}")

    def watch(rows: int, share: float) -> None:
        progress.advance(rows, round(rows / share) if share else None, "rows")

    reading = read_source(source, path, job=job, watch=watch)
    batch = log.append(
        reading, source=source.name, file=path.name, sha256=sha256, mapping=mapping,
        table=source.table,
    )  # fmt: skip
    progress.advance(batch.read, batch.read, "rows")
    return _report(batch, path, known=False)


def _report(batch: Batch, path: Path, *, known: bool) -> FileReport:
    return FileReport(
        file=str(path),
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
