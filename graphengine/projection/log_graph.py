"""LogGraph: the event log as a GraphSource, whole or only what changed since a batch."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.eventlog.topics import topics_of
from graphengine.projection.gone import (
    exposure_rows,
    fresh_posts,
    gone_accounts,
    gone_exposure,
    gone_posts,
)
from graphengine.projection.posts import NO_POSTS, PostTables, post_tables
from graphengine.projection.relationships import COLUMNS, keyed, relationships
from graphengine.projection.sums import changed_sums
from graphengine.stores.ports import GraphTables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.eventlog import EventLog
    from graphengine.eventlog.view import View
    from graphengine.stores.ports import Edges, Sums

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

    def since(self, batch: int, *, upto: int | None = None) -> Iterator[GraphTables]:
        """One GraphTables with all that the batches after ``batch`` changed; none if none did.

        ``upto`` leaves out what came after that batch. What is gone is looked for only where a
        batch takes something back or speaks of posts.

        Raises:
            ConfigurationError: the log ends before ``batch`` or ``upto``, or its topics cannot be
                keyed.
            InputError: the log is damaged.
        """
        last = self.last_batch
        until = last if upto is None else upto
        if (known := max(batch, until)) > last:
            raise ConfigurationError(
                f"The store embodies batch {known} of an event log that ends at batch {last}. "
                f"A store follows one log. Restore the workspace that it was loaded from. Or, "
                f"where this one is to hold from now on, load it from nothing: "
                f"graphengine load --anew."
            )
        if batch < until:
            yield self._changes(self._log.view(until), self._log.view(batch))

    def identity(self, batch: int) -> str:
        """The watermark that the log had when ``batch`` was its last one."""
        return self._log.watermark_at(batch)

    def sums(self, batch: int, upto: int, *, by: Edges) -> Sums:
        """What the batches after ``batch`` up to ``upto`` changed of the sums "day" or "total".

        Raises:
            ConfigurationError: the log's topics cannot be keyed.
            InputError: the log is damaged.
        """
        topics = topics_of(self._log, self._scheme)
        now, before = self._log.view(upto), self._log.view(batch)
        return changed_sums(now, before, topics=topics, by=by)

    def _changes(self, now: View, before: View) -> GraphTables:
        after = len(before.batches)
        topics = topics_of(self._log, self._scheme)
        events, outdated = now.changed(after) if after else _all_events(now)
        exposure = _exposure(now, after=after)
        posts, lost = _posts(now, before, named=events["post"])
        described = now.select(
            "accounts", ["account"], only=now.keys_after("accounts", after) if after else None
        )
        ends = [frame[end] for frame in (events, exposure) for end in ("actor", "target")]
        keys = [*ends, posts.posted["account"], described["account"]]
        changes = GraphTables(
            batch=len(now.batches),
            accounts=_accounts(keys, self._log.latest_accounts()),
            topics=topics,
            posts=posts.posts,
            interactions=relationships(events, topics),
            outdated=outdated.select("type", "event_id"),
            exposure=exposure,
            posted=posts.posted,
            post_links=posts.links,
            about=keyed(posts.about, topics).select("post", "topic", "weight"),
        )
        return replace(changes, gone=_gone(now, before, changes=changes, posts=lost))


def _all_events(now: View) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `View.changed` says of a log of which nothing was known, in any order, cheaply."""
    outdated = pl.DataFrame(schema={"event_id": pl.String, "type": pl.String})
    return now.select("interactions", COLUMNS, ordered=False), outdated


def _gone(
    now: View, before: View, *, changes: GraphTables, posts: PostTables
) -> GraphTables | None:
    """What ``before`` holds and ``now`` does not; ``posts`` is what of it is about posts."""
    exposure, accounts = changes.exposure.clear(), changes.accounts.clear()
    taken = now.retracted_after(len(before.batches))
    if before.batches and (taken.events.height or taken.accounts.height):
        exposure = gone_exposure(before, taken)
        keys = gone_accounts(
            now,
            before,
            taken=taken,
            events=changes.outdated.select("event_id").join(
                changes.interactions, on="event_id", how="anti"
            ),
            others=[exposure["actor"], exposure["target"], posts.posted["account"]],
        )
        nothing_said = pl.DataFrame(schema={"account": pl.String, **changes.accounts.schema})
        accounts = _accounts([keys], nothing_said)
    about = keyed(posts.about, changes.topics).select("post", "topic", "weight")
    if not any(map(len, (accounts, exposure, posts.posts, posts.posted, posts.links, about))):
        return None
    return replace(
        changes,
        accounts=accounts,
        topics=changes.topics.clear(),
        posts=posts.posts,
        interactions=changes.interactions.clear(),
        outdated=changes.outdated.clear(),
        exposure=exposure,
        posted=posts.posted,
        post_links=posts.links,
        about=about,
    )


def _exposure(now: View, *, after: int) -> pl.DataFrame:
    only = now.keys_after("exposure", after) if after else None
    return exposure_rows(now.select("exposure", ["kind", "actor", "target", "at"], only=only))


def _posts(now: View, before: View, *, named: pl.Series) -> tuple[PostTables, PostTables]:
    """The rows about posts that differ from the state before, and those that are gone.

    A new parent's effects are included. ``named`` are the posts of all changed events.
    """
    later = now.batches[len(before.batches) :]
    tells = any(b.table in ("posts", "retractions") or b.retracted for b in later)
    if not tells and named.null_count() == len(named):
        return NO_POSTS, NO_POSTS
    current = post_tables(now)
    if not before.batches:
        return current, NO_POSTS
    past = post_tables(before)
    return fresh_posts(current, past), gone_posts(current, past)


def _accounts(keys: list[pl.Series], latest: pl.DataFrame) -> pl.DataFrame:
    """One row per key, sorted, with the account's latest attributes where any are known."""
    every = pl.concat([key.rename("account") for key in keys]).to_frame()
    unique = every.lazy().unique().collect(engine="streaming").sort("account")  # in less memory
    if len(latest):
        said = unique.join(latest, on="account", how="left", maintain_order="left")
    else:
        said = pl.concat([unique, latest.drop("account").clear(len(unique))], how="horizontal")
    parts = pl.col("account").str.splitn(":", 2).struct
    return said.select(
        key="account",
        network=parts.field("field_0"),
        uid=parts.field("field_1"),
        handle="handle",
        handle_lc=pl.col("handle").str.to_lowercase(),
        name="name",
        followers="followers",
        created_at="created_at",
    )
