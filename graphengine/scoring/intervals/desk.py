"""What stays the same in every draw, as plain arrays: built once from pairs, prior and model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import gammainc, gammaincinv, ndtri

from graphengine.influence.kernels.rate_draws import BATCH, STRATA
from graphengine.scoring.intervals.fading import endured, speed
from graphengine.scoring.intervals.outside import TELLINGS, latest_outside, sums_outside
from graphengine.scoring.intervals.quiet import quiet_sums, quiet_weight
from graphengine.scoring.intervals.sums import sums_by

if TYPE_CHECKING:
    from graphengine.scoring.intervals.pairs import Pairs
    from graphengine.scoring.intervals.prior import Prior
    from graphengine.scoring.intervals.quiet import QuietSums
    from graphengine.scoring.model import ScoreModel

__all__ = ["Desk", "Scratch", "desk_of", "starts_of"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Entries = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]
_SHAPES = 12  # single events of a pair whose variates come from a table; more are rare


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """Arrays for the kernels (see ``influence.kernels.rate_draws``).

    top: people who are scored, the first of all; live: those whom anybody sees, the next.
    exposed: the scored people's pairs with a known exposure. alone, outside: events of each pair
    that stand alone, by exposure; shared: those in cascades. slot: where each pair's endorser
    stands among ``slots``. reach: what R needs at each half-life of ``ladder``, in both tellings
    of events outside. counts: decayed events at each half-life of ``beside``, alike; ``quiet``
    those of quiet pairs (top × half-lives).
    """

    pairs: Pairs
    prior: Prior
    sums: QuietSums
    top: int
    live: int
    ends: NDArray[np.uint64]
    exposed: Longs
    endorsed: NDArray[np.uint32]
    endorser: NDArray[np.uint32]
    slot: NDArray[np.uint32]
    slots: Longs
    base: Floats
    alone: NDArray[np.uint32]
    outside: NDArray[np.uint32]
    each: NDArray[np.float32]
    lone: Floats
    shared: Entries
    by_cascade: sp.csr_array
    received: sp.csr_array
    tables: Floats
    ladder: list[float]
    reach: list[tuple[Floats, Floats, Floats]]
    beside: list[float]
    counts: list[tuple[Floats, Floats]]
    quiet: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Scratch:
    """What one batch of draws after the other is written to; one for each thread.

    own, again, step: rates, multipliers of the events outside and steps of the active pairs. none:
    the probability of no event inside, of the scored people's pairs; no rows where no exposure is
    known. passed: what each of the ``slots`` passes on. All × BATCH.
    """

    own: NDArray[np.float32]
    again: NDArray[np.float32]
    step: NDArray[np.float32]
    none: NDArray[np.float32]
    passed: NDArray[np.float32]

    @classmethod
    def of(cls, desk: Desk) -> Scratch:
        """The arrays for ``desk``, all 0 but ``none``."""
        m, exposed = desk.pairs.m, bool((desk.pairs.days > 0.0).any())
        rows = (m, m, m, int(desk.ends[desk.top]) if exposed else 0, len(desk.slots))
        found = cls(*(np.zeros((n, BATCH), dtype=np.float32) for n in rows))
        found.none[:] = 1.0  # as it stays where no exposure is known
        return found


def desk_of(pairs: Pairs, prior: Prior, model: ScoreModel, *, top: int) -> Desk:
    """Everything that does not change from draw to draw; the first ``top`` people are scored."""
    ladder = sorted({key.half_life for key in model.wanted if key.name == "R"})
    beside = sorted({key.half_life for key in model.wanted if key.name in "CA"})
    sums = quiet_sums(pairs, prior, half_lives=ladder, alpha=model.passing.alpha, top=top)
    told, n = pairs.events, pairs.n
    alone = pairs.per_pair((told.cascade < 0) & told.inside)
    outside = pairs.per_pair((told.cascade < 0) & ~told.inside)
    shared = _entries(pairs)
    seen = sums_by(pairs.endorsed, n) + sums_by(pairs.quiet.endorsed, n)
    live = int((seen > 0).sum())
    quiet = [quiet_weight(pairs, sums, half_life)[:top] for half_life in beside]
    return Desk(
        pairs, prior, sums, top, live, starts_of(pairs.endorsed, n),
        np.flatnonzero((pairs.days > 0.0) & (pairs.endorsed < top)),
        pairs.endorsed.astype(np.uint32), pairs.endorser.astype(np.uint32),
        *_slots(pairs.endorser),
        prior.base(pairs.endorser), alone.astype(np.uint32), outside.astype(np.uint32),
        (1.0 / np.maximum(pairs.per_pair(~told.inside), 1.0)).astype(np.float32),
        sums_by(pairs.endorsed, n, prior.trust * alone).astype(np.float64),
        shared, _by_cascade(pairs, prior, shared, live=live), _received(pairs, top=top),
        _tables(prior.pairs), ladder, _reach(pairs, ladder, top=top), beside,
        _counts(pairs, beside, top=top), np.column_stack([np.zeros((top, 0)), *quiet]),
    )  # fmt: skip


def _slots(endorser: Longs) -> tuple[NDArray[np.uint32], Longs]:
    """Endorsers in the order in which the pairs name them, so that the loops find them side by side.

    Each pair's place in that order, and who is at each place.
    """
    whom, first, back = np.unique(endorser, return_index=True, return_inverse=True)
    order = np.argsort(first)
    place = np.empty(len(order), dtype=np.uint32)
    place[order] = np.arange(len(order), dtype=np.uint32)
    return place[back], whom[order]


def _by_cascade(pairs: Pairs, prior: Prior, shared: Entries, *, live: int) -> sp.csr_array:
    """Events of each cascade inside the exposures of each person, by what they say of the rate."""
    pair, cascade, inside, _ = shared
    weight = prior.trust[pair] * inside
    where = (pairs.endorsed[pair], cascade.astype(np.int64))
    return sp.csr_array((weight, where), shape=(live, pairs.cascades))


def _received(pairs: Pairs, *, top: int) -> sp.csr_array:
    """The mean over the events of each scored person, from sums by pair."""
    m = int(np.searchsorted(pairs.endorsed, top))
    events = sums_by(pairs.events.pair, pairs.m)[:m]
    total = sums_by(pairs.endorsed[:m], top, events)
    where = (pairs.endorsed[:m], np.arange(m))
    return sp.csr_array((1.0 / total[pairs.endorsed[:m]], where), shape=(top, pairs.m))


def starts_of(rows: Longs, n: int) -> NDArray[np.uint64]:
    """Where each of n rows begins in the sorted ``rows``, and their end.

    >>> starts_of(np.array([0, 0, 2]), 3).tolist()
    [0, 2, 2, 3]
    """
    return np.searchsorted(rows, np.arange(n + 1)).astype(np.uint64)


def _entries(pairs: Pairs) -> Entries:
    """Pair and cascade of each entry, events inside and events outside."""
    told, base = pairs.events, max(pairs.cascades, 1)
    shared = told.cascade >= 0
    key, entry = np.unique(told.pair[shared] * base + told.cascade[shared], return_inverse=True)
    inside = told.inside[shared].astype(np.float64)
    return (
        (key // base).astype(np.uint32),
        (key % base).astype(np.uint32),
        sums_by(entry, len(key), inside).astype(np.float32),
        sums_by(entry, len(key), 1.0 - inside).astype(np.float32),
    )


def _tables(a: float) -> Floats:
    """Strata of Gamma(a), Gamma(1), ..., and of the normal: each by its mean."""
    return np.vstack([_gammas(np.array([[a if np.isfinite(a) else 1.0]])), _whole_shapes()])


@cache
def _whole_shapes() -> Floats:
    """The rows of ``_tables`` that are the same for every topic."""
    z = ndtri(np.arange(STRATA + 1) / STRATA)
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    normal = -np.diff(density) * STRATA
    return np.vstack([_gammas(np.arange(1.0, _SHAPES + 1)[:, None]), normal])


def _gammas(shapes: Floats) -> Floats:
    mass = gammainc(shapes + 1.0, gammaincinv(shapes, np.arange(STRATA + 1) / STRATA))
    return np.asarray(shapes * np.diff(mass, axis=1) * STRATA)


def _reach(pairs: Pairs, ladder: list[float], *, top: int) -> list[tuple[Floats, Floats, Floats]]:
    """The speeds of the ladder; what is left after the exposure, and of the latest event outside."""
    m = int(np.searchsorted(pairs.endorsed, top))
    speeds = np.array([speed(half_life) for half_life in ladder])
    left = np.exp(-pairs.days[:m, None] * speeds)
    latest = latest_outside(pairs, ladder)
    return [
        (speeds, left, _columns([one[telling][:m] for one in latest], m))
        for telling in range(TELLINGS)
    ]


def _counts(pairs: Pairs, half_lives: list[float], *, top: int) -> list[tuple[Floats, Floats]]:
    """Decayed events a rate, and of those outside, in each telling."""
    m = int(np.searchsorted(pairs.endorsed, top))
    each = _columns([endured(pairs.days[:m], half_life) for half_life in half_lives], m)
    sums = [sums_outside(pairs, half_life) for half_life in half_lives]
    return [(each, _columns([one[telling][:m] for one in sums], m)) for telling in range(TELLINGS)]


def _columns(columns: list[Floats], rows: int) -> Floats:
    return np.ascontiguousarray(np.column_stack([np.zeros((rows, 0)), *columns]))
