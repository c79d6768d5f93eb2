"""What the benchmarks ask of the engine, in one place: load, publish, flip, roll back."""

from __future__ import annotations

import os
import shlex
import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from graphengine import pipeline
from graphengine.bolt import Address, Link, open_link
from graphengine.stores.neo4j import Neo4jStore
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.publish import flip
from graphengine.stores.neo4j.schema import prepare
from tests.bench.neo4j.data import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from graphengine.job import Job
    from graphengine.stores.ports import GraphSource, RunScores
    from tests.bench.neo4j.bed import Bed

__all__ = ["Watch", "link_to", "load", "load_offline", "publish", "serve", "store_of"]

PASSWORD = "GRAPHENGINE_BENCH_NEO4J_PASSWORD"


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


def load(bed: Bed, graph: GraphSource, *, writers: int = 2) -> None:
    """The stream load: rules, accounts, topics, events, the ledger, from opening to closing."""
    with link_to(bed) as link:
        prepare(link)
        load_graph(Ledger(link, bed.data.job.name, writers=writers), graph)


def load_offline(bed: Bed, parts: dict[str, list[float]]) -> None:
    """`graphengine load --offline` into a new database, and once more when the server is up."""
    watch = Watch(parts)
    bed.server.halt()
    assert bed.server.home is not None
    for folder in ("databases", "transactions"):
        shutil.rmtree(bed.server.home / "data" / folder / bed.server.database)
    watch.lap("server, stop")
    job, laps = _with_admin(bed), _Laps(watch)
    os.environ[PASSWORD] = bed.server.password
    first = pipeline.load(job, road="bulk", anew=False, print_only=False, progress=laps)
    watch.lap("offline, import")
    bed.server.restart()
    watch.lap("server, start")
    second = pipeline.load(job, road="bulk", anew=False, print_only=False, progress=Quiet())
    watch.lap("offline, constraints, indexes and counts")
    if (first.state, second.state) != ("imported", "checked"):
        raise AssertionError(f"the import was {first.state}, then {second.state}")


def _with_admin(bed: Bed) -> Job:
    """The data's job, as its file would say it for this server."""
    server = bed.server
    settings = bed.data.job.neo4j.model_copy(
        update={
            "uri": server.uri,
            "user": server.user,
            "database": server.database,
            "password_env": PASSWORD,
            "admin": shlex.join(server.admin_words),
        }
    )
    return bed.data.job.model_copy(update={"neo4j": settings})


class _Laps(Quiet):
    """A progress that begins a lap where the tool takes over from the files."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def stage(self, name: str) -> None:
        if name.startswith("neo4j-admin"):
            self._watch.lap("offline, files")


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
