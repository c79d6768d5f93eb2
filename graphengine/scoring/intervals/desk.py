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
    from graphengine.influence.kernels.pair_draws import Fading, Known
    from graphengine.influence.kernels.rate_draws import Law
    from graphengine.scoring.intervals.pairs import Pairs
    from graphengine.scoring.intervals.prior import Prior
    from graphengine.scoring.intervals.quiet import QuietSums
    from graphengine.scoring.model import ScoreModel

__all__ = ["Desk", "Scratch", "desk_of", "starts_of"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
Entries = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.float32], NDArray[np.float32]]
_SHAPES = 12  # single events of a pair whose variates come from a table; more are rare
_LEAST = 1e-30  # a speed of 0 would leave 0 / 0 where a rate is 0 as well


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """Arrays for the kernels (see ``influence.kernels.pair_draws``).

    top: people who are scored, the first of all; live: those whom anybody sees, the next. known: of
    each pair. shared: its events in cascades. slot: where each pair's endorser stands among
    ``slots``. lone, received: what each person's events say of its rate, and how many they are.
    within, whole: laws of what is drawn of a pair, with its rate's Gamma(a) in it and without.
    fading: what the scored people's pairs leave at each half-life of ``ladder`` (endorsers, for R)
    and of ``beside`` (events, for C and A); quiet: what quiet pairs leave alike (top × half-lives).
    """

    pairs: Pairs
    prior: Prior
    sums: QuietSums
    top: int
    live: int
    ends: NDArray[np.uint64]
    known: Known
    slot: NDArray[np.uint32]
    slots: Longs
    lone: Floats
    received: Floats
    shared: Entries
    by_cascade: sp.csr_array
    within: Law
    whole: Law
    ladder: list[float]
    beside: list[float]
    fading: Fading
    quiet: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Scratch:
    """What one batch of draws after the other is written to; one for each thread.

    sums: what pairs leave the scored people, by half-life. step: of each pair. passed: what each
    of the ``slots`` passes on. All × BATCH.
    """

    sums: Floats
    step: NDArray[np.float32]
    passed: NDArray[np.float32]

    @classmethod
    def of(cls, desk: Desk, *, trails: bool) -> Scratch:
        """The arrays for ``desk``; no steps where there are no ``trails``."""
        rows = (desk.pairs.m if trails else 0, len(desk.slots))
        each = (np.empty((n, BATCH), dtype=np.float32) for n in rows)
        return cls(np.empty((*desk.quiet.shape, BATCH)), *each)


def desk_of(pairs: Pairs, prior: Prior, model: ScoreModel, *, top: int) -> Desk:
    """Everything that does not change from draw to draw; the first ``top`` people are scored."""
    ladder = sorted({key.half_life for key in model.wanted if key.name == "R"})
    beside = sorted({key.half_life for key in model.wanted if key.name in "CA"})
    sums = quiet_sums(pairs, prior, half_lives=ladder, alpha=model.passing.alpha, top=top)
    told, n = pairs.events, pairs.n
    alone = pairs.per_pair((told.cascade < 0) & told.inside)
    shared = _entries(pairs)
    seen = sums_by(pairs.endorsed, n) + sums_by(pairs.quiet.endorsed, n)
    live = int((seen > 0).sum())
    quiet = [quiet_weight(pairs, sums, half_life)[:top] for half_life in beside]
    return Desk(
        pairs, prior, sums, top, live, starts_of(pairs.endorsed, live),
        _known(pairs, prior, alone), *_slots(pairs.endorser),
        sums_by(pairs.endorsed, n, prior.trust * alone).astype(np.float64),
        sums_by(pairs.endorsed[told.pair], n)[:top],
        shared, _by_cascade(pairs, prior, shared, live=live),
        _law(prior.pairs), _law(0.0), ladder, beside, _fading(pairs, ladder, beside, top=top),
        np.column_stack([sums.endorsers[:top], *quiet]),
    )  # fmt: skip


