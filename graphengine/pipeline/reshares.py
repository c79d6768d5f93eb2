"""Posts with their reshares, out of a job's log: who passed what on, when, seen by how many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from graphengine.influence.cascades import grow
from graphengine.model import POST_LINK_TYPES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.eventlog import EventLog
    from graphengine.influence.cascades import Forest

__all__ = ["Reshares", "reshares_of"]

_KINDS: Final = [kind for kind, link in POST_LINK_TYPES.items() if link == "RESHARE_OF"]
_COLUMNS: Final = ("post", "parent", "author", "at", "topics")
_OF_EVENTS: Final = ("post", "parent", "kind", "actor", "target", "at", "topics")  # no others read


@dataclass(frozen=True, slots=True)
class Reshares:
    """Every post that was reshared, and its reshares by time, one block of events a post.

    ``posts`` [post, author, at, topics] in the order of the blocks; ``first`` (posts + 1) their
    bounds; ``at`` (events) epoch seconds; ``followers`` (events), those unknown filled in with the
    median of those known, NaN where none is. ``counts``: ``unknown_followers`` (events),
    ``assumed_start`` (posts without a time of their own, taken as written when first reshared),
    ``untimed`` (reshares left out because they have no time).
    """

    posts: pl.DataFrame
    first: NDArray[np.int64]
    at: NDArray[np.float64]
    followers: NDArray[np.float64]
    counts: dict[str, int]


def reshares_of(log: EventLog, *, upto: int) -> Reshares:
    """All that the log knows of reshares not later than ``upto`` (epoch seconds).

    A follower count is the author's last known one at the time of the event. Replies are no
    reshares; a reply that is reshared is a post of its own.
    """
    rows, told = _rows(log, upto=upto)
    is_reshare, timed = pl.col("parent").is_not_null(), pl.col("at").is_not_null()
    untimed = rows.filter(is_reshare & ~timed)["post"].n_unique()
    rows = rows.filter(timed | ~is_reshare)
    starts = rows.filter(is_reshare).group_by("parent").agg(pl.col("at").min())
    begun = rows.join(starts, left_on="post", right_on="parent", how="left", suffix="_first")
    assumed = begun.filter(~timed & ~is_reshare)["post"].n_unique()
    links = begun.select(
        "post", "parent", "author", pl.col("at").fill_null(pl.col("at_first"))
    ).drop_nulls("at")
    forest, _ = grow(links)
    return _table(forest, told, _follower_counts(log, upto=upto), counts={
        "assumed_start": assumed, "untimed": untimed,
    })  # fmt: skip


def _rows(log: EventLog, *, upto: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Reshares and the posts they name [post, parent, author, at]; topics [post, topics]."""
    told = pl.col("at").is_null() | (pl.col("at") <= upto)
    posts = log.posts().frame.filter(told)
    is_reshare = pl.col("kind").is_in(_KINDS) & pl.col("parent").is_not_null()
    events = log.view().select("interactions", _OF_EVENTS, where=told, ordered=False)
    events = events.filter(is_reshare & pl.col("post").is_not_null())
    events = events.join(posts.select("post").unique(), on="post", how="anti")
    nobody = pl.lit(None, pl.String)
    described = posts.filter(is_reshare).select(_COLUMNS).with_columns(target=nobody)
    acted = events.select(
        "post", "parent", author="actor", at="at", topics="topics", target="target"
    )
    reshares = pl.concat([described, acted]).filter(pl.col("post") != pl.col("parent"))
    named = reshares.join(reshares.select(parent="post").unique(), on="parent", how="anti")
    own = posts.join(named.select(post="parent").unique(), on="post", how="semi")
    implied = (
        named.join(own, left_on="parent", right_on="post", how="anti")
        .group_by(post="parent", maintain_order=True)
        .agg(
            author=pl.col("target").min(),
            topics=pl.col("topics").explode().drop_nulls().unique().sort(),
        )
        .with_columns(parent=nobody, at=pl.lit(None, pl.Int64))
    )
    starts = [own.with_columns(parent=nobody).select(_COLUMNS), implied.select(_COLUMNS)]
    rows = pl.concat([*starts, reshares.select(_COLUMNS)])
    topics = rows.group_by("post").agg(pl.col("topics").explode().drop_nulls().unique().sort())
    return rows.drop("topics"), topics


def _follower_counts(log: EventLog, *, upto: int) -> pl.DataFrame:
    """[account, at, followers], by account and time; a count without a time is the oldest."""
    known = log.accounts().frame.select("account", "at", "followers").drop_nulls("followers")
    early = known.filter(pl.col("at").is_null() | (pl.col("at") <= upto))
    return early.with_columns(pl.col("at").fill_null(np.iinfo(np.int64).min)).sort("at")


def _table(
    forest: Forest, topics: pl.DataFrame, known: pl.DataFrame, *, counts: dict[str, int]
) -> Reshares:
    size = np.bincount(forest.root, minlength=forest.n)
    kept = np.flatnonzero(size[forest.root] > 1)
    order = kept[np.argsort(forest.root[kept], kind="stable")]  # by post, then by time
    events = pl.DataFrame(
        {"account": forest.authors.gather(order), "at": forest.at[order]}
    ).with_row_index("place")
    counted = events.sort("at").join_asof(known, on="at", by="account", check_sortedness=False)
    seen_by = counted.sort("place")["followers"]
    middle = seen_by.median()
    roots = order[forest.parent[order] < 0]
    posts = pl.DataFrame(
        {"post": forest.posts.gather(roots), "author": forest.authors.gather(roots),
         "at": forest.at[roots]}
    ).join(topics, on="post", how="left", maintain_order="left")  # fmt: skip
    return Reshares(
        posts=posts,
        first=np.concatenate([[0], np.cumsum(size[roots])]).astype(np.int64),
        at=forest.at[order].astype(np.float64),
        followers=seen_by.cast(pl.Float64)
        .fill_null(np.nan if middle is None else middle)
        .to_numpy(),
        counts={**counts, "unknown_followers": seen_by.null_count()},
    )
