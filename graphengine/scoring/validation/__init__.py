"""Validation: score before a cut in time, look at what happened after it, compare."""

from __future__ import annotations

from graphengine.scoring.validation.cuts import SHARES, Sides, cut_times, sides
from graphengine.scoring.validation.judged import (
    FEWEST,
    METRICS,
    Judgement,
    followers_explained,
    judged,
)
from graphengine.scoring.validation.measures import (
    MEASURES,
    MONTH,
    followers_before,
    single_measures,
)
from graphengine.scoring.validation.moments import (
    Moment,
    learned_score,
    moment_of,
    reactors_until,
)
from graphengine.scoring.validation.outcomes import Outcome, outcome_of
from graphengine.scoring.validation.table import (
    LEARNED,
    PUBLISHED,
    SCORE,
    TOO_FEW,
    VALIDATION_COLUMNS,
    Judge,
    Period,
)

__all__ = [
    "FEWEST",
    "LEARNED",
    "MEASURES",
    "METRICS",
    "MONTH",
    "PUBLISHED",
    "SCORE",
    "SHARES",
    "TOO_FEW",
    "VALIDATION_COLUMNS",
    "Judge",
    "Judgement",
    "Moment",
    "Outcome",
    "Period",
    "Sides",
    "cut_times",
    "followers_before",
    "followers_explained",
    "judged",
    "learned_score",
    "moment_of",
    "outcome_of",
    "reactors_until",
    "sides",
    "single_measures",
]
