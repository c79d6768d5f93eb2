"""EmbeddedStore: the ports over a folder of published files."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import filelock

from graphengine.errors import BusyError, ConfigurationError, InputError, NothingToDoError
from graphengine.stores.embedded.build import build, check_in_child, checksums, expectations
from graphengine.stores.embedded.content import Content, tables
from graphengine.stores.embedded.current import (
    LAYOUT,
    STORAGE,
    Current,
    Entry,
    read_current,
    write_current,
)
from graphengine.stores.embedded.explain import plan_lines
from graphengine.stores.embedded.files import SUFFIX, building_in, faults, sha256_of, sweep, sync
from graphengine.stores.embedded.reader import Reader
from graphengine.stores.embedded.salvage import accounts_in, salvaged
from graphengine.stores.guard import check_read_only
from graphengine.stores.lookups import CARD, TOP
from graphengine.stores.merge import merged
from graphengine.stores.ports import Answer
from graphengine.workspace import writing_to

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import polars as pl

    from graphengine.stores.ports import (
        GraphSource,
        GraphTables,
        Published,
        RunScores,
        Watch,
    )

__all__ = ["EmbeddedStore"]

_LOOKUP_S = 60.0  # far above what a look-up takes
_ALL = 1 << 40  # rows: look-ups are bounded by what they ask


class EmbeddedStore:
    """One job's published runs in ``folder``, each a file of its own that nothing ever changes.

    Publishing takes the space of one more file and leaves at most ``keep``; earlier files that hold
    an account which was taken back since go at once, so that no rollback brings it back. Readers,
    in this process or others, go on with the file that they have opened.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reader = Reader(folder)

    def publish(
        self,
        run: RunScores,
        graph: GraphSource,
        *,
        previous: RunScores | None,
        keep: int,
        watch: Watch | None = None,
        verify: bool = False,
    ) -> Published:
        """See Publisher. Counts and sums are checked always, every row where ``verify`` says so.

        Raises:
            GraphengineError: the finished file does not hold what was written.
            CannotWriteError: the disk refused; what was served before still is.
            BusyError: another process publishes here.
            ConfigurationError: the folder belongs to another job, or to a newer version.
            InputError: the run does not go with the graph.
        """
        with self._alone():
            current = self._owned_by(run.job)
            if current is not None and self._is_served(current, run.run, graph.last_batch):
                return current.published()
            before = _before(current, run.run)
            content = Content(
                graph=_whole(graph),
                run=run,
                previous=self._scores_of(before, current, given=previous),
            )
            frames = tables(content)
            questions = expectations(frames) + (checksums(frames) if verify else [])
            entry = self._write(
                content, frames, questions, last_batch=graph.last_batch, watch=watch
            )
            earlier = [e for e in current.entries if e.run != run.run] if current else []
            kept = [e for e in earlier if self._holds_only(e, content.graph.accounts["key"])]
            now = Current(run.job, (entry, *kept)[: max(1, keep)])
            write_current(self.folder, now)
            sweep(self.folder, keep={e.file for e in now.entries})
            return now.published()

    def rollback(self, job: str) -> Published:
        """See Publisher; atomic, and no file is written but CURRENT.

        Raises:
            NothingToDoError: no earlier run is kept here.
            InputError: the earlier run's file is missing or damaged.
        """
        with self._alone():
            current = self._owned_by(job)
            if current is None or len(current.entries) < 2:
                raise NothingToDoError(
                    f'The job "{job}" has no earlier run in {self.folder} to roll back to. '
                    "Publish the one you want instead: graphengine publish RUN."
                )
            back = Current(job, current.entries[1:])
            if wrong := faults(self.folder, back.serving):
                raise InputError(f"Cannot roll back to {back.serving.run}. {wrong[0]}")
            write_current(self.folder, back)
            return back.published()

    def published(self, job: str) -> Published | None:
        """See Publisher."""
        current = read_current(self.folder)
        return current.published() if current is not None and current.job == job else None

    def top(self, job: str, topic: str, n: int) -> Answer:
        """See ScoreReader."""
        asked = {"job": job, "topic": topic, "n": n}
        return self._reader.run(TOP, asked, timeout_s=_LOOKUP_S, row_limit=_ALL)

    def card(self, job: str, account: str) -> Answer:
        """See ScoreReader."""
        asked = {"job": job, "account": account}
        return self._reader.run(CARD, asked, timeout_s=_LOOKUP_S, row_limit=_ALL)

    def query(
        self, statement: str, parameters: Mapping[str, Any], *, timeout_s: float, row_limit: int
    ) -> Answer:
        """See CypherReader; Reader.run says what is raised."""
        text = check_read_only(statement)
        return self._reader.run(text, parameters, timeout_s=timeout_s, row_limit=row_limit)

    def explain(self, statement: str, parameters: Mapping[str, Any], *, timeout_s: float) -> Answer:
        """See CypherReader; the column plan holds the engine's drawing, line by line."""
        text = "EXPLAIN " + check_read_only(statement)
        drawn = self._reader.run(text, parameters, timeout_s=timeout_s, row_limit=1)
        lines = plan_lines(str(drawn.rows[0][0]))
        return Answer(columns=("plan",), rows=tuple((line,) for line in lines))

    def verify(self) -> list[str]:
        """A sentence for everything that is wrong with the files kept here; none when all is well.

        Raises:
            InputError: CURRENT cannot be read.
            ConfigurationError: a newer version wrote it.
        """
        current = read_current(self.folder)
        if current is None:
            return []
        return [fault for entry in current.entries for fault in faults(self.folder, entry)]

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = filelock.FileLock(self.folder / "publish.lock", blocking=False)
        try:
            with writing_to(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
                lock.acquire()
        except filelock.Timeout as held:
            raise BusyError(
                f"Another process publishes in {self.folder}. One at a time may. Try again later."
            ) from held
        try:
            with writing_to(self.folder):
                yield
        finally:
            lock.release()

    def _owned_by(self, job: str) -> Current | None:
        current = read_current(self.folder)
        if current is not None and current.job != job:
            raise ConfigurationError(
                f'The embedded store in {self.folder} belongs to the job "{current.job}", not to '
                f'"{job}". Every job needs a store of its own. Name another workspace in the job.'
            )
        return current

    def _is_served(self, current: Current, run: str, last_batch: int) -> bool:
        entry = current.serving
        now = (entry.run, entry.last_batch, entry.storage, entry.layout)
        return now == (run, last_batch, STORAGE, LAYOUT) and not faults(self.folder, entry)

    def _scores_of(
        self, run: str, current: Current | None, *, given: RunScores | None
    ) -> RunScores | None:
        if run == "" or current is None:
            return None
        if given is not None and given.run == run:
            return given
        return salvaged(self.folder, current, run)

    def _holds_only(self, entry: Entry, accounts: pl.Series) -> bool:
        """Whether the file is whole, and every account in it is one of ``accounts``."""
        if faults(self.folder, entry):
            return False
        return bool(accounts_in(self.folder, entry).is_in(accounts.implode()).all())

    def _write(
        self,
        content: Content,
        frames: Mapping[str, pl.DataFrame],
        questions: list[dict[str, Any]],
        *,
        last_batch: int,
        watch: Watch | None,
    ) -> Entry:
        """Build the file, have it checked, and give it its name; nobody reads it yet."""
        with building_in(self.folder) as building:
            path = building / f"graph{SUFFIX}"
            build(path, frames, watch=watch)
            check_in_child(path, questions)
            digest, size = sha256_of(path), path.stat().st_size
            path.chmod(0o444)
            sync(path)
            target = self.folder / f"{content.run.run}.{digest[:12]}{SUFFIX}"
            path.rename(target)
        sync(self.folder)
        return Entry(
            run=content.run.run,
            previous=content.previous.run if content.previous else "",
            file=target.name,
            sha256=digest,
            size=size,
            last_batch=last_batch,
            storage=STORAGE,
            layout=LAYOUT,
        )


def _before(current: Current | None, run: str) -> str:
    """The run that the new file's pointer calls the previous one; "" for none."""
    if current is None:
        return ""
    serving = current.serving
    return serving.previous if serving.run == run else serving.run


def _whole(graph: GraphSource) -> GraphTables:
    tables_of_all = merged(graph.since(0))
    if tables_of_all is None:
        raise InputError(
            "The event log is empty, so there is no graph to publish. "
            "Ingest something first: graphengine ingest."
        )
    return tables_of_all
