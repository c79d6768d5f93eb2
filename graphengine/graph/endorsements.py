"""Which events count as endorsements, how much each weighs, and when one act is told twice.

Pure functions on frames with the columns of Interactions. One act often arrives as several
events: a reply names whom it answers, so a mention comes with it. Of several kinds by the same
actor, towards the same target, by the same post, only the strongest counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import InputError
from graphengine.events import EXPOSURE_KINDS, KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "SMALLEST_SHARE_LEFT",
    "exposure_as_interactions",
    "faded",
    "influence_events",
    "topic_events",
    "weighted",
]

SMALLEST_SHARE_LEFT = 2.0**-80  # an event that has decayed below this has left

_ORDER = (*KINDS, *EXPOSURE_KINDS)


def weighted(
    interactions: pl.DataFrame, *, weights: Mapping[str, float], endorsements: Collection[str]
) -> pl.DataFrame:
    """The events of the kinds in ``endorsements``, with what they weigh and how strong they are.

    ``factor`` is the weight of the source's word, else of the kind, else 1; ``weight`` becomes
    the source's own weight times that. Events that weigh 0 are left out.

    Raises:
        InputError: A weight of the source is negative, infinite or not a number.

    >>> event = {"event_id": "e", "kind": "like", "word": "heart", "weight": 2.0}
    >>> weighted(pl.DataFrame([event]), weights={"like": 0.5}, endorsements=["like"])["weight"][0]
    1.0
    """
    kept = interactions.filter(pl.col("kind").is_in(list(endorsements)))
    _refuse_bad_weights(kept)
    factor = pl.coalesce(
        _looked_up("word", weights), _looked_up("kind", weights), pl.lit(1.0)
    ).alias("factor")
    return (
        kept.with_columns(factor)
        .with_columns(pl.col("weight") * pl.col("factor"))
        .filter(pl.col("weight") > 0.0)
    )


def influence_events(
    interactions: pl.DataFrame, *, weights: Mapping[str, float], endorsements: Collection[str]
) -> pl.DataFrame:
    """The events that count in *overall*: of the kinds listed, only the strongest of each act.

    An act is (actor, target, post); without a post (actor, target, at); without both the event
    itself. The strongest has the largest factor, then the kind named first in KINDS, then the
    largest weight of the source, then the smallest event_id. It keeps its own topics, and counts
    with the largest weight and the latest time of the act (none where one has none), so that a
    further telling never takes from whom it names. Events on oneself are still there. The columns
    are those of ``weighted``; rows come in no stated order.
    """
    return _strongest(weighted(interactions, weights=weights, endorsements=endorsements))


def topic_events(events: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    """The events that count in each topic: column ``topic``, ``share``, the strongest of each act.

    ``events`` comes from ``weighted``; ``topics`` [word, topic] maps the source's words to topic
    keys, and words that it does not name are no topic. An event of k topics has the share 1/k in
    each. The strongest is sought among the events of one topic alone, so that what happens in
    another topic changes nothing here.
    """
    per_topic = (
        events.with_row_index("_row")
        .explode("topics", empty_as_null=False, keep_nulls=False)
        .join(topics, left_on="topics", right_on="word")
        .drop("topics")
        .unique(["_row", "topic"])
        .with_columns(share=1.0 / pl.len().over("_row"))
        .drop("_row")
    )
    return _strongest(per_topic)


def faded(events: pl.DataFrame, *, as_of: int | None, half_life: float | None) -> pl.DataFrame:
    """The events up to ``as_of``, their weight times 2^(−age / half_life); both in seconds.

    Events without a time do not decay and are always in. What has decayed below 2⁻⁸⁰ is left out.

    Raises:
        ValueError: A half-life without an ``as_of`` to count from.

    >>> day = 86_400
    >>> e = pl.DataFrame({"at": [0], "weight": [1.0]})
    >>> round(faded(e, as_of=45 * day, half_life=30.0 * day)["weight"][0], 8)
    0.35355339
    """
    if as_of is not None:
        events = events.filter(pl.col("at").is_null() | (pl.col("at") <= as_of))
    if half_life is None:
        return events
    if as_of is None:
        raise ValueError("a half-life needs the time as_of from which ages are counted")
    left = pl.lit(2.0).pow((pl.col("at") - as_of) / half_life).fill_null(1.0)
    return (
        events.with_columns(left.alias("left"))
        .filter(pl.col("left") >= SMALLEST_SHARE_LEFT)
        .with_columns(pl.col("weight") * pl.col("left"))
        .drop("left")
    )


def exposure_as_interactions(exposure: pl.DataFrame) -> pl.DataFrame:
    """Follow and seen rows as events without topic or post, for a job that lists them.

    They count in *overall* only: a follow says nothing about a topic.
    """
    return exposure.select(
        pl.concat_str(["kind", "actor", "target"], separator=":").alias("event_id"),
        "kind",
        pl.col("kind").alias("word"),
        "actor",
        "target",
        "at",
        pl.lit([], dtype=pl.List(pl.String)).alias("topics"),
        pl.lit(None, dtype=pl.String).alias("post"),
        pl.lit(None, dtype=pl.String).alias("parent"),
        pl.lit(1.0).alias("weight"),
        "source",
    )


def _looked_up(column: str, weights: Mapping[str, float]) -> pl.Expr:
    return pl.col(column).replace_strict(
        list(weights), list(weights.values()), default=None, return_dtype=pl.Float64
    )


def _refuse_bad_weights(events: pl.DataFrame) -> None:
    bad = events.filter(~pl.col("weight").is_finite() | (pl.col("weight") < 0.0))
    if bad.height:
        event = bad.sort("event_id").row(0, named=True)
        raise InputError(
            f"{bad.height} events have weights that are negative or no numbers; the first is "
            f"{event['event_id']} with {event['weight']}. An endorsement weighs 0 or more. Leave "
            "such rows out with `skip`, or map another column to `weight`."
        )


def _strongest(events: pl.DataFrame) -> pl.DataFrame:
    told_by_post = pl.col("post").is_not_null()
    act = {
        "_at": pl.when(~told_by_post).then("at"),
        "_id": pl.when(~told_by_post & pl.col("at").is_null()).then("event_id"),
    }
    keys = [*(["topic"] if "topic" in events.columns else []), "actor", "target", "post", *act]
    marked = events.with_columns(**act)
    repeated = marked.select(keys).is_duplicated()  # few are: only these need sorting
    lasting = pl.col("at").is_null().any().over(keys)
    strongest = (
        marked.filter(repeated)
        .with_columns(
            _order=pl.col("kind").replace_strict(_ORDER, range(len(_ORDER))),
            _last=pl.when(~lasting).then(pl.col("at").max().over(keys)),
            _most=pl.col("weight").max().over(keys),
        )
        .sort("factor", "_order", "weight", "event_id", descending=[True, False, True, False])
        .unique(keys, keep="first", maintain_order=True)
        # one more telling of an act never makes it older or lighter
        .with_columns(at=pl.col("_last"), weight=pl.col("_most"))
    )
    told = strongest.select(marked.columns)
    return pl.concat([marked.filter(~repeated), told]).drop(list(act))
