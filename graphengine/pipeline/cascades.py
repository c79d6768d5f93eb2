"""Cascades of a log: links of posts from both tables, credit per person and topic, what is missing."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.eventlog.topics import topic_table
from graphengine.influence.cascades import (
    cascade_summary,
    credit_by_person,
    forests_by_topic,
    grow,
    tree_shapes,
)
from graphengine.model import NO_TOPIC, OVERALL, POST_LINK_TYPES, topic_key
from graphengine.pipeline.diffusion import (
    SEED_COLUMNS,
    Influence,
    exposed_pairs,
    learned_influence,
)
from graphengine.scoring.parts import DAY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from numpy.typing import NDArray

    from graphengine.eventlog import EventLog
    from graphengine.influence.cascades import Choice, Forest
    from graphengine.job import Job
    from graphengine.pipeline.told import Told

__all__ = [
    "Cascades",
    "cascade_influence",
    "faded_credit",
    "forest_of",
    "links_of",
    "roots_of",
    "topic_forests",
]

_COLUMNS = ("post", "parent", "author", "at", "root", "topics")


@dataclass(frozen=True, slots=True)
class Cascades:
    """Credit by topic and person, the trees of all posts, and the account of what was repaired.

    ``credit`` [topic, account, total, faded], the last decayed at the score's half-life; ``figures`` [topic, account, cascades, cascade_size,
    passed_on, spread, spread_low, spread_high]; ``seeds``: rows of SEED_COLUMNS; ``trees`` [root,
    size, depth, breadth, virality], one row a tree; ``counts`` {trees, posts, repairs};
    ``missing`` {posts, of, counted} or None; ``learned``: by topic what was learned, or why
    nothing was; ``unknown``: what a card cannot say, in words;
    ``roots`` [post, cascade]: the root of each post's tree; ``exposed`` [source, target, since].
    """

    credit: pl.DataFrame
    figures: pl.DataFrame
    seeds: pl.DataFrame
    trees: pl.DataFrame
    counts: dict[str, Any]
    missing: dict[str, int] | None
    learned: dict[str, dict[str, Any]]
    unknown: list[str]
    roots: pl.DataFrame
    exposed: pl.DataFrame
    as_of: int | None

    def faded_credit(self) -> dict[str, pl.DataFrame]:
        """[account, amount] by topic: the decayed total credit."""
        parts = self.credit.partition_by("topic", as_dict=True)
        return {
            str(topic): part.select("account", amount="faded") for (topic,), part in parts.items()
        }

    def credit_of(self, accounts: pl.Series, topic: str) -> NDArray[np.float64]:
        """The total credit of each of ``accounts`` (n) in one topic; 0 for people without a post."""
        known = self.credit.filter(pl.col("topic") == topic).select("account", "total")
        joined = accounts.to_frame("account").join(
            known, on="account", how="left", maintain_order="left"
        )
        return joined["total"].fill_null(0.0).to_numpy()

    def said(self) -> dict[str, Any]:
        """What a run's manifest says of them."""
        return {
            "cascades": self.counts,
            "missing_reshares": self.missing,
            "diffusion": self.learned,
            "missing_for_cascades": self.unknown,
        }

    def figures_of(self, topic: str) -> pl.DataFrame:
        """What is known of people's cascades in one topic, an account a row."""
        return self.figures.filter(pl.col("topic") == topic).drop("topic")


@dataclass(frozen=True, slots=True)
class _Told:
    """What the trees of one topic say."""

    credit: pl.DataFrame
    figures: pl.DataFrame
    seeds: pl.DataFrame
    learned: dict[str, Any]


def cascade_influence(log: EventLog, known: Told, *, job: Job, threads: int = 1) -> Cascades:
    """Trees, credit and reach of all posts that ``known`` tells of."""
    posts, as_of = known.posts, known.as_of
    links = links_of(posts, known.interactions, as_of=as_of)
    exposed = exposed_pairs(log, known.interactions, job=job, as_of=as_of)
    forest, repairs = grow(links.drop("topics"), choose=_choice(job))
    topics = [(topic_key(job.topic_scheme, OVERALL), forest), *_forests(links, job=job)]
    told = {
        topic: _told(trees, exposed, topic=topic, job=job, threads=threads)
        for topic, trees in topics
    }
    dated = _dated(links)
    faded = {topic: _faded(trees, dated, job=job, as_of=as_of) for topic, trees in topics}
    return Cascades(
        credit=pl.concat(
            one.credit.with_columns(faded=faded[topic]["amount"]) for topic, one in told.items()
        ),
        figures=pl.concat([one.figures for one in told.values()], how="diagonal"),
        seeds=pl.concat([one.seeds for one in told.values()]),
        trees=tree_shapes(forest),
        counts={
            "trees": forest.trees,
            "posts": forest.n,
            "repairs": asdict(repairs) if links.height else {},
        },
        missing=_missing_reshares(posts, as_of=as_of),
        learned={topic: one.learned for topic, one in told.items()},
        unknown=_unknown(links, exposed),
        roots=roots_of(forest),
        exposed=exposed,
        as_of=as_of,
    )


