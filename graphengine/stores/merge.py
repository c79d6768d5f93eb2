"""Successive changes of the graph, merged into the graph that they come to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from graphengine.stores.ports import GraphTables

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["merged"]

# what makes an element of each table, where a later part sets an earlier one's properties
_KEYS: dict[str, list[str]] = {
    "accounts": ["key"],
    "topics": ["key"],
    "posts": ["key"],
    "exposure": ["type", "actor", "target"],
    "posted": ["account", "post"],
    "post_links": ["type", "child", "parent"],
    "about": ["post", "topic"],
}
_EVENT = ["type", "event_id"]


def merged(parts: Iterable[GraphTables]) -> GraphTables | None:
    """One GraphTables that embodies ``parts``, given in order; None when there are none.

    Of nodes and pairs the last part's row holds. Interactions of an event that a later part calls
    outdated are gone, unless that part or a later one adds them again; so is what a later part
    calls gone. The result calls nothing outdated or gone. The first row of an element decides its
    place, so that the same log gives the same order.
    """
    every = list(parts)
    if not every:
        return None
    tables = {name: _last_of(every, name, key) for name, key in _KEYS.items()}
    return GraphTables(
        batch=every[-1].batch,
        interactions=_standing(every),
        outdated=every[0].outdated.clear(),
        gone=None,
        **tables,
    )


def _last_of(parts: list[GraphTables], name: str, key: list[str]) -> pl.DataFrame:
    frames: list[pl.DataFrame] = [getattr(part, name) for part in parts]
    gone = [getattr(part.gone or _nothing(part), name) for part in parts]
    return _surviving(frames, gone, by=key, key=key)


def _standing(parts: list[GraphTables]) -> pl.DataFrame:
    """The interactions that no later part called outdated, each event and topic once."""
    frames = [part.interactions for part in parts]
    gone = [part.outdated for part in parts]
    return _surviving(frames, gone, by=_EVENT, key=[*_EVENT, "topic"])


def _surviving(
    frames: list[pl.DataFrame], gone: list[pl.DataFrame], *, by: list[str], key: list[str]
) -> pl.DataFrame:
    """The last row of each ``key``, those before the last part whose ``gone`` names it left out."""
    if len(frames) == 1:
        return frames[0]
    part = pl.col("part")
    rows = pl.concat(frame.with_columns(part=n) for n, frame in _numbered(frames))
    left = pl.concat(frame.select(*by, part=n) for n, frame in _numbered(gone))
    last_left = left.group_by(by).agg(part.max().alias("left_at"))
    surviving = rows.join(last_left, on=by, how="left", maintain_order="left").filter(
        part >= pl.col("left_at").fill_null(0)
    )
    return surviving.group_by(key, maintain_order=True).last().select(frames[0].columns)


def _nothing(part: GraphTables) -> GraphTables:
    return replace(part, **{name: getattr(part, name).clear() for name in _KEYS})


def _numbered(frames: list[pl.DataFrame]) -> list[tuple[pl.Expr, pl.DataFrame]]:
    return [(pl.lit(n, dtype=pl.Int64), frame) for n, frame in enumerate(frames)]
