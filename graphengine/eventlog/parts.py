"""The log's Parquet files: written by UTC day with their checksums, checked before they are read."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import InputError
from graphengine.eventlog.ledger import Part
from graphengine.workspace import make_folder, write_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

__all__ = ["UNDATED", "PartFiles", "alone_and_shared", "groups_of_days", "in_groups"]

UNDATED = "undated"  # the partition of rows without a time (or beyond the years 1 to 9999)

_ROWS_AT_ONCE = 1_000_000  # of parts that are merged together
_ROW_GROUP = 131_072
_FIRST_DAY, _LAST_DAY = -62_135_596_800, 253_402_300_799  # epoch seconds


class PartFiles:
    """Parts under one folder; a part's path starts with its table and its day."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._checked: set[Part] = set()

    def write(self, frame: pl.DataFrame, *, table: str, batch: int) -> tuple[Part, ...]:
        """Write ``frame`` as one part a UTC day; the same rows give the same bytes."""
        days = frame.with_columns(_day(frame.columns).alias("_day"))
        groups = days.partition_by("_day", as_dict=True, include_key=False)
        return tuple(
            self._write_part(rows, f"{table}/{day}/{batch:06d}.parquet")
            for (day,), rows in sorted(groups.items(), key=lambda item: str(item[0][0]))
        )

    def _write_part(self, rows: pl.DataFrame, path: str) -> Part:
        buffer = io.BytesIO()
        rows.rechunk().write_parquet(  # chunks would show in the bytes
            buffer, compression="zstd", compression_level=3, row_group_size=_ROW_GROUP
        )
        data = buffer.getvalue()
        target = self.root / path
        make_folder(target.parent)
        write_atomically(target, data)
        return Part(path, rows.height, hashlib.sha256(data).hexdigest())

    def scan(self, parts: Sequence[Part]) -> pl.LazyFrame:
        """The rows of ``parts`` in their order, after each was checked once in this process.

        Raises:
            InputError: a part is missing, unreadable or changed.
        """
        for part in parts:
            if part not in self._checked:
                problem = self.problem(part)
                if problem:
                    raise InputError(
                        f"The event log is damaged: {problem}. Every part must be what was "
                        f"written. Restore the file from a copy, or remove the workspace and "
                        f"ingest again."
                    )
                self._checked.add(part)
        return pl.scan_parquet(
            [self.path(part) for part in parts],
            glob=False,
            hive_partitioning=False,
        )

    def path(self, part: Part) -> Path:
        """Where a part lies."""
        return self.root / part.path

    def problem(self, part: Part) -> str:
        """What is wrong with a part, or "" when its bytes are those that were written."""
        path = self.path(part)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return f"{path} is missing"
        except OSError as refused:
            return f"{path} cannot be read ({refused.strerror})"
        return "" if found == part.sha256 else f"{path} has changed since it was written"

    def sweep(self, known: Iterable[str]) -> None:
        """Remove every file and every empty folder that holds no known part."""
        keep = {self.root / path for path in known}
        folders = []
        with writing_to(self.root):
            for path in sorted(self.root.rglob("*"), reverse=True):
                if path.is_dir():
                    folders.append(path)
                elif path not in keep:
                    path.unlink()
            for folder in folders:
                if not any(folder.iterdir()):
                    folder.rmdir()


def alone_and_shared(parts: Sequence[Part]) -> tuple[list[Part], list[Part]]:
    """Those parts that are the only one of their day, and the others.

    >>> days = (("2020-01-01", 1), ("2020-01-02", 1), ("2020-01-02", 2))
    >>> parts = [Part(f"posts/{day}/00000{batch}.parquet", 1, "") for day, batch in days]
    >>> [len(some) for some in alone_and_shared(parts)]
    [1, 2]
    """
    days = Counter(_day_of(part) for part in parts)
    alone = [part for part in parts if days[_day_of(part)] == 1]
    return alone, [part for part in parts if days[_day_of(part)] > 1]


def groups_of_days(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Parts in groups of whole days, in order of time, undated last, about a million rows each.

    All rows of one event lie in one day, so each group can be merged by itself.
    """
    ordered = sorted(parts, key=lambda part: part.path.split("/")[1:])  # a day's parts by batch
    return in_groups(ordered, _day_of)


def in_groups(
    parts: Iterable[Part], together: Callable[[Part], str] = lambda part: part.path
) -> Iterator[list[Part]]:
    """Parts in their order, in groups of about a million rows.

    Neighbours that are the same to ``together`` stay in one group.
    """
    group: list[Part] = []
    rows = 0
    for _, neighbours in groupby(parts, key=together):
        several = list(neighbours)
        more = sum(part.rows for part in several)
        if group and rows + more > _ROWS_AT_ONCE:
            yield group
            group, rows = [], 0
        group += several
        rows += more
    if group:
        yield group


def _day_of(part: Part) -> str:
    return part.path.split("/")[1]


def _day(columns: Sequence[str]) -> pl.Expr:
    if "at" not in columns:
        return pl.lit(UNDATED)
    dated = pl.when(pl.col("at").is_between(_FIRST_DAY, _LAST_DAY)).then("at")
    return pl.from_epoch(dated).dt.strftime("%Y-%m-%d").fill_null(UNDATED)
