"""Times in every format that a source may write, against Python's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphengine.errors import ConfigurationError
from graphengine.job import TimeSettings, WindowSettings
from graphengine.readers.times import bounds, check_times, epoch_seconds


def seconds(*texts: str | None, **settings: str) -> list[int | None]:
    series = pl.Series(texts, dtype=pl.String)
    return epoch_seconds(series, TimeSettings(**settings)).to_list()


NOON = int(datetime(2014, 8, 9, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "2014-08-09T12:00:00Z", "2014-08-09 12:00:00", "2014-08-09 12:00", "2014-08-09t12:00z",
        "2014-08-09T12:00:00.999999999Z", "2014-08-09T12:00:00,5", " 2014-08-09T14:00:00+02:00 ",
        "2014-08-09 14:00 +0200", "2014-08-09T07:00:00-05", "2014-08-09T17:45:00+05:45",
    ],
)  # fmt: skip
def test_iso(text):
    assert seconds(text) == [NOON]


@pytest.mark.parametrize(
    "text",
    ["", "2014-08-09T", "2014-8-9", "14-08-09", "2014-08-09T25:00", "2014-13-01", "2014-08-09T12",
     "1407585600", "2014-08-09T12:00:00Zulu", "2014-02-29", "2014-08-09T12:60:00"],
)  # fmt: skip
def test_not_iso(text):
    assert seconds(text, None) == [None, None]


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),
    st.integers(-14 * 60, 14 * 60),
)
def test_iso_agrees_with_python(moment, minutes):
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    whole = moment.replace(microsecond=0)
    assert seconds(moment.isoformat()) == [
        round((whole - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds())
    ]


def test_a_date_is_its_first_second_in_the_source_zone():
    assert seconds("2014-08-09") == [NOON - 12 * 3600]
    assert seconds("2014-08-09", zone="Asia/Tokyo") == [NOON - 21 * 3600]


def test_clocks_set_back_mean_the_earlier_instant_and_skipped_hours_are_unreadable():
    texts = ("2021-10-31 02:30:00", "2021-03-28 02:30:00", "2021-03-28 03:30:00")
    first = datetime(2021, 10, 31, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=0)
    after = datetime(2021, 3, 28, 1, 30, tzinfo=UTC)
    assert seconds(*texts, zone="Europe/Berlin") == [
        int(first.timestamp()), None, int(after.timestamp()),
    ]  # fmt: skip
    assert seconds("2021-03-28 02:30:00Z", zone="Europe/Berlin") != [None]


def test_epochs():
    assert seconds("1341100972", " -5 ", "7.9", "-0.5", format="epoch_s") == [
        1_341_100_972, -5, 7, -1,
    ]  # fmt: skip
    assert seconds("1341100972999", "-1", format="epoch_ms") == [1_341_100_972, -1]
    assert seconds("1.3411E+09", "0x10", "1_000", "nan", "", format="epoch_s") == [None] * 5


def test_since_a_start():
    assert seconds("0.45", "-1.5", "0", format="minutes", start="1970-01-02") == [
        86_427, 86_310, 86_400,
    ]  # fmt: skip
    assert seconds("1.5", "-1.5", format="seconds", start="1970-01-01T00:00:10") == [12, 8]
    assert seconds("0", format="seconds", start="1970-01-01", zone="Asia/Tokyo") == [-9 * 3600]


def test_patterns():
    twitter = "%a %b %d %H:%M:%S %z %Y"
    assert seconds("Sat Aug 09 14:00:00 +0200 2014", format=twitter) == [NOON]
    assert seconds("8/9/14 12:00", "8/09/14", format="%m/%d/%y %H:%M") == [NOON, None]
    assert seconds("09.08.2014", format="%d.%m.%Y", zone="Europe/Berlin") == [NOON - 14 * 3600]


@pytest.mark.parametrize("pattern", ["%d.%m.", "%Q", "soon", "%H:%M", "%d.%m.%Y %H"])
def test_patterns_that_give_no_moment(pattern):
    with pytest.raises(ConfigurationError) as caught:
        check_times(TimeSettings(format=pattern))
    assert str(caught.value) == (
        f'The time format "{pattern}" does not describe a date and a time. Needed: iso, epoch_s, '
        'epoch_ms, minutes, seconds, or a pattern like "%d.%m.%Y %H:%M".'
    )
    check_times(TimeSettings(format="%d.%m.%Y %H:%M"))
    check_times(TimeSettings(format="%Y-%m-%d %H:%M %z"))
    check_times(TimeSettings(format="%y%m%d", zone="Asia/Tokyo"))


def test_the_window():
    assert bounds(WindowSettings(earliest="1970-01-02", latest="1970-01-03")) == (86_400, 172_800)
    earliest, latest = bounds(WindowSettings())
    assert earliest == datetime(1, 1, 1, tzinfo=UTC).timestamp()
    assert latest - 1 == datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()
