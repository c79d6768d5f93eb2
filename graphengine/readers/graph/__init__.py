"""An existing Neo4j as a source: a path's matches become rows like those of a file."""

from __future__ import annotations

from graphengine.readers.graph.coded import Coded
from graphengine.readers.graph.read import (
    GraphReading,
    graph_name,
    read_coded,
    read_columns,
    read_graph,
)

__all__ = ["Coded", "GraphReading", "graph_name", "read_coded", "read_columns", "read_graph"]
