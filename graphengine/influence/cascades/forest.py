"""What repaired trees are, and the account of what was repaired."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from numpy.typing import NDArray

__all__ = ["Choice", "Forest", "Repairs"]

Choice = Literal["first", "last"]


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees of posts; a position is a post, and every parent stands before its children.

    ``posts`` and ``authors`` are keys (an unknown author is null). ``at`` are repaired times in
    epoch seconds: never before the parent's, ascending. ``parent`` is a position or −1, ``root``
    the position of the tree's root, ``depth`` 0 there. ``unit`` is what each post counts for.
    ``named[named_from[i]:named_from[i + 1]]`` are the earlier posts that post i names as its
    parents, its ``parent`` among them; only where a source names several are there others.
    ``choose`` says whether of several earlier parents the first or the last became ``parent``.
    """

    posts: pl.Series
    authors: pl.Series
    at: NDArray[np.int64]
    parent: NDArray[np.int64]
    root: NDArray[np.int64]
    depth: NDArray[np.int64]
    unit: NDArray[np.float64]
    named_from: NDArray[np.int64]
    named: NDArray[np.int64]
    choose: Choice

    @property
    def n(self) -> int:
        """The number of posts."""
        return len(self.parent)

    @property
    def trees(self) -> int:
        """The number of trees."""
        return int((self.parent < 0).sum())


@dataclass(frozen=True, slots=True)
class Repairs:
    """What came in and what became of it; an account that does not add up cannot be made.

    rows = repeated + originals + links; links = to_itself + missing + further + cut + kept;
    posts = trees + kept. The other counts describe the same input and add up to nothing.
    """

    rows: int  # came in
    repeated: int  # rows that repeat the (post, parent) of another row
    originals: int  # different rows without a parent
    links: int  # different rows with one
    to_itself: int  # links from a post to itself, dropped
    missing: int  # links to a parent that is not among the posts, dropped
    further: int  # links to further parents of a post that keeps another one
    cut: int  # links dropped because they closed a circle
    kept: int  # links of the trees
    posts: int
    trees: int
    several_parents: int  # posts that name two or more different parents, themselves counted
    rows_to_itself: int  # rows, repeats included
    rows_earlier: int  # rows, repeats included, whose post is earlier than its parent
    kept_earlier: int  # kept links whose post is earlier than its parent
    orphans: int  # roots that no row calls an original
    untimed: int  # posts without a time
    disagreeing: int  # posts whose rows state different authors or times
    other_root: int  # posts that stand in another tree than under the root the source names

    def __post_init__(self) -> None:
        """Check the three sums."""
        balances = {
            "rows": self.rows - self.repeated - self.originals - self.links,
            "links": self.links
            - (self.to_itself + self.missing + self.further + self.cut + self.kept),
            "posts": self.posts - self.trees - self.kept,
        }
        if any(balances.values()):
            raise ValueError(f"the account of repairs does not add up: {balances} left over")
