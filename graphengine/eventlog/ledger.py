"""The ledger: one entry a batch, whose appearance is what makes the batch count."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from graphengine.errors import ConfigurationError, InputError
from graphengine.workspace import make_folder, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMAT", "Batch", "Ledger", "Part"]

FORMAT = 1  # of entries and parts; entries of a higher number are not read


@dataclass(frozen=True, slots=True)
class Part:
    """One Parquet file of a batch: its path inside the log, its rows, its SHA-256."""

    path: str
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Batch:
    """One source file as the log took it in.

    ``sha256`` is the file's, ``mapping`` the fingerprint of how its source was read. Always
    ``read == accepted + duplicate + rejected``. ``conflicts`` of the duplicates differed from the
    row that came first, which holds. ``accepted`` counts rows that take something back too;
    ``retracts`` of them did. ``retracted`` is how many known events this batch took back, those
    that it brings itself included. ``topics_touched`` are the source's words for the topics of
    all events that changed, "" standing for events without one. ``at_min`` and ``at_max`` span the
    accepted rows' times (retractions apart), in epoch seconds. ``mark`` is how far a source that
    is read on from where the last read ended had come then, in its reader's own words.
    """

    number: int
    source: str
    file: str
    sha256: str
    mapping: str
    table: str
    read: int
    accepted: int
    duplicate: int
    rejected: int
    skipped: int
    conflicts: int
    retracted: int
    topics_touched: tuple[str, ...]
    parts: tuple[Part, ...]
    at_min: int | None
    at_max: int | None
    retracts: int = 0
    mark: str | None = None


class Ledger:
    """The entries under one folder, in order of their numbers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: list[Batch] = []
        self._digests: list[str] = []

    def batches(self) -> tuple[Batch, ...]:
        """All entries. An entry once read is not read again.

        Raises:
            InputError: an entry is missing or damaged.
            ConfigurationError: a newer graphengine wrote one.
        """
        if self.folder.is_dir():
            paths = sorted(self.folder.glob("[0-9]*.json"))
            for path in paths[len(self._entries) :]:
                self._read(path)
        return tuple(self._entries)

    @property
    def watermark(self) -> str:
        """SHA-256 over all entries: two logs with the same one took in the same."""
        return self.watermark_at(len(self.batches()))

    def watermark_at(self, batch: int) -> str:
        """The watermark that the log had when ``batch`` was its last one."""
        self.batches()
        return hashlib.sha256("\n".join(self._digests[:batch]).encode()).hexdigest()

    def commit(self, batch: Batch) -> None:
        """Write the entry; from the moment its file has its name, the batch is in the log."""
        fields = asdict(batch)
        if batch.mark is None:  # so that entries of files stay what they were, byte by byte
            del fields["mark"]
        entry = json.dumps({"format": FORMAT, **fields}, sort_keys=True, indent=0)
        make_folder(self.folder)
        write_atomically(self.path(batch.number), f"{entry}\n".encode())

    def path(self, number: int) -> Path:
        """Where the entry of that number lies."""
        return self.folder / f"{number:06d}.json"

    def _read(self, path: Path) -> None:
        number = len(self._entries) + 1
        if path != self.path(number):
            raise InputError(
                f"The event log's ledger has no entry {self.path(number).name}, but {path.name}. "
                f"Entries are numbered without gaps. Restore {self.path(number)} from a copy, or "
                f"remove the workspace and ingest again."
            )
        data = _bytes(path)
        self._entries.append(_entry(data, path))
        self._digests.append(hashlib.sha256(data).hexdigest())


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as refused:
        raise InputError(
            f"The event log's ledger entry {path} cannot be read: {refused.strerror}. "
            f"The log is used whole or not at all. Give permission to read it, or restore it."
        ) from refused


def _entry(data: bytes, path: Path) -> Batch:
    try:
        fields: dict[str, Any] = json.loads(data)
        number = int(fields.pop("format"))
        if number <= FORMAT:
            fields["parts"] = tuple(Part(**part) for part in fields["parts"])
            fields["topics_touched"] = tuple(fields["topics_touched"])
            return Batch(**fields)
    except (ValueError, KeyError, TypeError) as broken:
        raise InputError(
            f"The event log's ledger entry {path} is damaged ({broken}). It should be the JSON "
            f"that graphengine wrote. Restore it from a copy, or remove the workspace and ingest "
            f"again."
        ) from broken
    raise ConfigurationError(
        f"The event log's ledger entry {path} has format {number}. This graphengine knows formats "
        f"up to {FORMAT}. Install the newer version, or name another `workspace` in the job file."
    )
