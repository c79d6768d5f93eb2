"""A small job that is scored, scored again after a further file, and explained by tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.pipeline import ingest, score
from graphengine.pipeline.reports import PublishReport, RunReport
from graphengine.runs import record_published
from graphengine.workspace import open_workspace
from support.run_job import Ran, Silent
from support.small_job import JOB, add_late_file

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.job import Job

__all__ = ["QUICK", "scored_twice"]

QUICK = JOB.replace("draws = 20", "draws = 0").replace("cuts = [0.7]", "cuts = []")


def scored_twice(job: Job, folder: Path) -> Ran:
    """Two runs of a small job in ``folder``; the second is noted as published, in no store."""
    first = ingest(job, progress=Silent())
    report = score(job, as_of=None, progress=Silent())
    add_late_file(folder)
    ingest(job, progress=Silent())
    last = score(job, as_of=None, progress=Silent())
    record_published(open_workspace(job, create=False), "embedded", last.run)
    return Ran(job, RunReport(first, report, PublishReport(last.run, ())))
