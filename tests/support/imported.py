"""A server of its own that holds the large graph and its two runs from its first second.

neo4j-admin fills the database before the server starts: a minute faster than over Bolt. Where the
way to a server leaves no room for that, the same is published.
"""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.model import NODES, RELATIONSHIPS
from graphengine.stores.neo4j.bulk import (
    Element,
    elements,
    import_command,
    run_import,
    write_files,
)
from graphengine.stores.neo4j.roads import finish_import
from graphengine.stores.run_tables import RUN_TABLES, frame_of

from .large_graph import JOB, PREVIOUS, PUBLISHED, LargeGraph, large_run
from .neo4j_cases import link_to, store_of
from .neo4j_server import MARKER, running_server, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphengine.stores.run_tables import RunTable

    from .neo4j_machines import Jvm
    from .neo4j_server import Neo4jServer

__all__ = ["imported_server", "publish_both"]

_NODES = {node.label: node for node in NODES}
_RELATIONSHIPS = {kind.type: kind for kind in RELATIONSHIPS}
_WORDS = {"STRING": "string", "INT64": "long", "DOUBLE": "double"}


@contextmanager
def imported_server(graph: LargeGraph) -> Iterator[Neo4jServer]:
    """A server with ``graph`` and both its runs, the later one published."""
    with running_server(first=lambda jvm: _import(jvm, graph)) as server:
        if server.home is None:
            wipe(server)
            publish_both(server, graph)
            yield server
            if server.how == "given":
                wipe(server)
            return
        with closing(link_to(server)) as link:
            assert finish_import(link, _files(server.home), job=JOB)
        yield server
        server.kill()  # nothing of it is kept, so it need not be written down first


def publish_both(server: Neo4jServer, graph: LargeGraph) -> None:
    """``graph`` and its two runs by way of the store."""
    with closing(store_of(server)) as store:
        for run in (PREVIOUS, PUBLISHED):
            store.publish(large_run(graph, run), graph, previous=None, keep=2)


def _files(home: Path) -> Path:
    return home / "large-graph"


def _import(jvm: Jvm, graph: LargeGraph) -> None:
    folder = _files(jvm.home)
    parts = (*elements(graph, job=JOB), *_runs(graph))
    manifest = write_files(folder, parts, job=JOB, batch=graph.last_batch)
    run_import(import_command(jvm.admin_words, manifest, database="neo4j"), folder)


def _runs(graph: LargeGraph) -> Iterator[Element]:
    """What two publications write, and the marker of the suite."""
    runs = [large_run(graph, run) for run in (PREVIOUS, PUBLISHED)]
    yield _nodes("Run", [{"key": r.run, "state": "complete", **r.properties} for r in runs])
    yield _nodes("Pointer", [{"key": JOB, "run": PUBLISHED, "previous": PREVIOUS}])
    yield Element(MARKER, "nodes", (f"key:ID({MARKER})",), pl.DataFrame({"key": ["marker"]}))
    for table in RUN_TABLES:
        rows = [
            frame_of(r, table).with_columns(run=pl.lit(r.run), **{
                key: pl.lit(r.properties[key]) for key in ("method_version", "anchors_version")
            })
            for r in runs
        ]  # fmt: skip
        yield _links(table, pl.concat(rows))


def _nodes(label: str, rows: list[dict[str, Any]]) -> Element:
    kinds = {p.name: p.type for p in _NODES[label].properties}
    header = tuple(f"{name}:{_WORDS[kind]}" for name, kind in kinds.items() if name != "key")
    return Element(label, "nodes", (f"key:ID({label})", *header), pl.DataFrame(rows).select(*kinds))


def _links(table: RunTable, rows: pl.DataFrame) -> Element:
    kind = _RELATIONSHIPS[table.type]
    header = (f"{p.name}:{_WORDS[p.type]}" for p in kind.properties)
    columns = [p.name for p in kind.properties]
    return Element(
        table.type,
        "relationships",
        (f":START_ID({kind.start})", *header, f":END_ID({kind.end})"),
        rows.select(pl.col(table.source).alias("start"), *columns, end=table.target),
    )
