"""Successive changes of the graph, merged into the graph that they come to."""

from __future__ import annotations

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
    outdated are gone, unless that part or a later one adds them again. ``outdated`` of the result
    is empty. The first row of an element decides its place, so that the same log gives the same
    order.
    """
    every = list(parts)
    if not every:
        return None
    tables = {name: _last_of(every, name, key) for name, key in _KEYS.items()}
    return GraphTables(
        batch=every[-1].batch,
        interactions=_standing(every),
        outdated=every[0].outdated.clear(),
        **tables,
    )


def _last_of(parts: list[GraphTables], name: str, key: list[str]) -> pl.DataFrame:
    frames: list[pl.DataFrame] = [getattr(part, name) for part in parts]
    if len(frames) == 1:
        return frames[0]
    whole = pl.concat(frames)
    return whole.group_by(key, maintain_order=True).last().select(whole.columns)


def _standing(parts: list[GraphTables]) -> pl.DataFrame:
    """The interactions that no later part called outdated, each event and topic once."""
    if len(parts) == 1:
        return parts[0].interactions
    part = pl.col("part")
    rows = pl.concat(p.interactions.with_columns(part=n) for n, p in _numbered(parts))
    gone = pl.concat(p.outdated.with_columns(part=n) for n, p in _numbered(parts))
    last_gone = gone.group_by(_EVENT).agg(part.max().alias("gone"))
    standing = rows.join(last_gone, on=_EVENT, how="left", maintain_order="left").filter(
        part >= pl.col("gone").fill_null(0)
    )
    key = [*_EVENT, "topic"]
    columns = parts[0].interactions.columns
    return standing.group_by(key, maintain_order=True).last().select(columns)


def _numbered(parts: list[GraphTables]) -> list[tuple[pl.Expr, GraphTables]]:
    return [(pl.lit(n, dtype=pl.Int64), part) for n, part in enumerate(parts)]
