"""The shape of a cascade: size, depth, breadth, structural virality, and how it grew.

Structural virality ν (Goel et al. 2016) is the mean distance between two different posts of a
tree: 2 or less for a broadcast from one post, growing with the length of chains. An edge with s
posts below it lies on s·(n − s) of the n(n − 1)/2 paths, so one scan finds it. All are linear.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.influence.kernels.shapes import growth, measure, number_trees

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.influence.cascades.forest import Forest

__all__ = ["Shapes", "measure_trees", "tree_growth", "tree_shapes"]


@dataclass(frozen=True, slots=True)
class Shapes:
    """One number a tree, in the order of their roots; ``depth`` counts the levels below the root.

    ``breadth`` is the number of posts on the widest level, ``virality`` 0 for a single post.
    """

    size: NDArray[np.int64]
    depth: NDArray[np.int64]
    breadth: NDArray[np.int64]
    virality: NDArray[np.float64]


def measure_trees(parent: NDArray[np.int64]) -> Shapes:
    """The shapes of trees given as a parent a node (n): a smaller number, or −1 at roots.

    Raises:
        ValueError: A parent does not stand before its child.

    >>> measure_trees(np.array([-1, 0, 0, -1])).size.tolist()
    [3, 1]
    """
    shapes = measure(parent)
    if shapes is None:
        raise ValueError("every parent must have a smaller number than its children; sort by time")
    return Shapes(*shapes)


def tree_shapes(forest: Forest) -> pl.DataFrame:
    """Size, depth, breadth and virality: one row a tree, in the order of their roots.

    ``root`` is a post key, ``depth`` the number of levels below it, ``breadth`` the number of
    posts on the widest level, ``virality`` the mean distance (0 for a single post).

    >>> from graphengine.influence.cascades.trees import grow
    >>> star = {"post": ["a", "b", "c"], "parent": [None, "a", "a"], "author": ["x", "y", "z"]}
    >>> tree_shapes(grow(pl.DataFrame(star).with_columns(at=pl.lit(0)))[0]).rows()[0][:4]
    ('a', 3, 1, 2)
    """
    shapes = measure_trees(forest.parent)
    return pl.DataFrame(
        {
            "root": _roots(forest),
            "size": shapes.size,
            "depth": shapes.depth,
            "breadth": shapes.breadth,
            "virality": shapes.virality,
        }
    )


def tree_growth(forest: Forest, ages: Sequence[int]) -> pl.DataFrame:
    """Size, depth and breadth of each tree as it was at each age: one row a tree and age.

    ``ages`` are seconds after the root, ascending; a post at that very second is counted.

    Raises:
        ValueError: The ages do not ascend, or one is negative.

    >>> from graphengine.influence.cascades.trees import grow
    >>> links = {"post": ["a", "b", "c"], "parent": [None, "a", "a"], "author": ["x", "y", "z"]}
    >>> forest, _ = grow(pl.DataFrame(links).with_columns(at=pl.Series([0, 60, 3600])))
    >>> tree_growth(forest, [0, 600, 7200])["size"].to_list()
    [1, 2, 3]
    """
    steps = np.asarray(ages, np.int64)
    if (np.diff(steps) <= 0).any() or (steps < 0).any():
        raise ValueError(f"ages must be seconds from 0 on that ascend: {list(ages)[:10]}")
    tree, depth, trees, deepest = number_trees(forest.parent)
    begin = np.concatenate([[0], np.cumsum(deepest + 1)])
    size, deep, wide = growth(forest.at, tree, depth, begin, steps)
    roots = _roots(forest)
    return pl.DataFrame(
        {
            "root": roots.gather(np.repeat(np.arange(len(trees)), len(steps))),
            "age": np.tile(steps, len(trees)),
            "size": size.ravel(),
            "depth": deep.ravel(),
            "breadth": wide.ravel(),
        }
    )


def _roots(forest: Forest) -> pl.Series:
    return forest.posts.gather(np.flatnonzero(forest.parent < 0))
