"""CURRENT: which file serves, and which earlier ones a rollback can go back to.

A small JSON file, replaced in one rename. ``published`` lists files, the serving one first.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import ladybug

from graphengine.errors import ConfigurationError, InputError
from graphengine.stores.ports import Published
from graphengine.workspace import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CURRENT", "LAYOUT", "STORAGE", "Current", "Entry", "read_current", "write_current"]

CURRENT = "CURRENT"
STORAGE: int = ladybug.Database.get_storage_version()  # of the files that this engine writes
LAYOUT = (
    3  # of the tables in these files; 2 had neither reasons nor intervals and the like in SCORED,
)
#             1 neither seeds nor what cascades say there
_FORMAT = 2  # of CURRENT itself; 1 said nothing of layouts


@dataclass(frozen=True, slots=True)
class Entry:
    """One published file. ``previous`` is what the pointer inside it says; ``storage`` its format.

    ``layout`` says which tables and columns of the model it has; earlier ones are still read.
    """

    run: str
    previous: str
    file: str
    sha256: str
    size: int
    last_batch: int
    storage: int
    layout: int = 1  # of entries that do not say


@dataclass(frozen=True, slots=True)
class Current:
    """The job and its files, the serving one first; there is always one."""

    job: str
    entries: tuple[Entry, ...]

    @property
    def serving(self) -> Entry:
        """The file that queries open."""
        return self.entries[0]

    def published(self) -> Published:
        """The run served, and the one that a rollback goes back to."""
        previous = self.entries[1].run if len(self.entries) > 1 else ""
        return Published(run=self.serving.run, previous=previous)


def read_current(folder: Path) -> Current | None:
    """What CURRENT says; None when nothing was published in ``folder``.

    Raises:
        InputError: it is there, but is no such file.
        ConfigurationError: a newer graphengine or a newer engine wrote it.
    """
    path = folder / CURRENT
    try:
        stated = json.loads(path.read_bytes())
        newer = int(stated["format"]) > _FORMAT
        if not newer:
            current = Current(stated["job"], tuple(Entry(**e) for e in stated["published"]))
            newer = current.serving.storage > STORAGE
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, IndexError) as broken:
        raise InputError(
            f"{path} cannot be read ({broken}). It says which published file is served. "
            f"Nothing in {folder} is the only copy of anything: remove the folder, then "
            "`graphengine publish RUN` rebuilds it."
        ) from broken
    if newer:
        raise ConfigurationError(
            f"The embedded store in {folder} was written by a newer version of graphengine. "
            f"This one reads layout {_FORMAT} and files of storage version {STORAGE} at most. "
            "Install the newer version, or remove the folder and publish again."
        )
    return current


def write_current(folder: Path, current: Current) -> None:
    """Replace CURRENT: readers see the old one or the new one.

    Raises:
        CannotWriteError: the disk refused; the old one stands.
    """
    stated = {
        "format": _FORMAT,
        "job": current.job,
        "published": [asdict(entry) for entry in current.entries],
    }
    write_atomically(folder / CURRENT, json.dumps(stated, indent=1).encode() + b"\n")
