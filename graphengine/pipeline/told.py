"""The rows of the log up to a moment, read once for everything that a run makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphengine.events import Exposure, Interactions, Posts

if TYPE_CHECKING:
    from graphengine.eventlog import EventLog
    from graphengine.eventlog.view import View

__all__ = ["Told", "told"]


@dataclass(frozen=True, slots=True)
class Told:
    """Interactions, posts and exposure not later than ``as_of`` (epoch seconds; None: all).

    Rows without a time are always among them.
    """

    interactions: pl.DataFrame
    posts: pl.DataFrame
    exposure: pl.DataFrame
    as_of: int | None

    def until(self, time: int) -> Told:
        """What of it is not later than ``time``."""
        early = pl.col("at").is_null() | (pl.col("at") <= time)
        return Told(
            interactions=self.interactions.filter(early),
            posts=self.posts.filter(early),
            exposure=self.exposure.filter(early),
            as_of=time,
        )


def told(log: EventLog, *, as_of: int | None, view: View | None = None) -> Told:
    """What the log says up to ``as_of``; ``view``: as it stood at some batch."""
    seen = log.view() if view is None else view
    where = None if as_of is None else pl.col("at").is_null() | (pl.col("at") <= as_of)
    interactions = seen.select("interactions", list(Interactions.SCHEMA), where=where)
    # a table's condition sees its key, its people and its time alone; these two are short
    posts = seen.select("posts", list(Posts.SCHEMA))
    exposure = seen.select("exposure", list(Exposure.SCHEMA))
    if where is not None:
        posts, exposure = posts.filter(where), exposure.filter(where)
    return Told(interactions, posts, exposure, as_of)
