"""Posts, who wrote them, what they answer and what they are about, from posts and interactions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from graphengine.events import KINDS
from graphengine.model import POST_LINK_TYPES
from graphengine.projection.forest import depths_and_tops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.eventlog.view import View

__all__ = ["NO_POSTS", "PostTables", "post_tables"]

# An interaction of these kinds is itself a post, written by its actor; a like, a click or a vote
# only names one.
_WRITES: Final = ("retweet", "quote", "reply", "comment", "mention", "message")

_STRENGTH: Final = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class PostTables:
    """What one state of the log says about posts.

    posts [key, network, at, root, depth]; posted [account, post, at]; links [type, child, parent,
    at]; about [post, word, weight], the word being the source's own for the topic.
    """

    posts: pl.DataFrame
    posted: pl.DataFrame
    links: pl.DataFrame
    about: pl.DataFrame


_TEXT, _TIME = pl.String(), pl.Int64()

NO_POSTS: Final = PostTables(
    posts=pl.DataFrame(
        schema={"key": _TEXT, "network": _TEXT, "at": _TIME, "root": _TEXT, "depth": pl.Int64()}
    ),
    posted=pl.DataFrame(schema={"account": _TEXT, "post": _TEXT, "at": _TIME}),
    links=pl.DataFrame(schema={"type": _TEXT, "child": _TEXT, "parent": _TEXT, "at": _TIME}),
    about=pl.DataFrame(schema={"post": _TEXT, "word": _TEXT, "weight": pl.Float64()}),
)


def post_tables(view: View) -> PostTables:
    """Everything about posts in one state of the log, each table sorted by its key.

    The table of posts is believed before the interactions that name a post. A parent that is
    known by its key alone becomes a post without a time. Depth follows one parent a post, the
    earliest; ``root`` is what the source says, of the post or of the top above it, else that top.
    """
    rows = _rows(view)
    links = _links(rows)
    posted = (
        rows.filter(pl.col("author").is_not_null())
        .unique(["author", "post"], keep="first", maintain_order=True)
        .select(account="author", post="post", at="at")
        .sort("account", "post")
    )
    return PostTables(_posts(rows, links), posted, links, _about(rows))


def _rows(view: View) -> pl.DataFrame:
    """All mentions of posts [post, parent, kind, author, at, root, topics], best first per post."""
    given = view.select("posts", ["post", "parent", "kind", "author", "at", "root", "topics"])
    columns = ["post", "parent", "kind", "actor", "at", "topics"]
    acts = view.select("interactions", columns, where=pl.col("post").is_not_null())
    writes = pl.col("kind").is_in(_WRITES)
    named = acts.select(
        "post",
        "kind",
        *(pl.when(writes).then(name).alias(name) for name in ("parent", "at", "topics")),
        author=pl.when(writes).then("actor"),
        root=pl.lit(None, pl.String),
    )
    strength = pl.col("kind").replace_strict(_STRENGTH, default=len(KINDS), return_dtype=pl.Int64)
    return (
        pl.concat([given.with_columns(rank=0), named.select(*given.columns, rank=pl.lit(1))])
        .with_columns(strength=strength)
        .sort("post", "rank", "at", "strength", "parent", "author", nulls_last=True)
    )


def _links(rows: pl.DataFrame) -> pl.DataFrame:
    kind = pl.col("kind").replace_strict(POST_LINK_TYPES, default=None, return_dtype=pl.String)
    return (
        rows.with_columns(type=kind)
        .filter(pl.col("parent").is_not_null() & pl.col("type").is_not_null())
        .sort("post", "parent", "rank", "strength", "at", nulls_last=True)
        .unique(["post", "parent"], keep="first", maintain_order=True)
        .select("type", child="post", parent="parent", at="at")
    )


def _posts(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    own = rows.group_by("post", maintain_order=True).agg(
        pl.col("at").drop_nulls().first(), given=pl.col("root").drop_nulls().first()
    )
    stubs = links.select(post="parent").unique().join(own, on="post", how="anti")
    posts = pl.concat([own, stubs], how="diagonal").sort("post")
    order_of = _ranks(posts["at"])
    depth, top = depths_and_tops(_main_parents(posts, links, order=order_of), order_of)
    above = posts.select(pl.col("given").fill_null(pl.col("post"))).to_series().gather(top)
    return posts.select(
        key="post",
        network=pl.col("post").str.split_exact(":", 1).struct.field("field_0"),
        at="at",
        root=pl.col("given").fill_null(above),
        depth=pl.Series(depth),
    )


def _ranks(at: pl.Series) -> NDArray[np.int64]:
    """The place of each post in time, posts without a time last, else in their order."""
    order = np.argsort(at.fill_null(np.iinfo(np.int64).max).to_numpy(), kind="stable")
    ranks = np.empty(len(at), dtype=np.int64)
    ranks[order] = np.arange(len(at))
    return ranks


def _main_parents(
    posts: pl.DataFrame, links: pl.DataFrame, *, order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The index of each post's earliest parent, -1 for none; a post is no parent of itself."""
    place = posts.select(post="post", place=pl.int_range(pl.len()), order=pl.Series(order))
    earliest = (
        links.filter(pl.col("child") != pl.col("parent"))
        .join(place.select(child="post", at_child="place"), on="child")
        .join(place.select("order", parent="post", at_parent="place"), on="parent")
        .sort("order", "at_child")
    )
    chosen = earliest.unique("at_child", keep="first", maintain_order=True)
    parent = np.full(posts.height, -1, dtype=np.int64)
    parent[chosen["at_child"].to_numpy()] = chosen["at_parent"].to_numpy()
    return parent


def _about(rows: pl.DataFrame) -> pl.DataFrame:
    words = rows.select("post", word="topics").explode("word").drop_nulls().unique()
    return words.with_columns(weight=1.0 / pl.len().over("post")).sort("post", "word")
