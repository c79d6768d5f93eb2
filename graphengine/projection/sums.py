"""Events summed by pair and topic, in all or by day: where several batches changed something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from graphengine.projection.relationships import COLUMNS, relationships
from graphengine.stores.ports import Sums

if TYPE_CHECKING:
    from graphengine.eventlog.view import View
    from graphengine.stores.ports import Edges

__all__ = ["changed_sums", "summed"]

_DAY: Final = 86_400  # seconds
_PAIR = ["kind", "actor", "target"]
_GROUP = ["type", "actor", "target", "topic", "day"]


def changed_sums(now: View, before: View, *, topics: pl.DataFrame, by: Edges) -> Sums:
    """What ``now`` says of the pairs of which the batches since ``before`` changed an event.

    ``topics`` [key, name, …] are all topics of the log. Only those pairs are summed, from all of
    their events; rows that ``before`` has with the same values are left out.
    """
    if not before.batches:
        rows = summed(relationships(now.select("interactions", COLUMNS), topics), by=by)
        return Sums(now=rows, gone=rows.select("type", "key").clear())
    events, outdated = now.changed(len(before.batches))
    ids = pl.concat([events.select("event_id"), outdated.select("event_id")]).unique()
    ended = before.select("interactions", _PAIR, only=ids)
    pairs = pl.concat([events.select(_PAIR), ended]).unique()
    new, old = (
        summed(relationships(_of_pairs(view, pairs), topics), by=by) for view in (now, before)
    )
    name = ["type", "key"]
    return Sums(
        now=new.join(old, on=new.columns, how="anti", nulls_equal=True, maintain_order="left"),
        gone=old.select(name).join(new.select(name), on=name, how="anti", maintain_order="left"),
    )


def summed(rows: pl.DataFrame, *, by: Edges) -> pl.DataFrame:
    """Relationships [type, actor, target, topic, share, at, weight] as rows of `Sums.now`.

    >>> event = {"type": "LIKED", "actor": "x:1", "target": "x:2", "topic": "t/a", "share": 0.5}
    >>> rows = pl.DataFrame([{**event, "at": at, "weight": 2.0} for at in (5, 90_000, 90_001)])
    >>> summed(rows, by="day").select("key", "n", "share", "weight", "last_at").rows()
    [('0 t/a 3 x:1 x:2', 1, 0.5, 2.0, 5), ('86400 t/a 3 x:1 x:2', 2, 1.0, 4.0, 90001)]
    >>> summed(rows, by="total").select("key", "n", "day").rows()
    [('total t/a 3 x:1 x:2', 3, None)]
    """
    day = pl.col("at") // _DAY * _DAY if by == "day" else pl.lit(None, pl.Int64)
    sums = (
        rows.with_columns(day=day)
        .group_by(_GROUP, maintain_order=True)
        .agg(
            n=pl.len().cast(pl.Int64),
            share=pl.col("share").sum(),
            weight=pl.col("weight").sum(),
            first_at=pl.col("at").min(),
            last_at=pl.col("at").max(),
        )
    )
    when = pl.col("day").cast(pl.String).fill_null("undated" if by == "day" else "total")
    length = pl.col("actor").str.len_chars()  # so that no two pairs can be written alike
    key = pl.format("{} {} {} {} {}", when, "topic", length, "actor", "target")
    return sums.sort(_GROUP).select(
        "type", key.alias("key"), *_GROUP[1:], "n", "share", "weight", "first_at", "last_at"
    )


def _of_pairs(view: View, pairs: pl.DataFrame) -> pl.DataFrame:
    """All events of ``view`` between these ``pairs`` [kind, actor, target]."""
    ends = [pl.col(end).is_in(pairs[end].unique().implode()) for end in ("actor", "target")]
    rows = view.select("interactions", COLUMNS, where=pl.all_horizontal(ends))
    return rows.join(pairs, on=_PAIR, how="semi", maintain_order="left")
