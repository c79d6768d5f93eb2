"""A loop that numbers hashes by their first appearance.

They lie in an open table with linear probing (Knuth 1973), one word a slot: the upper half of the
hash, then its number, from 1 on; the lower half says where it belongs. What agrees in the upper
half and meets on the way is taken for the same, so whoever hands hashes over checks the numbers
against what was hashed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.prefetch import prefetch

__all__ = ["number_at_once", "number_hashes"]

Words = NDArray[np.uint64]
Longs = NDArray[np.int64]

_0, _1, _2 = (np.uint64(n) for n in (0, 1, 2))
_HALF, _LOW, _HIGH = np.uint64(32), np.uint64(0xFFFFFFFF), np.uint64(0xFFFFFFFF00000000)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LEAST = np.uint64(12)  # the first table has 2^12 slots
_AHEAD = np.uint64(24)  # hashes ahead for whose slots memory is asked


def number_at_once(hashes: Words, code: Longs, first: Longs) -> int:
    """The twin of ``number_hashes`` in NumPy."""
    _, place, back = np.unique(hashes, return_index=True, return_inverse=True)
    order = np.argsort(place)
    number = np.empty(len(order), dtype=np.int64)
    number[order] = np.arange(len(order))
    code[:], first[: len(order)] = number[back], place[order]
    return len(order)


@inlined
def _home(state: np.uint64, left: np.uint64) -> np.uint64:
    """Where a hash belongs among 2^(32 − left) slots: its lower half, mixed."""
    return np.uint64((((state & _LOW) * _GOLDEN) & _LOW) >> left)


@compiled
def _larger(hashes: Words, first: Longs, slots: Words, left: np.uint64) -> Words:
    """The same entries in four times the slots; first: where each number's hash came from."""
    grown = np.zeros(slots.size * 4, dtype=np.uint64)
    mask = np.uint64(grown.size) - _1
    for entry in slots:
        if entry != _0:
            at = _home(hashes[first[(entry & _LOW) - _1]], left)
            while grown[at] != _0:
                at = (at + _1) & mask
            grown[at] = entry
    return grown


def _number_hashes(hashes: Words, code: Longs, first: Longs) -> int:
    """Fill ``code`` with each hash's number by first appearance, ``first`` with where that was.

    How many numbers there are (below 2^30); ``first`` has room for one a hash.
    """
    n, k, left = np.uint64(hashes.size), _0, _HALF - _LEAST
    slots = np.zeros(_1 << _LEAST, dtype=np.uint64)
    mask = np.uint64(slots.size) - _1
    for i in range(n):
        if i + _AHEAD < n:
            prefetch(slots, _home(hashes[i + _AHEAD], left))
        tag, at = hashes[i] & _HIGH, _home(hashes[i], left)
        while slots[at] != _0 and slots[at] & _HIGH != tag:
            at = (at + _1) & mask
        if slots[at] == _0:
            first[k] = i
            k += _1
            slots[at] = tag | k
            code[i] = k - _1
            if k * _2 > mask:
                left -= _2
                slots = _larger(hashes, first, slots, left)
                mask = np.uint64(slots.size) - _1
        else:
            code[i] = (slots[at] & _LOW) - _1
    return int(k)


number_hashes = compiled(_number_hashes, otherwise=number_at_once)
