"""Relationships between people on the tests' server, for sources that read graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.eventlog import EventLog
from graphengine.workspace import open_workspace

from .neo4j_cases import sent

if TYPE_CHECKING:
    from graphengine.job import Job

    from .neo4j_server import Neo4jServer

__all__ = ["AT", "likes", "log_of", "many_likes"]

AT = {"actor": "actor.id", "target": "target.id", "kind": "type(r)", "at": "r.at"}


def likes(server: Neo4jServer, *rows: str, label: str = "Person") -> None:
    """Relationships between people 1 and 2, 3 and 4, ..., with the properties that rows write."""
    for i, properties in enumerate(rows):
        sent(
            server,
            f"MERGE (a:{label} {{id: $a}}) MERGE (b:{label} {{id: $b}}) "
            f"CREATE (a)-[:LIKES {{{properties}}}]->(b)",
            a=2 * i + 1, b=2 * i + 2,
        )  # fmt: skip


def many_likes(server: Neo4jServer, count: int) -> None:
    """``count`` likes of one hub, with id and at."""
    sent(
        server,
        "MERGE (hub:Person {id: 'hub'}) WITH hub UNWIND range(1, $n) AS i "
        "CREATE (:Person {id: i})-[:LIKES {id: i, at: 1400000000 + i}]->(hub)",
        n=count,
    )


def log_of(job: Job) -> EventLog:
    """The event log of a job that has run."""
    return EventLog(open_workspace(job, create=False).log)
