"""Exposure pairs: who could react to whom, for how long, and what came of it.

A pair (endorsed, endorser) is *active* where it has an event, and *quiet* where it has an exposure
only. An event counts inside the exposure if it came after it began. An exposure that begins with
an event of its own pair was made from it: such exposures are known only where somebody reacted, so
they say nothing of rates, and none counts as known. All other events lie outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graphengine.scoring.intervals.numbering import named, ordered
from graphengine.scoring.intervals.sums import sums_by
from graphengine.scoring.rows import DAY, numbers_of, places_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.scoring.parts import Evidence

__all__ = ["Events", "Pairs", "Quiet", "pairs_of"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
_EXPOSURE = {"source": pl.String, "target": pl.String, "since": pl.Int64}
_PEOPLE = ("endorsed", "endorser")
_NEVER = int(np.iinfo(np.int64).min)  # the time of what has none
_MOST = 1e30  # of a weight: the loops count in 32 bits, and what weighs more drowns all else anyway


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Events in the order of their pairs.

    cascade: −1 for one that stands alone. age: days. inside: whether it lies inside the exposure.
    original: a reaction to an original post. timed: whether it has a time (without one the age is
    0, as it does not fade).
    """

    pair: Longs
    cascade: Longs
    age: Floats
    weight: Floats
    inside: NDArray[np.bool_]
    original: NDArray[np.bool_]
    timed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Quiet:
    """Exposures without an event: endorsed, endorser, days of exposure; sorted by both."""

    endorsed: Longs
    endorser: Longs
    days: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """``people`` by number, the active pairs sorted by (endorsed, endorser), and the rest.

    People are numbered by their endorsers, the most first, then by what they did and what happened
    to them, equals by their key, so that neither the order of the rows nor the names decide which random numbers somebody gets. days: of
    exposure, 0 where none is known. span: days from the first event to the moment of the score.
    """

    people: pl.Series
    endorsed: Longs
    endorser: Longs
    days: Floats
    events: Events
    quiet: Quiet
    cascades: int
    span: float

    @property
    def n(self) -> int:
        """The number of people."""
        return len(self.people)

    @property
    def m(self) -> int:
        """The number of active pairs."""
        return len(self.endorsed)

    def per_pair(self, chosen: NDArray[np.bool_], amount: Floats | None = None) -> Floats:
        """The sum of ``amount`` (None: the number) of the ``chosen`` events of each pair."""
        weights = None if amount is None else amount[chosen]
        sums = sums_by(self.events.pair[chosen], self.m, weights)
        return np.asarray(sums, dtype=np.float64)

    def numbers(self, accounts: pl.Series, *, top: int) -> Longs:
        """The number of each account that is one of the first ``top`` people; −1 for others."""
        return numbers_of(accounts, self.people.head(top))


def pairs_of(evidence: Evidence, *, as_of: int, exposure: pl.DataFrame | None) -> Pairs:
    """The pairs of one topic at ``as_of`` (epoch seconds).

    exposure: [source (who is seen), target (who sees), since (epoch seconds; null: always)]; of a
    repeated pair the earliest counts, what begins after ``as_of`` does not. Exposure counts from
    the first event on, as nothing before it could have been seen.

    Raises:
        ValueError: a negative or missing column of ``exposure``.

    >>> from graphengine.scoring.parts import Evidence
    >>> events = pl.DataFrame({"actor": ["b", "b"], "target": ["a", "a"], "at": [0, 86_400],
    ...                        "weight": [1.0, 1.0]})
    >>> seen = pl.DataFrame({"source": ["a", "a"], "target": ["b", "c"], "since": [None, 0]})
    >>> pairs = pairs_of(Evidence(events), as_of=172_800, exposure=seen)
    >>> pairs.days.round(3).tolist(), len(pairs.quiet.days), pairs.events.inside.tolist()
    ([2.0], 1, [True, True])
    """
    events = _events(evidence, as_of)
    timed = events["at"].drop_nulls()
    first = int(timed.min()) if len(timed) else as_of  # type: ignore[arg-type]
    told, seen, people = _coded(events, _exposure(exposure, first=first, as_of=as_of))
    number = _numbered(told, seen, people)
    told, seen = told.renumbered(number), seen.renumbered(number)
    sorted_people = people.gather(np.argsort(number))
    return _pairs(told, seen, sorted_people, as_of=as_of, first=first)


