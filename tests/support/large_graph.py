"""A graph of Higgs's size with scores, posts and followers: the published events, else drawn ones.

The events are Higgs's (De Domenico et al. 2013) where the data set is there. Topics, cascades,
followers and scores are made from them by rule, since Higgs has none: plans and costs depend on
how many there are of each, and on how unevenly they are spread, not on what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.stores.ports import GraphTables, RunScores

from .data import data_root

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = ["JOB", "PREVIOUS", "PUBLISHED", "LargeGraph", "large_graph", "large_run"]

JOB = "plans"
PREVIOUS = "2026-01-01-000000000001"
PUBLISHED = "2026-01-02-000000000002"
TOPICS = ("boson", "cern", "physics", "overall")

_PEOPLE, _ACTORS, _TARGETS, _EVENTS = 304_691, 279_379, 59_977, 563_069  # as in Higgs
_RESHARES, _FOLLOWS, _SEEDS = 20_000, 15_000, 50
_EXPLAINED, _REASONS = 200, 10  # people of each topic, reasons for each
_KINDS = {"RT": "RETWEETED", "MT": "MENTIONED", "RE": "REPLIED"}
_FILE = "higgs/higgs-activity_time.txt.gz"


@dataclass(frozen=True)
class LargeGraph:
    """One batch of tables, as a GraphSource."""

    tables: GraphTables

    @property
    def last_batch(self) -> int:
        """The only batch."""
        return self.tables.batch

    def identity(self, batch: int) -> str:
        """The name that stands for every state of this graph."""
        return f"large {batch}"

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        """All of it, to one who has nothing."""
        if batch < self.last_batch and upto != 0:
            yield self.tables


def large_graph(*, people: int | None = None) -> LargeGraph:
    """The graph; with ``people``, of the accounts with smaller numbers only."""
    events = _published() if (data_root() / _FILE).exists() else _drawn()
    if people is not None:
        events = events.filter((pl.col("a") < people) & (pl.col("b") < people))
    events = events.with_row_index("i").with_columns(pl.col("i").cast(pl.Int64))
    return LargeGraph(_tables(events))


def large_run(graph: LargeGraph, run: str) -> RunScores:
    """Scores of all four topics: three endorsers are enough; the earlier run has others' ranks."""
    events = graph.tables.interactions
    pairs = pl.concat([events, events.with_columns(topic=pl.lit(f"{JOB}/overall"))])
    endorsed = (
        pairs.filter(pl.col("actor") != pl.col("target"))
        .group_by("topic", account="target")
        .agg(endorsers=pl.col("actor").n_unique().cast(pl.Int64))
    )
    tie = pl.col("account").hash(seed=1 if run == PREVIOUS else 2)
    raw = pl.col("endorsers") * (1 + (tie % 100) / 300)
    scored = (
        endorsed.filter(pl.col("endorsers") >= 3)
        .with_columns(raw=raw)
        .sort("topic", "raw", "account", descending=[False, True, False])
        .with_columns(rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("topic"))
        .with_columns(pct=100 * (1 - (pl.col("rank") - 0.5) / pl.len().over("topic")))
        .with_columns(
            score=pl.col("pct"), pagerank=pl.col("raw") / 1e6, credit=pl.col("raw"),
            cascades=pl.col("endorsers"), cascade_size=pl.lit(2.0), passed_on=pl.col("endorsers"),
            **_intervals(), spread=2 * pl.col("raw"), spread_low=pl.col("raw"), spread_high=3 * pl.col("raw"),
        )
    )  # fmt: skip
    unrated = endorsed.filter(pl.col("endorsers") < 3).sort("topic", "account")
    if run == PREVIOUS:
        unrated = unrated.clear()
    seeds = scored.filter(pl.col("rank") <= _SEEDS).select(
        "topic", "account", "spread", place="rank", gain="raw", k=pl.lit(_SEEDS, pl.Int64),
        share=pl.lit(0.9), stop=pl.lit("certified"), low="spread_low", high="spread_high",
    )  # fmt: skip
    return RunScores(
        job=JOB,
        run=run,
        properties={
            "job": JOB, "method_version": "1", "anchors_version": "1", "params_json": "{}",
            "as_of": 1_341_705_593, "data_from": 1_341_100_972, "data_to": 1_341_705_593,
        },
        scores=scored,
        unrated=unrated.select("account", "topic", "endorsers"),
        seeds=seeds,
        reasons=_reasons(pairs, scored),
    )  # fmt: skip


