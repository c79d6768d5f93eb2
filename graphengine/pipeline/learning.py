"""The model of one topic where a job asks for weights that are learned from its own past.

Everybody is scored as of the moment by which 70 % of the topic's events had happened, and the
weights are fitted to whom others reacted to afterwards. What was there before the moment and still
runs after it is left out: it tells of the post, not of what its author does next. Whatever stands
in the way of learning, the published weights stay, and why is noted down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.scoring.parts import Evidence, score_parts
from graphengine.scoring.validation import FEWEST, Sides, cut_times, outcome_of, sides
from graphengine.scoring.weights import learned_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import PartKey
    from graphengine.scoring.validation import Outcome

__all__ = ["SHARE", "TopicModel", "model_for_topic"]

SHARE = 0.7  # of a topic's events lie before the moment that is learned from


@dataclass(frozen=True, slots=True)
class TopicModel:
    """The model of a topic, and where its weights come from.

    ``why`` they are the published ones, "" where they were learned. ``cut``: the moment (epoch
    seconds) as of which ``people`` were scored, ``with_outcome`` of whom anybody reacted to later;
    None and 0 where it did not come to that.
    """

    model: ScoreModel
    why: str
    cut: int | None = None
    people: int = 0
    with_outcome: int = 0

    def said(self) -> dict[str, Any]:
        """What a run notes down: ``weights`` [part, half-life in days (None: no decay), weight].

        >>> from graphengine.scoring.model import load_model
        >>> TopicModel(load_model(), "no event has a time").said()["weights"][-1]
        ['A', 8.0, 0.05]
        """
        weights = [
            [key.name, key.half_life if np.isfinite(key.half_life) else None, beta]
            for key, beta in self.model.weights.items()
        ]
        return {
            "learned": self.model.learned,
            "why_not": self.why or None,
            "cut": self.cut,
            "people": self.people,
            "with_outcome": self.with_outcome,
            "weights": weights,
        }


def model_for_topic(
    evidence: Evidence,
    model: ScoreModel,
    *,
    as_of: int | None,
    min_endorsers: int,
    then: Callable[[int], Evidence] | None = None,
) -> TopicModel:
    """``model`` with weights learned from the topic's past, or as it is, and why.

    ``evidence`` is the topic's, with ``parent`` (the post reacted to) on its events and ``post`` on
    its posts; nothing later than ``as_of`` (epoch seconds; None: nothing has a time) is looked at.
    Of people with at least ``min_endorsers`` endorsers at the cut, the outcome is the number of
    distinct people who reacted to them between the cut and ``as_of``. ``then`` gives the evidence
    as it was at the cut; without it the rows up to the cut serve, and credit that has no time is
    left out, because it may have come later. The fit: see ``learned_model``.

    >>> from graphengine.scoring.model import load_model
    >>> events = pl.DataFrame({"actor": ["b"], "target": ["a"], "at": [0], "weight": [1.0]})
    >>> model_for_topic(Evidence(events), load_model(), as_of=9, min_endorsers=1).why
    '1 event lies before the moment to learn from and none after it'
    """
    known = _up_to(evidence, as_of)
    if as_of is None or known.events["at"].null_count() == known.events.height:
        return TopicModel(model, "no event has a time")
    (cut,) = cut_times(known.events["at"], [SHARE])
    found = _outcome(known, cut, min_endorsers=min_endorsers)
    if isinstance(found, str):
        return TopicModel(model, found, cut)
    some = int((found.reactors > 0.0).sum())
    people = len(found.accounts)
    if some < FEWEST:
        why = f"{some} of {people} people had an outcome, {FEWEST} are needed"
        return TopicModel(model, why, cut, people, some)
    past = _past(known, cut) if then is None else then(cut)
    learned = learned_model(model, _values(past, model, found.accounts, cut=cut), found.reactors)
    why = "" if learned.learned else "the published score did not rise with the outcome"
    return TopicModel(learned, why, cut, people, some)


def _outcome(known: Evidence, cut: int, *, min_endorsers: int) -> Outcome | str:
    """What came after ``cut``, or in words why that cannot be told."""
    events = known.events
    if "parent" in events.columns:
        events = events.with_columns(about=pl.col("parent"))
    try:
        parted: Sides = sides(events, cut, begun=_begun(known.posts, cut))
    except ValueError:
        before = events.filter(pl.col("at").is_null() | (pl.col("at") <= cut)).height
        lies = "1 event lies" if before == 1 else f"{before} events lie"
        left = events.height - before
        rest = f"; {left} on posts from before are left out" if left else ""
        return f"{lies} before the moment to learn from and none after it{rest}"
    return outcome_of(parted, fewest=min_endorsers)


def _begun(posts: pl.DataFrame | None, cut: int) -> pl.Series | None:
    """Posts that were there at ``cut``, whether or not anybody had reacted."""
    if posts is None or "post" not in posts.columns:
        return None
    return posts.filter(pl.col("at").is_null() | (pl.col("at") <= cut))["post"].drop_nulls()


def _values(
    past: Evidence, model: ScoreModel, accounts: pl.Series, *, cut: int
) -> Mapping[PartKey, NDArray[np.float64]]:
    """The parts of ``accounts`` (n each) at ``cut``; of nobody known, what nobody's praise gives."""
    parts = score_parts(past, as_of=cut, wanted=model.wanted, passing=model.passing)
    known = parts.accounts.to_frame("account").with_row_index("place")
    asked = accounts.to_frame("account").join(
        known, on="account", how="left", maintain_order="left"
    )
    place = asked["place"].cast(pl.Int64).fill_null(len(known)).to_numpy()
    return {
        key: np.append(values, 1.0 if key.name == "h" else 0.0)[place]
        for key, values in parts.values.items()
    }


def _up_to(evidence: Evidence, as_of: int | None) -> Evidence:
    """The rows up to ``as_of``, and those without a time."""
    return Evidence(
        _before(evidence.events, as_of),
        None if evidence.posts is None else _before(evidence.posts, as_of),
        None if evidence.credit is None else _before(evidence.credit, as_of),
    )


def _past(known: Evidence, cut: int) -> Evidence:
    past = _up_to(known, cut)
    credit = None if past.credit is None else past.credit.filter(pl.col("at").is_not_null())
    return Evidence(past.events, past.posts, credit)


def _before(frame: pl.DataFrame, as_of: int | None) -> pl.DataFrame:
    early = pl.lit(value=False) if as_of is None else pl.col("at") <= as_of
    return frame.filter(pl.col("at").is_null() | early)
