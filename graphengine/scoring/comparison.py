"""Two runs side by side: who moved, how far, and how much of it all stayed as it was.

Ranks and scores are compared within a topic, among the people who have a score in both runs; who
came and who left is counted apart. Nothing is estimated: a comparison is a join.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.validation.metrics import ranked, spearman

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["QUANTILES", "TopicChange", "compare_scores", "movers"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
TOP = 100
_WHY = ("rank", "endorsers", "raw", "credit")  # what is shown of both runs beside the score


@dataclass(frozen=True, slots=True)
class TopicChange:
    """One topic in two runs.

    ``both`` people have a score in both, ``came`` and ``left`` in one. ``moved`` of the ``both``
    moved by more than the asked number of points. ``correlation`` is Spearman's of their scores,
    None where it has no meaning (fewer than two different scores). ``churn`` is the share of the
    earlier top (100, or all where they are fewer) that is not in the later one. The two
    distributions are quantiles of all scores, at QUANTILES; empty where nobody has one.
    """

    topic: str
    both: int
    came: int
    left: int
    moved: int
    correlation: float | None
    churn: float
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def moved_share(self) -> float:
        """The moved among those with a score in both; 0 where there are none."""
        return self.moved / self.both if self.both else 0.0


def compare_scores(
    before: pl.DataFrame, after: pl.DataFrame, *, points: float = 5.0
) -> list[TopicChange]:
    """What became of each topic's scores, by topic; one that only one run has counts in full.

    ``before`` and ``after`` are score tables [account, topic, rank, score, ...]. Who moved by
    more than ``points`` is counted.

    Raises:
        ValueError: ``points`` is negative or no number.

    >>> one = pl.DataFrame({"account": ["a", "b"], "topic": "t", "rank": [1, 2], "score": [9.0, 2.0]})
    >>> change, = compare_scores(one, one.with_columns(score=pl.Series([9.0, 8.0])))
    >>> change.moved, round(change.correlation, 9), change.churn
    (1, 1.0, 0.0)
    """
    if not points >= 0.0:
        raise ValueError(f"points must be 0 or more, not {points}: how far is a move")
    topics = sorted({*before["topic"].unique(), *after["topic"].unique()})
    return [
        _change(
            topic, before.filter(pl.col("topic") == topic), after.filter(pl.col("topic") == topic),
            points=points,
        )
        for topic in topics
    ]  # fmt: skip


def movers(before: pl.DataFrame, after: pl.DataFrame, *, n: int) -> pl.DataFrame:
    """The ``n`` people of each topic whose score changed most, and what changed beside it.

    Columns topic, account, change, and for score, rank, endorsers, raw and credit the value
    before and after (score_before, score, ...). Only people with a score in both runs; equal
    changes go by account; who did not move is not listed.

    Raises:
        ValueError: ``n`` is not positive.
    """
    if n < 1:
        raise ValueError(f"n must be 1 or more, not {n}: how many movers of a topic to list")
    kept = ["topic", "account", "score", *(name for name in _WHY if name in before.columns)]
    joined = after.select(kept).join(before.select(kept), on=["topic", "account"], suffix="_before")
    pairs = [c for name in kept[2:] for c in (f"{name}_before", name)]
    return (
        joined.with_columns(change=pl.col("score") - pl.col("score_before"))
        .filter(pl.col("change") != 0.0)
        .sort("topic", pl.col("change").abs(), "account", descending=[False, True, False])
        .group_by("topic", maintain_order=True)
        .head(n)
        .select("topic", "account", "change", *pairs)
    )


def _change(topic: str, before: pl.DataFrame, after: pl.DataFrame, *, points: float) -> TopicChange:
    both = before.select("account", "score").join(
        after.select("account", "score"), on="account", suffix="_after"
    )
    old, new = both["score"].to_numpy(), both["score_after"].to_numpy()
    return TopicChange(
        topic=topic,
        both=both.height,
        came=after.height - both.height,
        left=before.height - both.height,
        moved=int((np.abs(new - old) > points).sum()),
        correlation=_spearman(old, new),
        churn=_churn(before, after),
        before=_quantiles(before),
        after=_quantiles(after),
    )


def _spearman(old: NDArray[np.float64], new: NDArray[np.float64]) -> float | None:
    """None where fewer than two people, or equal scores, leave nothing to correlate."""
    found = spearman(ranked(old), ranked(new)) if len(old) else np.nan
    return None if np.isnan(found) else float(np.clip(found, -1.0, 1.0))


def _churn(before: pl.DataFrame, after: pl.DataFrame) -> float:
    top = before.filter(pl.col("rank") <= TOP)["account"]
    if top.is_empty():
        return 0.0
    kept = set(top) & set(after.filter(pl.col("rank") <= TOP)["account"])
    return 1.0 - len(kept) / len(top)


def _quantiles(table: pl.DataFrame) -> tuple[float, ...]:
    if table.is_empty():
        return ()
    return tuple(float(q) for q in np.quantile(table["score"].to_numpy(), QUANTILES))
