"""The folder of a job: its format and owner, its lock, and writes that are whole or not there.

    log/  snapshots/  runs/  store/  rejects/  journal.jsonl  lock  lock.json  VERSION

Wall-clock times, hosts and process ids live in ``journal.jsonl`` and ``lock.json`` alone.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import filelock

from graphengine.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from graphengine.job import Job

__all__ = [
    "FORMAT",
    "Workspace",
    "exclusive",
    "journal",
    "make_folder",
    "open_workspace",
    "write_atomically",
    "write_folder_atomically",
    "writing_to",
]

FORMAT = 1  # of the workspace's layout; a workspace of a higher number is not touched

_OURS = {"VERSION", ".VERSION.tmp", "lock", "lock.json", ".lock.json.tmp"}


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where everything of one job lies."""

    root: Path

    @property
    def log(self) -> Path:
        """The event log."""
        return self.root / "log"

    @property
    def snapshots(self) -> Path:
        """The per-topic graphs."""
        return self.root / "snapshots"

    @property
    def runs(self) -> Path:
        """The immutable runs."""
        return self.root / "runs"

    @property
    def store(self) -> Path:
        """The embedded store's published files."""
        return self.root / "store"

    @property
    def rejects(self) -> Path:
        """Rows that were refused, one CSV a batch."""
        return self.root / "rejects"

    @property
    def journal(self) -> Path:
        """What was done when, by whom and how long it took."""
        return self.root / "journal.jsonl"


def open_workspace(job: Job, *, create: bool) -> Workspace:
    """The workspace of ``job``, made if it is not there and ``create`` says so.

    Raises:
        InputError: there is none, and it is not to be made.
        ConfigurationError: the folder belongs to another job, to a newer version, or to somebody
            else altogether.
        CannotWriteError: it cannot be made.
    """
    root = job.workspace_path
    version = root / "VERSION"
    if not version.is_file():
        if not create:
            raise InputError(
                f"There is no workspace at {root}: nothing was ingested for the job {job.name!r}. "
                f"This command reads what an earlier one wrote. "
                f"Run `graphengine run {job.path}` first."
            )
        _refuse_a_strangers_folder(root)
        make_folder(root)
        text = json.dumps({"format": FORMAT, "job": job.name}, sort_keys=True)
        write_atomically(version, f"{text}\n".encode())
    _check_version(version, job=job)
    return Workspace(root)


def _refuse_a_strangers_folder(root: Path) -> None:
    if root.exists() and not root.is_dir():
        raise ConfigurationError(
            f"The workspace {root} is a file. A workspace is a folder. "
            f"Name another `workspace` in the job file."
        )
    if root.is_dir() and any(entry.name not in _OURS for entry in root.iterdir()):
        raise ConfigurationError(
            f"The folder {root} holds files, but no VERSION of graphengine. A workspace starts as "
            f"an empty folder, or none. Name another `workspace` in the job file."
        )


def _check_version(version: Path, *, job: Job) -> None:
    try:
        stated = json.loads(version.read_text("utf-8"))
        number, owner = int(stated["format"]), str(stated["job"])
    except (OSError, ValueError, KeyError, TypeError) as broken:
        raise ConfigurationError(
            f"{version} cannot be read ({broken}). It should state the format and the job of this "
            f"workspace. Restore it, or name another `workspace` in the job file."
        ) from broken
    if number > FORMAT:
        raise ConfigurationError(
            f"The workspace {version.parent} has format {number}. This graphengine knows formats "
            f"up to {FORMAT}. Install the newer version, or name another `workspace` in the job "
            f"file."
        )
    if owner != job.name:
        raise ConfigurationError(
            f"The workspace {version.parent} belongs to the job {owner!r}, not to {job.name!r}. "
            f"Every job needs a workspace of its own. Name another `workspace` in {job.path.name}, "
            f"or give the job its old name back."
        )


