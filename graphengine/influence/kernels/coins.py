"""Streams of random words for the loops of diffusion: SplitMix64, one state a chunk.

Every chunk of work has its own stream, made from the random state and the chunk's number, so no
result depends on who works on which chunk. Without numba the words are the same.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["alias_table", "below", "stream", "unit", "word"]

Words = NDArray[np.uint32]
Floats = NDArray[np.float64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX1, _MIX2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32, _S11 = (np.uint64(s) for s in (30, 27, 31, 32, 11))
_LOW = np.uint64(0xFFFFFFFF)
_UNIT = 1.0 / (1 << 53)
_ALL = (1 << 64) - 1


def _word(state: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The next state and its 64 random bits (SplitMix64: Steele, Lea & Flood 2014)."""
    state = state + _GOLDEN
    z = (state ^ (state >> _S30)) * _MIX1
    z = (z ^ (z >> _S27)) * _MIX2
    return state, z ^ (z >> _S31)


def _below(bits: np.uint64, n: np.uint64) -> np.uint64:
    """A number below n < 2^32: the high word of bits·n."""
    return ((bits >> _S32) * n + (((bits & _LOW) * n) >> _S32)) >> _S32


def _unit(bits: np.uint64) -> float:
    """A number above 0 and below 1."""
    return (float(bits >> _S11) + 0.5) * _UNIT


word = inlined(_word)
below, unit = inlined(_below), inlined(_unit)


def _alias_table(first: NDArray[np.uint64], weight: Floats) -> tuple[Floats, Words]:
    """Per row first[v]:first[v + 1] of weights: keep a place or take its other (Vose 1991).

    A place drawn evenly, kept with probability ``keep`` and else changed for ``other`` (a place
    within the row), comes out in proportion to its weight.
    """
    keep, other = np.ones(weight.size), np.zeros(weight.size, np.uint32)
    small, large = np.empty(weight.size, np.uint32), np.empty(weight.size, np.uint32)
    for v in range(first.size - 1):
        start, size, total = first[v], first[v + 1] - first[v], 0.0
        for i in range(size):
            total += weight[start + np.uint64(i)]
        few, many = 0, 0
        for i in range(size):
            keep[start + np.uint64(i)] = weight[start + np.uint64(i)] * float(size) / total
            if keep[start + np.uint64(i)] < 1.0:
                small[few] = i
                few += 1
            else:
                large[many] = i
                many += 1
        while few > 0 and many > 0:
            few -= 1
            low, high = small[few], large[many - 1]
            other[start + np.uint64(low)] = high
            keep[start + np.uint64(high)] -= 1.0 - keep[start + np.uint64(low)]
            if keep[start + np.uint64(high)] < 1.0:
                many -= 1
                small[few] = high
                few += 1
        for i in range(few):
            keep[start + np.uint64(small[i])] = 1.0
        for i in range(many):
            keep[start + np.uint64(large[i])] = 1.0
    return keep, other


alias_table = compiled(_alias_table)


def stream(random_state: int, chunk: int) -> np.uint64:
    """Where the stream of a chunk begins.

    >>> [bool(stream(1, 0) == stream(1, chunk)) for chunk in (0, 1)]
    [True, False]
    """
    z = (_origin(random_state) + (chunk + 1) * 0xD1342543DE82EF95) & _ALL
    z = ((z ^ (z >> 32)) * 0xDABA0B6EB09322E3) & _ALL  # (Steele & Vigna 2021)
    z = ((z ^ (z >> 32)) * 0xDABA0B6EB09322E3) & _ALL
    return np.uint64(z ^ (z >> 32))


@lru_cache(maxsize=64)
def _origin(random_state: int) -> int:
    return int(np.random.SeedSequence(random_state).generate_state(1, np.uint64)[0])
