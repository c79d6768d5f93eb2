"""The shape of a cascade: size, depth, breadth and structural virality.

Structural virality ν (Goel et al. 2016) is the mean distance between two different posts of a
tree: 2 or less for a broadcast from one post, growing with the length of chains. An edge with s
posts below it lies on s·(n − s) of the n(n − 1)/2 paths, so one scan finds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.influence.kernels.forests import sum_below

if TYPE_CHECKING:
    from graphengine.influence.cascades.forest import Forest

__all__ = ["tree_shapes"]


def tree_shapes(forest: Forest) -> pl.DataFrame:
    """Size, depth, breadth and virality: one row a tree, in the order of their roots.

    ``root`` is a post key, ``depth`` the number of levels below it, ``breadth`` the number of
    posts on the widest level, ``virality`` the mean distance (0 for a single post).

    >>> from graphengine.influence.cascades.trees import grow
    >>> star = {"post": ["a", "b", "c"], "parent": [None, "a", "a"], "author": ["x", "y", "z"]}
    >>> tree_shapes(grow(pl.DataFrame(star).with_columns(at=pl.lit(0)))[0]).rows()[0][:4]
    ('a', 3, 1, 2)
    """
    n = forest.n
    size = np.bincount(forest.root, minlength=n)
    below = sum_below(forest.parent, np.ones(n))
    whole = size[forest.root]
    crossed = np.where(forest.parent >= 0, below * (whole - below), 0.0)
    paths = np.bincount(forest.root, weights=crossed, minlength=n)
    roots = np.flatnonzero(forest.parent < 0)
    pairs = size[roots] * (size[roots] - 1.0)
    virality = np.divide(2.0 * paths[roots], pairs, out=np.zeros(len(roots)), where=pairs > 0)
    levels = _levels(forest)
    return pl.DataFrame(
        {
            "root": forest.posts.gather(roots),
            "size": size[roots],
            "depth": levels["depth"],
            "breadth": levels["breadth"],
            "virality": virality,
        }
    )


def _levels(forest: Forest) -> pl.DataFrame:
    return (
        pl.DataFrame({"root": forest.root, "depth": forest.depth})
        .group_by("root", "depth")
        .len()
        .group_by("root")
        .agg(pl.col("depth").max(), pl.col("len").max().cast(pl.Int64).alias("breadth"))
        .sort("root")
    )
