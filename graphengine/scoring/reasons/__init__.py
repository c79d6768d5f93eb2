"""Reasons: which people, posts and kinds of events make up a score. Pure: frames in, frames out."""

from __future__ import annotations

from graphengine.scoring.reasons.changes import Moment, explain_changes
from graphengine.scoring.reasons.numbered import Numbered, number_around, number_evidence
from graphengine.scoring.reasons.person import Reasons, Without, explain_numbered, explain_person
from graphengine.scoring.reasons.steps import Steps, steps_of
from graphengine.scoring.reasons.stored import REASON_COLUMNS, stored_reasons

__all__ = [
    "REASON_COLUMNS",
    "Moment",
    "Numbered",
    "Reasons",
    "Steps",
    "Without",
    "explain_changes",
    "explain_numbered",
    "explain_person",
    "number_around",
    "number_evidence",
    "steps_of",
    "stored_reasons",
]
