"""The influence graphs: which events count, one compressed graph a topic, kept on disk."""

from graphengine.graph.endorsements import (
    exposure_as_interactions,
    faded,
    influence_events,
    topic_events,
    weighted,
)
from graphengine.graph.snapshot import Snapshot, build_graphs
from graphengine.graph.topic_graph import TopicGraph, compress, load_graph, save_graph

__all__ = [
    "Snapshot",
    "TopicGraph",
    "build_graphs",
    "compress",
    "exposure_as_interactions",
    "faded",
    "influence_events",
    "load_graph",
    "save_graph",
    "topic_events",
    "weighted",
]
