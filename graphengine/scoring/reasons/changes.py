"""What changed between two moments: the difference of two log-scores, step by step.

The steps come one after the other, and each is what it changes at that point: first the weights are
exchanged, where both moments have not the same; then what was taken back goes, then time passes over what both moments know, then come the events, posts and credit
that the person gained, last what others did elsewhere (it changes how much the person's endorsers
pass on, and who reaches them). In another order the steps would differ; their sum would not.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.parts import Evidence
from graphengine.scoring.reasons.person import explain_person

if TYPE_CHECKING:
    from graphengine.scoring.anchors import Anchors
    from graphengine.scoring.model import ScoreModel

__all__ = ["STEPS", "WEIGHTS", "Moment", "explain_changes"]

WEIGHTS = "weights"
STEPS = ("taken back", "time passed", "gained", "others")


@dataclass(frozen=True, slots=True)
class Moment:
    """What was known at a time (epoch seconds): evidence, of which nothing later counts."""

    evidence: Evidence
    as_of: int


def explain_changes(
    before: Moment,
    after: Moment,
    who: str,
    *,
    model: ScoreModel,
    anchors: Anchors,
    earlier: ScoreModel | None = None,
) -> pl.DataFrame:
    """A row a step of STEPS: step, events, change (of the log-score), points (of the score).

    ``earlier`` is the model of ``before``, if it is another: then WEIGHTS is the first step.
    ``anchors`` are those of the published weights; learned ones are levelled here.

    ``events`` counts, step by step, those towards the person that the weights weigh, all that were
    taken back, those towards the person that stayed, those that came, and what came elsewhere. Events need ids; one whose weight changed counts as
    taken back and gained. Somebody of whom nothing is known has the log-score 0.

    >>> from graphengine.scoring import load_anchors
    >>> from graphengine.scoring.model import load_model
    >>> rows = {"event_id": ["1", "2"], "actor": ["b", "c"], "target": ["a", "a"], "weight": 1.0}
    >>> events = pl.DataFrame({**rows, "at": [0, 86_400]})
    >>> found = explain_changes(
    ...     Moment(Evidence(events.head(1)), 0), Moment(Evidence(events), 86_400), "a",
    ...     model=load_model(), anchors=load_anchors())
    >>> found.select("step", "events", pl.col("change").round(2)).rows()
    [('taken back', 0, 0.0), ('time passed', 1, -0.28), ('gained', 1, 0.46), ('others', 0, 0.0)]
    """
    known, now = _up_to(before), _up_to(after)
    both = _kept(now, known)
    own = replace(
        now, events=now.events.filter((pl.col("target") == who) | _in(both.events, "event_id"))
    )
    moments = (
        Moment(known, before.as_of), Moment(both, before.as_of), Moment(both, after.as_of),
        Moment(own, after.as_of), Moment(now, after.as_of),
    )  # fmt: skip
    logs = [_log_score(m, who, model=model, anchors=anchors) for m in moments]
    stayed, mine = (_towards(one, who) for one in (both, own))
    events = [
        known.events.height - both.events.height,
        stayed,
        mine - stayed,
        now.events.height - own.events.height,
    ]
    scores, steps = model.anchored(anchors).score(np.exp(logs)), list(STEPS)
    if earlier is not None and earlier != model:
        first = _log_score(moments[0], who, model=earlier, anchors=anchors)
        logs, events, steps = [first, *logs], [_towards(known, who), *events], [WEIGHTS, *steps]
        scores = np.append(earlier.anchored(anchors).score(np.exp([first])), scores)
    return pl.DataFrame(
        {"step": steps, "events": events, "change": np.diff(logs), "points": np.diff(scores)}
    )


def _log_score(moment: Moment, who: str, *, model: ScoreModel, anchors: Anchors) -> float:
    events = moment.evidence.events
    if events.filter((pl.col("actor") == who) | (pl.col("target") == who)).is_empty():
        return 0.0
    return explain_person(
        moment.evidence, who, model=model, anchors=anchors, as_of=moment.as_of
    ).log_score


def _towards(evidence: Evidence, who: str) -> int:
    return evidence.events.filter(pl.col("target") == who).height


def _up_to(moment: Moment) -> Evidence:
    """What counts: no event on oneself, nothing later."""
    past = pl.col("at").is_null() | (pl.col("at") <= moment.as_of)
    one = moment.evidence
    return Evidence(
        one.events.filter(past & (pl.col("actor") != pl.col("target"))),
        None if one.posts is None else one.posts.filter(past),
        None if one.credit is None else one.credit.filter(past),
    )


def _kept(now: Evidence, known: Evidence) -> Evidence:
    """What both know alike."""
    return Evidence(
        _semi(now.events, known.events, ["event_id", "weight"]),
        _common(now.posts, known.posts, ["account", "post"]),
        _common(now.credit, known.credit, ["account", "post", "amount"]),
    )


def _common(
    now: pl.DataFrame | None, known: pl.DataFrame | None, on: list[str]
) -> pl.DataFrame | None:
    if now is None or known is None:
        return None
    return _semi(now, known, [name for name in on if name in now.columns])


def _semi(now: pl.DataFrame, known: pl.DataFrame, names: list[str]) -> pl.DataFrame:
    return now.join(known.select(names).unique(), on=names, how="semi", maintain_order="left")


def _in(frame: pl.DataFrame, name: str) -> pl.Expr:
    return pl.col(name).is_in(frame[name].implode())
