"""What a person's card says of cascades: how many they started, how large, passed on by how many.

A *cascade started* is a root by the person with a post by somebody else (known or not) anywhere
below it; its size counts all its posts, the root among them. *Passed on by* counts the different
other known people with a post anywhere below any of the person's posts, roots or not, each once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.influence.cascades.people import number_authors
from graphengine.influence.kernels.audiences import people_below

if TYPE_CHECKING:
    from graphengine.influence.cascades.forest import Forest

__all__ = ["cascade_summary"]


def cascade_summary(forest: Forest) -> pl.DataFrame:
    """Columns account, cascades, cascade_size, passed_on: one row a known author, sorted.

    ``cascade_size`` is the median size of the cascades started, null where there is none.

    >>> from graphengine.influence.cascades.trees import grow
    >>> posts = {"post": ["a", "b", "c"], "parent": [None, "a", "b"], "author": ["x", "y", "x"]}
    >>> forest, _ = grow(pl.DataFrame(posts).with_columns(at=pl.Series([0, 1, 2])))
    >>> cascade_summary(forest).rows()
    [('x', 1, 3.0, 1), ('y', 0, None, 1)]
    """
    people, author = number_authors(forest)
    other = (author != author[forest.root]) | (author < 0)
    other[forest.parent < 0] = False
    moved = np.bincount(forest.root[other], minlength=forest.n) > 0
    roots = np.flatnonzero(moved & (author >= 0))
    size = np.bincount(forest.root, minlength=forest.n)
    started = (
        pl.DataFrame({"id": author[roots], "size": size[roots]})
        .group_by("id")
        .agg(pl.len().cast(pl.Int64).alias("cascades"), pl.col("size").median().alias("median"))
    )
    below = people_below(forest.parent, author, len(people))
    table = pl.DataFrame({"id": np.arange(len(people)), "account": people, "passed_on": below})
    return table.join(started, on="id", how="left", maintain_order="left").select(
        "account",
        pl.col("cascades").fill_null(0),
        pl.col("median").cast(pl.Float64).alias("cascade_size"),
        "passed_on",
    )
