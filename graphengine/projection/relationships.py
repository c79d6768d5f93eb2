"""Events as relationships: one an event and topic."""

from __future__ import annotations

import polars as pl

from graphengine.model import ENDORSEMENT_TYPES, NO_TOPIC

__all__ = ["COLUMNS", "keyed", "relationships"]

# of an event, what becomes of it in the graph
COLUMNS = ("event_id", "kind", "actor", "target", "at", "weight", "post", "topics")


def relationships(events: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """[type, event_id, actor, target, topic, share, at, weight, post], one row an event and topic.

    ``events`` are merged rows of the log; ``topics`` [key, name] all its topics. An event with k
    topics is k rows with share 1/k, one without is one row of the topic none.
    """
    kind = pl.col("kind").replace_strict(ENDORSEMENT_TYPES, return_dtype=pl.String)
    count = pl.col("topics").list.len()
    none = pl.lit([NO_TOPIC], pl.List(pl.String))
    rows = events.select(
        *("event_id", "actor", "target", "at", "weight", "post"),
        type=kind,
        share=1.0 / pl.max_horizontal(count, 1),
        word=pl.when(count > 0).then("topics").otherwise(none),
    )
    if (rows["word"].list.len() == 1).all():  # then no row need be copied
        rows = rows.with_columns(rows["word"].explode())
    else:
        rows = rows.explode("word")
    return keyed(rows, topics).select(
        "type", "event_id", "actor", "target", "topic", "share", "at", "weight", "post"
    )


def keyed(rows: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``topic``, the key of the one of ``topics`` [key, name] whose name is ``word``."""
    keys = topics.select(word="name", topic="key")
    return rows.join(keys, on="word", how="left", maintain_order="left")