def _known(pairs: Pairs, prior: Prior, alone: Floats) -> Known:
    """Endorsed, days, the base rate as the draw needs it, events alone inside and outside, 1 over the latter."""
    told, base = pairs.events, prior.base(pairs.endorser)
    outside = pairs.per_pair(~told.inside)
    each = np.divide(1.0, outside, out=np.zeros(pairs.m), where=outside > 0.0)
    return (
        pairs.endorsed.astype(np.uint32),
        pairs.days.astype(np.float32),
        (base if prior.pairs == np.inf else prior.pairs / base).astype(np.float32),
        alone.astype(np.uint32),
        pairs.per_pair((told.cascade < 0) & ~told.inside).astype(np.uint32),
        each.astype(np.float32),
    )


def _slots(endorser: Longs) -> tuple[NDArray[np.uint32], Longs]:
    """Endorsers in the order in which the pairs name them, so that the loops find them side by side.

    Each pair's place in that order, and who is at each place.
    """
    pairs = np.arange(len(endorser))
    first = np.empty(int(endorser.max(initial=-1)) + 1, dtype=np.int64)
    first[endorser[::-1]] = pairs[::-1]  # the last that is written stays
    slots = endorser[first[endorser] == pairs]
    place = np.empty(len(first), dtype=np.uint32)
    place[slots] = np.arange(len(slots), dtype=np.uint32)
    return place[endorser], slots


def _by_cascade(pairs: Pairs, prior: Prior, shared: Entries, *, live: int) -> sp.csr_array:
    """Events of each cascade inside the exposures of each person, by what they say of the rate."""
    pair, cascade, inside, _ = shared
    weight = prior.trust[pair] * inside
    where = (pairs.endorsed[pair], cascade.astype(np.int64))
    return sp.csr_array((weight, where), shape=(live, pairs.cascades))


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


def _law(a: float) -> Law:
    """Gamma(a), Gamma(a + 1), ... and the normal, in strata by their means; a = ∞ is not asked."""
    whole, normal = _whole_shapes()
    if a in (0.0, np.inf):
        return whole, normal, 0.0
    return _gammas(a + np.arange(_SHAPES + 1.0)), normal, a


@cache
def _whole_shapes() -> tuple[NDArray[np.float32], Floats]:
    """Gamma(0) (which is 0), Gamma(1), ..., and the normal."""
    z = ndtri(np.arange(STRATA + 1) / STRATA)
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    gammas = _gammas(np.arange(1.0, _SHAPES + 1.0))
    return np.vstack([np.zeros_like(gammas[:1]), gammas]), -np.diff(density) * STRATA


def _gammas(shapes: Floats) -> NDArray[np.float32]:
    each = shapes[:, None]
    mass = gammainc(each + 1.0, gammaincinv(each, np.arange(STRATA + 1) / STRATA))
    return np.asarray(each * np.diff(mass, axis=1) * STRATA, dtype=np.float32)


def _fading(pairs: Pairs, ladder: list[float], beside: list[float], *, top: int) -> Fading:
    """Speeds of the ladder; what is left after each exposure, and of the latest event outside.

    Then decayed events a rate, and of those outside. Both outside in both tellings.
    """
    m = int(np.searchsorted(pairs.endorsed, top))
    speeds = np.array([speed(half_life) for half_life in ladder])
    left = np.exp(-pairs.days[:m, None] * speeds)
    each = [endured(pairs.days[:m], half_life)[:, None] for half_life in beside]
    return (
        np.maximum(speeds, _LEAST).astype(np.float32), left.astype(np.float32),
        _tellings(latest_outside(pairs, ladder), m),
        np.hstack([np.zeros((m, 0)), *each]).astype(np.float32),
        _tellings([sums_outside(pairs, half_life) for half_life in beside], m),
    )  # fmt: skip


def _tellings(found: list[tuple[Floats, Floats]], m: int) -> NDArray[np.float32]:
    """Of the first m pairs, by half-life and telling."""
    out = np.empty((m, len(found), TELLINGS), dtype=np.float32)
    for k, told in enumerate(found):
        for telling in range(TELLINGS):
            out[:, k, telling] = told[telling][:m]
    return out
