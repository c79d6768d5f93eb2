"""Loops of draws over exposure pairs: rates, what endorsers add up to, and trail visits.

Pairs lie sorted by the endorsed person (``ends``: where a person's pairs begin) and then by the
endorser. BATCH draws go through the pairs together, so that each array is read once for all of
them; a batch has a stream of its own, and no result depends on who works on which batch. Gamma
variates of frequent shapes come from tables of equal-probability strata, each stratum by its mean;
others by the method of Marsaglia & Tsang (2000).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import unit, word
from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = [
    "BATCH",
    "STRATA",
    "add_cascades",
    "endorser_sums",
    "event_sums",
    "pair_rates",
    "passing_on",
    "person_rates",
    "strata",
    "trail_sweeps",
    "weights",
]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Longs = NDArray[np.uint64]
Words = NDArray[np.uint32]

BATCH, STRATA = 8, 2048
_MASK, _FIELD = np.uint64(STRATA - 1), np.uint64(16)


def _gamma(state: np.uint64, shape: float, normal: Floats) -> tuple[np.uint64, float]:
    """A Gamma variate of any shape above 0."""
    lift = 1.0
    if shape < 1.0:
        state, bits = word(state)
        lift = unit(bits) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / np.sqrt(9.0 * d)
    while True:
        state, bits = word(state)
        z = normal[bits & _MASK]
        v = 1.0 + c * z
        if v > 0.0:
            v = v * v * v
            state, bits = word(state)
            if np.log(unit(bits)) < 0.5 * z * z + d - d * v + d * np.log(v):
                return state, d * v * lift


gamma = inlined(_gamma)


def _strata(state: np.uint64, tables: Floats, shapes: Words, out: Singles) -> np.uint64:
    """Fill each row of ``out`` with Gamma variates of its whole shape, 0 where that is 0.

    From the tables four variates come from one word; larger shapes are rare.
    """
    last = np.uint64(tables.shape[0] - 1)
    normal = tables[last]
    for e in range(shapes.size):
        shape = np.uint64(shapes[e])
        if shape == 0:
            for b in range(BATCH):
                out[e, b] = 0.0
        elif shape < last:
            for first in range(0, BATCH, 4):
                state, bits = word(state)
                for b in range(first, first + 4):
                    out[e, b] = tables[shape, bits & _MASK]
                    bits >>= _FIELD
        else:
            for b in range(BATCH):
                state, value = gamma(state, float(shape), normal)
                out[e, b] = value
    return state


def _add_cascades(
    shared: tuple[Words, Words, Singles, Singles], sizes: Singles, own: Singles, again: Singles
) -> None:
    """Add what cascades bring each pair: events inside and outside, times the size drawn.

    shared: the pair of each entry, its cascade, events inside and outside.
    """
    pair, cascade, inside, beyond = shared
    for f in range(pair.size):
        for b in range(BATCH):
            own[pair[f], b] += inside[f] * sizes[cascade[f], b]
            again[pair[f], b] += beyond[f] * sizes[cascade[f], b]


def _person_rates(
    state: np.uint64,
    shapes: tuple[float, Floats, Floats],
    people: tuple[Floats, Floats, Floats],
    rates: tuple[Floats, Floats],
    normal: Floats,
) -> np.uint64:
    """Everybody's own rate, relative to the average, and the multiplier of the quiet pairs.

    shapes: k (infinite: pooled), of the events that stand alone, of the quiet pairs. people:
    expected events, fitted rate, elasticity of the quiet pairs. rates: events in shared cascades
    (in) and the rate (out); the multiplier (out). normal: strata of the normal.
    """
    k, alone, quiet = shapes
    expected, fitted, elasticity = people
    rate, still = rates
    for i in range(rate.shape[0]):
        for b in range(BATCH):
            own = 1.0
            if k < np.inf:
                state, value = gamma(state, alone[i] + k, normal)
                own = (rate[i, b] + value) / (expected[i] + k)
            rate[i, b] = own
            still[i, b] = 1.0
            if elasticity[i] > 0.0:
                still[i, b] = (own / fitted[i]) ** elasticity[i]
            if quiet[i] < np.inf:
                state, value = gamma(state, quiet[i], normal)
                still[i, b] *= value / quiet[i]
    return state


def _pair_rates(
    state: np.uint64,
    a: float,
    pairs: tuple[Words, Floats, Floats],
    tables: Floats,
    rate: Floats,
    own: Singles,
) -> np.uint64:
    """From the events inside each pair's exposure (own, in) to its rate (out), given the person's.

    pairs: the endorsed person, T, and the rate of an average endorsed person to the endorser.
    """
    endorsed, days, base = pairs
    for e in range(days.size):
        if days[e] == 0.0:
            continue
        i = endorsed[e]
        if a == np.inf:
            for b in range(BATCH):
                own[e, b] = rate[i, b] * base[e]
            continue
        for first in range(0, BATCH, 4):
            state, bits = word(state)
            for b in range(first, first + 4):
                events = own[e, b] + tables[0, bits & _MASK]
                own[e, b] = events / (days[e] + a / (rate[i, b] * base[e]))
                bits >>= _FIELD
    return state


def _add_beyond(
    row: tuple[int, int, int], ends: Longs, again: Singles, beyond: Floats, sums: Floats
) -> None:
    """Add what events outside leave one person at one half-life: row is person, half-life, draw.

    Four draws at a time, so that the sums stay in registers.
    """
    i, h, b = row
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    for e in range(ends[i], ends[i + 1]):
        left = beyond[e, h]
        s0 += again[e, b] * left
        s1 += again[e, b + 1] * left
        s2 += again[e, b + 2] * left
        s3 += again[e, b + 3] * left
    sums[i, h, b] += s0
    sums[i, h, b + 1] += s1
    sums[i, h, b + 2] += s2
    sums[i, h, b + 3] += s3


add_beyond = inlined(_add_beyond)


def _endorser_sums(
    ends: Longs,
    drawn: tuple[Singles, Singles, Singles],
    fading: tuple[Floats, Floats, Floats],
    reach: Floats,
) -> None:
    """Add each person's expected decayed distinct endorsers (half-life × BATCH).

    drawn: rates, multipliers of the events outside, and e^(−rate·T): no rows where no T is known.
    fading: ln 2 over the half-life; what is left after T; what is left of the latest event outside
    (pair × half-life).
    """
    own, again, none = drawn
    speed, left, outside = fading
    for i in range(ends.size - 1):
        if none.shape[0] == 0:
            for h in range(speed.size):
                for first in range(0, BATCH, 4):
                    add_beyond((i, h, first), ends, again, outside, reach)
            continue
        for e in range(ends[i], ends[i + 1]):
            # without a rate nothing comes inside: most pairs, where few exposures are known
            for h in range(speed.size if own[e].any() else 0):
                for b in range(BATCH):
                    share = own[e, b] / (own[e, b] + speed[h] + 1e-300)
                    reach[i, h, b] += share * (1.0 - none[e, b] * left[e, h])
            for h in range(speed.size):
                for b in range(BATCH):
                    reach[i, h, b] += none[e, b] * again[e, b] * outside[e, h]


def _event_sums(
    ends: Longs,
    drawn: tuple[Singles, Singles],
    counting: tuple[Floats, Floats],
    events: Floats,
) -> None:
    """Add each person's expected decayed events (half-life × BATCH); drawn as above.

    counting: decayed events a rate, and outside (pair × half-life).
    """
    own, again = drawn
    for i in range(ends.size - 1):
        for h in range(events.shape[1]):
            for first in range(0, BATCH, 4):
                add_beyond((i, h, first), ends, own, counting[0], events)
                add_beyond((i, h, first), ends, again, counting[1], events)


def _weights(
    drawn: tuple[Singles, Singles],
    weighing: tuple[Floats, Floats],
    power: float,
    endorser: Words,
    passed: Singles,
    weight: Singles,
) -> None:
    """Fill ``weight`` with each pair's decayed weight to the power α; drawn as above.

    weighing: decayed weight a rate, and of the events outside. passed: what each endorser's add up
    to, on top of what is there (× BATCH).
    """
    own, again = drawn
    per_rate, beyond = weighing
    for e in range(per_rate.size):
        for b in range(BATCH):
            value = np.float32(own[e, b] * per_rate[e] + again[e, b] * beyond[e])
            value = np.sqrt(value) if power == 0.5 else np.float32(value**power)
            weight[e, b] = value
            passed[endorser[e], b] += value


def _passing_on(ends: Longs, endorser: Words, part: Singles, step: Singles, given: Floats) -> None:
    """From weights^α to steps P in place, and add up what each of the first people is passed (S).

    part: 1 over what each endorser's weights^α, and the rest, add up to. All × BATCH.
    """
    for i in range(given.shape[0]):
        for b in range(0, BATCH, 4):
            s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
            for e in range(ends[i], ends[i + 1]):
                j = endorser[e]
                p0, p1 = step[e, b] * part[j, b], step[e, b + 1] * part[j, b + 1]
                p2, p3 = step[e, b + 2] * part[j, b + 2], step[e, b + 3] * part[j, b + 3]
                step[e, b], step[e, b + 1], step[e, b + 2], step[e, b + 3] = p0, p1, p2, p3
                s0, s1, s2, s3 = s0 + p0, s1 + p1, s2 + p2, s3 + p3
            given[i, b] += s0
            given[i, b + 1] += s1
            given[i, b + 2] += s2
            given[i, b + 3] += s3


def _trail_sweeps(
    graph: tuple[Words, Longs, Words, Singles],
    source: Floats,
    damping: float,
    close: float,
    more: Floats,
) -> int:
    """Sweep more = source + d·Pᵀmore in place, × BATCH; visits x are 1 + more.

    graph: people whom anybody visits further on, where their edges begin, each edge's endorser and
    step. For all others ``more`` is what comes straight, from the start. Ends when no x has moved
    by more than ``close`` of itself, with the number of sweeps; -1: not in 1,000.
    """
    people, ends, endorser, step = graph
    s = np.empty(BATCH)
    for sweep in range(1000):
        largest = 0.0
        for k in range(people.size):
            for first in range(0, BATCH, 4):
                s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
                for e in range(ends[k], ends[k + 1]):
                    j = endorser[e]
                    s0 += step[e, first] * more[j, first]
                    s1 += step[e, first + 1] * more[j, first + 1]
                    s2 += step[e, first + 2] * more[j, first + 2]
                    s3 += step[e, first + 3] * more[j, first + 3]
                s[first], s[first + 1], s[first + 2], s[first + 3] = s0, s1, s2, s3
            i = people[k]
            for b in range(BATCH):
                fresh = source[i, b] + damping * s[b]
                largest = max(largest, abs(fresh - more[i, b]) / (1.0 + fresh))
                more[i, b] = fresh
        if largest <= close:
            return sweep + 1
    return -1


_plain = np.errstate(over="ignore")
strata = compiled(_strata, otherwise=_plain(_strata))
person_rates = compiled(_person_rates, otherwise=_plain(_person_rates))
pair_rates = compiled(_pair_rates, otherwise=_plain(_pair_rates))
add_cascades = compiled(_add_cascades)
endorser_sums, event_sums = compiled(_endorser_sums), compiled(_event_sums)
passing_on, trail_sweeps, weights = (
    compiled(_passing_on),
    compiled(_trail_sweeps),
    compiled(_weights),
)
