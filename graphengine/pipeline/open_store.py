"""The stores by name: the only place that knows which adapter answers to which word."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from graphengine.stores.ports import CypherReader, Publisher, ScoreReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.job import Job
    from graphengine.stores.neo4j import Terms
    from graphengine.workspace import Workspace

__all__ = ["STORES", "Store", "StoreName", "open_store"]

StoreName = Literal["embedded", "neo4j"]
STORES: tuple[StoreName, ...] = get_args(StoreName)


class Store(Publisher, ScoreReader, CypherReader, Protocol):
    """All that the engine asks of a store."""

    def close(self) -> None:
        """Give back connections and files."""


@contextmanager
def open_store(name: str, job: Job, workspace: Workspace) -> Iterator[Store]:
    """The store called ``name`` ("embedded" or "neo4j"), closed at the end."""
    store = _neo4j(job) if name == "neo4j" else _embedded(workspace)
    try:
        yield store
    finally:
        store.close()


def _embedded(workspace: Workspace) -> Store:
    from graphengine.stores.embedded import EmbeddedStore

    return EmbeddedStore(workspace.store)


def _neo4j(job: Job) -> Store:
    from graphengine.bolt import Address, password_of
    from graphengine.stores.neo4j import Neo4jStore

    settings = job.neo4j
    address = Address(settings.uri, settings.user, settings.database)
    password = password_of(address, settings.password_env)
    return Neo4jStore.connect(
        settings.uri,
        user=settings.user,
        password=password,
        database=settings.database,
        terms=_terms(job),
    )


def _terms(job: Job) -> Terms:
    from graphengine.stores.neo4j import Pinned, Terms

    pinned = None
    settings = job.publish
    if (wanted := settings.pinned) is not None:
        pinned = Pinned(wanted.label, wanted.key, wanted.network, tuple(wanted.topics))
    return Terms(
        grace_s=60.0 * settings.grace_minutes,
        pinned=pinned,
        prefix=settings.prefix,
        edges=job.neo4j.edges,
        writers=job.neo4j.writers,
    )
