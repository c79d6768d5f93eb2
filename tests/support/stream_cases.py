"""What the tests of the stream road share: a small log, a load without scores, a store with terms."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from graphengine.eventlog import EventLog
from graphengine.projection import LogGraph
from graphengine.stores.neo4j import Neo4jStore, Terms
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.prefix import with_prefix
from graphengine.stores.neo4j.schema import prepare

from .log_rows import feed
from .neo4j_cases import link_to, sent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphengine.bolt import Link

    from .neo4j_server import Neo4jServer

__all__ = [
    "ACTS",
    "FOLLOWS",
    "lanes_of",
    "ledger_of",
    "linked",
    "load",
    "log_in",
    "other_log",
    "store_with",
]

ACTS: list[dict[str, Any]] = [
    {"actor": "x:2", "target": "x:1", "topics": ["a"], "post": "x:p2", "parent": "x:p1"},
    {"actor": "x:3", "target": "x:1", "topics": ["a", "b"]},
    {"actor": "x:3", "target": "x:1", "topics": ["a"], "weight": 2.0},
    {"actor": "x:3", "target": "x:1", "topics": ["a"], "at": 1_400_100_000},
    {"actor": "x:4", "target": "x:2", "kind": "like"},
    {"actor": "x:2", "target": "x:4", "kind": "like", "at": None},
]
FOLLOWS = [{"actor": "x:2", "target": "x:1"}, {"actor": "x:3", "target": "x:1", "kind": "seen"},
           {"actor": "x:7", "target": "x:8"}]  # fmt: skip


def log_in(
    folder: Path, *acts: dict[str, Any], follows: list[dict[str, Any]] = FOLLOWS
) -> EventLog:
    """A log of two batches: events numbered from 0, then exposure."""
    log = EventLog(folder / "log")
    feed(log, "interactions", *({"event_id": f"x:e{n}", **act} for n, act in enumerate(acts)))
    feed(log, "exposure", *follows)
    return log


def load(
    server: Neo4jServer, log: EventLog, *, job: str = "j", prefix: str = "", **how: Any
) -> None:
    """Load as the command does: schema, ledger, graph."""
    with linked(server, prefix) as link:
        load_graph(Ledger(link, job), LogGraph(log, scheme=f"s-{job}"), **how)


@contextmanager
def linked(server: Neo4jServer, prefix: str = "") -> Iterator[Link]:
    """A link to a database that has our rules."""
    link = with_prefix(link_to(server), prefix)
    prepare(link)
    try:
        yield link
    finally:
        link.close()


def ledger_of(server: Neo4jServer, job: str = "j") -> dict[str, Any]:
    """The properties of a job's ledger."""
    asked = "MATCH (l:GraphengineLoad {key: $job}) RETURN properties(l)"
    return sent(server, asked, job=job)[0][0]  # type: ignore[no-any-return]


def lanes_of(server: Neo4jServer, job: str = "j") -> list[int]:
    """How many rows each of a job's lanes counts."""
    asked = "MATCH (w:GraphengineLane) WHERE w.key STARTS WITH $job RETURN w.done ORDER BY w.key"
    return [row[0] for row in sent(server, asked, job=f"{job}/")]


def other_log(folder: Path) -> EventLog:
    """A log of the same length that took in something else."""
    return log_in(folder, ACTS[0], ACTS[4], follows=FOLLOWS[:1])


def store_with(server: Neo4jServer, **terms: Any) -> Neo4jStore:
    """A store with these terms; the caller closes it."""
    return Neo4jStore.connect(
        server.uri, user=server.user, password=server.password, database=server.database,
        terms=Terms(**terms),
    )  # fmt: skip
