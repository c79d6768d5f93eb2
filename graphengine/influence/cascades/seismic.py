"""How far a post will go: SEISMIC (Zhao et al. 2015), with an interval, for many posts at once.

Each reshare shows the post to its author's followers; each of them reshares it with probability p,
the *infectiousness*, after a delay of the published density φ. p is what was reshared lately over
what could have been: p̂ = ΣK(t − t_i) / ΣN_i∫Kφ, over a window of half the post's age (5 minutes
to 2 hours). Those who have not reacted yet then bring R + p̂·ΣN_iΦ̄(t − t_i)/(1 − p̂·n*) reshares
in all, n* being the mean followers of a follower. From p̂ = 1/n* on every reshare brings more than
one further and the formula has no answer: such a post is *explosive*, never infinite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincc, gammaincinv

from graphengine.influence.kernels.seismic import forecast_sums

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Forecast", "Seismic", "forecast"]

_LOW, _HIGH = 0.05, 0.95
_NO_SECONDS = 1e11  # seconds since 1970 reach it in the year 5138; milliseconds did in 1973


@dataclass(frozen=True, slots=True)
class Seismic:
    """The constants of the method: n*, and the window in seconds.

    ``offspring`` is n*, the mean followers of somebody who reshares; a window that holds fewer than
    ``fewest`` events (the post included) reaches back to the one before these, or to the post.

    >>> Seismic(offspring=0)
    Traceback (most recent call last):
        ...
    ValueError: offspring is 0; the mean followers of a follower must be a positive number
    """

    offspring: float = 100.0
    shortest: float = 300.0
    longest: float = 7200.0
    fewest: int = 5

    def __post_init__(self) -> None:
        if not 0 < self.offspring < math.inf:
            raise ValueError(
                f"offspring is {self.offspring}; the mean followers of a follower must be a "
                "positive number"
            )
        if not 0 < self.shortest <= self.longest < math.inf or self.fewest < 1:
            raise ValueError(
                f"the window is {self.shortest} to {self.longest} s with at least {self.fewest} "
                "events; it needs 0 < shortest <= longest and at least 1 event"
            )


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is known and expected of each post; every field but the last is an array (posts).

    ``seen``: reshares so far, the post excluded. ``last_hour``: those of the last hour.
    ``infectiousness``: p̂, NaN where nobody with followers has had the post for any time.
    ``predicted``: the final number of reshares, NaN where there is no p̂ or ``explosive``.
    ``low``, ``high``: 90 % interval of that number from the uncertainty of p̂ (chance in what comes
    after is not in it); ``high`` is NaN where p̂ may be explosive, ``low`` is then at least the
    direct reshares still expected. ``events``: m_e, how many events p̂ rests on. ``to_come`` =
    ΣN_iΦ̄: followers who saw it and have not reacted yet. ``shown`` = ΣN_i(1 − Φ̄).
    """

    seen: NDArray[np.int64]
    last_hour: NDArray[np.int64]
    infectiousness: Floats
    predicted: Floats
    low: Floats
    high: Floats
    explosive: NDArray[np.bool_]
    events: Floats
    to_come: Floats
    shown: Floats
    offspring: float

    def chance(self, size: float) -> Floats:
        """The probability (posts) that the final number of reshares is ``size`` or more.

        By the same distribution of p as the interval; 1 where it has been reached, NaN where
        nothing is known of p. Where a post has no reshare yet, p is Exp(``shown``).

        >>> posts = forecast([0, 3], [0, 60, 120], [1000, 50, 200], as_of=600)
        >>> posts.chance(2).tolist(), posts.chance(5).round(3).tolist()
        ([1.0], [0.216])
        """
        more = np.maximum(np.ceil(size) - self.seen, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = more / (self.to_come + more * self.offspring)  # p that leads to ``size``
            some = gammaincc(self.events, self.events * needed / self.infectiousness)
            found = np.where(self.events > 0, some, np.exp(-needed * self.shown))
        found = np.where(self.to_come > 0, found, 0.0)
        return np.where(more == 0, 1.0, np.where(np.isnan(self.infectiousness), np.nan, found))


def forecast(
    first: ArrayLike,
    at: ArrayLike,
    followers: ArrayLike,
    *,
    as_of: ArrayLike,
    method: Seismic | None = None,
) -> Forecast:
    """The future of each post from what is known at ``as_of`` (seconds; one, or one a post).

    ``first`` (posts + 1): where each post's events begin; ``at`` (events): seconds, the post first,
    then its reshares by time, ties as they are; ``followers`` (events): of who wrote it, 0 or more
    (0 reaches nobody). Events later than ``as_of`` are not looked at, one at ``as_of`` is.

    Raises:
        ValueError: a post without events, times out of order, not finite or in milliseconds,
            followers that are no number or negative, a post later than ``as_of``.

    >>> times, people = [0, 60, 120, 400, 900, 1500], [1000, 50, 200, 30, 500, 80]
    >>> told = forecast([0, 6], times, people, as_of=1800)
    >>> told.seen.tolist(), told.predicted.round(6).tolist()
    ([5], [16.252529])
    """
    how = method or Seismic()
    begins, times, people, until = _checked(first, at, followers, as_of=as_of)
    bounds = np.array([how.shortest, how.longest, how.fewest], dtype=np.float64)
    seen, recent, sums = forecast_sums(begins, times, people, until, bounds)
    weight, squares, exposed, to_come, shown = sums.T
    nothing, none = np.full(len(seen), np.nan), np.zeros(len(seen))
    p = np.divide(weight, exposed, out=nothing, where=exposed > 0)
    events = np.divide(weight**2, squares, out=none, where=(squares > 0) & (exposed > 0))
    low, high = _interval(p, events, shown=shown)
    predicted = _size(seen, p, to_come, offspring=how.offspring)
    lowest = _size(seen, low, to_come, offspring=how.offspring)
    floor = seen + np.nan_to_num(low) * to_come
    return Forecast(
        seen=seen,
        last_hour=recent,
        infectiousness=p,
        predicted=predicted,
        low=np.where(np.isnan(lowest), floor, lowest),
        high=_size(seen, high, to_come, offspring=how.offspring),
        explosive=p >= 1.0 / how.offspring,
        events=events,
        to_come=to_come,
        shown=shown,
        offspring=how.offspring,
    )


def _size(seen: NDArray[np.int64], p: Floats, to_come: Floats, *, offspring: float) -> Floats:
    """R + p·ΣNΦ̄/(1 − p·n*); NaN from p = 1/n* on."""
    left = 1.0 - p * offspring
    more: Floats = np.divide(
        p * to_come, left, out=np.full(len(p), np.nan), where=p < 1.0 / offspring
    )
    more += seen
    return more


def _interval(p: Floats, events: Floats, *, shown: Floats) -> tuple[Floats, Floats]:
    """The 5 % and 95 % points of p: p̂·χ²(2m)/(2m), m events.

    Without an event, up to the p that would have shown itself with 95 %.
    """
    some = events > 0
    m = np.where(some, events, 1.0)
    low, high = (np.where(some, p * gammaincinv(m, q) / m, 0.0) for q in (_LOW, _HIGH))
    silent = np.divide(-math.log(_LOW), shown, out=np.full(len(p), np.nan), where=shown > 0)
    return np.where(np.isnan(p), np.nan, low), np.where(some, high, silent)


def _checked(
    first: ArrayLike, at: ArrayLike, followers: ArrayLike, *, as_of: ArrayLike
) -> tuple[NDArray[np.int64], Floats, Floats, Floats]:
    begins = np.asarray(first, dtype=np.int64)
    times, people = (np.asarray(x, dtype=np.float64) for x in (at, followers))
    if begins.ndim != 1 or not len(begins) or begins[0] != 0 or begins[-1] != len(times):
        raise ValueError(
            f"first must run from 0 to the number of events ({times.size}), got {begins}"
        )
    if (np.diff(begins) < 1).any():
        empty = int(np.flatnonzero(np.diff(begins) < 1)[0])
        raise ValueError(f"post {empty} has no event; each needs at least itself")
    if people.shape != times.shape:
        raise ValueError(f"followers has shape {people.shape}; one a time is needed, {times.shape}")
    until = np.broadcast_to(np.asarray(as_of, dtype=np.float64), len(begins) - 1)
    _check_times(begins, times, until)
    bad = ~((people >= 0) & (people < math.inf))
    if bad.any():
        where = int(np.flatnonzero(bad)[0])
        raise ValueError(
            f"followers of event {where} is {people[where]} ({int(bad.sum())} such events); it "
            "must be a number of people. Fill in what is missing first, as replay and watch do"
        )
    return begins, times, people, np.ascontiguousarray(until)


def _check_times(begins: NDArray[np.int64], times: Floats, until: Floats) -> None:
    for name, values in (("at", times), ("as_of", until)):
        bad = ~np.isfinite(values)
        if bad.any():
            raise ValueError(f"{name} {int(np.flatnonzero(bad)[0])} is no finite time")
        if (np.abs(values) >= _NO_SECONDS).any():
            raise ValueError(
                f"{name} reaches {values[np.argmax(np.abs(values))]:.6g}: that is milliseconds or "
                "finer, and seconds are needed; divide by 1,000"
            )
    falls = np.diff(times) < 0
    falls[begins[1:-1] - 1] = False
    if falls.any():
        where = int(np.flatnonzero(falls)[0]) + 1
        raise ValueError(
            f"event {where} is earlier than the one before it; sort each post's events by time, "
            "the post itself first"
        )
    young = until < times[begins[:-1]]
    if young.any():
        raise ValueError(
            f"post {int(np.flatnonzero(young)[0])} is later than as_of; leave such posts out"
        )
