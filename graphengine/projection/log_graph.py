"""LogGraph: the event log as a GraphSource, whole or only what changed since a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.eventlog.topics import topics_of
from graphengine.model import ENDORSEMENT_TYPES, EXPOSURE_TYPES, NO_TOPIC
from graphengine.projection.posts import NO_POSTS, PostTables, post_tables
from graphengine.stores.ports import GraphTables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.eventlog import EventLog
    from graphengine.eventlog.view import View

__all__ = ["LogGraph"]


class LogGraph:
    """The event log seen as a property graph; ``scheme`` is that of its topics' keys.

    Implements stores.ports.GraphSource. Every account that occurs anywhere is a node; an event
    with k topics is k rows of share 1/k, one without is one row of the topic none.
    """

    def __init__(self, log: EventLog, *, scheme: str) -> None:
        self._log = log
        self._scheme = scheme

    @property
    def last_batch(self) -> int:
        """The number of the log's last batch; 0 when it is empty."""
        return self._log.last_batch

    def since(self, batch: int) -> Iterator[GraphTables]:
        """One GraphTables with all that the batches after ``batch`` changed; none if none did.

        Raises:
            ConfigurationError: the log ends before ``batch``, or its topics cannot be keyed.
            InputError: the log is damaged.
        """
        last = self.last_batch
        if batch > last:
            raise ConfigurationError(
                f"The store embodies batch {batch} of an event log that ends at batch {last}. "
                f"A store follows one log. Publish to an empty store, or restore the workspace."
            )
        if batch == last:
            return
        now, before = self._log.view(), self._log.view(batch)
        topics = topics_of(self._log, self._scheme)
        events, outdated = now.changed(batch)
        exposure = _exposure(now, after=batch)
        posts = _changed_posts(now, before, named=events["post"])
        described = now.select(
            "accounts", ["account"], only=now.keys_after("accounts", batch) if batch else None
        )
        ends = [frame[end] for frame in (events, exposure) for end in ("actor", "target")]
        keys = [*ends, posts.posted["account"], described["account"]]
        yield GraphTables(
            batch=last,
            accounts=_accounts(keys, self._log.latest_accounts()),
            topics=topics,
            posts=posts.posts,
            interactions=_relationships(events, topics),
            outdated=outdated.select("type", "event_id"),
            exposure=exposure,
            posted=posts.posted,
            post_links=posts.links,
            about=_keyed(posts.about, topics).select("post", "topic", "weight"),
        )


def _relationships(events: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """One row per event and topic: [type, event_id, actor, target, topic, share, at, weight, post]."""
    kind = pl.col("kind").replace_strict(ENDORSEMENT_TYPES, return_dtype=pl.String)
    count = pl.col("topics").list.len()
    none = pl.lit([NO_TOPIC], pl.List(pl.String))
    rows = events.select(
        *("event_id", "actor", "target", "at", "weight", "post"),
        type=kind,
        share=1.0 / pl.max_horizontal(count, 1),
        word=pl.when(count > 0).then("topics").otherwise(none),
    )
    return _keyed(rows.explode("word"), topics).select(
        "type", "event_id", "actor", "target", "topic", "share", "at", "weight", "post"
    )


def _keyed(rows: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``topic``, the key of the topic whose name is ``word``."""
    keys = topics.select(word="name", topic="key")
    return rows.join(keys, on="word", how="left", maintain_order="left")


def _exposure(now: View, *, after: int) -> pl.DataFrame:
    only = now.keys_after("exposure", after) if after else None
    rows = now.select("exposure", ["kind", "actor", "target", "at"], only=only)
    kind = pl.col("kind").replace_strict(EXPOSURE_TYPES, return_dtype=pl.String)
    return rows.select("actor", "target", "at", type=kind).select("type", "actor", "target", "at")


def _changed_posts(now: View, before: View, *, named: pl.Series) -> PostTables:
    """The rows about posts that differ from the state before, a new parent's effects included.

    ``named`` are the posts of all changed events.
    """
    later = now.batches[len(before.batches) :]
    tells = any(b.table in ("posts", "retractions") or b.retracted for b in later)
    if not tells and named.null_count() == len(named):
        return NO_POSTS
    current = post_tables(now)
    if not before.batches:
        return current
    past = post_tables(before)

    def fresh(new: pl.DataFrame, old: pl.DataFrame) -> pl.DataFrame:
        return new.join(old, on=new.columns, how="anti", nulls_equal=True, maintain_order="left")

    return PostTables(
        fresh(current.posts, past.posts),
        fresh(current.posted, past.posted),
        fresh(current.links, past.links),
        fresh(current.about, past.about),
    )


def _accounts(keys: list[pl.Series], latest: pl.DataFrame) -> pl.DataFrame:
    """One row per key, sorted, with the account's latest attributes where any are known."""
    unique = pl.concat([key.rename("account").unique() for key in keys]).unique().sort()
    parts = pl.col("account").str.splitn(":", 2).struct
    return (
        unique.to_frame()
        .join(latest, on="account", how="left", maintain_order="left")
        .select(
            key="account",
            network=parts.field("field_0"),
            uid=parts.field("field_1"),
            handle="handle",
            handle_lc=pl.col("handle").str.to_lowercase(),
            name="name",
            followers="followers",
            created_at="created_at",
        )
    )
