"""The graph brought up to date in Neo4j, without scores: by the job's road, or another."""

from __future__ import annotations

import shlex
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from graphengine.errors import InputError, StoreUnavailableError
from graphengine.eventlog import EventLog
from graphengine.projection import LogGraph
from graphengine.workspace import writing_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import polars as pl

    from graphengine.bolt import Link
    from graphengine.job import Job
    from graphengine.pipeline.reports import Progress
    from graphengine.stores.neo4j.bulk import Manifest
    from graphengine.stores.neo4j.csv_files import SharedFolder
    from graphengine.stores.neo4j.roads import Road
    from graphengine.stores.ports import Edges, GraphSource, GraphTables, Sums
    from graphengine.workspace import Workspace

__all__ = ["LoadReport", "before_publication", "import_folder", "load_job", "open_database"]

State: TypeAlias = Literal["loaded", "checked", "imported", "written", "nothing new"]
_LABELS = {"accounts": "Account", "topics": "Topic", "posts": "Post"}
_TYPES = {"posted": "POSTED", "about": "ABOUT"}
_TYPED = ("interactions", "exposure", "post_links")


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load wrote.

    state: "loaded"; "checked" (an import was completed, and what was new loaded); "imported" (the
    server is to be started now); "written" (files only, see ``command``); "nothing new". rows: by
    label and type. removed: rows that said what is no longer so. batch: of the log, the last that
    the graph now embodies. command: that of neo4j-admin, as a shell takes it; "" for none.
    """

    road: str
    state: State
    batch: int
    rows: dict[str, int]
    removed: int
    seconds: float
    command: str = ""
    folder: str = ""

    @property
    def rows_per_second(self) -> float | None:
        """Rows written a second; None where none were."""
        total = sum(self.rows.values())
        return total / self.seconds if total and self.seconds > 0 else None


def load_job(
    job: Job,
    workspace: Workspace,
    *,
    road: Road | None,
    anew: bool = False,
    print_only: bool = False,
    progress: Progress,
) -> LoadReport:
    """Bring the graph in Neo4j up to date by ``road`` (None: neo4j.load of the job).

    ``anew``: remove first what the job has loaded. ``print_only``: the road bulk writes its files,
    and does not run neo4j-admin.

    Raises:
        InputError: the log is empty.
        ConfigurationError: the road cannot be taken; the message says what is in its way.
        StoreUnavailableError: nobody answers, and the road is not bulk.
        GraphengineError: as `stores.neo4j.load.load_graph`.
    """
    chosen = road or job.neo4j.load
    graph = LogGraph(EventLog(workspace.log), scheme=job.topic_scheme)
    if not graph.last_batch:
        raise InputError(
            f'The log of the job "{job.name}" is empty: there is nothing to load. '
            "Take its files in first: graphengine ingest."
        )
    if print_only:
        return _offline(job, workspace, graph, run=False, progress=progress)
    try:
        with open_database(job) as link:
            return _online(link, job, workspace, road=chosen, anew=anew, progress=progress)
    except StoreUnavailableError:
        if chosen != "bulk" or anew:
            raise
    return _offline(job, workspace, graph, run=True, progress=progress)


def before_publication(job: Job, workspace: Workspace, *, progress: Progress) -> LoadReport | None:
    """Load what a publication would load over Bolt, where the job has another road; None if not.

    An import that was not checked yet is, too. The server must answer.

    Raises:
        ConfigurationError: the road cannot be taken; the message says what is in its way.
        GraphengineError: as `load_job`.
    """
    road = job.neo4j.load
    if road == "stream" and not import_folder(workspace).exists():
        return None
    with open_database(job) as link:
        return _online(link, job, workspace, road=road, anew=False, progress=progress)


@contextmanager
def open_database(job: Job) -> Iterator[Link]:
    """A link to the job's database, with its prefix, closed at the end.

    Raises:
        GraphengineError: as `bolt.open_link`, or a newer version has written the database.
    """
    from graphengine.bolt import Address, password_of
    from graphengine.stores.neo4j.schema import open_known

    settings = job.neo4j
    address = Address(settings.uri, settings.user, settings.database)
    password = password_of(address, settings.password_env)
    link = open_known(address, password, prefix=job.publish.prefix)
    try:
        yield link
    finally:
        link.close()


def import_folder(workspace: Workspace) -> Path:
    """Where the road bulk puts its files."""
    return workspace.root / "import"


def _online(
    link: Link, job: Job, workspace: Workspace, *, road: Road, anew: bool, progress: Progress
) -> LoadReport:
    from graphengine.stores.neo4j.ledger import Ledger
    from graphengine.stores.neo4j.roads import check_empty, finish_import, load_graph_by
    from graphengine.stores.neo4j.schema import prepare
    from graphengine.stores.neo4j.statements import statement

    begin = time.monotonic()
    progress.stage(f"load {job.name} into {link.address} ({road})")
    edges = job.neo4j.edges
    checked = finish_import(link, import_folder(workspace), job=job.name, edges=edges)
    known = link.rows(statement("files/imported"), job=job.name)
    if road == "bulk" and not anew and not (known and known[0]["batch"]):
        check_empty(link, job=job.name)
    prepare(link, edges=edges)
    ledger = Ledger(
        link,
        job.name,
        watch=lambda done, total: progress.advance(done, total, "rows"),
        writers=job.neo4j.writers,
    )
    graph = _Counting(LogGraph(EventLog(workspace.log), scheme=job.topic_scheme))
    load_graph_by(road, ledger, graph, edges=edges, anew=anew, shared=_shared(job))
    if (left := import_folder(workspace)).exists():  # of an import that was never made
        with writing_to(left):
            shutil.rmtree(left)
    return LoadReport(
        road=road,
        state="checked" if checked else "loaded" if graph.asked else "nothing new",
        batch=ledger.entry.batch,
        rows=graph.written,
        removed=graph.removed,
        seconds=time.monotonic() - begin,
    )


def _offline(
    job: Job, workspace: Workspace, graph: LogGraph, *, run: bool, progress: Progress
) -> LoadReport:
    from graphengine.stores.neo4j.bulk import (
        admin_command,
        elements,
        import_command,
        run_import,
        write_files,
    )

    begin = time.monotonic()
    folder = import_folder(workspace)
    admin = admin_command(job.neo4j.admin) if run else _named_admin(job)
    progress.stage(f"write files for neo4j-admin into {folder}")
    parts = elements(graph, job=job.name, edges=job.neo4j.edges, prefix=job.publish.prefix)
    manifest = write_files(folder, parts, job=job.name, batch=graph.last_batch)
    command = import_command(admin, manifest, database=job.neo4j.database)
    progress.note(
        f"{manifest.rows:,} rows in {manifest.files_bytes:,} bytes; the database will take about "
        f"{manifest.store_bytes:,}"
    )
    if run:
        progress.stage("neo4j-admin database import")
        run_import(command, folder, rows=manifest.rows)
    return LoadReport(
        road="bulk",
        state="imported" if run else "written",
        batch=manifest.batch,
        rows=_rows(manifest),
        removed=0,
        seconds=time.monotonic() - begin,
        command=f"cd {shlex.quote(str(folder.resolve()))} && {shlex.join(command)}",
        folder=str(folder),
    )


def _named_admin(job: Job) -> tuple[str, ...]:
    """For a command that runs elsewhere, neo4j-admin need not be here."""
    return tuple(shlex.split(job.neo4j.admin)) if job.neo4j.admin else ("neo4j-admin",)


def _rows(manifest: Manifest) -> dict[str, int]:
    return manifest.nodes | manifest.relationships


def _shared(job: Job) -> SharedFolder | None:
    from graphengine.stores.neo4j.csv_files import SharedFolder

    settings = job.neo4j
    if settings.import_directory is None:
        return None
    return SharedFolder(job.folder / settings.import_directory, settings.import_url, job.name)


@dataclass
class _Counting:
    """A source that notes what was asked of it: rows by label and type, and rows that go."""

    source: GraphSource
    written: dict[str, int] = field(default_factory=dict)
    removed: int = 0
    asked: bool = False

    @property
    def last_batch(self) -> int:
        """See GraphSource."""
        return self.source.last_batch

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        """See GraphSource."""
        for part in self.source.since(batch, upto=upto):
            self.asked = True
            self._count(part)
            yield part

    def identity(self, batch: int) -> str:
        """See GraphSource."""
        return self.source.identity(batch)

    def sums(self, batch: int, upto: int, *, by: Edges) -> Sums:
        """See GraphSource; sums stand in the place of the events that were counted."""
        sums = self.source.sums(batch, upto, by=by)
        for kind in sums.now["type"].unique():
            self.written.pop(kind, None)
        self._by_type(sums.now)
        self.removed += sums.gone.height
        return sums

    def _count(self, part: GraphTables) -> None:
        for table, name in (_LABELS | _TYPES).items():
            self._add(name, getattr(part, table).height)
        for table in _TYPED:
            self._by_type(getattr(part, table))
        self.removed += part.outdated.height
        if part.gone is not None:
            tables = (*_LABELS, *_TYPES, "exposure", "post_links")
            self.removed += sum(getattr(part.gone, table).height for table in tables)

    def _by_type(self, frame: pl.DataFrame) -> None:
        for kind, rows in frame.group_by("type", maintain_order=True).len().iter_rows():
            self._add(kind, rows)

    def _add(self, name: str, rows: int) -> None:
        if rows:
            self.written[name] = self.written.get(name, 0) + rows
