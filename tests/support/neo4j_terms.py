"""Stores on terms of their own, and what goes from a store to its server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.bolt.link import Link
from graphengine.stores.neo4j import Neo4jStore, Terms
from graphengine.stores.neo4j.prefix import with_prefix

from .neo4j_cases import link_to

if TYPE_CHECKING:
    import pytest

    from .neo4j_server import Neo4jServer

__all__ = ["counted", "with_terms"]


def with_terms(server: Neo4jServer, **terms: Any) -> Neo4jStore:
    """A store on the tests' server with these terms; the caller closes it."""
    return Neo4jStore(with_prefix(link_to(server), terms.get("prefix", "")), Terms(**terms))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What goes to the server from now on, as it goes: "read" or "write"."""
    trips: list[str] = []
    write, rows = Link.write, Link.rows

    def counting_write(self: Link, work: Any) -> Any:
        trips.append("write")
        return write(self, work)

    def counting_rows(self: Link, text: str, **parameters: Any) -> Any:
        trips.append("read")
        return rows(self, text, **parameters)

    monkeypatch.setattr(Link, "write", counting_write)
    monkeypatch.setattr(Link, "rows", counting_rows)
    return trips
