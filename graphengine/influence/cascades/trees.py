"""Trees of posts from links child → parent, whatever is broken in them, and a report of repairs.

Real reshare and reply data names several parents for a post, posts as their own parents, parents
that are not there, parents later than their children, and circles. Here is what becomes of each:

- repeated rows count once; a post's time is the earliest that any row states;
- a link of a post to itself, or to a parent that is not among the posts, is dropped; a post left
  without a parent starts a tree of its own;
- of several parents one stays: strictly earlier ones come before those of the same second or an
  unknown time, and these before later ones; of several earlier ones the most recent stays
  (``choose="last"``) or the earliest ("first"), of several later ones the nearest in time, and of
  equals the one with the smaller key;
- a child earlier than the only parent it names keeps that parent (clocks differ, the link was
  stated); its repaired time is its parent's;
- a circle is cut at a post that some row calls an original, else at its earliest post, which then
  hangs under the next parent that it names outside its own descendants, if there is one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.influence.cascades.forest import Choice, Forest, Repairs
from graphengine.influence.kernels.forests import cut_cycles, follow, rehang

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["grow"]


def grow(links: pl.DataFrame, *, choose: Choice = "last") -> tuple[Forest, Repairs]:
    """The trees that ``links`` describe, and what had to be repaired.

    ``links`` has the columns post, parent (null for an original), author and at (epoch seconds,
    both may be null), and may have ``unit`` (what the post counts for, default 1) and ``root``
    (the conversation that the source names, compared with the one found). One row per post and
    parent; the order of rows changes nothing.

    >>> links = pl.DataFrame({"post": ["a", "b", "b"], "parent": [None, "a", "b"],
    ...                       "author": ["x", "y", "y"], "at": [0, 5, 5]})
    >>> forest, repairs = grow(links)
    >>> forest.parent.tolist(), repairs.to_itself, repairs.kept
    ([-1, 0], 1, 1)
    """
    rows = _with_defaults(links)
    posts = _posts(rows)
    candidates = _candidates(rows, posts, choose=choose)
    parent, cut = _parents(candidates, posts)
    forest = _forest(posts, parent, candidates, choose=choose)
    return forest, _account(rows, posts, candidates, parent=parent, cut=cut, forest=forest)


def _with_defaults(links: pl.DataFrame) -> pl.DataFrame:
    given = {
        "unit": pl.col("unit") if "unit" in links.columns else pl.lit(1.0),
        "root": pl.col("root") if "root" in links.columns else pl.lit(None, dtype=pl.String),
    }
    return links.select(
        pl.col("post", "parent", "author").cast(pl.String), pl.col("at").cast(pl.Int64), **given
    )


def _posts(rows: pl.DataFrame) -> pl.DataFrame:
    """One row a post, sorted by key; its number is its position."""
    return (
        rows.group_by("post")
        .agg(
            pl.col("author", "at", "root").min(),
            pl.col("unit").max(),
            pl.col("parent").is_null().any().alias("original"),
            (pl.col("author", "at").drop_nulls().n_unique() > 1).name.prefix("different_"),
        )
        .sort("post")
    )


def _candidates(rows: pl.DataFrame, posts: pl.DataFrame, *, choose: Choice) -> pl.DataFrame:
    """Different links between different posts that are here: child, parent, lateness.

    Lateness is 0 for a strictly earlier parent, 1 for one of the same or an unknown time, 2 for
    one that is later than its child. The parents of a child stand in order of preference.
    """
    numbered = posts.select("post", "at").with_row_index("id").cast({"id": pl.Int64})
    links = rows.select("post", "parent").drop_nulls().unique()
    links = links.filter(pl.col("post") != pl.col("parent"))
    children = numbered.rename({"id": "child", "at": "child_at"})
    parents = numbered.rename({"post": "parent", "id": "parent_id", "at": "parent_at"})
    before = (pl.col("parent_at") < pl.col("child_at")).fill_null(value=False)
    after = (pl.col("parent_at") > pl.col("child_at")).fill_null(value=False)
    newest_first = (pl.col("lateness") == 0) & pl.lit(choose == "last")
    nearness = pl.when(newest_first).then(-pl.col("parent_at")).otherwise("parent_at")
    return (
        links.join(children, on="post")
        .join(parents, on="parent")
        .select(
            "child",
            "parent_at",
            parent="parent_id",
            lateness=pl.when(before).then(0).when(after).then(2).otherwise(1),
        )
        .sort("child", "lateness", nearness.fill_null(0), "parent")
        .drop("parent_at")
    )


def _parents(
    candidates: pl.DataFrame, posts: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The parent of each post, −1 at roots, and the posts where a circle was cut."""
    child, wished = candidates["child"].to_numpy(), candidates["parent"].to_numpy()
    wished_from = np.concatenate([[0], np.cumsum(np.bincount(child, minlength=posts.height))])
    parent = np.full(posts.height, -1, np.int64)
    wishing = np.flatnonzero(np.diff(wished_from))
    parent[wishing] = wished[wished_from[wishing]]
    rank = _cutting_rank(posts)
    cut = cut_cycles(parent, rank)
    parent[cut] = -1
    loose = np.flatnonzero(cut & ~posts["original"].to_numpy())
    rehang(parent, loose[np.argsort(rank[loose])], wished_from, wished)
    return parent, cut


