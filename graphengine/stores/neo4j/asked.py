"""A statement as this database needs it: our own with its prefix, refused where sums cannot answer."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphengine.errors import ConfigurationError
from graphengine.model import ENDORSEMENT_TYPES
from graphengine.stores.neo4j.prefix import prefixed
from graphengine.stores.queries import named_queries

if TYPE_CHECKING:
    from graphengine.stores.ports import Edges

__all__ = ["as_asked", "event_properties"]

_BOUND = re.compile(r"\[(\w+):([A-Z_|]+)")  # a relationship that has a name, and its types
_OF_EVENTS = ("event_id", "at", "post")  # what a sum over events does not have
_ENDORSEMENTS = frozenset(ENDORSEMENT_TYPES.values())


def as_asked(statement: str, *, prefix: str, edges: Edges) -> str:
    """The text to send for ``statement``: changed if it is that of a named query, else as it is.

    Raises:
        ConfigurationError: the named query asks for single events, and the job keeps sums.
    """
    if not prefix and edges == "event":
        return statement
    text = statement.strip()
    named = next((q for q in named_queries() if q.statement_for("neo4j") == text), None)
    if named is None:
        return statement
    needed = event_properties(text)
    if edges != "event" and needed:
        raise ConfigurationError(
            f'The query "{named.name}" reads {", ".join(needed)} of single events. This job keeps '
            f'sums of them in Neo4j (neo4j.edges = "{edges}"), which do not have that. '
            'Ask the embedded store (--store embedded), or set edges = "event" and load the '
            "graph again: graphengine load --anew."
        )
    return prefixed(text, prefix)


def event_properties(statement: str) -> list[str]:
    """The properties of single events that a statement reads, sorted.

    >>> event_properties("MATCH (p:Post)<-[:POSTED]-()-[r:LIKED|SAW]->() RETURN p.at, r.event_id")
    ['event_id']
    >>> event_properties("MATCH ()-[r:LIKED]->() RETURN sum(r.share), r.topic")
    []
    """
    names = [
        name for name, types in _BOUND.findall(statement) if _ENDORSEMENTS & set(types.split("|"))
    ]
    return sorted(
        prop
        for prop in _OF_EVENTS
        if any(re.search(rf"\b{name}\.{prop}\b", statement) for name in names)
    )
