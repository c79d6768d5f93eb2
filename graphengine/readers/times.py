"""Times as sources write them, turned into epoch seconds.

A time without a zone is a clock's reading in the source's zone. Where clocks were set back, a
reading occurs twice and the earlier instant is meant; where they were set forward, a reading that
never was is unreadable. Fractions of a second are dropped, so that a time stays within its second;
minutes and seconds since a start are rounded to the nearest second.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from graphengine.errors import ConfigurationError
from graphengine.job import iso_seconds

if TYPE_CHECKING:
    from graphengine.job import TimeSettings, WindowSettings

__all__ = ["EARLIEST", "LATEST", "bounds", "check_times", "epoch_seconds"]

EARLIEST, LATEST = -62_135_596_800, 253_402_300_800  # the years 1 to 9999
ISO = (
    r"^(?<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?<minute>\d{2}:\d{2})(?::(?<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?<zone>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?$"
)
NUMBER = r"^[+-]?\d+(?:\.\d+)?$"
SECOND = "%Y-%m-%d %H:%M:%S"


def epoch_seconds(text: pl.Series, settings: TimeSettings) -> pl.Series:
    """Epoch seconds (Int64) of a column of texts; null where a text is not in the format.

    With the formats of epochs they may be whole numbers as well.

    >>> from graphengine.job import TimeSettings
    >>> epoch_seconds(pl.Series(["1970-01-02", "soon"]), TimeSettings()).to_list()
    [86400, None]
    """
    if text.dtype == pl.Int64:
        return text // (1000 if settings.format == "epoch_ms" else 1)
    text = text.str.strip_chars()
    if settings.format == "iso":
        return _iso(text, settings.zone)
    frame, column = pl.DataFrame({"text": text}), pl.col("text")
    if settings.format in ("epoch_s", "epoch_ms"):
        read = _number(column, divisor=1 if settings.format == "epoch_s" else 1000)
    elif settings.format in ("minutes", "seconds"):
        read = _since(column, settings)
    else:
        read = _pattern(column, settings)
    return frame.select(read.alias("at")).to_series()


def check_times(settings: TimeSettings) -> None:
    """Try a strptime pattern on one moment; raises ``ConfigurationError`` if it reads none."""
    if settings.format in ("iso", "epoch_s", "epoch_ms", "minutes", "seconds"):
        return
    moment = datetime(2014, 8, 9, tzinfo=UTC)
    try:
        written = pl.select(pl.lit(moment).dt.strftime(settings.format).alias("at"))
        read = written.select(_pattern(pl.col("at"), settings)).item()
    except pl.exceptions.PolarsError:
        read = None
    if read is None or abs(read - moment.timestamp()) > 86_400:
        raise ConfigurationError(
            f'The time format "{settings.format}" does not describe a date and a time. Needed: '
            'iso, epoch_s, epoch_ms, minutes, seconds, or a pattern like "%d.%m.%Y %H:%M".'
        )


def bounds(window: WindowSettings) -> tuple[int, int]:
    """The window of sanity as epoch seconds: from the first, up to but without the second."""
    earliest = EARLIEST if window.earliest is None else iso_seconds(window.earliest)
    latest = LATEST if window.latest is None else iso_seconds(window.latest)
    return earliest, latest


def _in_zone(naive: pl.Expr, zone: str) -> pl.Expr:
    if zone == "UTC":
        return naive.dt.epoch("s")
    placed = naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return placed.dt.epoch("s")


def _iso(text: pl.Series, zone: str) -> pl.Series:
    found = text.str.extract_groups(ISO).struct.unnest()
    minute, second = pl.col("minute").fill_null("00:00"), pl.col("second").fill_null("00")
    written = pl.concat_str([pl.col("date"), pl.lit(" "), minute, pl.lit(":"), second])
    clock, given = pl.col("clock"), pl.col("zone")
    read = (
        pl.when(given.is_null())
        .then(_in_zone(clock, zone))
        .otherwise(clock.dt.epoch("s") - _offset(given))
    )
    clocked = found.with_columns(
        clock=written.str.to_datetime(SECOND, strict=False, time_unit="us")
    )
    return clocked.select(read.alias("at")).to_series()


def _offset(zone: pl.Expr) -> pl.Expr:
    digits = zone.str.replace(":", "", literal=True)
    hours = digits.str.slice(1, 2).cast(pl.Int64, strict=False)
    minutes = digits.str.slice(3, 2).cast(pl.Int64, strict=False).fill_null(0)
    sign = pl.when(zone.str.starts_with("-")).then(-1).otherwise(1)
    return (sign * (hours * 3600 + minutes * 60)).fill_null(0)  # Z has no digits


def _number(text: pl.Expr, *, divisor: int) -> pl.Expr:
    plain = pl.when(text.str.contains(NUMBER)).then(text)
    whole = plain.cast(pl.Int64, strict=False)
    rough = plain.cast(pl.Float64, strict=False).floor().cast(pl.Int64, strict=False)
    return whole.fill_null(rough).floordiv(divisor)


def _since(text: pl.Expr, settings: TimeSettings) -> pl.Expr:
    start = datetime.fromisoformat(settings.start or "1970-01-01")
    if start.tzinfo is None:
        start = start.replace(tzinfo=ZoneInfo(settings.zone))
    unit = 60 if settings.format == "minutes" else 1
    count = pl.when(text.str.contains(NUMBER)).then(text).cast(pl.Float64, strict=False)
    seconds = (count * unit).round(mode="half_away_from_zero").cast(pl.Int64, strict=False)
    return seconds + int(start.timestamp())


def _pattern(text: pl.Expr, settings: TimeSettings) -> pl.Expr:
    read = text.str.to_datetime(settings.format, strict=False, time_unit="us")
    if "%z" in settings.format:
        return read.dt.epoch("s")
    return _in_zone(read, settings.zone)
