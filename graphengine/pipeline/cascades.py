"""Cascades of a log: links of posts from both tables, credit per person and topic, what is missing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.eventlog.topics import topic_table
from graphengine.influence.cascades import credit_by_person, credit_by_topic, grow, tree_shapes
from graphengine.model import NO_TOPIC, OVERALL, POST_LINK_TYPES, topic_key

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from graphengine.eventlog import EventLog
    from graphengine.job import Job

__all__ = ["Cascades", "cascade_influence"]

_COLUMNS = ("post", "parent", "author", "at", "root", "topics")


@dataclass(frozen=True, slots=True)
class Cascades:
    """Credit by topic and person, the trees of all posts, and the account of what was repaired.

    ``credit`` [topic, account, total]; ``trees`` [root, size, depth, breadth, virality], one row a
    tree; ``counts`` {trees, posts, repairs}; ``missing`` {posts, of, counted} or None.
    """

    credit: pl.DataFrame
    trees: pl.DataFrame
    counts: dict[str, Any]
    missing: dict[str, int] | None

    def credit_of(self, accounts: pl.Series, *, topic: str) -> NDArray[np.float64]:
        """The total credit of each of ``accounts`` (n) in one topic; 0 for people without a post."""
        known = self.credit.filter(pl.col("topic") == topic).select("account", "total")
        joined = accounts.to_frame("account").join(
            known, on="account", how="left", maintain_order="left"
        )
        return joined["total"].fill_null(0.0).to_numpy()


def cascade_influence(log: EventLog, *, job: Job, as_of: int | None) -> Cascades:
    """Trees and credit of all posts not later than ``as_of`` (epoch seconds)."""
    posts = log.posts().frame
    links = _links(posts, log.interactions(upto_time=as_of).frame)
    if as_of is not None:
        links = links.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))
    overall = topic_key(job.topic_scheme, OVERALL)
    rule, decay = job.method.credit, job.method.credit_decay_seconds
    forest, repairs = grow(links.drop("topics"), choose="first" if rule == "first" else "last")
    whole = credit_by_person(forest, rule=rule, decay_seconds=decay)
    per_topic, _ = credit_by_topic(
        _per_topic(links, job.topic_scheme), rule=rule, decay_seconds=decay
    )
    credit = pl.concat([whole.select(pl.lit(overall).alias("topic"), pl.all()), per_topic])
    found = asdict(repairs) if links.height else {}
    return Cascades(
        credit=credit.select("topic", "account", "total"),
        trees=tree_shapes(forest),
        counts={"trees": forest.trees, "posts": forest.n, "repairs": found},
        missing=_missing_reshares(posts, as_of=as_of),
    )


def _links(posts: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """One row per post and parent: the table of posts, then what interactions say beyond it.

    An interaction that names its post and its parent is a link. The parent of one is known by its
    author, whom the interaction is aimed at, also where no row describes it.
    """
    told = (
        events.filter(
            pl.col("post").is_not_null()
            & pl.col("parent").is_not_null()
            & pl.col("kind").is_in(list(POST_LINK_TYPES))
        )
        .join(posts.select("post").unique(), on="post", how="anti")
        .with_columns(root=pl.lit(None, pl.String))
    )
    described = pl.concat([posts["post"], told["post"]]).unique().to_frame("post")
    implied = told.select(
        post="parent", parent=pl.lit(None, pl.String), author="target",
        at=pl.lit(None, pl.Int64), root=pl.lit(None, pl.String), topics="topics",
    ).join(described, on="post", how="anti")  # fmt: skip
    linked = told.select("post", "parent", pl.col("actor").alias("author"), "at", "root", "topics")
    return pl.concat([posts.select(_COLUMNS), linked, _one_a_post(implied)])


def _one_a_post(implied: pl.DataFrame) -> pl.DataFrame:
    return implied.group_by("post", maintain_order=True).agg(
        pl.col("parent").first(), pl.col("author").min(), pl.col("at", "root").first(),
        pl.col("topics").explode().drop_nulls().unique().sort(),
    )  # fmt: skip


def _per_topic(links: pl.DataFrame, scheme: str) -> pl.DataFrame:
    """Links of posts with topics: once per topic, each of the k with the unit 1/k."""
    words = links["topics"].explode().drop_nulls().unique().to_list()
    keys = topic_table(words, scheme).select(word="name", topic="key")
    return (
        links.with_columns(unit=1.0 / pl.col("topics").list.len().clip(1))
        .explode("topics")
        .drop_nulls("topics")
        .join(keys, left_on="topics", right_on="word", maintain_order="left")
        .filter(pl.col("topic") != topic_key(scheme, NO_TOPIC))
        .select("post", "parent", "author", "at", "root", "topic", "unit")
    )


def _missing_reshares(posts: pl.DataFrame, *, as_of: int | None) -> dict[str, int] | None:
    """Originals whose source counts reshares, and those of them of which none arrived."""
    if as_of is not None:
        posts = posts.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))
    counted = posts.filter((pl.col("kind") == "post") & (pl.col("reshares") > 0)).unique("post")
    if counted.is_empty():
        return None
    arrived = (
        posts.filter(pl.col("kind").is_in(["retweet", "quote"])).select(post="parent").unique()
    )
    none = counted.join(arrived, on="post", how="anti")
    return {"posts": none.height, "of": counted.height, "counted": int(none["reshares"].sum())}
