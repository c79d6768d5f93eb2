"""Before and after: where time is cut, and which events lie on which side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SHARES", "Sides", "cut_times", "sides"]

SHARES = (0.5, 0.7, 0.85)


@dataclass(frozen=True, slots=True)
class Sides:
    """Events up to ``cut`` (epoch seconds, inclusive) and after; ``straddling``: left out after.

    Straddling are events after the cut on something that was there before it: a post that began
    to run before the cut tells more of the post than of what its author does next. ``begun`` names
    what is known to have been there though nobody had reacted to it.
    """

    cut: int
    before: pl.DataFrame
    after: pl.DataFrame
    straddling: int
    begun: pl.Series | None = None


def cut_times(at: pl.Series, shares: Sequence[float] = SHARES) -> list[int]:
    """The times up to which ``shares`` of the events ``at`` (epoch seconds) have happened.

    Raises:
        ValueError: no event has a time, or a share is not between 0 and 1.

    >>> cut_times(pl.Series([1, 2, 3, 4]), [0.5])
    [2]
    """
    times = np.sort(at.drop_nulls().to_numpy())
    if not len(times) or not all(0.0 < share < 1.0 for share in shares):
        raise ValueError(f"needs events with times and shares between 0 and 1, got {list(shares)}")
    return [int(times[max(int(np.ceil(share * len(times))) - 1, 0)]) for share in shares]


def sides(events: pl.DataFrame, cut: int, *, begun: pl.Series | None = None) -> Sides:
    """``events`` [actor, target, at, optional about] at ``cut``.

    ``about`` is the post, thread or message that the event reacts to, null where unknown. Of
    something with an event up to the cut, or that ``begun`` names (it is known to have been there,
    though nobody had reacted), the events after it are left out. Events without a time are before
    every cut.

    Raises:
        ValueError: nothing happened before the cut, or nothing after it.

    >>> e = pl.DataFrame({"actor": ["b", "c", "d"], "target": ["a"] * 3, "at": [1, 3, 4],
    ...                   "about": ["p", "p", "q"]})
    >>> found = sides(e, 2)
    >>> found.after["actor"].to_list(), found.straddling
    (['d'], 1)
    """
    past = pl.col("at").is_null() | (pl.col("at") <= cut)
    before, after = events.filter(past), events.filter(~past)
    kept = after
    if "about" in events.columns:
        there = before["about"].drop_nulls()
        there = there if begun is None else pl.concat([there, begun.cast(there.dtype)])
        kept = after.filter(~pl.col("about").is_in(there.unique().implode()).fill_null(value=False))
    if not before.height or not kept.height:
        raise ValueError(
            f"{before.height} events lie before the cut {cut} and {kept.height} after it "
            f"({after.height - kept.height} on posts from before are left out); cut elsewhere"
        )
    return Sides(cut, before, kept, after.height - kept.height, begun)
