"""Draws over exposure pairs: rates, what endorsers add up to, what weights they pass on.

Pairs lie sorted by the endorsed person and then by the endorser. BATCH draws go through them side
by side, so that what is known of a pair is read once for all of them, and each step runs along a
row of numbers. The pairs go block by block through one step after the other, and a block's draws
stay in the cache. Every other draw takes the first telling of events outside, the rest the second.
Sums lie in 32 bits for some dozen pairs at a time, their totals in 64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.rate_draws import Law, variates

__all__ = [
    "Fading",
    "Known",
    "Laws",
    "Shared",
    "Weighing",
    "add_cascades",
    "add_endorsers",
    "add_events",
    "begin_sums",
    "draw_events",
    "drawn_pairs",
    "settle",
    "weigh",
]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Words = NDArray[np.uint32]
Place = int | np.uint64
Block = tuple[Place, Place]  # its first pair, and the first of the next
Drawn = tuple[Singles, Singles, Singles]  # own, again, none: a row for each pair of the block
Laws = tuple[Law, Law, float, bool]
Known = tuple[Words, Singles, Singles, Words, Words, Singles]
Shared = tuple[Words, Words, Singles, Singles, Singles]
Fading = tuple[Singles, Singles, Singles, Singles, Singles]
Weighing = tuple[Singles, Singles, Words, float, Singles]

_BLOCK, _W1 = np.uint64(64), np.uint64(1)
_ONE, _HALF, _SIXTH, _24TH = (np.float32(1.0 / k) for k in (1, 2, 6, 24))
_16TH, _MOST = np.float32(1.0 / 16.0), np.float32(5.5)  # e^(16·5.5) is a 32-bit number still


@compiled
def draw_events(
    state: np.uint64, block: Block, laws: Laws, known: Known, drawn: Drawn
) -> np.uint64:
    """Fill ``own`` and ``again`` with the events inside and outside that stand alone, drawn anew.

    laws: within pairs (above a), of events by themselves, a, and whether the two lie apart; else
    what lies inside comes with the Gamma(a) of the pair's rate in it, which has the same law.
    """
    (within, normal, a), (whole, _, zero) = laws[0], laws[1]
    apart, pooled = laws[3], laws[2] == np.inf
    _, days, _, alone, outside, _ = known
    own, again, _ = drawn
    for e in range(block[0], block[1]):
        k = e - block[0]
        for b in range(own.shape[1]):
            own[k, b] = again[k, b] = 0.0
        if days[e] > 0.0 and apart:
            state = variates(state, (whole, normal, zero), np.uint64(alone[e]), own, k)
        elif days[e] > 0.0 and not pooled:
            state = variates(state, (within, normal, a), np.uint64(alone[e]), own, k)
        if outside[e] > 0:
            state = variates(state, (whole, normal, zero), np.uint64(outside[e]), again, k)
    return state


@compiled
def add_cascades(f: np.uint64, block: Block, shared: Shared, drawn: Drawn) -> np.uint64:
    """Add what cascades bring each pair: events inside and outside, times the size drawn.

    From entry ``f`` on; the entry after the block's last.
    """
    pair, cascade, inside, beyond, sizes = shared
    own, again, _ = drawn
    while f < np.uint64(pair.size) and pair[f] < block[1]:
        k, c = np.uint64(pair[f]) - block[0], cascade[f]
        for b in range(own.shape[1]):
            own[k, b] += inside[f] * sizes[c, b]
            again[k, b] += beyond[f] * sizes[c, b]
        f += _W1
    return f


@compiled
def add_events(block: Block, endorsed: Words, drawn: Drawn, moved: Singles) -> None:
    """Add the events drawn of each pair to those of its endorsed person, if that is a row."""
    own, again, _ = drawn
    for e in range(block[0], block[1]):
        i, k = endorsed[e], e - block[0]
        if i < moved.shape[0]:
            for b in range(own.shape[1]):
                moved[i, b] += own[k, b] + again[k, b]


@compiled
def settle(
    state: np.uint64, block: Block, laws: Laws, known: Known, to: tuple[Singles, Drawn]
) -> np.uint64:
    """From events to rates, given people's own ``to[0]``, and to the multiplier of those outside.

    known: the endorsed person, days of exposure, shape over the rate of an average endorsed person
    to the endorser (pooled: that rate), events alone inside and outside, 1 over all events outside.
    """
    within, a, apart = laws[0], laws[2], laws[3]
    endorsed, days, inverse, _, _, each = known
    rate, (own, again, none) = to
    for e in range(block[0], block[1]):
        i, k = endorsed[e], e - block[0]
        if days[e] > 0.0 and a == np.inf:
            for b in range(own.shape[1]):
                own[k, b] = rate[i, b] * inverse[e]
        elif days[e] > 0.0:
            if apart:
                state = variates(state, within, np.uint64(0), none, k)
                for b in range(own.shape[1]):
                    own[k, b] += none[k, b]
            for b in range(own.shape[1]):
                spread = days[e] + np.true_divide(inverse[e], rate[i, b])
                own[k, b] = np.true_divide(own[k, b], spread)
        for b in range(own.shape[1]):
            again[k, b] *= each[e]
    return state


def _fill_none(k: Place, days: np.float32, own: Singles, none: Singles) -> None:
    """The probability of no event inside, e^(−rate·days), to 1e-5.

    1 over the 16th power of a short series for e^(rate·days/16).
    """
    for b in range(own.shape[1]):
        y = min(own[k, b] * days * _16TH, _MOST)
        p = _ONE + y * (_ONE + y * (_HALF + y * (_SIXTH + y * _24TH)))
        p *= p
        p *= p
        p *= p
        p *= p
        none[k, b] = np.true_divide(_ONE, p)


def _add_inside(
    at: tuple[Place, Place],
    own: Singles,
    none: Singles,
    speed: Singles,
    left: Singles,
    sums: Singles,
) -> None:
    """Add the latest event inside, decayed, at a pair's rate; at: the pair, its row in the block."""
    e, k = at
    for h in range(speed.size):
        for b in range(own.shape[1]):
            share = np.true_divide(own[k, b], own[k, b] + speed[h])
            sums[h, b] += share * (_ONE - none[k, b] * left[e, h])


