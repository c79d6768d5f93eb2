"""SEISMIC: published values, the integrals, what is said where the formula has no answer."""

from __future__ import annotations

import math

import numpy as np
import pytest
from oracles import seismic as slow
from scipy.stats import chi2

from graphengine.influence.cascades.seismic import Seismic, forecast
from graphengine.influence.kernels.seismic import exposure, still_to_come

TIMES = [0.0, 60, 120, 400, 900, 1500]
PEOPLE = [1000.0, 50, 200, 30, 500, 80]
SMALL = [(600, 0.00554385625911, 14.18429292399), (1800, 0.00512765702002, 16.25252909860),
         (3600, 0.00275994479193, 8.32213551844)]  # fmt: skip


@pytest.mark.parametrize(("now", "p", "final"), SMALL)
def test_the_small_case(now: float, p: float, final: float) -> None:
    told = forecast([0, 6], TIMES, PEOPLE, as_of=now)
    assert told.infectiousness[0] == pytest.approx(p, rel=2e-12)
    assert told.predicted[0] == pytest.approx(final, rel=2e-12)
    assert not told.explosive[0]


def test_the_tail_of_the_kernel() -> None:
    for age, share in ((300, 0.8120283), (600, 0.6916515), (3600, 0.4568331), (86400, 0.2189073)):
        assert still_to_come(float(age)) == pytest.approx(share, abs=6e-8)
        assert still_to_come(float(age)) == pytest.approx(slow.tail(age), rel=1e-6)


@pytest.mark.parametrize("age", [0.0, 1.0, 299.0, 300.0, 301.0, 4_000.0, 1e5, 1e7, 1e9])
@pytest.mark.parametrize("window", [1.0, 300.0, 450.0, 7200.0, 1e6])
def test_the_integral_however_old_the_event(age: float, window: float) -> None:
    exact = slow._exposed(0.0, age, window)
    assert exposure(age, window) == pytest.approx(exact, rel=1e-9, abs=1e-300)


def test_many_posts_are_one_and_one(random_posts: tuple) -> None:
    first, at, people, now = random_posts
    told = forecast(first, at, people, as_of=now)
    for i in range(len(first) - 1):
        own = slice(first[i], first[i + 1])
        alone = forecast([0, first[i + 1] - first[i]], at[own], people[own], as_of=now[i])
        p, events = slow.infectiousness(at[own].tolist(), people[own].tolist(), now[i])
        for name in ("seen", "infectiousness", "predicted", "low", "high", "events", "to_come"):
            assert np.array_equal(
                getattr(told, name)[i], getattr(alone, name)[0], equal_nan=True
            ), name
        assert told.infectiousness[i] == pytest.approx(p, rel=1e-9)
        assert told.events[i] == pytest.approx(events, rel=1e-12)
        final = slow.predicted(at[own].tolist(), people[own].tolist(), now[i], p=p)
        assert told.predicted[i] == pytest.approx(final, rel=1e-5, nan_ok=True)
        low, high = slow.interval(p, events)
        for name, bound in (("low", low), ("high", high)):
            exact = slow.predicted(at[own].tolist(), people[own].tolist(), now[i], p=bound)
            if not math.isnan(exact) or name == "high":
                assert getattr(told, name)[i] == pytest.approx(exact, rel=1e-5, nan_ok=True)


@pytest.fixture
def random_posts() -> tuple[np.ndarray, ...]:
    """Forty posts of 2 to 60 events, whole seconds with ties, some of them explosive."""
    draw = np.random.default_rng(5)
    sizes = draw.integers(2, 60, 40)
    blocks = [
        np.concatenate([[0], np.sort(draw.exponential(draw.choice([60, 3000, 90_000]), n - 1))])
        for n in sizes
    ]
    starts = draw.integers(1.3e9, 1.4e9, 40)
    at = np.concatenate([start + np.floor(b) for start, b in zip(starts, blocks, strict=True)])
    first = np.concatenate([[0], np.cumsum(sizes)])
    now = at[first[1:] - 1] + draw.choice([1, 50, 10_000], 40)
    return first, at, np.floor(draw.lognormal(5, 2, len(at))) + 1, now


def test_fewer_than_five_reach_back_to_the_sixth_latest() -> None:
    times = [0.0, 10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000]
    told = forecast([0, 8], times, [100.0] * 8, as_of=71_000)
    weights = 1 - (71_000 - np.array(times[2:])) / 51_000  # the sixth latest lies at the edge
    assert told.events[0] == pytest.approx(weights.sum() ** 2 / (weights**2).sum(), rel=1e-12)


def test_explosive_is_said_and_never_infinite() -> None:
    told = forecast([0, 12], [0.0, *range(10, 21)], [50.0] + [1.0] * 11, as_of=60)
    assert told.explosive[0]
    assert math.isnan(told.predicted[0])
    assert math.isnan(told.high[0])
    assert 11 <= told.low[0] < math.inf
    assert 0.9 < told.chance(10_000)[0] <= 1
    calm = forecast([0, 12], [0.0, *range(10, 21)], [50.0] + [1.0] * 11, as_of=60,
                    method=Seismic(offspring=0.01))  # fmt: skip
    assert not calm.explosive[0]
    assert np.isfinite([calm.predicted[0], calm.high[0]]).all()


