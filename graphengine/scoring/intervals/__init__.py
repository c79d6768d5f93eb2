"""Intervals: how far a score could be from the one that the true rates of events would give."""

from __future__ import annotations

from graphengine.scoring.intervals.bounds import rank_groups
from graphengine.scoring.intervals.intervals import (
    INTERVAL_COLUMNS,
    Intervals,
    Sampling,
    Scoring,
    score_intervals,
)

__all__ = [
    "INTERVAL_COLUMNS",
    "Intervals",
    "Sampling",
    "Scoring",
    "rank_groups",
    "score_intervals",
]