def _add_outside(
    at: tuple[Place, Place],
    own: Singles,
    none: Singles,
    told: Singles,
    turn: Singles,
    sums: Singles,
) -> None:
    """Add the latest event outside, decayed, where none came inside; own: its multiplier."""
    e, k = at
    for h in range(told.shape[1]):
        for b in range(own.shape[1]):
            left = told[e, h, 0] * turn[0, b] + told[e, h, 1] * turn[1, b]
            sums[h, b] += none[k, b] * own[k, b] * left


def _add_counts(
    at: tuple[Place, Place],
    drawn: Drawn,
    rates: Singles,
    told: Singles,
    turn: Singles,
    sums: Singles,
) -> None:
    """Add the decayed events inside and outside, after what the half-lives of R take."""
    e, k = at
    own, again, _ = drawn
    first = sums.shape[0] - rates.shape[1]
    for h in range(rates.shape[1]):
        for b in range(own.shape[1]):
            left = told[e, h, 0] * turn[0, b] + told[e, h, 1] * turn[1, b]
            sums[first + h, b] += own[k, b] * rates[e, h] + again[k, b] * left


def _add_up(i: Place, sums: Singles, totals: Floats) -> None:
    """Add the sums of some pairs to one person's totals, and begin anew."""
    for h in range(sums.shape[0]):
        for b in range(sums.shape[1]):
            totals[i, h, b] += sums[h, b]
            sums[h, b] = 0.0


fill_none, add_up = inlined(_fill_none), inlined(_add_up)
add_inside, add_outside, add_counts = (
    inlined(_add_inside),
    inlined(_add_outside),
    inlined(_add_counts),
)


