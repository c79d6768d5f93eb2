"""A table of distinct texts: each gets the next number, and the same text always the same one.

Open addressing with linear probing (Knuth 1973). A slot holds 24 bits of a text's hash and where
its record lies; a record is one word with the text's number and length and then its bytes, eight a
word, the last filled up with zeros. Equal hashes prove nothing: a row gets a number only after
each of its words has been compared with the record's. Slots and records are asked for some rows
ahead, since a large table lies outside the cache.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.prefetch import prefetch

__all__ = [
    "hash_texts",
    "key_texts",
    "number_texts",
    "place_records",
    "replace_numbers",
    "spell_texts",
]

Words = NDArray[np.uint64]

_0, _1, _3, _7, _8, _16, _63, _64 = (np.uint64(n) for n in (0, 1, 3, 7, 8, 16, 63, 64))
_BYTES, _PAIRS = np.uint64(0x00FF00FF00FF00FF), np.uint64(0x0000FFFF0000FFFF)
_TAG, _PLACE, _HALF = np.uint64(0xFFFFFF), np.uint64(24), np.uint64(32)
_HIGH, _LOW = np.uint64(40), np.uint64(0xFFFFFFFF)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)
_FAR, _NEAR = np.uint64(24), np.uint64(12)  # rows ahead at which a slot and a record are asked for


@inlined
def _mixed(state: np.uint64, word: np.uint64) -> np.uint64:
    """One more word of a text into its hash: multiply and shift, as SplitMix64 does."""
    z = (state ^ word) * _MIX
    return np.uint64(z ^ (z >> _HALF))


@inlined
def _word(words: Words, at: np.uint64, left: np.uint64) -> np.uint64:
    """Eight bytes from byte ``at``, of which ``left`` belong to the text; the others are zero."""
    k, s = at >> _3, (at & _7) << _3
    found = (words[k] >> s) | ((words[k + _1] << (_63 - s)) << _1)
    return np.uint64(found if left >= _8 else found & (_ALL >> (_64 - (left << _3))))


def _hash_texts(words: Words, ends: Words, hashes: Words) -> None:
    """The hash of each text: ``ends`` has one entry more than ``hashes``, places of bytes.

    ``words`` are the bytes of all, with one word more than they need.
    """
    for i in range(np.uint64(hashes.size)):
        at, end = ends[i], ends[i + _1]
        state = _GOLDEN ^ (end - at)
        while at < end:
            state = _mixed(state, _word(words, at, end - at))
            at += _8
        hashes[i] = _mixed(state, _GOLDEN)


@inlined
def _is_recorded(words: Words, begin: np.uint64, records: Words, place: np.uint64) -> bool:
    """Whether the text that begins at a byte is that of the record, which is as long."""
    size, at = records[place] >> _HALF, _0
    while at < size:
        place += _1
        if records[place] != _word(words, begin + at, size - at):
            break
        at += _8
    return bool(at >= size)


@inlined
def _slot_of(
    slots: Words, records: Words, words: Words, begin: np.uint64, size: np.uint64, state: np.uint64
) -> np.uint64:
    """The slot of a text with this hash: that of its record, else the free one where it belongs."""
    mask, tag = np.uint64(slots.size - 1), state >> _HIGH
    slot = state & mask
    while True:
        found = slots[slot]
        place = found >> _PLACE
        if found == _0 or (
            found & _TAG == tag
            and records[place] >> _HALF == size
            and _is_recorded(words, begin, records, place)
        ):
            break
        slot = (slot + _1) & mask
    return slot


def _number_texts(
    words: Words, ends: Words, slots: Words, records: Words, held: Words, rows: Words
) -> None:
    """Replace the hash of each text in ``rows`` by its number; a text that is new gets the next.

    ``slots`` has 2^k entries and more free ones than there are texts, ``records`` room for all.
    ``held`` says how many numbers are given and how many words of ``records`` are taken.
    """
    n, mask = np.uint64(rows.size), np.uint64(slots.size - 1)
    count, taken = held[0], held[1]
    for i in range(min(_FAR, n)):
        prefetch(slots, rows[i] & mask)
    for i in range(n):
        if i + _FAR < n:
            prefetch(slots, rows[i + _FAR] & mask)
        if i + _NEAR < n:
            prefetch(records, slots[rows[i + _NEAR] & mask] >> _PLACE)
        begin, size = ends[i], ends[i + _1] - ends[i]
        slot = _slot_of(slots, records, words, begin, size, rows[i])
        if slots[slot] == _0:
            slots[slot] = (taken << _PLACE) | (rows[i] >> _HIGH)
            records[taken] = (size << _HALF) | count
            rows[i], at = count, _0
            while at < size:
                taken += _1
                records[taken] = _word(words, begin + at, size - at)
                at += _8
            taken += _1
            count += _1
        else:
            rows[i] = records[slots[slot] >> _PLACE] & _LOW
    held[0], held[1] = count, taken


def _place_records(records: Words, held: Words, slots: Words) -> None:
    """Every record into the empty ``slots``, as after all have come anew."""
    mask, place = np.uint64(slots.size - 1), _1
    while place < held[1]:
        size, first = records[place] >> _HALF, place
        state = _GOLDEN ^ size
        for _ in range(_0, size, _8):
            place += _1
            state = _mixed(state, records[place])
        place += _1
        state = _mixed(state, _GOLDEN)
        slot = state & mask
        while slots[slot] != _0:
            slot = (slot + _1) & mask
        slots[slot] = (first << _PLACE) | (state >> _HIGH)


def _spell_texts(records: Words, held: Words, ends: Words, words: Words) -> None:
    """The texts in the order of their numbers: places of bytes, and the bytes (zero before)."""
    place, number, end = _1, _0, _0
    ends[0] = _0
    while place < held[1]:
        size = records[place] >> _HALF
        for at in range(_0, size, _8):
            place += _1
            k, s = (end + at) >> _3, ((end + at) & _7) << _3
            words[k] |= records[place] << s
            words[k + _1] |= (records[place] >> (_63 - s)) >> _1
        place += _1
        number += _1
        end += size
        ends[number] = end


def _key_texts(words: Words, ends: Words, at: np.uint64, which: Words, keys: Words) -> None:
    """Bytes ``at`` to ``at`` + 7 of each text of ``which``, the first one highest; 0 after its end.

    ``words`` and ``ends`` as ``hash_texts`` takes them.
    """
    for i in range(np.uint64(which.size)):
        begin, end = ends[which[i]] + at, ends[which[i] + _1]
        z = _0 if begin >= end else _word(words, begin, end - begin)
        z = ((z & _BYTES) << _8) | ((z >> _8) & _BYTES)
        z = ((z & _PAIRS) << _16) | ((z >> _16) & _PAIRS)
        keys[i] = (z << _HALF) | (z >> _HALF)


def _replace_numbers(numbers: Words, place: Words) -> None:
    """Each number by its place, in place."""
    for i in range(np.uint64(numbers.size)):
        numbers[i] = place[numbers[i]]


hash_texts = compiled(_hash_texts)
key_texts = compiled(_key_texts)
number_texts = compiled(_number_texts)
place_records = compiled(_place_records)
replace_numbers = compiled(_replace_numbers)
spell_texts = compiled(_spell_texts)