@contextmanager
def exclusive(ws: Workspace, *, who: str) -> Iterator[None]:
    """Hold the workspace alone; ``who`` is the command, for those who find it held.

    The lock is the operating system's, so it ends with its process, however that ends; what
    ``lock.json`` says about a dead holder blocks nobody.

    Raises:
        BusyError: another process holds it; at once, naming who and since when.
        CannotWriteError: the lock cannot be made.
    """
    lock = filelock.FileLock(ws.root / "lock", blocking=False)
    holder = ws.root / "lock.json"
    try:
        with writing_to(ws.root):
            lock.acquire()
    except filelock.Timeout as held:
        raise BusyError(
            f"The workspace {ws.root} is {_who_holds(holder)}. One command at a time may change "
            f"it. Try again when that one has ended."
        ) from held
    try:
        since = datetime.now(UTC).isoformat(timespec="seconds")
        record = {"host": platform.node(), "pid": os.getpid(), "since": since, "who": who}
        write_atomically(holder, json.dumps(record).encode())
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _who_holds(holder: Path) -> str:
    try:
        record = json.loads(holder.read_text("utf-8"))
        return f"held by pid {record['pid']} ({record['who']}) since {record['since']}"
    except (OSError, ValueError, KeyError, TypeError):  # it is about to say so, or about to end
        return "held by another process"


@contextmanager
def writing_to(path: Path) -> Iterator[None]:
    """Turn what the disk refuses inside the block into CannotWriteError naming ``path``."""
    try:
        yield
    except filelock.Timeout:  # an OSError too, but nothing that a disk says
        raise
    except OSError as refused:
        where = refused.filename or path
        raise CannotWriteError(
            f"Cannot write {where}: {refused.strerror or refused}. Space and permission to "
            f"write are needed there; no file is left half-written. Free some space or "
            f"correct the permissions, then repeat the command."
        ) from refused


def make_folder(path: Path) -> None:
    """Make a folder and those above it, if they are not there, and put their names on the disk.

    Raises:
        CannotWriteError: the disk refuses.
    """
    with writing_to(path):
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        path.mkdir(parents=True, exist_ok=True)
        for folder in missing:
            _sync(folder.parent)


def write_atomically(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path`` so that readers see the old bytes or all the new ones.

    The bytes and their name are on the disk when it returns.

    Raises:
        CannotWriteError: no space, no permission, or any other refusal of the disk.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    with writing_to(path):
        try:
            with temporary.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync(path.parent)
        except OSError:
            _discard(temporary)
            raise


@contextmanager
def write_folder_atomically(path: Path) -> Iterator[Path]:
    """Yield a fresh folder to fill; when the block ends well it becomes ``path``, whole.

    Raises:
        CannotWriteError: the disk refused something, inside the block too.
        GraphengineError: ``path`` is there already; folders made so never change.
    """
    if path.exists():
        raise GraphengineError(f"{path} exists; a folder written whole is never written again.")
    temporary = path.with_name(f".{path.name}.tmp")
    with writing_to(path):
        _discard(temporary)
        temporary.mkdir(parents=True)
    try:
        with writing_to(path):
            yield temporary
            for folder, _, names in os.walk(temporary):
                for name in names:
                    _sync(os.path.join(folder, name))  # noqa: PTH118  (os.walk speaks strings)
                _sync(folder)
            temporary.rename(path)
            _sync(path.parent)
    except BaseException:
        _discard(temporary)
        raise


def journal(ws: Workspace, event: Mapping[str, Any]) -> None:
    """Append ``event`` to the journal as one JSON line, with the time, the host and the process.

    Raises:
        CannotWriteError: the disk refuses.
    """
    stamp = {
        "written": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "host": platform.node(),
        "pid": os.getpid(),
    }
    line = json.dumps({**stamp, **event}, sort_keys=True, default=str)
    with writing_to(ws.journal), ws.journal.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        torn = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"  # a killed writer's line
        file.write(("\n" if torn else "").encode() + line.encode() + b"\n")


def _sync(path: str | Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _discard(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
