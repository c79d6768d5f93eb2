"""The model of one topic where a job asks for weights that are learned from its own past.

Everybody is scored as of the moments by which 50, 70 and 85 % of the topic's events had happened,
and the weights are fitted to whom others reacted to afterwards: more than one moment, because one
period of a burst tells little of the next. What was there before a moment and still runs after it
is left out: it tells of the post, not of what its author does next. Only events up to a step are
learned from, each step half as many events again as the one before, so that the weights stay as
they are from night to night until the topic has grown. Whatever stands in the way of learning, the
published weights stay, and why is noted down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.scoring.parts import Evidence, score_parts
from graphengine.scoring.validation import SHARES, Sides, cut_times, outcome_of, sides
from graphengine.scoring.weights import FEWEST, Sample, learned_from

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import PartKey
    from graphengine.scoring.validation import Outcome

__all__ = ["TopicModel", "learned_until", "model_for_topic"]


@dataclass(frozen=True, slots=True)
class TopicModel:
    """The model of a topic, and where its weights come from.

    ``why`` they are the published ones, "" where they were learned. ``cut``: of the moments that
    were learned from, the one (epoch seconds) as of which most had an outcome: ``people`` were
    scored then, and to ``with_outcome`` of them anybody reacted later; None and 0 where it did not
    come to that.
    """

    model: ScoreModel
    why: str
    cut: int | None = None
    people: int = 0
    with_outcome: int = 0

    def said(self) -> dict[str, Any]:
        """What a run notes down: ``weights`` [part, half-life in days (None: no decay), weight].

        ``level``: pairs of log-scores, with these weights and with the published ones.

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
            "level": [list(pair) for pair in self.model.level],
        }


def learned_until(at: pl.Series) -> int:
    """The time of the last event that is learned from, of events ``at`` (epoch seconds, some known).

    The steps are 1, 2, 3, 5, 8, 12, 18 events and so on, half as many again each time.

    >>> learned_until(pl.Series([10, 20, None, 30, 40]))
    30
    """
    times = at.drop_nulls().sort()
    step = 1
    while (further := step + (step + 1) // 2) <= len(times):
        step = further
    return int(times[step - 1])


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
    Of people with at least ``min_endorsers`` endorsers at a moment, the outcome is the number of
    distinct people who reacted to them between it and ``learned_until``. ``then`` gives the evidence as it
    was at a moment; without it the rows up to the moment serve, and credit that has no time is left
    out, because it may have come later. The fit: see ``learned_from``.

    >>> from graphengine.scoring.model import load_model
    >>> events = pl.DataFrame({"actor": ["b"], "target": ["a"], "at": [0], "weight": [1.0]})
    >>> model_for_topic(Evidence(events), load_model(), as_of=9, min_endorsers=1).why
    '1 event lies before the moment to learn from and none after it'
    """
    known = _up_to(evidence, as_of)
    if as_of is None or known.events["at"].null_count() == known.events.height:
        return TopicModel(model, "no event has a time")
    known = _up_to(known, learned_until(known.events["at"]))
    cuts = list(dict.fromkeys(cut_times(known.events["at"], SHARES)))
    told = {cut: _outcome(known, cut, min_endorsers=min_endorsers) for cut in cuts}
    found = {cut: outcome for cut, outcome in told.items() if not isinstance(outcome, str)}
    if not found:
        return TopicModel(model, str(told[cuts[0]]), cuts[0])
    most = max(found, key=lambda cut: found[cut].some)
    people, some = len(found[most].accounts), found[most].some
    if some < FEWEST:
        why = f"{some} of {people} people had an outcome, {FEWEST} are needed"
        return TopicModel(model, why, most, people, some)
    samples = []
    for cut, outcome in found.items():
        past = _past(known, cut) if then is None else then(cut)
        values = _values(past, model, outcome.accounts, cut=cut)
        samples.append(Sample(values, outcome.reactors))
    learned = learned_from(model, samples)
    why = "" if learned.learned else "the published score did not rise with the outcome"
    return TopicModel(learned, why, most, people, some)


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
