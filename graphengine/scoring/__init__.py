"""Influence becomes a score: 1 to 100 per topic through frozen anchors. Pure: arrays in, tables out."""

from __future__ import annotations

from graphengine.scoring.anchors import Anchors, load_anchors
from graphengine.scoring.score import ScoreTable, percentile_table, score_table

__all__ = [
    "METHOD_VERSION",
    "Anchors",
    "ScoreTable",
    "load_anchors",
    "percentile_table",
    "score_table",
]

METHOD_VERSION = "3"  # raised whenever the same events and parameters would give another score
