"""What stands in the way of a run: Python, libraries, the job's files, its folder, its stores."""

from __future__ import annotations

import os
import shutil
import sys
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING

from graphengine.errors import GraphengineError
from graphengine.pipeline.ingestion import planned_files
from graphengine.pipeline.open_store import open_store
from graphengine.pipeline.reports import Check
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.job import Job

__all__ = ["examine"]

_LIBRARIES = ("polars", "pyarrow", "numpy", "scipy", "numba", "ladybug", "neo4j")
_ROOM = 1 << 30  # bytes free below which a run is likely to end in the middle


def examine(job: Job | None) -> list[Check]:
    """Every finding, good or bad, in the order in which a run would meet them."""
    checks = [_python(), *(_library(name) for name in _LIBRARIES)]
    if job is None:
        return checks
    checks.append(_try("input files", _files, job))
    checks.append(_try("workspace", _workspace, job))
    checks.append(_room(job))
    checks += [_try(f"store {name}", partial(_store, name=name), job) for name in job.publish.to]
    return checks


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return Check(
        "python",
        ok=sys.version_info >= (3, 11),
        text=version,
        remedy="graphengine needs 3.11 or newer",
    )


def _library(name: str) -> Check:
    try:
        return Check(name, ok=True, text=metadata.version(name))
    except metadata.PackageNotFoundError:
        return Check(name, ok=False, text="not installed", remedy=f"pip install {name}")


def _try(name: str, look: Callable[[Job], str], job: Job) -> Check:
    try:
        return Check(name, ok=True, text=look(job))
    except GraphengineError as error:
        return Check(name, ok=False, text=str(error), remedy=f"see {job.path}")


def _files(job: Job) -> str:
    return f"{len(planned_files(job))} files"


def _workspace(job: Job) -> str:
    if not job.workspace_path.exists():
        return f"{job.workspace_path}, made by the first run"
    open_workspace(job, create=False)
    return str(job.workspace_path)


def _room(job: Job) -> Check:
    folder = next(p for p in (job.workspace_path, *job.workspace_path.parents) if p.exists())
    free = shutil.disk_usage(folder).free
    writable = os.access(folder, os.W_OK)
    text = f"{free / _ROOM:.1f} GiB free in {folder}" + ("" if writable else ", not writable")
    return Check(
        "disk",
        ok=writable and free > _ROOM,
        text=text,
        remedy="make room, or set workspace in the job",
    )


def _store(job: Job, *, name: str) -> str:
    if name == "embedded" and not job.workspace_path.exists():
        return "nothing published yet"
    with open_store(name, job, open_workspace(job, create=False)) as store:
        published = store.published(job.name)
    return f"serves {published.run}" if published else "answers; nothing published yet"
