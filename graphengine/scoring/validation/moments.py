"""A moment in time: what was known of people then, and what came of it. Nothing later is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.parts import score_parts
from graphengine.scoring.validation.cuts import sides
from graphengine.scoring.validation.measures import MONTH, followers_before, single_measures
from graphengine.scoring.weights import Sample, learned_from

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence, PartKey
    from graphengine.scoring.validation.cuts import Sides
    from graphengine.scoring.validation.outcomes import Outcome

__all__ = ["Moment", "learned_score", "moment_of", "reactors_until"]


@dataclass(frozen=True, slots=True)
class Moment:
    """One cut: the people who are judged (n), their parts and measures then, the outcome after.

    values: parts of the score; measures: of the closed list, log followers nan where unknown.
    """

    sides: Sides
    outcome: Outcome
    values: Mapping[PartKey, NDArray[np.float64]]
    measures: Mapping[str, NDArray[np.float64]]

    @property
    def log_followers(self) -> NDArray[np.float64] | None:
        """log(1 + followers), nan where unknown; None where nobody's are known."""
        return self.measures.get("log followers")


def moment_of(
    cut: Sides,
    outcome: Outcome,
    evidence: Evidence,
    *,
    model: ScoreModel,
    further: Collection[PartKey] = (),
    followers: pl.DataFrame | None = None,
) -> Moment:
    """Parts and measures of the people of ``outcome`` as of ``cut``, from ``evidence`` up to it.

    ``evidence`` is what was told up to the cut (anything later in it is not read). ``further``:
    parts wanted beside the model's. ``followers`` [account, at, n]: the last count up to the cut
    is taken.

    >>> from graphengine.scoring.model import load_model
    >>> from graphengine.scoring.parts import Evidence
    >>> from graphengine.scoring.validation.outcomes import outcome_of
    >>> e = pl.DataFrame({"actor": ["b", "c"], "target": ["a"] * 2, "at": [1, 3], "weight": [1.0] * 2})
    >>> cut = sides(e, 2)
    >>> found = moment_of(cut, outcome_of(cut), Evidence(e), model=load_model())
    >>> found.measures["in-degree"].tolist(), found.outcome.reactors.tolist()
    ([1.0], [1.0])
    """
    wanted = sorted({*model.wanted, MONTH, *further})
    parts = score_parts(evidence, as_of=cut.cut, wanted=wanted, passing=model.passing)
    place = _places(outcome.accounts, parts.accounts)
    known = None
    if followers is not None:
        known = followers_before(followers, parts.accounts, cut=cut.cut)
    measures = single_measures(parts, model, cut.before, followers=known)
    return Moment(
        cut,
        outcome,
        {key: part[place] for key, part in parts.values.items()},
        {name: value[place] for name, value in measures.items()},
    )


def reactors_until(earlier: Moment, later: Sides) -> NDArray[np.float64]:
    """Distinct people who reacted after the ``earlier`` moment and up to the ``later`` cut.

    One count for each person of ``earlier``; posts that straddle the earlier cut (see ``sides``)
    are left out, so this is the outcome as it could be seen at the later cut.
    """
    accounts = earlier.outcome.accounts
    try:
        between = sides(later.before, earlier.sides.cut, begun=earlier.sides.begun).after
    except ValueError:  # nothing happened in between
        return np.zeros(len(accounts))
    pairs = between.filter(pl.col("actor") != pl.col("target")).select("actor", "target").unique()
    joined = pl.DataFrame({"target": accounts}).join(
        pairs.group_by("target").len(), on="target", how="left", maintain_order="left"
    )
    return joined["len"].fill_null(0).cast(pl.Float64).to_numpy()


def learned_score(
    moment: Moment, earlier: Sequence[Moment], model: ScoreModel
) -> NDArray[np.float64] | None:
    """The log-score at ``moment`` with weights learned from before; None: too little to learn.

    Fitted are the parts at the ``earlier`` moments against what followed each up to this one (see
    ``scoring.weights``); what comes after ``moment`` is seen by nobody.
    """
    followed = [Sample(then.values, reactors_until(then, moment.sides)) for then in earlier]
    fitted = learned_from(model, followed)
    return fitted.log_score(moment.values) if fitted.learned else None


def _places(asked: pl.Series, accounts: pl.Series) -> NDArray[np.int64]:
    known = accounts.to_frame("account").with_row_index("place")
    joined = asked.to_frame("account").join(known, on="account", how="left", maintain_order="left")
    return joined["place"].cast(pl.Int64).to_numpy()
