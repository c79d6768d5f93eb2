"""The stores by name: the only place that knows which adapter answers to which word."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from graphengine.errors import ConfigurationError
from graphengine.stores.ports import CypherReader, Publisher, ScoreReader

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.job import Job
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
    from graphengine.stores.neo4j import Neo4jStore

    settings = job.neo4j
    password = os.environ.get(settings.password_env)
    if password is None:
        raise ConfigurationError(
            f'The job "{job.name}" uses Neo4j at {settings.uri}, but no password is set. '
            f"Export {settings.password_env} (the job file's neo4j.password_env names it)."
        )
    return Neo4jStore.connect(
        settings.uri, user=settings.user, password=password, database=settings.database
    )
