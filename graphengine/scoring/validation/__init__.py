"""Validation: score before a cut in time, look at what happened after it, compare."""

from __future__ import annotations

from graphengine.scoring.validation.cuts import SHARES, Sides, cut_times, sides
from graphengine.scoring.validation.judged import Judgement, followers_explained, judged
from graphengine.scoring.validation.measures import (
    MEASURES,
    MONTH,
    followers_before,
    single_measures,
)
from graphengine.scoring.validation.outcomes import Outcome, outcome_of

__all__ = [
    "MEASURES",
    "MONTH",
    "SHARES",
    "Judgement",
    "Outcome",
    "Sides",
    "cut_times",
    "followers_before",
    "followers_explained",
    "judged",
    "outcome_of",
    "sides",
    "single_measures",
]
