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

from graphengine.scoring.rows import places_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.scoring.validation.cuts import Sides

__all__ = ["Outcome", "outcome_of"]

_SIDES = ("actor", "target")


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
    sides = [_reactions(events)[side] for events in (cut.before, cut.after) for side in _SIDES]
    (by, whom, later_by, later_whom), names = places_of(*sides)
    n = max(len(names), 1)
    before, after = _distinct(whom * n + by), _distinct(later_whom * n + later_by)
    endorsers = np.bincount(before // n, minlength=n)
    outside = np.zeros(n, np.bool_)
    outside[: len(names)] = False if without is None else names.is_in(without.implode()).to_numpy()
    known = (endorsers >= max(fewest, 1)) & ~outside
    place = np.cumsum(known) - 1
    pairs = after[known[after // n]]
    at = np.searchsorted(before, pairs)
    fresh = np.append(before, -1)[at] != pairs
    later = np.bincount(after // n, minlength=n) > 0
    where = place[pairs // n]
    people = np.flatnonzero(known)
    return Outcome(
        names.gather(people).alias("target"),
        np.bincount(where, minlength=len(people)).astype(np.float64),
        np.bincount(where[fresh], minlength=len(people)).astype(np.float64),
        pl.DataFrame({"place": where, "actor": names.gather(pairs % n)}),
        int((later & (endorsers == 0) & ~outside).sum()),
    )


def _reactions(events: pl.DataFrame) -> pl.DataFrame:
    """Who reacted to somebody else, and to whom."""
    others = pl.col("target").is_not_null() & (pl.col("actor") != pl.col("target"))
    return events.filter(others).select(_SIDES)


def _distinct(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    ordered = np.sort(keys)
    return np.asarray(ordered[np.diff(ordered, prepend=-1) != 0])