def _intervals() -> dict[str, pl.Expr]:
    """Three points to either side for those with more than three endorsers; sub-scores for all."""
    known, score, rank = pl.when(pl.col("endorsers") > 3), pl.col("pct"), pl.col("rank")
    return {
        "low": known.then(score - 3), "high": known.then(score + 3), "rank_low": known.then(rank),
        "rank_high": known.then(rank + 9), "rank_group": known.then(1 + rank // 10),
        "evidence": 2 * pl.col("endorsers"), "reach": pl.col("raw"),
        "amplification": pl.col("raw") / 2, "network": 2 * pl.col("raw"),
    }  # fmt: skip


def _reasons(events: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """For the first ranks those who acted most towards them."""
    first = scored.filter(pl.col("rank") <= _EXPLAINED).select("topic", "account")
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("topic", "account")
    return (
        events.filter(pl.col("actor") != pl.col("target"))
        .join(first, left_on=["topic", "target"], right_on=["topic", "account"], how="semi")
        .group_by("topic", account="target", endorser="actor")
        .agg(events=pl.len().cast(pl.Int64))
        .sort("topic", "account", "events", "endorser", descending=[False, False, True, False])
        .with_columns(place=number)
        .filter(pl.col("place") <= _REASONS)
        .with_columns(part=1 / (1.0 + pl.col("place")), points=pl.col("events") / 10)
    )


def _published() -> pl.DataFrame:
    """Higgs's events: a acts towards b."""
    return pl.read_csv(
        data_root() / _FILE, separator=" ", has_header=False,
        new_columns=["a", "b", "at", "kind"],
        schema_overrides=[pl.Int64, pl.Int64, pl.Int64, pl.String],
    )  # fmt: skip


def _drawn() -> pl.DataFrame:
    """As many events, spread as unevenly: the first of the targets, x:88, has one in fifteen."""
    rng = np.random.default_rng(7)
    actor, target = (
        (_uneven(rng, _ACTORS, 0.4) * 7 + 1000) % _PEOPLE,
        _uneven(rng, _TARGETS, 0.95) + 88,
    )
    back = np.arange(_EVENTS) % 100 == 0  # one in a hundred is returned
    return pl.DataFrame(
        {
            "a": np.where(back, target, actor),
            "b": np.where(back, actor, target),
            "at": np.sort(rng.integers(1_341_100_972, 1_341_705_593, _EVENTS)),
            "kind": rng.choice(["RT", "MT", "RE"], _EVENTS, p=[0.63, 0.3, 0.07]),
        }
    )


def _uneven(rng: np.random.Generator, people: int, power: float) -> NDArray[np.int64]:
    """Draws of _EVENTS people, whose chances fall with a power of their place."""
    chances = np.cumsum(np.arange(1, people + 1) ** -power)
    return np.searchsorted(chances, rng.random(_EVENTS) * chances[-1])


def _tables(events: pl.DataFrame) -> GraphTables:
    topic = pl.when(pl.col("i") % 10 < 6).then(pl.lit("boson"))
    topic = topic.when(pl.col("i") % 10 < 9).then(pl.lit("cern")).otherwise(pl.lit("physics"))
    a, b = pl.format("x:{}", "a"), pl.format("x:{}", "b")
    interactions = events.select(
        type=pl.col("kind").replace_strict(_KINDS), event_id=pl.format("x:e{}", "i"),
        actor=a, target=b, topic=pl.format(JOB + "/{}", topic), share=pl.lit(1.0),
        at=pl.col("at"), weight=pl.lit(1.0), post=pl.lit(None, dtype=pl.String),
    )  # fmt: skip
    numbers = pl.concat([events["a"], events["b"]]).unique().sort().to_frame("n")
    accounts = numbers.select(
        key=pl.format("x:{}", "n"), network=pl.lit("x"), uid=pl.col("n").cast(pl.String),
        handle=pl.format("User{}", "n"), handle_lc=pl.format("user{}", "n"),
        name=pl.format("User {}", "n"), followers=pl.col("n") % 1000,
        created_at=pl.lit(None, dtype=pl.Int64),
    )  # fmt: skip
    topics = [(f"{JOB}/{slug}", slug, slug.title(), JOB) for slug in (*TOPICS, "none")]
    return GraphTables(
        batch=1,
        accounts=accounts,
        topics=pl.DataFrame(topics, schema=["key", "slug", "name", "scheme"], orient="row"),
        interactions=interactions,
        outdated=interactions.select("type", "event_id").clear(),
        exposure=_follows(events),
        **_posts(events.filter(pl.col("kind") == "RT").head(_RESHARES)),
    )


def _follows(events: pl.DataFrame) -> pl.DataFrame:
    """A part of those who react can see whom they react to; as many can see and do not react."""
    every = max(1, events.height // _FOLLOWS)
    seen = events.gather_every(every)
    silent = seen.with_columns(a=pl.col("a").shift(1)).drop_nulls()
    pairs = pl.concat([seen, silent]).filter(pl.col("a") != pl.col("b"))
    return (
        pairs.select(
            type=pl.lit("FOLLOWED"), actor=pl.format("x:{}", "a"), target=pl.format("x:{}", "b"),
            at=pl.lit(None, dtype=pl.Int64),
        )
        .unique(["actor", "target"], keep="first", maintain_order=True)
    )  # fmt: skip


def _posts(reshares: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Each reshare is a post under one of its target's: a new one of them every 2,000 events."""
    root = pl.format("x:r{}-{}", "b", pl.col("i") // 2000)
    child = reshares.select(
        key=pl.format("x:p{}", "i"), network=pl.lit("x"), at=pl.col("at"), root=root,
        depth=pl.lit(1, dtype=pl.Int64), author=pl.format("x:{}", "a"),
    )  # fmt: skip
    roots = (
        reshares.with_columns(root=root, author=pl.format("x:{}", "b"))
        .group_by("root", maintain_order=True)
        .agg(pl.col("at").min() - 1, pl.col("author").first())
        .select(
            pl.col("root").alias("key"), pl.lit("x").alias("network"), "at", "root",
            pl.lit(0, dtype=pl.Int64).alias("depth"), "author",
        )
    )  # fmt: skip
    posts = pl.concat([roots, child])
    return {
        "posts": posts.drop("author"),
        "posted": posts.select(account="author", post="key", at="at"),
        "post_links": child.select(
            type=pl.lit("RESHARE_OF"), child="key", parent="root", at="at"
        ),
        "about": roots.select(post="key", topic=pl.lit(f"{JOB}/boson"), weight=pl.lit(1.0)),
    }  # fmt: skip