def links_of(posts: pl.DataFrame, events: pl.DataFrame, *, as_of: int | None) -> pl.DataFrame:
    """One row per post and parent not later than ``as_of``: what grow takes, and topics."""
    links = _links(posts, events)
    if as_of is None:
        return links
    return links.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))


def topic_forests(
    links: pl.DataFrame, *, job: Job, keys: Collection[str] | None = None
) -> Iterator[tuple[str, Forest]]:
    """Topic key and trees: overall, then every topic (of ``keys``; None: all) with posts."""
    yield topic_key(job.topic_scheme, OVERALL), grow(links.drop("topics"), choose=_choice(job))[0]
    yield from _forests(links, job=job, keys=keys)


def roots_of(forest: Forest) -> pl.DataFrame:
    """[post, cascade]: every post, and the root of its tree."""
    return pl.DataFrame({"post": forest.posts, "cascade": forest.posts.gather(forest.root)})


def faded_credit(
    forest: Forest, links: pl.DataFrame, *, job: Job, as_of: int | None
) -> pl.DataFrame:
    """[account, amount]: total credit in which a post counts 2^(−its age / the job's half-life).

    What has no time does not fade.
    """
    return _faded(forest, _dated(links), job=job, as_of=as_of)


def _dated(links: pl.DataFrame) -> pl.DataFrame:
    """[post, at]: the time that a post is told with, null where it has none."""
    return links.group_by("post").agg(pl.col("at").min())


def _faded(forest: Forest, dated: pl.DataFrame, *, job: Job, as_of: int | None) -> pl.DataFrame:
    days = job.method.half_life_days
    if days is not None and as_of is not None:
        told = pl.DataFrame({"post": forest.posts}).join(
            dated, on="post", how="left", maintain_order="left"
        )
        age = (as_of - told["at"].cast(pl.Float64)).fill_null(0.0).to_numpy() / DAY
        forest = replace(forest, unit=forest.unit * np.exp2(-age / days))
    credit = credit_by_person(
        forest, rule=job.method.credit, decay_seconds=job.method.credit_decay_seconds
    )
    return credit.select("account", amount="total")


def forest_of(links: pl.DataFrame, *, topic: str, job: Job) -> Forest | None:
    """The trees of one topic's posts (by key); None where it has none."""
    if topic == topic_key(job.topic_scheme, OVERALL):
        return grow(links.drop("topics"), choose=_choice(job))[0]
    return next((trees for _, trees in _forests(links, job=job, keys=[topic])), None)


def _choice(job: Job) -> Choice:
    return "first" if job.method.credit == "first" else "last"


def _forests(
    links: pl.DataFrame, *, job: Job, keys: Collection[str] | None = None
) -> Iterator[tuple[str, Forest]]:
    per_topic = _per_topic(links, job.topic_scheme)
    if keys is not None:
        per_topic = per_topic.filter(pl.col("topic").is_in(list(keys)))
    return ((key, trees) for key, trees, _ in forests_by_topic(per_topic, choose=_choice(job)))


def _told(forest: Forest, exposed: pl.DataFrame, *, topic: str, job: Job, threads: int) -> _Told:
    credit = credit_by_person(
        forest, rule=job.method.credit, decay_seconds=job.method.credit_decay_seconds
    )
    figures, seeds = cascade_summary(forest), pl.DataFrame(schema=SEED_COLUMNS)
    if forest.trees == forest.n:  # nobody is known to have passed anything on: not known, not zero
        figures = figures.clear()
    settings = job.diffusion
    if not (settings.spread or settings.seeds):
        known: Influence | str = "not asked for"
    else:
        known = learned_influence(forest, exposed, settings=settings, threads=threads)
    if isinstance(known, Influence):
        state = settings.random_state
        if settings.spread:
            spread = known.spread(random_state=state, threads=threads)
            figures = figures.join(spread, on="account", how="left")
        if settings.seeds:
            seeds = known.seed_rows(settings, topic=topic, threads=threads)
    named = pl.lit(topic).alias("topic")
    return _Told(
        credit.select(named, "account", "total"),
        figures.select(named, pl.all()),
        seeds,
        {"unknown": known} if isinstance(known, str) else known.said,
    )


def _unknown(links: pl.DataFrame, exposed: pl.DataFrame) -> list[str]:
    """What nobody's card can say in any topic, and why."""
    lacks = []
    if links.filter(pl.col("parent").is_not_null()).is_empty():
        lacks.append("no parents known")
    if exposed.is_empty():
        lacks.append("no exposures known")
    return lacks


def _links(posts: pl.DataFrame, events: pl.DataFrame) -> pl.DataFrame:
    """One row per post and parent: the table of posts, then what interactions say beyond it.

    An interaction that names its post and its parent is a link, unless the table of posts names
    that post's parents itself. The parent of one is known by its
    author, whom the interaction is aimed at, also where no row describes it.
    """
    told = (
        events.filter(
            pl.col("post").is_not_null()
            & pl.col("parent").is_not_null()
            & pl.col("kind").is_in(list(POST_LINK_TYPES))
        )
        .join(posts.filter(pl.col("parent").is_not_null()), on="post", how="anti")
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
