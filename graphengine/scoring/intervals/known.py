"""The parts of everybody at known rates: what an interval is an interval for.

The true score of a world is the score of its expected decayed weights: R counts the expected
decayed latest events of every pair, h and S follow the pairs' expected decayed weights, A and C
the expected decayed numbers of reactions, posts and credit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.influence.ranking import first_visit_reach, saturated
from graphengine.scoring.intervals.fading import endured, latest_left
from graphengine.scoring.intervals.sums import sums_by
from graphengine.scoring.parts import DAY, PartKey, Passing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

__all__ = ["parts_at_rates"]


def parts_at_rates(
    rates: pl.DataFrame,
    people: pl.DataFrame,
    *,
    as_of: int,
    wanted: Iterable[PartKey],
    passing: Passing | None = None,
) -> dict[PartKey, NDArray[np.float64]]:
    """The ``wanted`` parts of ``people``, in their order, if events came at ``rates``.

    Args:
        rates: [source, target, since, rate]: events a day from the target to the source that it
            sees, from ``since`` (epoch seconds) to ``as_of``; each weighs 1.
        people: [account, since, posts, original, credit]: original posts a day since then, the
            share of the reactions received that answer them, credit an event received.
        as_of: epoch seconds.
        wanted: parts and half-lives.
        passing: as for ``score_parts``.

    >>> rates = pl.DataFrame({"source": ["a"], "target": ["b"], "since": [0], "rate": [1.0]})
    >>> people = pl.DataFrame({"account": ["a", "b"], "since": 0, "posts": 0.0, "original": 0.0,
    ...                        "credit": 0.0})
    >>> key = PartKey("R", np.inf)
    >>> parts_at_rates(rates, people, as_of=86_400, wanted=[key])[key].round(4).tolist()
    [0.6321, 0.0]
    """
    passing = passing or Passing()
    place = {name: k for k, name in enumerate(people["account"])}
    sides = (rates[c].replace_strict(place, return_dtype=pl.Int64) for c in ("source", "target"))
    source, target = (side.to_numpy() for side in sides)
    days = (as_of - rates["since"].to_numpy()) / DAY
    rate = rates["rate"].to_numpy()
    n = people.height
    found: dict[PartKey, NDArray[np.float64]] = {}
    for key in wanted:
        weight = rate * endured(days, key.half_life)
        if key.name == "R":
            left = latest_left(rate, days, key.half_life)
            found[key] = sums_by(source, n, left)
            continue
        count = sums_by(source, n, weight)
        if key.name == "C":
            found[key] = count * people["credit"].to_numpy()
        elif key.name == "A":
            span = endured((as_of - people["since"].to_numpy()) / DAY, key.half_life)
            posts = people["posts"].to_numpy() * span + passing.posts_prior
            found[key] = count * people["original"].to_numpy() / posts
        else:
            found[key] = _along(weight, source, target, name=key.name, n=n, passing=passing)
    return found


def _along(
    weight: NDArray[np.float64],
    source: NDArray[np.int64],
    target: NDArray[np.int64],
    *,
    name: str,
    n: int,
    passing: Passing,
) -> NDArray[np.float64]:
    """Parts h and S of expected decayed weights."""
    W = sp.csr_array((weight, (target, source)), shape=(n, n))
    P = saturated(W, alpha=passing.alpha, kappa=passing.kappa)
    if name == "S":
        return np.asarray(P.sum(axis=0), dtype=np.float64)
    return first_visit_reach(P, damping=passing.damping, precision=passing.precision).value
