"""Any cascade whatever: bounds in order, time shifts and scales change nothing, more is more."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.influence.cascades.seismic import Forecast, forecast

PROPERTY = settings(max_examples=70)
TIMES = st.lists(st.integers(0, 200_000), min_size=0, max_size=40).map(lambda t: [0, *sorted(t)])
PEOPLE = st.lists(st.integers(0, 100_000), min_size=41, max_size=41)
NOW = st.integers(1, 400_000)


def _told(times: list[int], people: list[int], now: float, *, shift: float = 0.0) -> Forecast:
    at = np.array(times, dtype=np.float64) + shift
    return forecast([0, len(at)], at, people[: len(at)], as_of=now + shift)


@PROPERTY
@given(TIMES, PEOPLE, NOW)
def test_the_ends_stand_on_their_sides(times: list, people: list, now: int) -> None:
    told = _told(times, people, now)
    seen = sum(t <= now for t in times) - 1
    assert told.seen[0] == seen
    p, low, mean, high = (
        getattr(told, n)[0] for n in ("infectiousness", "low", "predicted", "high")
    )
    assert not np.isinf([p, low, mean, high]).any()
    assert low >= seen
    assert told.explosive[0] == (p >= 0.01)
    if np.isnan(p):
        assert np.isnan([mean, high]).all()
    elif not told.explosive[0]:
        assert seen <= low <= mean * (1 + 1e-12) or told.events[0] < 0.2  # tiny m: the mean is high
        if told.events[0] > 1:
            assert np.isnan(high) or mean <= high * (1 + 1e-12)


@PROPERTY
@given(TIMES, PEOPLE, NOW, st.sampled_from([1.4e9, -5e8, 17.0]))
def test_the_calendar_does_not_matter(times: list, people: list, now: int, shift: float) -> None:
    told, moved = _told(times, people, now), _told(times, people, now, shift=shift)
    for name in ("seen", "last_hour", "infectiousness", "low", "high", "events", "to_come"):
        one, other = getattr(told, name)[0], getattr(moved, name)[0]
        np.testing.assert_allclose(other, one, rtol=1e-9, err_msg=name)


@PROPERTY
@given(TIMES, PEOPLE, NOW, st.sampled_from([2, 10, 1000]))
def test_more_followers_make_a_reshare_say_less(
    times: list, people: list, now: int, factor: int
) -> None:
    """Everybody with k times the followers: p̂ a k-th of it, as many events, as many reached."""
    told, more = _told(times, people, now), _told(times, [n * factor for n in people], now)
    for name, k in (("infectiousness", 1 / factor), ("events", 1), ("to_come", factor)):
        expected = getattr(told, name)[0] * k
        np.testing.assert_allclose(getattr(more, name)[0], expected, rtol=1e-12, err_msg=name)


@PROPERTY
@given(TIMES, PEOPLE, NOW)
def test_a_chance_is_one_and_falls(times: list, people: list, now: int) -> None:
    told = _told(times, people, now)
    chances = [told.chance(size)[0] for size in (0, 1, 5, 50, 500, 1e6)]
    known = [c for c in chances if not np.isnan(c)]
    assert known[0] == 1
    assert all(0 <= b <= a <= 1 for a, b in pairwise(known))


@PROPERTY
@given(TIMES, PEOPLE, NOW, st.integers(0, 200_000))
def test_what_comes_later_changes_nothing(times: list, people: list, now: int, extra: int) -> None:
    longer = [*times, times[-1] + extra]
    told, more = _told(times, people, now), _told(longer, [*people, 7], now)
    if longer[-1] > now:
        assert np.array_equal(more.infectiousness, told.infectiousness, equal_nan=True)
        assert np.array_equal(more.predicted, told.predicted, equal_nan=True)
