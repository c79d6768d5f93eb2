"""Short ways to read a small text with the readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.job import Job, SourceSettings
from graphengine.readers import read_source, source_files

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.events import Reading

__all__ = ["MINIMAL", "read_all", "read_file", "read_text"]

MINIMAL: dict[str, Any] = {
    "columns": {"actor": "actor", "target": "target"},
    "constants": {"kind": "reply"},
}


def read_file(path: Path, *, job: dict[str, Any] | None = None, **source: Any) -> Reading:
    """One file through one source; without columns it has actor and target, all replies."""
    if "columns" not in source and source.get("reader") != "congress":
        source = {**MINIMAL, **source}
    settings = SourceSettings(name="test", files=[str(path)], **source)
    return read_source(settings, path, job=Job(name="test", sources=[settings], **(job or {})))


def read_text(
    folder: Path,
    text: str | bytes,
    *,
    file: str = "rows.csv",
    job: dict[str, Any] | None = None,
    **source: Any,
) -> Reading:
    """``text`` written to a file of the folder, then read."""
    path = folder / file
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_file(path, job=job, **source)


def read_all(job: Job) -> dict[str, list[Reading]]:
    """Every file of every source of a job, by the source's name."""
    return {
        source.name: [read_source(source, path, job=job) for path in source_files(source, job)]
        for source in job.sources
    }
