"""The reasons of many people at once, as a run stores them: not exact, but within stated bounds.

A solve a person would take minutes for the first thousand. Here the probabilities that trails
reach them are swept together, a block of people at a time, to ``blocks.ACCURACY``; the visits y of an
endorser u lie between those of all trails, less those that came by the person t before
(y_u = x_u − h_t·G_tu, G bounded after two steps), so that every number is known between two
bounds. Whoever's points are not known to ± ``POINTS`` then is solved alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.parts import PartKey
from graphengine.scoring.reasons.pairs import Bounds, Pairs, bounds_of, pairs_of
from graphengine.scoring.reasons.trails import returns_before, trails_to

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.anchors import Anchors
    from graphengine.scoring.parts import Parts
    from graphengine.scoring.reasons.numbered import Numbered

__all__ = ["POINTS", "REASON_COLUMNS", "stored_reasons"]

POINTS = 0.05  # of points
REASON_COLUMNS = {
    "account": pl.String, "topic": pl.String, "place": pl.Int64, "endorser": pl.String,
    "part": pl.Float64, "events": pl.Int64, "points": pl.Float64,
}  # fmt: skip
_TOP = 10


def stored_reasons(
    numbered: Numbered, parts: Parts, *, topic: str, anchors: Anchors, people: pl.Series,
    threads: int = 1,
) -> pl.DataFrame:  # fmt: skip
    """Up to ten endorsers of each of ``people`` whose events carry most of the score.

    Args:
        numbered: the topic's evidence, with the model.
        parts: everybody's parts, as scored.
        topic: the topic's key, for the column.
        anchors: of the run.
        people: account keys in any order; those not in ``parts`` have no rows.
        threads: how many blocks of people are swept at a time; no result depends on it.

    Returns:
        Rows of REASON_COLUMNS by account, in the order of ``people``, and place (1 = first). part:
        Pr[the endorser's own trail ever reaches the account], to ± 0.0005 (null where the model has
        no h). events: how many of theirs count. points: how far the score would fall without
        them, to ± 0.05; the credit of posts stays as it is. Order is by points.

    >>> from graphengine.scoring import load_anchors
    >>> from graphengine.scoring.model import load_model
    >>> from graphengine.scoring.parts import Evidence, score_parts
    >>> from graphengine.scoring.reasons.numbered import number_evidence
    >>> rows = {"actor": ["b", "c"], "target": ["a", "a"], "at": [0, 0], "weight": 1.0}
    >>> evidence, model = Evidence(pl.DataFrame(rows)), load_model()
    >>> parts = score_parts(evidence, as_of=0, wanted=model.wanted, passing=model.passing)
    >>> stored_reasons(
    ...     number_evidence(evidence, model=model, as_of=0), parts, topic="t",
    ...     anchors=load_anchors(), people=pl.Series(["a"])).select("endorser", "part").rows()
    [('b', 0.425), ('c', 0.425)]
    """
    places = _places(people, parts.accounts)
    pairs = pairs_of(numbered, _places(parts.accounts.gather(places), numbered.accounts))
    bounds = {
        key.half_life: bounds_of(
            numbered,
            pairs,
            key.half_life,
            low=parts.h_low[key][places],
            high=parts.h_high[key][places],
            threads=threads,
        )
        for key in numbered.model.wanted
        if key.name == "h"
    }
    values = {key: parts.values[key][places] for key in numbered.model.wanted}
    low, high = _points(numbered, pairs, bounds, values, anchors=anchors)
    while bounds and len(unsure := _unsure(pairs, low, high)):
        _solve_some(numbered, pairs, bounds, unsure)
        low, high = _points(numbered, pairs, bounds, values, anchors=anchors)
    main = max(bounds, key=lambda days: numbered.model.weights[PartKey("h", days)], default=None)
    part = np.full(len(pairs.t), np.nan) if main is None else bounds[main].reached
    return _frame(numbered, pairs, part, 0.5 * (low + high), topic=topic)


def _places(names: pl.Series, accounts: pl.Series) -> NDArray[np.int64]:
    """The places of those of ``names`` that are among the sorted ``accounts``."""
    known = names.filter(names.is_in(accounts.implode()))
    return np.asarray(accounts.search_sorted(known), dtype=np.int64)


def _points(
    numbered: Numbered,
    pairs: Pairs,
    bounds: Mapping[float, Bounds],
    values: Mapping[PartKey, NDArray[np.float64]],
    *,
    anchors: Anchors,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the most by which the score falls without each pair's events."""
    model = numbered.model
    most, least = {}, {}
    for key, value in values.items():
        whole = value[pairs.t]
        if key.name == "h":
            lost, gone = bounds[key.half_life].shares_lost(pairs, model.passing.damping)
            least[key] = np.maximum(whole * (1.0 - gone), 1.0)
            most[key] = np.maximum(whole * (1.0 - lost), 1.0)
        else:
            least[key] = most[key] = np.maximum(whole - pairs.lost(numbered, key), 0.0)
    score = anchors.score(np.exp(model.log_score(values)))[pairs.t]
    low, high = (anchors.score(np.exp(model.log_score(one))) for one in (most, least))
    return score - low, score - high


def _unsure(pairs: Pairs, low: NDArray[np.float64], high: NDArray[np.float64]) -> NDArray[np.int64]:
    """The pairs among somebody's first ten that are not known to ± POINTS."""
    place = _place(pairs, 0.5 * (low + high))
    return np.flatnonzero((place <= _TOP) & (high - low > 2.0 * POINTS))


def _solve_some(
    numbered: Numbered, pairs: Pairs, bounds: Mapping[float, Bounds], unsure: NDArray[np.int64]
) -> None:
    """Solve the people of unsure pairs alone; where that was done, the endorsers' returns."""
    damping = numbered.model.passing.damping
    for half_life, bound in bounds.items():
        steps = numbered.steps(half_life)
        known = bound.off[unsure] == 0.0
        for t in np.unique(pairs.t[unsure[~known]]):
            bound.known(pairs, t, trails_to(steps, int(pairs.people[t]), damping=damping))
        for pair in unsure[known]:
            person, u = int(pairs.people[pairs.t[pair]]), int(pairs.u[pair])
            back = returns_before(steps, person, u, damping=damping)
            bound.least_back[pair] = bound.most_back[pair] = back


def _place(pairs: Pairs, points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Each pair's place among its person's, 1 for the most points; equals by key."""
    order = np.lexsort((pairs.u, -points, pairs.t))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order)) - pairs.first[pairs.t[order]] + 1
    return place


def _frame(
    numbered: Numbered,
    pairs: Pairs,
    part: NDArray[np.float64],
    points: NDArray[np.float64],
    *,
    topic: str,
) -> pl.DataFrame:
    place = _place(pairs, points)
    shown = np.flatnonzero((place <= _TOP) & (points > 0.0))
    shown = shown[np.lexsort((place[shown], pairs.t[shown]))]
    found = pl.DataFrame({
        "account": numbered.accounts.gather(pairs.people[pairs.t[shown]]),
        "topic": pl.Series([topic], dtype=pl.String).new_from_index(0, len(shown)),
        "place": place[shown],
        "endorser": numbered.accounts.gather(pairs.u[shown]),
        "part": pl.Series(part[shown]).fill_nan(None),
        "events": pairs.events[shown],
        "points": points[shown],
    })  # fmt: skip
    return found.select(pl.col(name).cast(kind) for name, kind in REASON_COLUMNS.items())
