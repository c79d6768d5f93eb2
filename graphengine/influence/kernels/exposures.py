"""Loops over a log of adoptions and who saw whom: the earlier adopters that each adopter saw.

Adoptions stand by cascade and, within one, by time; cascade c holds ``first[c]`` to
``first[c + 1]``. A person's first adoption in a cascade is the one that others see. Somebody is
looked up among the people seen, or, where these are many more than the adopters so far, the
adopters so far are looked up among them: no adoption costs much more than the fewer of the two.

Who is in a cascade stands in a table of its own, no larger than the cascade asks for, so that the
inner caches hold it: a bit that tells of nearly everybody who is not in it, and the place of those
who are. What is kept a person comes from afar, and is only where the row of those seen begins;
memory is asked for it, and for the row, some adoptions ahead.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.prefetch import prefetch

__all__ = [
    "Desk",
    "Log",
    "Seen",
    "count_seen",
    "desk_for",
    "find_seen",
    "is_long",
    "list_seen",
    "seen_parent",
]

Ints = NDArray[np.int64]
Words = NDArray[np.uint32]
Number = np.uint64
Log = tuple[Ints, Words, Ints]  # first, person, at
Seen = tuple[Ints, Words, Ints]  # indptr, indices (ascending), since (empty: always)

_SOON, _NEAR = 24, 12  # how many adoptions ahead memory is asked
_ENOUGH = 1_000  # pairs found before they are used
_MANY = 64  # people seen are walked through whatever the number of adopters
_FEW = 8  # one look-up by halving costs about as much as this many steps along the people seen
_NARROW = 64  # slots of a table, or a power of two that is twice the people or more
_SPREAD, _DOWN = np.uint64(0x9E3779B1), np.uint64(17)  # 2^32 over the golden ratio; middle bits
_0, _1, _5, _31 = np.uint64(0), np.uint64(1), np.uint64(5), np.uint64(31)


class Desk(NamedTuple):
    """What a walk along the log has at hand, and where it writes what it finds.

    ``stand``: the step (1 forwards, −1 backwards), the last adoption, its cascade, how many of
    that are left, and the last slot of its table. ``slots`` and ``bits`` are that table: in a slot
    one more than somebody's place in the cascade, 0 for nobody, in a bit whether somebody with
    these last bits is in it. ``events`` are those who saw somebody, ``many`` how many; ``places``
    and ``links`` these adoptions, one after another, and their place in ``indices``.
    """

    stand: Ints
    slots: Words
    bits: Words
    events: Ints
    many: Ints
    places: Ints
    links: Ints


def _last_slot(size: int) -> int:
    """The last slot of a table for so many people."""
    slots = _NARROW
    while slots < 2 * size:
        slots <<= 1
    return slots - 1


def desk_for(log: Log, seen: Seen, step: int = 1) -> Desk:
    """A desk for a walk along all of ``log``: forwards, or with ``step`` −1 backwards."""
    longest = int(np.diff(log[0]).max(initial=0))
    last = _last_slot(min(longest, seen[0].size - 1))
    stand = np.array([step, 0, -1 if step > 0 else log[0].size - 1, 0, 0])
    slots, bits = np.zeros((2, last + 1), np.uint32)
    events, many = np.empty((2, _ENOUGH), np.int64)
    places, links = np.empty((2, _ENOUGH + longest), np.int64)
    return Desk(stand, slots, bits, events, many, places, links)


def _place(indices: Words, lower: int, upper: int, person: int) -> int:
    """Where ``person`` stands in an ascending stretch of ``indices``, −1 if nowhere."""
    end = upper
    while lower < upper:
        middle = (lower + upper) >> 1
        if indices[middle] < person:
            lower = middle + 1
        else:
            upper = middle
    return lower if lower < end and indices[lower] == person else -1


_find = compiled(_place)


@compiled
def is_long(people: int | np.int64, adopters: int) -> bool | np.bool_:
    """Whether looking up the adopters among the people seen is faster than the other way."""
    return people > _MANY + _FEW * adopters


def _slot_of(who: int | Number, begin: int, last: Number, person: Words, slots: Words) -> Number:
    """The slot of ``who`` in the table of the cascade from ``begin`` on: theirs, or an empty one."""
    slot = ((np.uint64(who) * _SPREAD) >> _DOWN) & last
    base = np.uint64(begin)
    while slots[slot] > 0 and person[base + np.uint64(slots[slot]) - _1] != who:
        slot = (slot + _1) & last
    return slot


_place_of = inlined(_slot_of)


def _first_place(
    who: int | Number, begin: int, last: Number, person: Words, slots: Words
) -> int | np.int64:
    """The first adoption of ``who`` in this cascade; before ``begin``, if they have none."""
    return begin + np.int64(slots[_place_of(who, begin, last, person, slots)]) - 1


def _next_known(link: Number, end: Number, indices: Words, bits: Words, last: Number) -> Number:
    """The first of the links from ``link`` to ``end`` to somebody whose bit is set, or ``end``."""
    while link < end and not _bit(np.uint64(indices[link]), bits, last):
        link += _1
    return link


def _has_bit(who: Number, bits: Words, last: Number) -> bool:
    return bool((np.uint64(bits[(who >> _5) & last]) >> (who & _31)) & _1 != _0)


_first_of, _known, _bit = inlined(_first_place), inlined(_next_known), inlined(_has_bit)


def _among_the_adopters(k: int, event: int, begin: int, log: Log, seen: Seen, desk: Desk) -> int:
    """Write whom ``event`` saw to the desk, from place ``k`` on; return where that ends."""
    _, person, at = log
    rows, indices, since = seen
    stand, slots, _, _, _, places, links = desk
    now, me, last = at[event], person[event], np.uint64(stand[4])
    lower, upper = rows[np.uint64(me)], rows[np.uint64(me) + _1]
    for there in range(begin, event):
        who = person[there]
        if at[there] >= now:
            break
        if who == me or _first_of(who, begin, last, person, slots) != there:
            continue
        link = _find(indices, lower, upper, who)
        if link >= 0 and (since.size == 0 or since[link] < now):
            places[k] = there
            links[k] = link
            k += 1
    return k


_by_adopters = compiled(_among_the_adopters)


def _ask_for(event: int, step: int, person: Words, rows: Ints, indices: Words) -> None:
    """Ask memory for what adoptions soon to come need of their people, and for whom these see."""
    last = person.size - 1
    soon = min(max(event + step * _SOON, 0), last)
    near = min(max(event + step * _NEAR, 0), last)
    prefetch(rows, np.uint64(person[np.uint64(soon)]))
    row = np.uint64(person[np.uint64(near)])
    prefetch(indices, np.uint64(rows[row]))
    prefetch(indices, np.uint64(rows[row + _1]))  # a row may lie across two lines of the cache


def _enter(begin: int, end: int, last: Number, person: Words, slots: Words, bits: Words) -> None:
    """Enter everybody in a cascade into its table, with their first adoption in it."""
    for event in range(np.uint64(begin), np.uint64(end)):
        me = np.uint64(person[event])
        slot = _place_of(me, begin, last, person, slots)
        if slots[slot] == 0:
            slots[slot] = event - np.uint64(begin) + _1
            bits[(me >> _5) & last] |= np.uint32(_1 << (me & _31))


def _leave(last: Number, slots: Words, bits: Words) -> None:
    """Empty the table of a cascade."""
    for slot in range(last + _1):
        slots[slot] = 0
        bits[slot] = 0


def _next(cascade: int, step: int, first: Ints) -> int:
    """The next cascade in which somebody can have seen somebody; one outside, if there is none."""
    cascade += step
    while 0 <= cascade < first.size - 1 and first[cascade + 1] - first[cascade] < 2:
        cascade += step
    return cascade


_ask, _last_of = inlined(_ask_for), inlined(_last_slot)
_entered, _left, _after = inlined(_enter), inlined(_leave), inlined(_next)


def _find_seen(log: Log, seen: Seen, desk: Desk) -> int:
    """Go on along the log, and write to the desk who saw which earlier adopters, until it is enough.

    Earlier and seen earlier: strictly. Returns how many saw somebody; 0: the log is at its end.
    Steps that every adoption takes are handed arrays one by one: numba counts who holds each array
    of a tuple, and the counting costs several times the step.
    """
    first, person, at = log
    rows, indices, since = seen
    stand, slots, bits, events, many, places, links = desk
    step, event, cascade, left = stand[0], stand[1], stand[2], stand[3]
    begin, last = event if left == 0 else first[cascade], np.uint64(stand[4])
    found, k = 0, 0
    while k < _ENOUGH:
        if left == 0:
            cascade = _after(cascade, step, first)
            if not 0 <= cascade < first.size - 1:
                break
            begin, end = first[cascade], first[cascade + 1]
            left, event = end - begin, begin - 1 if step > 0 else end
            last = np.uint64(_last_of(min(left, rows.size - 1)))
            stand[4] = last
            _entered(begin, end, last, person, slots, bits)
        event, left, before = event + step, left - 1, k
        _ask(event, step, person, rows, indices)
        me = np.uint64(person[np.uint64(event)])
        lower = np.uint64(rows[me])
        upper = np.uint64(rows[me + _1]) if event > begin else lower
        if is_long(np.int64(upper - lower), event - begin):
            k = _by_adopters(k, event, begin, log, seen, desk)
            upper = lower
        link = _known(lower, upper, indices, bits, last)
        while link < upper:
            there = _first_of(indices[link], begin, last, person, slots)
            earlier = begin <= there < event and at[there] < at[event] and person[there] != me
            if earlier and (since.size == 0 or since[link] < at[event]):
                places[k], links[k] = there, link
                k += 1
            link = _known(link + _1, upper, indices, bits, last)
        if k > before:
            events[found], many[found] = event, k - before
            found += 1
        if left == 0:
            _left(last, slots, bits)
    stand[1], stand[2], stand[3] = event, cascade, left
    return found


find_seen = compiled(_find_seen)


@compiled
def _fill_parents(log: Log, seen: Seen, desk: Desk, newest: int, parent: Ints) -> None:
    _, _, at = log
    _, _, _, events, many, places, _ = desk
    found = find_seen(log, seen, desk)
    while found > 0:
        k = 0
        for group in range(found):
            best = places[k]
            for e in range(k + 1, k + many[group]):
                there = places[e]
                newer = newest > 0 and at[there] != at[best]
                if there > best if newer else there < best:
                    best = there
            parent[events[group]] = best
            k += many[group]
        found = find_seen(log, seen, desk)


def seen_parent(log: Log, seen: Seen, newest: int) -> Ints:
    """The newest or the earliest earlier adopter that each saw, −1 for none; of equals the first."""
    parent = np.full(log[1].size, -1, np.int64)
    _fill_parents(log, seen, desk_for(log, seen), newest, parent)
    return parent


@compiled
def _count(log: Log, seen: Seen, desk: Desk, count: Ints) -> None:
    _, _, _, events, many, _, _ = desk
    found = find_seen(log, seen, desk)
    while found > 0:
        for group in range(found):
            count[events[group]] = many[group]
        found = find_seen(log, seen, desk)


def count_seen(log: Log, seen: Seen) -> Ints:
    """How many earlier adopters each saw."""
    count = np.zeros(log[1].size, np.int64)
    _count(log, seen, desk_for(log, seen), count)
    return count


@compiled
def _list(log: Log, seen: Seen, desk: Desk, indices: Ints) -> None:
    _, _, _, _, many, places, _ = desk
    found, written = find_seen(log, seen, desk), 0
    while found > 0:
        k = 0
        for group in range(found):
            size = many[group]
            indices[written : written + size] = np.sort(places[k : k + size])
            k, written = k + size, written + size
        found = find_seen(log, seen, desk)


def list_seen(log: Log, seen: Seen, indptr: Ints) -> Ints:
    """All of them, ascending: those of i from ``indptr[i]`` to ``indptr[i + 1]``."""
    indices = np.empty(indptr[-1], np.int64)
    _list(log, seen, desk_for(log, seen), indices)
    return indices
