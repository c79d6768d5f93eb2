"""The event log seen as the property graph of graphengine.model, ready for a store."""

from __future__ import annotations

from graphengine.eventlog.topics import topics_of
from graphengine.projection.log_graph import LogGraph

__all__ = ["LogGraph", "topics_of"]
