"""The columns of our tables, made from what was read of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.readers.identity import event_ids, keys
from graphengine.readers.mapping import COUNTS

if TYPE_CHECKING:
    from graphengine.readers.mapping import Mapping

__all__ = ["made_columns", "with_numbers"]

TEXTS = pl.List(pl.String())


def with_numbers(rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with ``weight_read`` (Float64) and the COUNTS read (Int64), null if no number.

    Counts may end in ".0", as tables with gaps are often exported.
    """
    read = {}
    if "weight" in rows.columns:
        weight = pl.col("weight")
        bare = weight if rows.schema["weight"].is_numeric() else weight.str.strip_chars()
        read["weight_read"] = bare.cast(pl.Float64, strict=False)
    for name in COUNTS:
        if name in rows.columns:
            count = pl.col(name)
            text = not rows.schema[name].is_numeric()
            whole = count.str.strip_chars().str.replace(r"\.0+$", "") if text else count
            read[f"{name}_read"] = whole.cast(pl.Int64, strict=False)
    return rows.with_columns(**read)


def made_columns(rows: pl.DataFrame, mapping: Mapping) -> dict[str, pl.Expr]:
    """Every column of the mapping's table that is not simply what the row says."""
    made = {"source": pl.lit(mapping.source.name)}
    for name, read in (
        ("at", "at_read"),
        ("created_at", "created_read"),
        *((name, f"{name}_read") for name in COUNTS),
    ):
        if read in rows.columns:
            made[name] = pl.col(read)
    for name in mapping.table.ids:
        made[name] = keys(pl.col("network"), pl.col(name))
    if "kind" in rows.columns:
        made |= {"kind": _kinds(mapping), "word": pl.col("kind")}
    if "topic" in rows.columns:
        made["topics"] = _topics(rows.schema["topic"], mapping)
    if mapping.source.table == "interactions":
        made |= {
            "event_id": _event_ids(rows, mapping),
            "weight": pl.col("weight_read").fill_null(1),
        }
    return {name: column.alias(name) for name, column in made.items()}


def _kinds(mapping: Mapping) -> pl.Expr:
    """A post without a kind is an original; so is one without a parent where all are said alike."""
    kind = pl.col("kind_read").fill_null("post")
    said_alike = "kind" in mapping.source.constants and mapping.has("parent")
    if mapping.source.table == "posts" and said_alike:
        return pl.when(pl.col("parent").is_not_null()).then(kind).otherwise(pl.lit("post"))
    return kind


def _event_ids(rows: pl.DataFrame, mapping: Mapping) -> pl.Expr:
    """Ids by event or by post as the job says; by time and post where a row has neither."""
    who = [pl.col(name) for name in ("network", "kind", "actor", "target")]
    seconds = pl.col("at_read").cast(pl.String).fill_null("")
    by_time = event_ids(*who, seconds, pl.col("post").fill_null(""))
    identity: str = mapping.source.identity or next(
        (name for name in ("event", "post") if mapping.has(name)), "time"
    )
    if identity == "time":
        return by_time
    by_source = event_ids(*who, pl.col(identity))
    return by_source.fill_null(by_time) if rows[identity].null_count() else by_source


def _topics(kind: pl.DataType, mapping: Mapping) -> pl.Expr:
    """The source's words: bare, distinct, sorted, without those that mean "no topic"."""
    topic, separator = pl.col("topic"), mapping.source.topic_separator
    none, nothing = pl.lit([], dtype=TEXTS), ["", *mapping.job.no_topic, *mapping.source.null_words]
    if kind == pl.String and separator is None:
        word = topic.str.strip_chars()
        return pl.when(~word.is_in(nothing)).then(pl.concat_list(word)).otherwise(none)
    words = topic.str.split(separator) if kind == pl.String and separator else topic
    element = pl.element().str.strip_chars()
    known = words.list.eval(element.filter(element.is_not_null() & ~element.is_in(nothing)))
    return known.list.unique().list.sort().fill_null(none)