def test_a_threshold_at_an_end_of_the_interval_has_its_chance() -> None:
    told = forecast([0, 6], TIMES, PEOPLE, as_of=3600)
    p = float(told.infectiousness[0])

    for size in (6, 8, 12, 40):
        more = size - 5
        needed = more / (told.to_come[0] + 100 * more)
        exact = chi2.sf(2 * told.events[0] * needed / p, 2 * told.events[0])
        assert told.chance(size)[0] == pytest.approx(exact, rel=1e-12)
    assert told.chance(18)[0] < 0.05 < told.chance(17)[0]  # high is 17.8
    assert told.chance(5)[0] == 1


def test_no_reshare_yet() -> None:
    told = forecast([0, 1], [0.0], [1000.0], as_of=3600)
    assert (told.seen[0], told.infectiousness[0], told.predicted[0], told.low[0]) == (0, 0, 0, 0)
    shown = 1000 * (1 - still_to_come(3600.0))
    p = math.log(20) / shown
    assert told.high[0] == pytest.approx(p * told.to_come[0] / (1 - 100 * p) if p < 0.01 else 0)
    ends = forecast([0, 1], [0.0], [5000.0], as_of=3600)
    assert ends.chance(math.floor(ends.high[0]))[0] > 0.05 > ends.chance(ends.high[0] + 1)[0]


def test_nobody_has_seen_it() -> None:
    for people, now in (([0.0, 0.0], 600.0), ([10.0, 10.0], 0.0)):
        told = forecast([0, 2], [0.0, 0.0], people, as_of=now)
        assert math.isnan(told.infectiousness[0])
        assert math.isnan(told.predicted[0])
        assert not told.explosive[0]
        assert (told.seen[0], told.low[0]) == (1, 1)
        assert told.chance(1)[0] == 1
    assert math.isnan(forecast([0, 2], [0.0, 0.0], [10.0, 10.0], as_of=0.0).chance(2)[0])


def test_ties_and_the_very_moment() -> None:
    told = forecast([0, 7], [0.0] * 7, [10.0] * 7, as_of=600)
    assert told.infectiousness[0] == 0  # all at the far edge of the window that reaches to them
    now = forecast([0, 3], [0.0, 600, 601], [100.0] * 3, as_of=600)
    assert (now.seen[0], now.last_hour[0]) == (1, 1)
    assert now.infectiousness[0] > 0


def test_only_the_past_counts() -> None:
    told = forecast([0, 6], TIMES, PEOPLE, as_of=600)
    alone = forecast([0, 4], TIMES[:4], PEOPLE[:4], as_of=600)
    assert told.predicted[0] == alone.predicted[0]
    assert told.last_hour[0] == 3


@pytest.mark.parametrize(
    ("first", "at", "people", "now", "says"),
    [
        ([0, 2], [0, 60_000], [1, 1], 1.7e12, "milliseconds"),
        ([0, 2], [1.7e12, 1.7e12], [1, 1], 1.7e12, "divide by 1,000"),
        ([0, 2], [0, math.nan], [1, 1], 600, "at 1 is no finite time"),
        ([0, 2], [0, 60], [1, math.nan], 600, "followers of event 1 is nan"),
        ([0, 2], [0, 60], [-1, 1], 600, "followers of event 0 is -1"),
        ([0, 2], [60, 0], [1, 1], 600, "event 1 is earlier"),
        ([0, 2], [60, 90], [1, 1], 50, "post 0 is later than as_of"),
        ([0, 2, 2], [60, 90], [1, 1], 500, "post 1 has no event"),
        ([0, 1], [60, 90], [1, 1], 500, "first must run"),
        ([0, 2], [60, 90], [1], 500, "followers has shape"),
    ],
)
def test_what_cannot_be_read(first: list, at: list, people: list, now: float, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        forecast(first, at, people, as_of=now)


def test_no_posts_and_odd_constants() -> None:
    assert len(forecast([0], [], [], as_of=0).seen) == 0
    for wrong in ({"offspring": math.nan}, {"shortest": 0}, {"longest": 5}, {"fewest": 0}):
        with pytest.raises(ValueError, match=r"needs|must be"):
            Seismic(**wrong)


def test_the_interval_of_p_holds_nine_in_ten() -> None:
    """Reshares drawn at a known p, about 60 in the window: the 90 % interval covers about 90 %."""
    draw, p, now = np.random.default_rng(11), 0.004, 7200.0
    posts = [_drawn(draw, p=p, now=now) for _ in range(600)]
    first = np.concatenate([[0], np.cumsum([len(at) for at, _ in posts])])
    told = forecast(first, *(np.concatenate(x) for x in zip(*posts, strict=True)), as_of=now)
    assert np.median(told.events) > 50
    held = [low <= p <= high for low, high in map(slow.interval, told.infectiousness, told.events)]
    assert 0.87 <= np.mean(held) <= 0.94


def _drawn(draw: np.random.Generator, *, p: float, now: float) -> tuple[np.ndarray, np.ndarray]:
    """A post with 200,000 followers and its reshares' reshares, until ``now``."""
    at, people = [np.zeros(1)], [np.array([200_000])]
    while len(at[-1]):
        children = draw.poisson(people[-1] * p)
        u = draw.random(children.sum())
        later = np.where(u < 0.188, u / slow.C, 300 * ((1 - u) / 0.812028) ** (-1 / slow.THETA))
        t = np.repeat(at[-1], children) + later
        at.append(t[t <= now])
        people.append(draw.integers(0, 160, len(at[-1])))
    times, counts = np.concatenate(at), np.concatenate(people)
    order = np.argsort(times, kind="stable")
    return times[order], counts[order]
