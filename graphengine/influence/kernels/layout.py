"""Loops that lay a topic's edges out: its people numbered, their rows filled.

All are counting sorts: nothing is compared, and what comes first stays first. An edge is one
number of 64 bits, as in ``topic_table``; edges come in order of the endorsed, nearly, so that what
is known of these is still in the cache.

Who is endorsed a few times has a *short* row. Short rows lie in eights of the same length, or
nearly: the first endorsers of all eight, then the second ones, and so on, so that a loop adds up
eight rows at once (sliced ELLPACK: Monakov, Lokhmotov & Avetisyan 2010). Long rows lie one after
the other, each filled up to a multiple of eight. ``ranks`` are the places where kinds of people
end: those only endorsed with long rows, the core of those who endorse and are endorsed with long
rows, the rest of the core, and those only endorsed with short rows, and those whom nobody
endorses, who have no rows.

A *word* says who endorses, by place, in its lowest ``bits`` bits; above is the weight where it is
a small whole number, else weights lie apart.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["EIGHT", "LONG", "eights", "endorsed", "laid", "seated", "tally"]

Words = NDArray[np.uint32]
Pairs = NDArray[np.uint64]
Weights = NDArray[Any] | None
Ranks = tuple[int, int, int, int, int]

EIGHT = 8
LONG = 64  # endorsers of a long row
_STEP, _STRIDE = np.uint32(1), np.uint32(EIGHT)
_NONE, _ONE, _SIX, _WORD = (np.uint64(i) for i in (0, 1, 6, 63))
_MOST, _KINDS_OF = np.uint32(LONG), np.uint64(LONG + 1)
_PRIME = np.uint64(67)  # no two powers of 2 below 2^64 leave the same remainder


def _kinds() -> Words:
    """The kind of who endorses nobody, then of who does, by how often they are endorsed.

    0 and 1 have long rows, 2 … LONG are the core, and 2·LONG − 1 at the most only endorsed.
    """
    sinks = [0, *(2 * LONG - heard for heard in range(1, LONG)), 0]
    core = [0, *(LONG + 1 - heard for heard in range(1, LONG + 1))]
    return np.array(sinks + core, dtype=np.uint32)


def _bits() -> Pairs:
    """Which bit is set, by the remainder of its power of 2."""
    found = np.zeros(int(_PRIME), dtype=np.uint64)
    for bit in range(64):
        found[(1 << bit) % int(_PRIME)] = bit
    return found


_KIND, _BIT = _kinds(), _bits()


@compiled
def tally(topic: NDArray[Any], count: int) -> NDArray[np.int64]:
    """How often each topic, 0 … count − 1, is named; or anything else that is numbered."""
    found = np.zeros(count, dtype=np.int64)
    for e in range(np.uint64(topic.size)):
        found[np.uint64(topic[e])] += 1
    return found


@compiled
def endorsed(pairs: Pairs, half: int, seen: Words, people: Words) -> int:
    """Put who is endorsed into ``people``, by first appearance; how many.

    ``seen``, all 0 on entry, holds how often each is. ``people`` needs an entry more than there
    can be people.
    """
    n, mask = _NONE, (_ONE << np.uint64(half)) - _ONE
    for e in range(np.uint64(pairs.size)):
        v = pairs[e] & mask
        before = seen[v]
        seen[v] = before + _STEP
        people[n] = v
        n += np.uint64(before == 0)
    return int(n)


@compiled
def seated(
    people: Words,
    givers: int,
    marks: tuple[Words, Pairs],
    places: tuple[Words, Words, Words, Words],
) -> tuple[Words, Ranks]:
    """Everyone's place, from what ``endorsed`` found.

    Short rows are ordered by length, longest first; people of one kind and length stay in their
    order, those whom nobody endorses in that of their ids. ``marks`` are (seen, gives), which are
    all 0 again. ``places``, with an entry for everyone, gets (where each person is; how often who
    is at a place is endorsed; and two columns to work with). Returned are the person of each place
    and the ranks.
    """
    seen, gives = marks
    place, length, kind, heard = places
    n, both = np.uint64(people.size), _NONE
    starts = np.zeros(2 * LONG + 1, dtype=np.uint32)
    for i in range(n):
        v = np.uint64(people[i])
        often, word, bit = seen[v], gives[v >> _SIX], v & _WORD
        does = (word >> bit) & _ONE
        seen[v], gives[v >> _SIX] = 0, word & ~(_ONE << bit)
        k = _KIND[does * _KINDS_OF + np.uint64(min(often, _MOST))]
        kind[i], heard[i] = k, often
        starts[np.uint64(k) + _ONE] += _STEP
        both += does
    for k in range(1, starts.size):
        starts[k] += starts[k - 1]
    core, ends = int(starts[LONG + 1]), int(starts[2 * LONG])
    ranks = (int(starts[1]), int(starts[2]), core, ends, ends + givers - int(both))
    order = np.empty(ranks[4], dtype=np.uint32)
    for i in range(n):
        k = np.uint64(kind[i])
        p = starts[k]
        starts[k] = p + _STEP
        order[p] = people[i]
        place[people[i]] = p
        length[p] = heard[i]
    _last(gives, place, order, ends)
    return order, ranks


@compiled
def _last(gives: Pairs, place: Words, order: Words, ends: int) -> None:
    """Seat those who only endorse, and clear their bits."""
    p = np.uint64(ends)
    for g in range(np.uint64(gives.size)):
        word = gives[g]
        gives[g] = 0
        while word != _NONE:
            lowest = word & (word ^ (word - _ONE))
            word ^= lowest
            u = (g << _SIX) + _BIT[lowest % _PRIME]
            order[p] = u
            place[u] = p
            p += _ONE


@compiled
def eights(length: Words, ranks: Ranks) -> tuple[Words, Words, Words]:
    """Where long rows start, where eights start, both with their end, and where each row does."""
    _, long, core, ends, _ = ranks
    start, at = np.zeros(long + 1, dtype=np.uint32), np.empty(ends, dtype=np.uint32)
    for t in range(long):
        at[t] = start[t]
        start[t + 1] = start[t] + (length[t] + _STRIDE - _STEP) // _STRIDE * _STRIDE
    inner = (core - long + EIGHT - 1) // EIGHT
    cut = np.empty(inner + (ends - core + EIGHT - 1) // EIGHT + 1, dtype=np.uint32)
    cut[0] = start[long]
    for first, last, group in ((long, core, 0), (core, ends, inner)):
        for t in range(first, last):
            g, lane = group + (t - first) // EIGHT, (t - first) % EIGHT
            if lane == 0:
                cut[g + 1] = cut[g] + _STRIDE * length[t]
            at[t] = cut[g] + np.uint32(lane)
    return start, cut, at


@compiled
def laid(
    pairs: Pairs,
    w: Weights,
    ends: tuple[int, int, Ranks],
    columns: tuple[Words, Words, Words, Words],
    words: Words,
    weights: Weights,
) -> None:
    """Put the endorsers of everyone, by place, into ``words``, and their weights.

    ``ends`` are (half, bits, ranks), ``columns`` (everyone's place, and start, cut, at of
    ``eights``); ``at`` moves on. In a row endorsers are as the edges are. Where a row of eight is
    shorter than the first, or a long row no multiple of eight, nobody stands: the place after
    everyone's, with the weight 0.
    """
    (half, bits, ranks), (place, start, cut, at) = ends, columns
    _, long, core, last, nobody = ranks
    one, above, short = np.uint64(half), np.uint64(bits), np.uint32(long)
    two, mask = one + one, (_ONE << one) - _ONE
    for e in range(np.uint64(pairs.size)):
        pair = pairs[e]
        t = place[pair & mask]
        r = at[t]
        at[t] = r + (_STEP if t < short else _STRIDE)
        u = np.uint64(place[(pair >> one) & mask])
        if w is not None and weights is not None:
            words[r], weights[r] = u, w[e]
        else:
            words[r] = u | ((pair >> two) << above)
    for t in range(long):
        for r in range(np.uint64(at[t]), np.uint64(start[t + 1])):
            _nobody(r, words, weights, nobody)
    inner = (core - long + EIGHT - 1) // EIGHT
    _fill(words, weights, at[long:core], cut[: inner + 1], nobody)
    _fill(words, weights, at[core:last], cut[inner:], nobody)


@compiled
def _fill(words: Words, weights: Weights, at: Words, cut: Words, nobody: int) -> None:
    """Put ``nobody`` where rows of eight are shorter than the first, or are not there."""
    for t in range(EIGHT * (cut.size - 1)):
        g = t // EIGHT
        r = np.uint64(at[t]) if t < at.size else np.uint64(cut[g]) + np.uint64(t % EIGHT)
        while r < cut[g + 1]:
            _nobody(r, words, weights, nobody)
            r += np.uint64(EIGHT)


@compiled
def _nobody(r: Any, words: Words, weights: Weights, nobody: int) -> None:
    words[r] = nobody
    if weights is not None:
        weights[r] = 0