@dataclass(frozen=True, slots=True, eq=False)
class _Acts:
    """Events by number: who, whom, when (epoch seconds, or _NEVER), weight, cascade, original."""

    endorsed: Longs
    endorser: Longs
    at: Longs
    weight: Floats
    cascade: Longs
    original: NDArray[np.bool_]

    def renumbered(self, number: Longs) -> _Acts:
        """The same with new numbers for people, by pair, time, weight and cascade.

        Within a pair those without a time come last, and so do those outside any cascade.
        """
        endorsed, endorser = number[self.endorsed], number[self.endorser]
        last = self.at.max(initial=0) + 1
        keys = [endorsed * len(number) + endorser, np.where(self.at == _NEVER, last, self.at)]
        further = (self.weight, np.where(self.cascade < 0, len(self.cascade), self.cascade))
        keys += [key for key in further if len(key) and key.min() < key.max()]
        order = _by_keys(keys)
        return _Acts(
            endorsed[order], endorser[order], self.at[order], self.weight[order],
            self.cascade[order], self.original[order],
        )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Exposures by number, each pair once: who is seen, who sees, since when."""

    endorsed: Longs
    endorser: Longs
    since: Longs

    def renumbered(self, number: Longs) -> _Seen:
        """The same with new numbers for people, by pair."""
        endorsed, endorser = number[self.endorsed], number[self.endorser]
        order = np.argsort(endorsed * len(number) + endorser)
        return _Seen(endorsed[order], endorser[order], self.since[order])


def _pairs(told: _Acts, seen: _Seen, people: pl.Series, *, as_of: int, first: int) -> Pairs:
    """Active and quiet pairs of events and exposures, both by pair."""
    n = len(people)
    key, known_pair = told.endorsed * n + told.endorser, seen.endorsed * n + seen.endorser
    change = np.diff(key, prepend=-1) != 0
    start, pair = np.flatnonzero(change), np.cumsum(change) - 1
    place = np.searchsorted(known_pair, key[start])
    place[place == len(known_pair)] = 0
    exposed = known_pair[place] == key[start] if len(known_pair) else place < 0
    quiet = np.ones(len(known_pair), np.bool_)
    quiet[place[exposed]] = False
    since = np.full(len(start), np.nan)
    since[exposed] = seen.since[place[exposed]]
    timed = told.at != _NEVER
    at = np.where(timed, told.at, np.nan)
    known = exposed & (since != at[start])  # else its first event made it
    cascade, cascades = _cascades(told.cascade)
    return Pairs(
        people,
        told.endorsed[start],
        told.endorser[start],
        np.where(known, (as_of - since) / DAY, 0.0),
        Events(
            pair, cascade, np.nan_to_num((as_of - at) / DAY),
            told.weight, known[pair] & (at > since[pair]), told.original, timed,
        ),
        Quiet(seen.endorsed[quiet], seen.endorser[quiet], (as_of - seen.since[quiet]) / DAY),
        cascades,
        (as_of - first) / DAY,
    )  # fmt: skip


def _by_keys(keys: list[NDArray[Any]]) -> Longs:
    """The order by ``keys``, the first counts most; two whole numbers that fit are sorted as one."""
    if len(keys) == 2 and len(keys[0]):
        first, second = keys
        low, wide = second.min(), int(np.ptp(second)) + 1
        if (int(first.max()) + 1) * wide <= np.iinfo(np.int64).max:
            return np.argsort(first * wide + (second - low))  # equal rows may change places
    return np.lexsort(keys[::-1])


def _events(evidence: Evidence, as_of: int) -> pl.DataFrame:
    events = evidence.events
    for name, kind in (("cascade", pl.String), ("original", pl.Boolean)):
        if name not in events.columns:
            events = events.with_columns(pl.lit(None, kind).alias(name))
    return events.filter(
        (pl.col("actor") != pl.col("target")) & (pl.col("at").is_null() | (pl.col("at") <= as_of))
    ).select(
        pl.col("target").cast(pl.String).alias("endorsed"),
        pl.col("actor").cast(pl.String).alias("endorser"),
        pl.col("at").cast(pl.Int64),
        pl.col("weight").cast(pl.Float64).clip(upper_bound=_MOST),
        "cascade",
        pl.col("original").fill_null(value=False),
    )


def _exposure(exposure: pl.DataFrame | None, *, first: int, as_of: int) -> pl.DataFrame:
    """[endorsed, endorser, since] of exposures that began before ``as_of``."""
    if exposure is None or exposure.is_empty():
        return pl.DataFrame(schema={**dict.fromkeys(_PEOPLE, pl.String), "since": pl.Int64})
    missing = _EXPOSURE.keys() - set(exposure.columns)
    if missing:
        raise ValueError(f"exposure needs the columns {', '.join(_EXPOSURE)}; it lacks {missing}")
    since = pl.col("since").cast(pl.Int64)
    if exposure.filter(since < 0).height:
        raise ValueError(
            "exposure begins at a negative time; give epoch seconds of 0 or more, or null where "
            "it was always there"
        )
    since = since.fill_null(first - 1).clip(lower_bound=first - 1)
    return exposure.filter(since < as_of).select(
        pl.col("source").cast(pl.String).alias("endorsed"),
        pl.col("target").cast(pl.String).alias("endorser"),
        since.alias("since"),
    )


def _coded(events: pl.DataFrame, seen: pl.DataFrame) -> tuple[_Acts, _Seen, pl.Series]:
    """Both by number, and everybody's key.

    Of exposures those of people who were ever endorsed or acted, each pair from its earliest on.
    """
    (endorsed, endorser, source, target), names = named(
        *(frame[c] for frame in (events, seen) for c in _PEOPLE)
    )
    (cascade,), _ = places_of(events["cascade"])
    active = np.zeros(len(names), np.bool_)
    active[endorsed] = active[endorser] = True
    kept = active[source] & (source != target)
    source, target, since = source[kept], target[kept], seen["since"].to_numpy()[kept]
    there = active.copy()
    there[target] = True
    number = np.cumsum(there) - 1
    told = _Acts(
        number[endorsed], number[endorser],
        events["at"].fill_null(_NEVER).to_numpy(), events["weight"].to_numpy(), cascade,
        events["original"].to_numpy(),
    )  # fmt: skip
    people = names.filter(pl.Series(there)).alias("account")
    return told, _earliest(number[source], number[target], since), people


def _earliest(source: Longs, target: Longs, since: Longs) -> _Seen:
    """Each pair once, from its earliest exposure on."""
    key = source * (int(target.max(initial=0)) + 1) + target
    if not (np.diff(np.sort(key)) == 0).any():
        return _Seen(source, target, since)
    order = np.argsort(key)
    start = np.flatnonzero(np.diff(key[order], prepend=-1) != 0)
    least = np.minimum.reduceat(since[order], start)
    return _Seen(source[order][start], target[order][start], least)


def _numbered(told: _Acts, seen: _Seen, people: pl.Series) -> Longs:
    """The new number of each of the ``people``.

    Most endorsers first, equals by exact sums of what is known of them, then by their keys.
    """
    number = np.empty(len(people), dtype=np.int64)
    number[ordered(_known_of(told, seen, len(people)), people)] = np.arange(len(people))
    return number


def _known_of(told: _Acts, seen: _Seen, n: int) -> Iterator[Longs]:
    """What is known of each of n people, what tells most first."""
    key = np.sort(told.endorsed * n + told.endorser)
    pairs = key[np.diff(key, prepend=-1) != 0] // n
    for whom in (pairs, seen.endorsed):
        yield -np.bincount(whom, minlength=n)
    dated = np.where(told.at == _NEVER, -1, told.at)
    for frame, at in ((told, dated), (seen, seen.since)):
        mixed = (at % 7919) ** 2
        for whom in (frame.endorsed, frame.endorser):
            yield np.bincount(whom, minlength=n)
            yield _sums(whom, at, n)
            yield _sums(whom, mixed, n)


def _sums(whom: Longs, what: Longs, n: int) -> Longs:
    """Exact sums by person, so that the order of the rows changes none."""
    sums = np.zeros(n, dtype=np.int64)
    np.add.at(sums, whom, what)
    return sums


def _cascades(names: Longs) -> tuple[Longs, int]:
    """A number for each cascade of two events or more, by first appearance; −1 for others."""
    if not (names >= 0).any():
        return np.full(len(names), -1, dtype=np.int64), 0
    kept = np.flatnonzero(names >= 0)
    kept = kept[np.bincount(names[kept])[names[kept]] > 1]
    known, place, back = np.unique(names[kept], return_index=True, return_inverse=True)
    number = np.empty(len(known), dtype=np.int64)
    number[np.argsort(place)] = np.arange(len(known))
    found = np.full(len(names), -1, dtype=np.int64)
    found[kept] = number[back]
    return found, len(known)
