"""The log's interactions as the graphs read them, kept between runs: a night reads its news only.

    snapshots/_events/<after>-<upto>-<watermark>/ rows.arrow gone.arrow

A segment holds what the batches after one and up to another brought: the events that they touched
as they stood then, and the ids of those that the segments before it hold and that count no more.
Memory-mapped, so what nobody asks for is not read. The log stays the truth: a segment that does
not follow from it is not used, and everything here can be removed at any time.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import polars as pl

from graphengine.eventlog.merge import RULES, Retracted, merged
from graphengine.workspace import write_folder_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from graphengine.eventlog import EventLog

__all__ = ["KeptEvents"]

_RULE = RULES["interactions"]
_COLUMNS = (
    "event_id", "kind", "word", "actor", "target", "at", "topics", "post", "weight",
)  # fmt: skip
_MOST_SEGMENTS = 12
_TABLES = ("interactions", "retractions")


@dataclass(frozen=True, slots=True)
class _Segment:
    after: int
    upto: int
    folder: Path

    def rows(self) -> pl.LazyFrame:
        """The events that it touched and that still count."""
        return pl.scan_ipc(self.folder / "rows.arrow")

    def gone(self) -> pl.LazyFrame:
        """[event_id] of rows of earlier segments that it replaces or takes back."""
        return pl.scan_ipc(self.folder / "gone.arrow")


class KeptEvents:
    """The kept events of one log, brought up to its last batch."""

    def __init__(self, log: EventLog, folder: Path) -> None:
        self._log, self._folder = log, folder
        self.upto = max((b.number for b in log.batches() if b.table in _TABLES), default=0)
        self._segments = self._found()
        if self._end != self.upto:
            self._segments.append(self._add(self._end, self.upto))

    @property
    def _end(self) -> int:
        return self._segments[-1].upto if self._segments else 0

    @property
    def before_news(self) -> int:
        """The batch up to which all but the last segment reach."""
        return self._segments[-1].after if self._segments else 0

    def rows(self) -> pl.LazyFrame:
        """Every event that counts, once; rows in no stated order."""
        return _together(self._segments)

    def old_rows(self) -> pl.LazyFrame:
        """Every event that counted before the last segment."""
        return _together(self._segments[:-1])

    def news(self) -> pl.DataFrame:
        """[actor, target] of the events that the last segment touched, before it and now."""
        if not self._segments:
            return self.rows().select("actor", "target").collect()
        last, pair = self._segments[-1], ("actor", "target")
        if not last.gone().head(1).collect().height:
            return last.rows().select(pair).unique().collect()
        old = self.old_rows().join(last.gone(), on="event_id", how="semi").select(pair)
        return pl.concat([old, last.rows().select(pair)]).unique().collect()

    def of_pairs(self, pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
        """All events between ``pairs`` [actor, target]: before the last segment, and now."""
        old = _together(self._segments[:-1], between=pairs.lazy()).collect()
        if not self._segments:
            return old, old
        last = self._segments[-1]
        new = last.rows().join(pairs.lazy(), on=["actor", "target"], how="semi")
        return old, pl.concat([_without(old.lazy(), last.gone()), new]).collect()

    def tidy(self) -> None:
        """One segment of many, when they are many or large; and nothing that is no segment."""
        sizes = [_height(segment) for segment in self._segments]
        if len(sizes) > _MOST_SEGMENTS or (len(sizes) > 1 and 2 * sum(sizes[1:]) > sizes[0]):
            whole = self._folder / self._name(0, self.upto)
            if not whole.exists():
                self._write(
                    whole,
                    self.rows().collect().sort("event_id"),
                    pl.DataFrame(schema={"event_id": pl.String}),
                )
            self._segments = [_Segment(0, self.upto, whole)]
        keep = {segment.folder for segment in self._segments}
        if self._folder.is_dir():
            with writing_to(self._folder):
                for folder in sorted(self._folder.iterdir()):
                    if folder not in keep:
                        shutil.rmtree(folder)

    def _found(self) -> list[_Segment]:
        """The segments that follow one another and the log, from its first batch on."""
        there = sorted(self._folder.glob("[0-9]*-*-*")) if self._folder.is_dir() else []
        chain: list[_Segment] = []
        end = 0
        while True:
            numbers = [int(f.name.split("-")[1]) for f in there if f.name.startswith(f"{end:06d}-")]
            fits = [n for n in numbers if end < n <= self.upto]
            fits = [n for n in fits if (self._folder / self._name(end, n)).is_dir()]
            if not fits:
                return chain
            chain.append(_Segment(end, max(fits), self._folder / self._name(end, max(fits))))
            end = chain[-1].upto

    def _name(self, after: int, upto: int) -> str:
        return f"{after:06d}-{upto:06d}-{self._log.watermark_at(upto)[:24]}"

    def _add(self, after: int, upto: int) -> _Segment:
        folder = self._folder / self._name(after, upto)
        if not self._segments:
            everything = self._log.interactions().frame
            self._write(folder, everything, everything.select("event_id").clear())
            return _Segment(after, upto, folder)
        view = self._log.view()
        came, taken = view.arrived(after), view.retracted_after(after)
        old = self._touched(came, taken, after)
        both = pl.concat([old, came.select(old.columns)])
        now = merged(both, _RULE).filter(~view.retracted.hits(_RULE)).sort("event_id")
        self._write(folder, now, old.select("event_id").sort("event_id"))
        return _Segment(after, upto, folder)

    def _touched(self, came: pl.DataFrame, taken: Retracted, after: int) -> pl.DataFrame:
        """The events known at ``after`` that later batches repeat or take back."""
        known = self.rows()
        later = self._log.batches()[after:]
        if not any(b.duplicate or b.retracts or b.table == "retractions" for b in later):
            return known.head(0).collect()  # the ledger says so: nothing need be looked for
        touched = pl.concat([came.select("event_id"), taken.events]).unique()
        parts = [known.join(touched.lazy(), on="event_id", how="semi").collect()]
        if taken.accounts.height:
            parts.append(known.filter(taken.hits(_RULE)).collect())
        return pl.concat(parts).unique("event_id")

    def _write(self, folder: Path, rows: pl.DataFrame, gone: pl.DataFrame) -> None:
        with write_folder_atomically(folder) as made:
            rows.select(_COLUMNS).rechunk().write_ipc(made / "rows.arrow")
            gone.rechunk().write_ipc(made / "gone.arrow")


def _height(segment: _Segment) -> int:
    return int(segment.rows().select(pl.len()).collect().item())


def _together(segments: Sequence[_Segment], between: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """The rows of ``segments`` that no later one takes back; those of some pairs only."""
    schema = {name: _RULE.table.SCHEMA[name] for name in _COLUMNS}

    def next_one(so_far: pl.LazyFrame | None, segment: _Segment) -> pl.LazyFrame:
        rows = segment.rows()
        if between is not None:
            rows = rows.join(between, on=["actor", "target"], how="semi")
        return rows if so_far is None else pl.concat([_without(so_far, segment.gone()), rows])

    whole = reduce(next_one, segments, None)
    return pl.LazyFrame(schema=schema) if whole is None else whole


def _without(rows: pl.LazyFrame, gone: pl.LazyFrame) -> pl.LazyFrame:
    return rows.join(gone, on="event_id", how="anti")
