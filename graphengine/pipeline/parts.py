"""The parts of everybody's score in one topic: what ranking solved, and what the events add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.model import SUB_SCORES
from graphengine.scoring.parts import Parts, score_parts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.pipeline.solutions import Kept
    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence

__all__ = ["people_of", "topic_parts"]

_SOLVED = {"h": ("reach", 1.0), "S": ("selective", 0.0)}  # where it is kept; where nobody endorses


def topic_parts(kept: Kept, evidence: Evidence, *, model: ScoreModel, as_of: int | None) -> Parts:
    """Everybody's parts at ``as_of`` (None: nothing has a time).

    h and S come from ``kept``, the solutions of the topic's graph; a person all of whose events
    have left the graph by decay has h = 1 and S = 0 there. All else is counted in the events.
    """
    counted = [key for key in model.wanted if key.name not in _SOLVED]
    parts = score_parts(evidence, as_of=as_of or 0, wanted=counted, passing=model.passing)
    values = dict(parts.values)
    low, high = {}, {}
    for key in model.wanted:
        if key.name in _SOLVED:
            name, least = _SOLVED[key.name]
            values[key] = _of(kept, name, parts.accounts, least=least)
        if key.name == "h":
            low[key] = _of(kept, "reach_low", parts.accounts, least=1.0)
            high[key] = _of(kept, "reach_high", parts.accounts, least=1.0)
    return Parts(parts.accounts, parts.endorsers, parts.received, values, low, high)


def people_of(
    parts: Parts, kept: Kept, *, model: ScoreModel, credit: NDArray[np.float64]
) -> pl.DataFrame:
    """The people of a score table: raw, the sub-scores, and what is known beside them."""
    solved = pl.DataFrame({"account": kept.accounts, "pagerank": kept.pagerank.value})
    ranked = parts.accounts.to_frame("account").join(
        solved, on="account", how="left", maintain_order="left"
    )
    return ranked.with_columns(
        pl.col("pagerank").fill_null(0.0),
        raw=np.exp(model.log_score(parts.values)),
        credit=credit,
        endorsers=parts.endorsers,
        evidence=parts.received,
        **{name: model.sub_score(name, parts.values) for name in SUB_SCORES},
    )


def _of(kept: Kept, name: str, accounts: pl.Series, *, least: float) -> NDArray[np.float64]:
    known = pl.DataFrame({"account": kept.accounts, "part": kept.parts[name]})
    found = accounts.to_frame("account").join(
        known, on="account", how="left", maintain_order="left"
    )
    return found["part"].fill_null(least).to_numpy()
