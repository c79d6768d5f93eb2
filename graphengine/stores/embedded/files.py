"""Published files as bytes: what the header says, whether they are whole, what may be swept."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from graphengine.errors import ConfigurationError, InputError
from graphengine.stores.embedded.current import STORAGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from graphengine.stores.embedded.current import Entry

__all__ = ["SUFFIX", "building_in", "check_header", "faults", "sha256_of", "sweep", "sync"]

SUFFIX = ".lbug"
_BUILDING = "building-"  # begins the name of the folder of an unfinished file
_MAGIC = b"LBUG"  # then the storage version, 8 bytes little-endian
_BESIDE = (".wal", ".shadow", ".checkpoint.intent.lock")  # never beside a published file


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_header(path: Path, entry: Entry) -> None:
    """Look at size, magic and version before the engine does: it opens an empty file gladly.

    Raises:
        FileNotFoundError: it is gone.
        ConfigurationError: a newer engine wrote it.
        InputError: it is no published file, or was cut.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        magic, version = file.read(4), int.from_bytes(file.read(8), "little")
    if magic == _MAGIC and version > STORAGE:
        raise ConfigurationError(
            f"{path} has storage version {version}; this engine reads {STORAGE} at most. "
            "A newer version of graphengine wrote it. Install that one, or publish again."
        )
    if magic != _MAGIC or size != entry.size:
        raise InputError(
            f"{path} is damaged: it has {size} bytes of {entry.size}, and begins with {magic!r}. "
            f"The run itself is safe: `graphengine publish {entry.run}` rebuilds the file."
        )


def faults(folder: Path, entry: Entry) -> list[str]:
    """A sentence for everything that is wrong with a published file; none when it is whole."""
    path = folder / entry.file
    if not path.is_file():
        return [f"{path} is missing: `graphengine publish {entry.run}` rebuilds it."]
    found = [
        f"{path}{ending} should not be there: something wrote to a published file. "
        f"`graphengine publish {entry.run}` clears it."
        for ending in _BESIDE
        if path.with_name(path.name + ending).exists()
    ]
    if sha256_of(path) != entry.sha256:
        found.append(
            f"{path} is damaged: its SHA-256 is not the one it was published with. "
            f"`graphengine publish {entry.run}` rebuilds it."
        )
    return found


def sweep(folder: Path, keep: Collection[str]) -> None:
    """Remove what killed builds left, and every published file not in ``keep``.

    Processes that have such a file open go on reading it.
    """
    endings = (SUFFIX, *(SUFFIX + beside for beside in _BESIDE))
    for path in folder.iterdir():
        if path.name.startswith(_BUILDING):
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.endswith(endings) and path.name not in keep:
            path.unlink(missing_ok=True)


@contextmanager
def building_in(folder: Path) -> Iterator[Path]:
    """An empty folder to build a file in; it is gone afterwards, so that a full disk has room.

    Its name is new: the orphaned child of a killed build cannot write into it.
    """
    building = Path(tempfile.mkdtemp(prefix=_BUILDING, dir=folder))
    try:
        yield building
    finally:
        shutil.rmtree(building, ignore_errors=True)


def sync(path: Path) -> None:
    """Have the bytes of a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
