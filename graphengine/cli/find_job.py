"""Which job a command means: --job, else GRAPHENGINE_JOB, else the only one used in this folder.

The folder remembers: ``.graphengine/used-jobs.txt`` holds one path a line, relative to the folder
that commands were typed in. (A job's name has no dot, so no workspace can take that place.)
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from graphengine.cli.application import state
from graphengine.errors import UsageError

if TYPE_CHECKING:
    from graphengine.job import Job

__all__ = ["find_job", "open_job", "option_for", "remember", "used_jobs"]

_RECORD = Path(".graphengine") / "used-jobs.txt"


def open_job(path: Path) -> Job:
    """The job in a file; from here on a defect's report names the journal of its workspace."""
    from graphengine.job import load_job

    job = load_job(path)
    state().journal = job.workspace_path / "journal.jsonl"
    return job


def find_job(job_file: Path | None) -> Job:
    """The job that a command without a JOB argument means; raises UsageError with the candidates."""
    named = job_file or os.environ.get("GRAPHENGINE_JOB")
    if named:
        return open_job(Path(named))
    used = used_jobs()
    if len(used) == 1:
        return open_job(used[0])
    candidates = used or _job_files()
    if not candidates:
        raise UsageError(
            "No job is named, and no job file was found here or in jobs/. Say --job FILE, or set "
            "GRAPHENGINE_JOB."
        )
    why = "Several jobs were used" if used else "No job was used yet"
    listed = "\n".join(f"  --job {path}" for path in candidates)
    raise UsageError(f"{why} in this folder; say which one you mean:\n{listed}")


def remember(job: Job) -> None:
    """Note in this folder that the job was used here. A folder closed to us just forgets it."""
    path = Path(os.path.relpath(job.path)).as_posix()
    if path in (p.as_posix() for p in used_jobs()):
        return
    with suppress(OSError):
        _RECORD.parent.mkdir(exist_ok=True)
        with _RECORD.open("a", encoding="utf-8") as file:
            file.write(f"{path}\n")


def used_jobs() -> list[Path]:
    """The job files used in this folder that are still there, first used first."""
    try:
        lines = _RECORD.read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return []
    return [path for path in map(Path, dict.fromkeys(lines)) if path.is_file()]


def option_for(job: Job) -> str:
    """What a command typed here next must add to mean this job: "" or " --job FILE"."""
    path = Path(os.path.relpath(job.path))
    alone = used_jobs() == [path] and not os.environ.get("GRAPHENGINE_JOB")
    return "" if alone else f" --job {path}"


def _job_files() -> list[Path]:
    places = [*sorted(Path().glob("*.toml")), *sorted(Path("jobs").glob("*.toml"))]
    return [path for path in places if _looks_like_a_job(path)]


def _looks_like_a_job(path: Path) -> bool:
    import tomllib

    try:
        data = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(data.get("name"), str) and isinstance(data.get("sources"), list)
