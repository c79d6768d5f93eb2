"""Exposure pairs: who could react to whom, for how long, and what came of it.

A pair (endorsed, endorser) is *active* where it has an event, and *quiet* where it has an exposure
only. An event counts inside the exposure if it came after it began. An exposure that begins with
an event of its own pair was made from it: such exposures are known only where somebody reacted, so
they say nothing of rates, and none counts as known. All other events lie outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from graphengine.scoring.intervals.sums import sums_by
from graphengine.scoring.rows import DAY, numbers_of

if TYPE_CHECKING:
    from graphengine.scoring.parts import Evidence

__all__ = ["Events", "Pairs", "Quiet", "pairs_of"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
_EXPOSURE = {"source": pl.String, "target": pl.String, "since": pl.Int64}
_PEOPLE = ("endorsed", "endorser")
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

    def numbers(self, accounts: pl.Series) -> Longs:
        """The number of each account; −1 for others."""
        return numbers_of(accounts, self.people)


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
    seen = _exposure(exposure, events, first=first, as_of=as_of)
    people, events, seen = _numbered(events, seen)
    rows = _beside(events, seen).sort(*_PEOPLE, "at", "weight", "cascade", nulls_last=True)
    endorsed, endorser = (rows[c].to_numpy() for c in _PEOPLE)
    change = (np.diff(endorsed, prepend=-1) != 0) | (np.diff(endorser, prepend=-1) != 0)
    start = np.flatnonzero(change)
    since, at = (rows[c].cast(pl.Float64).to_numpy() for c in ("since", "at"))  # null: nan
    pair = np.cumsum(change) - 1
    known = np.isfinite(since[start]) & (since[start] != at[start])  # else its first event made it
    cascade, cascades = _cascades(rows["cascade"])
    silent = seen.join(rows, on=_PEOPLE, how="anti").sort(*_PEOPLE)
    one, other, begun = (silent[c].to_numpy() for c in (*_PEOPLE, "since"))
    return Pairs(
        people,
        endorsed[start],
        endorser[start],
        np.where(known, (as_of - since[start]) / DAY, 0.0),
        Events(
            np.cumsum(change) - 1, cascade, np.nan_to_num((as_of - at) / DAY),
            rows["weight"].to_numpy(), known[pair] & (at > since), rows["original"].to_numpy(), np.isfinite(at),
        ),
        Quiet(one, other, (as_of - begun) / DAY),
        cascades,
        (as_of - first) / DAY,
    )  # fmt: skip


def _beside(events: pl.DataFrame, seen: pl.DataFrame) -> pl.DataFrame:
    """Events with the beginning of their pair's exposure, null where none is known."""
    if seen.is_empty():
        return events.with_columns(since=pl.lit(None, pl.Int64))
    return events.join(seen, on=_PEOPLE, how="left")


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


def _exposure(
    exposure: pl.DataFrame | None, events: pl.DataFrame, *, first: int, as_of: int
) -> pl.DataFrame:
    """One row a pair, from its earliest exposure on, of people who were ever endorsed or acted."""
    if exposure is None or exposure.is_empty():
        return pl.DataFrame(schema={**dict.fromkeys(_PEOPLE, pl.String), "since": pl.Int64})
    frame = exposure
    missing = _EXPOSURE.keys() - set(frame.columns)
    if missing:
        raise ValueError(f"exposure needs the columns {', '.join(_EXPOSURE)}; it lacks {missing}")
    since = pl.col("since").cast(pl.Int64)
    if frame.filter(since < 0).height:
        raise ValueError(
            "exposure begins at a negative time; give epoch seconds of 0 or more, or null where "
            "it was always there"
        )
    known = pl.concat([events["endorsed"], events["endorser"]]).unique()
    return (
        frame.select(
            pl.col("source").cast(pl.String).alias("endorsed"),
            pl.col("target").cast(pl.String).alias("endorser"),
            since.fill_null(first - 1).clip(lower_bound=first - 1),
        )
        .filter((pl.col("since") < as_of) & (pl.col("endorsed") != pl.col("endorser")))
        .filter(pl.col("endorsed").is_in(known.implode()))
        .group_by(_PEOPLE)
        .agg(pl.col("since").min())
    )


def _numbered(
    events: pl.DataFrame, seen: pl.DataFrame
) -> tuple[pl.Series, pl.DataFrame, pl.DataFrame]:
    """Everybody, and both frames with their numbers instead of keys.

    Most endorsers first, equals by exact sums of what is known of them, then by key.
    """
    sides = [frame[c] for frame in (events, seen) for c in _PEOPLE]
    people = pl.concat(sides).unique().sort().alias("account")
    n = len(people)
    events, seen = (
        f.with_columns(pl.Series(c, numbers_of(f[c], people)) for c in _PEOPLE)
        for f in (events, seen)
    )
    pairs = events.select(pl.col("endorsed"), pl.col("endorser")).unique()
    signs: list[NDArray[np.generic]] = [
        -sums_by(f["endorsed"].to_numpy(), n) for f in (pairs, seen)
    ]
    for frame, time in ((events, "at"), (seen, "since")):
        at = frame[time].fill_null(-1).to_numpy()
        for side in _PEOPLE:
            whom = frame[side].to_numpy()
            signs += [sums_by(whom, n)]
            signs += [_sums(whom, what, n) for what in (at, (at % 7919) ** 2)]
    order = np.lexsort((np.arange(n), *reversed(signs)))
    number = np.empty(n, dtype=np.int64)
    number[order] = np.arange(n)
    events, seen = (
        f.with_columns(pl.Series(c, number[f[c].to_numpy()]) for c in _PEOPLE)
        for f in (events, seen)
    )
    return people.gather(order), events, seen


def _sums(whom: Longs, what: Longs, n: int) -> Longs:
    """Exact sums by person, so that the order of the rows changes none."""
    sums = np.zeros(n, dtype=np.int64)
    np.add.at(sums, whom, what)
    return sums


def _cascades(names: pl.Series) -> tuple[Longs, int]:
    """A number for each cascade of two events or more, by first appearance; −1 for others."""
    if names.null_count() == len(names):
        return np.full(len(names), -1, dtype=np.int64), 0
    frame = pl.DataFrame({"cascade": names}).with_columns(
        size=pl.len().over("cascade"), place=pl.int_range(pl.len())
    )
    shared = frame.filter(pl.col("cascade").is_not_null() & (pl.col("size") > 1))
    order = shared.group_by("cascade").agg(pl.col("place").min()).sort("place")
    order = order.select("cascade", number=pl.int_range(pl.len()))
    joined = frame.join(order, on="cascade", how="left", maintain_order="left")
    number = joined["number"].fill_null(-1).to_numpy().astype(np.int64)
    return np.asarray(number), order.height
