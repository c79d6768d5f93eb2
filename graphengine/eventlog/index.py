"""Where the log holds a key: hashes of all keys in memory, twelve bytes a row.

Without it every file that comes in would read every key of the log again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.eventlog.parts import in_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.eventlog.ledger import Batch, Part
    from graphengine.eventlog.parts import PartFiles

__all__ = ["KeyIndex"]


@dataclass(frozen=True, slots=True)
class _Segment:
    """Hashes in ascending order, and for each the place of its part in the index's list."""

    hashes: NDArray[np.uint64]
    parts: NDArray[np.uint32]

    def find(self, wanted: NDArray[np.uint64]) -> tuple[NDArray[np.bool_], NDArray[np.uint32]]:
        """Which of ``wanted`` are here, and the parts that hold them."""
        left = np.searchsorted(self.hashes, wanted, side="left")
        count = np.searchsorted(self.hashes, wanted, side="right") - left
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return count > 0, np.unique(self.parts[np.repeat(left, count) + within])


class KeyIndex:
    """The keys of one table; it reads the parts of batches that it has not seen yet.

    Two keys may share a hash, so what it finds are candidates, never fewer than there are.
    """

    def __init__(self, table: str, key: Sequence[str], files: PartFiles) -> None:
        self._table, self._key, self._files = table, tuple(key), files
        self._parts: list[Part] = []
        self._segments: list[_Segment] = []
        self._seen = 0

    def find(self, keys: pl.DataFrame, batches: Sequence[Batch]) -> tuple[pl.Series, list[Part]]:
        """Which rows of ``keys`` the log may hold, and the parts, by batch, that may hold them.

        ``batches`` are the log's first batches or all of them; parts of later ones may be found.
        """
        for batch in batches[self._seen :]:
            self._add([part for part in batch.parts if part.path.startswith(f"{self._table}/")])
        self._seen = max(self._seen, len(batches))
        wanted = keys.select(self._key).hash_rows().to_numpy()
        known = np.zeros(keys.height, dtype=np.bool_)
        parts: set[int] = set()
        for segment in self._segments:
            here, there = segment.find(wanted)
            known |= here
            parts.update(there.tolist())
        return pl.Series(known), [self._parts[place] for place in sorted(parts)]

    def _add(self, parts: Sequence[Part]) -> None:
        for group in in_groups(parts):
            places = np.arange(len(self._parts), len(self._parts) + len(group), dtype=np.uint32)
            hashes = self._files.scan(group).select(self._key).collect().hash_rows().to_numpy()
            order = np.argsort(hashes)
            of_rows = np.repeat(places, [part.rows for part in group])
            self._parts += group
            self._push(_Segment(hashes[order], of_rows[order]))

    def _push(self, segment: _Segment) -> None:
        """Add a segment; each is kept more than twice as long as the next, so there are few."""
        while self._segments and len(self._segments[-1].hashes) <= 2 * len(segment.hashes):
            other = self._segments.pop()
            hashes = np.concatenate([other.hashes, segment.hashes])
            order = np.argsort(hashes, kind="stable")  # two sorted runs: merged in one pass
            parts = np.concatenate([other.parts, segment.parts])
            segment = _Segment(hashes[order], parts[order])
        self._segments.append(segment)
