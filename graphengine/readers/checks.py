"""Why a row is refused: one reason, the first that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.readers.mapping import COUNTS
from graphengine.readers.times import EARLIEST, LATEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.job import TimeSettings
    from graphengine.readers.mapping import Mapping

__all__ = ["OPERATIONS", "flawed", "reason"]

OPERATIONS = ("add", "retract")
SCIENTIFIC = r"^[+-]?\d(?:\.\d+)?[eE][+-]?\d+$"
NETWORK = r"^[a-z0-9][a-z0-9_-]*$"


def reason(mapping: Mapping) -> pl.Expr:
    """The reason why a row is refused, null for a good row.

    It is asked of rows that carry our names as text and what was read from them: ``kind_read``,
    ``at_read``, ``created_read``, ``weight_read`` and ``<count>_read``.
    """
    return pl.coalesce(
        [
            pl.when(wrong).then(pl.lit(text) if isinstance(text, str) else text)
            for wrong, text in _flaws(mapping)
        ]
    )


def flawed(mapping: Mapping) -> pl.Expr:
    """Whether a row is refused; to be asked first, since it is far cheaper than why."""
    found = [wrong.fill_null(value=False) for wrong, _ in _flaws(mapping)]
    return pl.any_horizontal(found).alias("flawed")


Flaw = tuple[pl.Expr, str | pl.Expr]


def _flaws(mapping: Mapping) -> Iterator[Flaw]:
    for kind in (_ids, _kinds, _times, _others):
        yield from kind(mapping)


def _ids(mapping: Mapping) -> Iterator[Flaw]:
    yield (
        ~pl.col("network").str.contains(NETWORK),
        "network is not a name of lower-case letters, digits, - and _",
    )
    for name in mapping.table.needed:
        yield pl.col(name).is_null(), f"{name} is missing"
    if mapping.has("author"):
        yield pl.col("author").is_null(), "author is missing"
    for name in mapping.table.ids:
        if mapping.has(name):
            bare = pl.col(name).str.strip_chars()
            yield bare == "", f"{name} is only white space"
            yield bare != pl.col(name), f"{name} begins or ends with white space"
    if mapping.source.table == "retractions":
        both = pl.col("event_id").is_null() == pl.col("account").is_null()
        yield both, "a retraction names either an event_id or an account"


def _kinds(mapping: Mapping) -> Iterator[Flaw]:
    if mapping.table.kinds:
        unknown = pl.col("kind").is_not_null() & pl.col("kind_read").is_null()
        text = 'kind "{}" is not known here; map it under kinds'
        yield unknown, pl.format(text, pl.col("kind"))
    if "op" in mapping.table.names:
        yield ~pl.col("op").is_in(OPERATIONS), "op is neither add nor retract"


def _times(mapping: Mapping) -> Iterator[Flaw]:
    if mapping.has("at"):
        at = pl.col("at_read")
        if mapping.source.table == "interactions":
            yield pl.col("at").is_null() & (pl.col("op") == "add"), "at is missing"
        yield pl.col("at").is_not_null() & at.is_null(), _unreadable("at", mapping.source.time)
        yield _absurd(at), "at is not in the years 1 to 9999 (milliseconds read as seconds?)"
        earliest, latest = mapping.window
        yield ~((at >= earliest) & (at < latest)), "at is outside the job's window"
    if mapping.has("created_at"):
        created = pl.col("created_read")
        unread = pl.col("created_at").is_not_null() & created.is_null()
        yield unread, _unreadable("created_at", mapping.source.time)
        yield _absurd(created), "created_at is not in the years 1 to 9999"


def _unreadable(name: str, time: TimeSettings) -> pl.Expr:
    """What to say of a time that was not read, and what it looks like."""
    text, iso = pl.col(name).cast(pl.String).str.strip_chars(), pl.lit(time.format == "iso")
    zone = "" if time.zone == "UTC" else f" in {time.zone}"
    plain = f"{name} is not a time of the format {time.format}{zone}"
    ruined = f"{name} is in scientific notation, which drops digits; write it out in full"
    return (
        pl.when(text.str.contains(SCIENTIFIC))
        .then(pl.lit(ruined))
        .when(iso & text.str.contains(r"^\d{9,10}(\.\d+)?$"))
        .then(pl.lit(f'{plain}; epoch seconds need time = {{ format = "epoch_s" }}'))
        .when(iso & text.str.contains(r"^\d{12,13}$"))
        .then(pl.lit(f'{plain}; milliseconds need time = {{ format = "epoch_ms" }}'))
        .otherwise(pl.lit(plain))
    )


def _absurd(at: pl.Expr) -> pl.Expr:
    return ~((at >= EARLIEST) & (at < LATEST))


def _others(mapping: Mapping) -> Iterator[Flaw]:
    if mapping.has("weight"):
        weight = pl.col("weight_read")
        yield pl.col("weight").is_not_null() & weight.is_null(), "weight is not a number"
        yield ~weight.is_finite(), "weight is not finite"
        yield weight < 0, "weight is negative"
    for name in filter(mapping.has, COUNTS):
        number = pl.col(f"{name}_read")
        yield pl.col(name).is_not_null() & number.is_null(), f"{name} is not a whole number"
        yield number < 0, f"{name} is negative"