@compiled
def add_endorsers(
    block: Block, known: Known, drawn: Drawn, fading: Fading, to: tuple[Singles, Singles, Floats]
) -> None:
    """Add the expected decayed endorsers, then events, of each pair to its person's, if a row.

    fading: ln 2 over R's half-lives; what is left after the exposure; of the latest event outside;
    then decayed events a rate, and outside. Outside in both tellings. to: which draw takes which
    telling, room for sums, totals.
    """
    endorsed, days, each = known[0], known[1], known[5]
    own, again, none = drawn
    speed, left, latest, rates, counts = fading
    turn, sums, totals = to
    here = np.uint64(endorsed[block[0]])
    for e in range(block[0], block[1]):
        i, k = np.uint64(endorsed[e]), e - block[0]
        if i >= totals.shape[0]:
            break
        if i != here:
            add_up(here, sums, totals)
            here = i
        fill_none(k, days[e], own, none)
        if days[e] > 0.0:
            add_inside((e, k), own, none, speed, left, sums)
        if each[e] > 0.0:
            add_outside((e, k), again, none, latest, turn, sums)
        add_counts((e, k), drawn, rates, counts, turn, sums)
    add_up(here, sums, totals)


@compiled
def begin_sums(seen: np.uint64, block: Block, weighing: Weighing, passed: Singles) -> np.uint64:
    """Begin the sums of the endorsers whom the block names first, with what they pass on besides.

    seen: how many have come before; returned is how many have come then.
    """
    endorser, rest = weighing[2], weighing[4]
    for e in range(block[0], block[1]):
        if endorser[e] == seen:
            for b in range(passed.shape[1]):
                passed[seen, b] = rest[seen]
            seen += _W1
    return seen


@compiled
def weigh(
    block: Block, drawn: Drawn, weighing: Weighing, turn: Singles, to: tuple[Singles, Singles]
) -> None:
    """Each pair's decayed weight to the power α, also added to what its endorser's add up to.

    weighing: decayed weight a rate, and of the events outside in both tellings; each pair's
    endorser, numbered as they first come; α; what each endorser passes on besides.
    """
    per_rate, beyond, endorser, power, _ = weighing
    own, again, _ = drawn
    passed, step = to
    for e in range(block[0], block[1]):
        j, k = endorser[e], e - block[0]
        for b in range(own.shape[1]):
            told = beyond[e, 0] * turn[0, b] + beyond[e, 1] * turn[1, b]
            value = own[k, b] * per_rate[e] + again[k, b] * told
            step[e, b] = np.sqrt(value) if power == 0.5 else np.float32(value**power)
        for b in range(own.shape[1]):
            passed[j, b] += step[e, b]


def _drawn_pairs(
    state: np.uint64,
    laws: Laws,
    rate: Singles,
    pairs: tuple[Known, Shared],
    forms: tuple[Fading, Weighing],
    found: tuple[Floats, Singles, Singles, Singles],
) -> np.uint64:
    """Draw every pair once, × BATCH; the state after it.

    rate: everybody's own. pairs: see ``settle``; and of shared cascades, by pair: pair, cascade,
    events inside and outside, the sizes drawn. forms: see ``add_endorsers`` and ``weigh``. found:
    totals of the first people, the events drawn of as many; what endorsers pass on, and weights^α;
    no rows: not wanted.
    """
    known, shared = pairs
    fading, weighing = forms
    totals, moved, passed, step = found
    lanes, m = rate.shape[1], np.uint64(known[0].size)
    f, seen = np.uint64(0), np.uint64(0)
    turn = np.zeros((2, lanes), np.float32)
    turn[0, 0::2], turn[1, 1::2] = 1.0, 1.0
    room = np.empty((3, _BLOCK, lanes), np.float32)
    drawn = (room[0], room[1], room[2])
    sums = np.zeros((totals.shape[1], lanes), np.float32)
    for begin in range(np.uint64(0), m, _BLOCK):
        block = (begin, min(begin + _BLOCK, m))
        state = draw_events(state, block, laws, known, drawn)
        f = add_cascades(f, block, shared, drawn)
        if known[0][begin] < moved.shape[0]:
            add_events(block, known[0], drawn, moved)
        state = settle(state, block, laws, known, (rate, drawn))
        if known[0][begin] < totals.shape[0]:
            add_endorsers(block, known, drawn, fading, (turn, sums, totals))
        if step.shape[0] > 0:
            seen = begin_sums(seen, block, weighing, passed)
            weigh(block, drawn, weighing, turn, (passed, step))
    return state


drawn_pairs = compiled(_drawn_pairs, otherwise=np.errstate(over="ignore")(_drawn_pairs))
