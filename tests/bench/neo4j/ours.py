"""What the benchmarks ask of the engine, in one place: load, publish, flip, roll back."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphengine.bolt import Address, Link, open_link
from graphengine.stores.neo4j import Neo4jStore
from graphengine.stores.neo4j.bulk import (
    check_counts,
    elements,
    import_command,
    run_import,
    write_files,
)
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.publish import flip
from graphengine.stores.neo4j.schema import prepare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graphengine.stores.ports import GraphSource, RunScores
    from tests.bench.neo4j.bed import Bed

__all__ = ["Watch", "link_to", "load", "load_offline", "publish", "serve", "store_of"]


@contextmanager
def link_to(bed: Bed) -> Iterator[Link]:
    """A bare link to the server."""
    server = bed.server
    link = open_link(Address(server.uri, server.user, server.database), server.password)
    try:
        yield link
    finally:
        link.close()


@contextmanager
def store_of(bed: Bed) -> Iterator[Neo4jStore]:
    """The store on the server."""
    server = bed.server
    store = Neo4jStore.connect(
        server.uri, user=server.user, password=server.password, database=server.database
    )
    try:
        yield store
    finally:
        store.close()


def load(bed: Bed, graph: GraphSource) -> None:
    """The stream load: rules, accounts, topics, events, the ledger, from opening to closing."""
    with link_to(bed) as link:
        prepare(link)
        load_graph(Ledger(link, bed.data.job.name), graph)


def load_offline(bed: Bed, parts: dict[str, list[float]]) -> None:
    """The bulk road into a new database; counts that differ from the files' are an error."""
    watch = Watch(parts)
    bed.server.halt()
    assert bed.server.home is not None
    for folder in ("databases", "transactions"):
        shutil.rmtree(bed.server.home / "data" / folder / bed.server.database)
    watch.lap("server, stop")
    name, graph = bed.data.job.name, bed.data.graph
    files = bed.server.home / "bench-files"
    tables = elements(graph, job=name)
    manifest = write_files(files, tables, job=name, batch=graph.last_batch)
    watch.lap("offline, files")
    run_import(import_command(bed.server.admin_words, manifest, database="neo4j"), files)
    watch.lap("offline, import")
    bed.server.restart()
    watch.lap("server, start")
    with link_to(bed) as link:
        prepare(link)
        watch.lap("offline, constraints and indexes")
        check_counts(link, manifest)
    watch.lap("offline, counts")


class Watch:
    """Seconds between laps, gathered under their names in ``parts``."""

    def __init__(self, parts: dict[str, list[float]]) -> None:
        self._parts, self._last = parts, time.perf_counter()

    def lap(self, name: str) -> None:
        """The seconds since the lap before, or the beginning."""
        now = time.perf_counter()
        self.note(name, now - self._last)
        self._last = now

    def note(self, name: str, seconds: float) -> None:
        """Seconds that somebody else has counted."""
        self._parts.setdefault(name, []).append(seconds)


def publish(bed: Bed, run: RunScores, *, graph: GraphSource | None = None) -> None:
    """Publish a run, verified, over a graph that is up to date."""
    with store_of(bed) as store:
        store.publish(run, graph or bed.data.graph, previous=None, keep=2, verify=True)


def serve(link: Link, job: str, *, order: Sequence[str]) -> None:
    """Move the pointer to the last of the two runs of ``order``, from the first."""
    flip(Ledger(link, job), before=tuple(reversed(order)), order=tuple(order), now=time.time())
