"""The closed list of single measures that a score is compared with, fixed before any result."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.influence.ranking import pagerank, row_normalised
from graphengine.scoring.model import SUB_SCORES
from graphengine.scoring.parts import PartKey
from graphengine.scoring.rows import numbers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Parts

__all__ = ["MEASURES", "MONTH", "followers_before", "single_measures"]

MONTH = PartKey("R", 30.0)  # "distinct endorsers", decayed with the usual half-life
MEASURES: Final = (
    "log followers",
    "in-degree",
    "distinct endorsers",
    "events received",
    "mean cascade size",
    "PageRank",
    *SUB_SCORES,
)


def single_measures(
    parts: Parts,
    model: ScoreModel,
    before: pl.DataFrame,
    *,
    followers: NDArray[np.float64] | None = None,
) -> Mapping[str, NDArray[np.float64]]:
    """Every measure of MEASURES that is known, for the people of ``parts`` (n each).

    In-degree: distinct people who ever endorsed. Distinct endorsers: decayed, half-life 30 days
    (``parts`` must hold MONTH). Events received: all, undecayed. Mean cascade size: events per
    post that got any, where ``before`` says of any event which post (``about``). PageRank (Brin & Page
    1998): of the undecayed weights. ``followers`` (n, nan where unknown) gives log followers.

    Raises:
        ValueError: ``parts`` lacks a part of the model, or MONTH.
    """
    if MONTH not in parts.values:
        raise ValueError("the parts must hold R at 30 days to compare with distinct endorsers")
    found: dict[str, NDArray[np.float64]] = {}
    if followers is not None:
        found["log followers"] = np.log1p(followers)
    found["in-degree"] = parts.endorsers.astype(np.float64)
    found["distinct endorsers"] = parts.values[MONTH]
    found["events received"] = parts.received.astype(np.float64)
    named = before.filter(pl.col("actor") != pl.col("target"))
    if "about" in named.columns and named["about"].null_count() < named.height:
        found["mean cascade size"] = _mean_cascade(named.drop_nulls("about"), parts.accounts)
    found["PageRank"] = _pagerank(named, parts.accounts)
    for name in SUB_SCORES:
        found[name] = model.sub_score(name, parts.values)
    return {name: found[name] for name in MEASURES if name in found}


def followers_before(counts: pl.DataFrame, accounts: pl.Series, *, cut: int) -> NDArray[np.float64]:
    """The last follower count of each account at or before ``cut``; nan where there is none.

    ``counts`` [account, at, n]: a count taken later would tell of the future.

    >>> counts = pl.DataFrame({"account": ["a", "a"], "at": [1, 9], "n": [5.0, 500.0]})
    >>> followers_before(counts, pl.Series(["a", "b"]), cut=4).tolist()
    [5.0, nan]
    """
    last = counts.filter(pl.col("at") <= cut).sort("at", "n").unique("account", keep="last")
    asked = pl.DataFrame({"account": accounts})
    joined = asked.join(last, on="account", how="left", maintain_order="left")
    return joined["n"].cast(pl.Float64).fill_null(math.nan).to_numpy()


def _mean_cascade(named: pl.DataFrame, accounts: pl.Series) -> NDArray[np.float64]:
    sizes = named.group_by("target", "about").len().group_by("target").agg(pl.col("len").mean())
    asked = pl.DataFrame({"target": accounts})
    return (
        asked.join(sizes, on="target", how="left", maintain_order="left")["len"]
        .fill_null(0.0)
        .to_numpy()
    )


def _pagerank(named: pl.DataFrame, accounts: pl.Series) -> NDArray[np.float64]:
    n = len(accounts)
    actor, target = (numbers_of(named[side], accounts) for side in ("actor", "target"))
    pairs, pair = np.unique(actor * n + target, return_inverse=True)
    weight = np.bincount(pair, weights=named["weight"].to_numpy(), minlength=len(pairs))
    W = sp.csr_array((weight, (pairs // n, pairs % n)), shape=(n, n))
    return np.asarray(pagerank(row_normalised(W)).value)
