"""Why one person's score is what it is: parts, people, posts and kinds, exact and adding up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.reasons.case import Case, case_of
from graphengine.scoring.reasons.numbered import number_evidence
from graphengine.scoring.reasons.removal import parts_without
from graphengine.scoring.reasons.tables import of_endorsers, of_kinds, of_posts
from graphengine.scoring.reasons.trails import Trails, trails_to

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.anchors import Anchors
    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence, PartKey
    from graphengine.scoring.reasons.numbered import Numbered

__all__ = ["Reasons", "Without", "explain_numbered", "explain_person"]


@dataclass(frozen=True, slots=True)
class Without:
    """The score that would be left: ``events`` and ``endorsers`` still count, ``score`` is of them.

    A score of fewer endorsers than a job asks for is not published: ``endorsers`` says how many.
    """

    events: int
    endorsers: int
    log_score: float
    score: float


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """One person's score and all that it is made of.

    score, raw = exp(log_score) and every part are exact to ``error`` of h, relative. endorsers and
    events: distinct people and events so far, undecayed.
    """

    account: str
    case: Case
    trails: Mapping[float, Trails]
    values: Mapping[PartKey, float]
    log_score: float
    score: float
    anchors: Anchors

    @property
    def contributions(self) -> dict[PartKey, float]:
        """What each part adds to the log-score."""
        return _contributions(self.case.numbered.model, self.values)

    @property
    def raw(self) -> float:
        """exp(log-score): what the anchors map to the score."""
        return float(np.exp(self.log_score))

    @property
    def endorsers(self) -> int:
        """Distinct people who endorsed the person."""
        return len(self.case.endorsers)

    @property
    def events(self) -> int:
        """Events that the person received."""
        return len(self.case.rows)

    @property
    def error(self) -> float:
        """How far the h of the worst half-life can be from the exact one, relative to it."""
        return max((one.error / one.h for one in self.trails.values()), default=0.0)

    def parts(self) -> pl.DataFrame:
        """Columns part, half_life, value, weight, contribution: they sum to the log-score."""
        model, found = self.case.numbered.model, self.contributions
        return pl.DataFrame(
            [
                (key.name, key.half_life, self.values[key], model.weights[key], found[key])
                for key in model.wanted
            ],
            schema={"part": pl.String, "half_life": pl.Float64, "value": pl.Float64,
                    "weight": pl.Float64, "contribution": pl.Float64},
            orient="row",
        )  # fmt: skip

    def people(self) -> pl.DataFrame:
        """Columns half_life, account, part: whose trails lead here, each at most 1, summing to h."""
        frames = [
            pl.DataFrame(schema={"half_life": pl.Float64, "account": pl.String, "part": pl.Float64})
        ]
        for half_life, one in self.trails.items():
            some = np.flatnonzero(one.reached > 0.0)
            some = some[np.argsort(-one.reached[some], kind="stable")]
            names = self.case.numbered.accounts.gather(some).rename("account")
            frames.append(
                pl.DataFrame({"account": names, "part": one.reached[some]}).select(
                    pl.lit(half_life).alias("half_life"), "account", "part"
                )
            )
        return pl.concat(frames)

    def by_endorser(self, n: int | None = None) -> pl.DataFrame:
        """A row an endorser, the ``n`` (None: all) with the most points.

        account, events, kinds (in words), latest (epoch seconds, null: no time), one R_… a
        half-life (days), passes (P_ut), own (Pr[their own trail leads here]), through (of h: trails
        whose last step is theirs; with 1 for the person's own trail they sum to h), credit (of
        their own posts, undecayed), share (of the log-score), points (that the score would lose
        without their events) and error (the exact points lie within points ± error; of the first ten,
        or ``n``, it is at most 0.005).
        """
        return of_endorsers(self, n)

    def by_post(self, n: int | None = None) -> pl.DataFrame:
        """A row a post that others reacted to, the ``n`` with the most points.

        post, reactions, people, credit (of all posts below it), share, points, error.
        """
        return of_posts(self, n)

    def by_kind(self) -> pl.DataFrame:
        """A row a kind of event: kind, events, people, share, points, error."""
        return of_kinds(self)

    def without(
        self,
        *,
        events: Collection[str] = (),
        endorsers: Collection[str] = (),
        posts: Collection[str] = (),
    ) -> Without:
        """The score if these events (ids), endorsers' events, or reactions to these posts were not.

        With an event goes the credit of the post that made it; with a post's reactions all credit
        of posts below it. What else others did stays as it is.
        """
        case = self.case
        gone = case.column("event_id").is_in(list(events))
        gone |= case.column("actor").is_in(list(endorsers))
        gone |= case.column("parent").is_in(list(posts))
        kept = ~gone.fill_null(value=False).to_numpy()
        under = case.under.is_in(list(posts)).fill_null(value=False).to_numpy()
        made = case.credit_of >= 0
        lost = under | (made & ~kept[np.where(made, case.credit_of, 0)]) if len(kept) else under
        return self.left(kept, ~lost)

    def left(self, kept: NDArray[np.bool_], credit: NDArray[np.bool_]) -> Without:
        """The score of the events ``kept`` and the rows of ``credit`` of the case alone."""
        case = self.case
        values = parts_without(case, self.trails, kept=kept, credit=credit)
        log_score = float(case.numbered.model.log_score(values)[0])
        return Without(
            int(kept.sum()), len(np.unique(case.by[kept])), log_score,
            float(self.anchors.score(np.exp(np.array([log_score])))[0]),
        )  # fmt: skip


def explain_person(
    evidence: Evidence, who: str, *, model: ScoreModel, anchors: Anchors, as_of: int
) -> Reasons:
    """Why the score of the account ``who`` is what it is at ``as_of`` (epoch seconds).

    h is solved to 1e-9 of itself at each of the model's half-lives.

    Raises:
        ValueError: nothing is known of ``who`` up to ``as_of``, or a weight is out of its range.

    >>> from graphengine.scoring import load_anchors
    >>> from graphengine.scoring.model import load_model
    >>> from graphengine.scoring.parts import Evidence
    >>> events = pl.DataFrame({"actor": ["b", "c"], "target": ["a", "a"], "at": [0, 0], "weight": 1.0})
    >>> found = explain_person(
    ...     Evidence(events), "a", model=load_model(), anchors=load_anchors(), as_of=0)
    >>> found.endorsers, found.people()["part"].round(6).to_list()
    (2, [1.0, 0.425, 0.425])
    """
    numbered = number_evidence(evidence, model=model, as_of=as_of)
    return explain_numbered(numbered, who, anchors=anchors)


def explain_numbered(numbered: Numbered, who: str, *, anchors: Anchors) -> Reasons:
    """``explain_person`` on numbered evidence: for several people of one topic.

    Raises:
        ValueError: nothing is known of ``who``.
    """
    place = numbered.place(who)
    if place < 0:
        raise ValueError(f"nothing is known of {who!r}: nobody endorsed them, and they nobody")
    model = numbered.model
    case = case_of(numbered, place)
    trails = {}
    for key in sorted(
        (key for key in model.wanted if key.name == "h"), key=lambda key: -model.weights[key]
    ):
        trails[key.half_life] = trails_to(
            numbered.steps(key.half_life), place, damping=model.passing.damping
        )
    values = {
        key: trails[key.half_life].h if key.name == "h" else case.part(key) for key in model.wanted
    }
    log_score = float(sum(_contributions(model, values).values()))
    score = float(anchors.score(np.exp(np.array([log_score])))[0])
    return Reasons(who, case, trails, values, log_score, score, anchors)


def _contributions(model: ScoreModel, values: Mapping[PartKey, float]) -> dict[PartKey, float]:
    found = model.contributions({key: np.array([value]) for key, value in values.items()})
    return {key: float(one[0]) for key, one in found.items()}