def _cutting_rank(posts: pl.DataFrame) -> NDArray[np.int64]:
    """Where a circle is cut: originals before others, then by time, then by key."""
    order = posts.select(
        (~pl.col("original")).alias("later"), pl.col("at"), pl.int_range(pl.len()).alias("id")
    ).sort("later", "at", "id", nulls_last=True)["id"]
    rank = np.empty(posts.height, np.int64)
    rank[order.to_numpy()] = np.arange(posts.height)
    return rank


def _forest(
    posts: pl.DataFrame, parent: NDArray[np.int64], candidates: pl.DataFrame, *, choose: Choice
) -> Forest:
    """Posts in order of repaired time, then depth, then key: parents before children."""
    timed = posts["at"].is_not_null().to_numpy()
    root, depth, at = follow(parent, posts["at"].fill_null(0).to_numpy(), timed)
    order = np.lexsort((depth, at))
    position = np.empty(posts.height, np.int64)
    position[order] = np.arange(posts.height)
    child, named = _named(parent, position, candidates)
    above = parent[order]
    return Forest(
        posts=posts["post"].gather(order),
        authors=posts["author"].gather(order),
        at=at[order],
        parent=np.where(above >= 0, position[above], -1),
        root=position[root[order]],
        depth=depth[order],
        unit=posts["unit"].cast(pl.Float64).to_numpy()[order],
        named_from=np.concatenate([[0], np.cumsum(np.bincount(child, minlength=posts.height))]),
        named=named,
        choose=choose,
    )


def _named(
    parent: NDArray[np.int64], position: NDArray[np.int64], candidates: pl.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of children and of the parents they name: the tree's, and other earlier ones.

    A parent that stands later in the repaired order is left out, and so is every parent of a
    post that a cut made a root.
    """
    child, named = candidates["child"].to_numpy(), candidates["parent"].to_numpy()
    earlier = candidates["lateness"].to_numpy() == 0
    has_earlier = np.zeros(len(parent), np.bool_)
    has_earlier[child[earlier]] = True
    of_tree = parent[child] == named
    keep = of_tree | (earlier & has_earlier[child] & (parent[child] >= 0))
    keep &= position[named] < position[child]
    child, named = position[child[keep]], position[named[keep]]
    order = np.lexsort((named, child))
    return child[order], named[order]


def _account(
    rows: pl.DataFrame,
    posts: pl.DataFrame,
    candidates: pl.DataFrame,
    *,
    parent: NDArray[np.int64],
    cut: NDArray[np.bool_],
    forest: Forest,
) -> Repairs:
    distinct = rows.select("post", "parent").unique()
    links = distinct.drop_nulls()
    to_itself = links.filter(pl.col("post") == pl.col("parent")).height
    kept, cuts = int((parent >= 0).sum()), int(cut.sum())
    of_tree = parent[candidates["child"].to_numpy()] == candidates["parent"].to_numpy()
    return Repairs(
        rows=rows.height,
        repeated=rows.height - distinct.height,
        originals=distinct.height - links.height,
        links=links.height,
        to_itself=to_itself,
        missing=links.height - to_itself - candidates.height,
        further=candidates.height - kept - cuts,
        cut=cuts,
        kept=kept,
        posts=posts.height,
        trees=forest.trees,
        several_parents=links.group_by("post").len().filter(pl.col("len") > 1).height,
        rows_to_itself=rows.filter(pl.col("post") == pl.col("parent")).height,
        rows_earlier=_earlier_than_parent(rows, posts),
        kept_earlier=int((of_tree & (candidates["lateness"].to_numpy() == 2)).sum()),
        orphans=int((~posts["original"].to_numpy() & (parent < 0)).sum()),
        untimed=posts["at"].null_count(),
        disagreeing=posts.filter(pl.col("different_author") | pl.col("different_at")).height,
        other_root=_under_another_root(forest, posts),
    )


def _earlier_than_parent(rows: pl.DataFrame, posts: pl.DataFrame) -> int:
    timed = rows.select("post", "parent").join(posts.select("post", "at"), on="post")
    parents = posts.select(parent="post", parent_at="at")
    return timed.join(parents, on="parent").filter(pl.col("at") < pl.col("parent_at")).height


def _under_another_root(forest: Forest, posts: pl.DataFrame) -> int:
    found = pl.DataFrame({"post": forest.posts, "found": forest.posts.gather(forest.root)})
    return posts.join(found, on="post").filter(pl.col("root") != pl.col("found")).height
