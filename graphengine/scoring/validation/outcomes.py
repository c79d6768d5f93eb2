"""What happened next: the distinct people who reacted to each person after the cut.

Only events that name whom they react to count, so the outcome owes nothing to a rule that shares
credit. New reactors, people who had not reacted to the person before, are counted apart: they
show that more than yesterday's popularity was foreseen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.scoring.validation.cuts import Sides

__all__ = ["Outcome", "outcome_of"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """For ``accounts`` (n, sorted: people with enough evidence before the cut), what came after.

    reactors and new: distinct people, n each. pairs [place, actor]: who reacted to whom, with the
    place in ``accounts``. newcomers: people endorsed only after the cut, who are not among them.
    """

    accounts: pl.Series
    reactors: NDArray[np.float64]
    new: NDArray[np.float64]
    pairs: pl.DataFrame
    newcomers: int

    def reached_by(self, places: NDArray[np.integer]) -> int:
        """How many distinct people reacted to anybody at ``places``.

        >>> pairs = pl.DataFrame({"place": [0, 1], "actor": ["x", "x"]})
        >>> nobody = np.zeros(2)
        >>> Outcome(pl.Series(["a", "b"]), nobody, nobody, pairs, 0).reached_by(np.array([0, 1]))
        1
        """
        chosen = pl.Series(places, dtype=pl.Int64).implode()
        return self.pairs.filter(pl.col("place").is_in(chosen))["actor"].n_unique()

    @property
    def some(self) -> int:
        """How many people anybody reacted to."""
        return int((self.reactors > 0.0).sum())

    def among(self, kept: NDArray[np.bool_]) -> Outcome:
        """The outcome of the ``kept`` people alone (n).

        >>> none = pl.DataFrame({"place": [1], "actor": ["x"]})
        >>> both = Outcome(pl.Series(["a", "b"]), np.array([0.0, 1.0]), np.zeros(2), none, 0)
        >>> both.among(np.array([False, True])).pairs.rows()
        [(0, 'x')]
        """
        place = pl.DataFrame({"place": np.flatnonzero(kept)}).with_row_index("now")
        pairs = self.pairs.join(place, on="place", how="inner", maintain_order="left")
        return Outcome(
            self.accounts.filter(pl.Series(kept)),
            self.reactors[kept],
            self.new[kept],
            pairs.select(pl.col("now").cast(pl.Int64).alias("place"), "actor"),
            self.newcomers,
        )


def outcome_of(cut: Sides, *, fewest: int = 1, without: pl.Series | None = None) -> Outcome:
    """The outcome of everybody whom at least ``fewest`` others endorsed up to the cut.

    ``without``: people whose later reactions are not in the data, who stay out altogether.

    >>> from graphengine.scoring.validation.cuts import sides
    >>> e = pl.DataFrame({"actor": ["b", "b", "c"], "target": ["a"] * 3, "at": [1, 3, 4]})
    >>> found = outcome_of(sides(e, 2))
    >>> found.reactors.tolist(), found.new.tolist()
    ([2.0], [1.0])
    """
    before, after = _pairs(cut.before), _pairs(cut.after)
    left_out = pl.Series([], dtype=pl.String) if without is None else without
    known = before.group_by("target").len().filter(pl.col("len") >= fewest).select("target")
    known = known.filter(~pl.col("target").is_in(left_out.implode())).sort("target")
    placed = known.with_row_index("place").cast({"place": pl.Int64})
    pairs = after.join(placed, on="target", how="inner")
    fresh = pairs.join(before, on=["actor", "target"], how="anti")
    later = after["target"].unique()
    unknown = later.filter(~later.is_in(pl.concat([before["target"], left_out]).unique().implode()))
    return Outcome(
        known["target"],
        _counted(pairs, known.height),
        _counted(fresh, known.height),
        pairs.select("place", "actor").sort("place", "actor"),
        len(unknown),
    )


def _pairs(events: pl.DataFrame) -> pl.DataFrame:
    named = events.filter(pl.col("target").is_not_null() & (pl.col("actor") != pl.col("target")))
    return named.select("actor", "target").unique()


def _counted(pairs: pl.DataFrame, n: int) -> NDArray[np.float64]:
    return np.bincount(pairs["place"].to_numpy(), minlength=n).astype(np.float64)
