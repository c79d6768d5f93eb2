"""Loops over a log of adoptions and who saw whom: the earlier adopters that each adopter saw.

Adoptions stand by cascade and, within one, by time; cascade c holds ``first[c]`` to
``first[c + 1]``. A person's first adoption in a cascade is the one that others see. Somebody is
looked up among the people seen, or, where these are many more than the adopters so far, the
adopters so far are looked up among them: no adoption costs much more than the fewer of the two.

In a log of many people each adoption is somebody else's, and the loop waits for memory and little
else. So what is asked of a person lies side by side, memory is asked for it some adoptions ahead,
and the arrays are NumPy's, which lie on large pages where the system has them.
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

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Words = NDArray[np.uint32]
Log = tuple[Ints, Words, Ints]  # first, person, at
Seen = tuple[Ints, Words, Ints]  # indptr, indices (ascending), since (empty: always)

_BITS = 15  # 32 kB of marks stay in the nearest cache, all people do not
_LAST = np.uint32((1 << _BITS) - 1)
_SOON, _NEAR = 24, 12  # how many adoptions ahead memory is asked
_ENOUGH = 1_000  # pairs found before they are used
_MANY = 64  # people seen are walked through whatever the number of adopters
_FEW = 8  # one look-up by halving costs about as much as this many steps along the people seen
_1, _2 = np.uint64(1), np.uint64(2)


class Desk(NamedTuple):
    """What a walk along the log has at hand, and where it writes what it finds.

    ``stand``: the step (1 forwards, −1 backwards), the last adoption, its cascade, and how many of
    that are left. ``rows``: of each person, and one more, where the row of ``indices`` begins, and
    the first adoption in the cascade at hand (or anything outside it). ``mark``: whether somebody
    with these last bits is in the cascade. ``events`` are those who saw somebody, ``many`` how
    many; ``places`` and ``links`` these adoptions, one after another, and their place in
    ``indices``.
    """

    stand: Ints
    rows: Ints
    mark: Bytes
    events: Ints
    many: Ints
    places: Ints
    links: Ints


def desk_for(log: Log, seen: Seen, step: int = 1) -> Desk:
    """A desk for a walk along all of ``log``: forwards, or with ``step`` −1 backwards."""
    rows = np.full(2 * seen[0].size, -1, np.int64)
    rows[::2] = seen[0]
    stand = np.array([step, 0, -1 if step > 0 else log[0].size - 1, 0])
    room = _ENOUGH + int(np.diff(log[0]).max(initial=0))
    events, many = np.empty((2, _ENOUGH), np.int64)
    places, links = np.empty((2, room), np.int64)
    return Desk(stand, rows, np.zeros(1 << _BITS, np.uint8), events, many, places, links)


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
def is_long(people: int, adopters: int) -> bool:
    """Whether looking up the adopters among the people seen is faster than the other way."""
    return people > _MANY + _FEW * adopters


def _among_the_adopters(k: int, event: int, begin: int, log: Log, seen: Seen, desk: Desk) -> int:
    """Write whom ``event`` saw to the desk, from place ``k`` on; return where that ends."""
    _, person, at = log
    _, indices, since = seen
    _, rows, _, _, _, places, links = desk
    now, me = at[event], person[event]
    row = np.uint64(me) * _2
    lower, upper = rows[row], rows[row + _2]
    for there in range(begin, event):
        if at[there] >= now:
            break
        if rows[np.uint64(person[there]) * _2 + _1] != there or person[there] == me:
            continue
        link = _find(indices, lower, upper, person[there])
        if link >= 0 and (since.size == 0 or since[link] < now):
            places[k] = there
            links[k] = link
            k += 1
    return k


_by_adopters = compiled(_among_the_adopters)


def _among_the_seen(k: int, event: int, begin: int, log: Log, seen: Seen, desk: Desk) -> int:
    """The same, by way of the people seen."""
    _, person, at = log
    _, indices, since = seen
    _, rows, mark, _, _, places, links = desk
    me, now = person[np.uint64(event)], at[np.uint64(event)]
    row = np.uint64(me) * _2
    for link in range(np.uint64(rows[row]), np.uint64(rows[row + _2])):
        who = indices[link]
        if mark[who & _LAST] == 0:
            continue
        there = rows[np.uint64(who) * _2 + _1]
        if not begin <= there < event or at[np.uint64(there)] >= now or who == me:
            continue
        if since.size == 0 or since[link] < now:
            places[k] = there
            links[k] = link
            k += 1
    return k


def _ask_for(event: int, step: int, person: Words, rows: Ints, indices: Words) -> None:
    """Ask memory for what adoptions soon to come need of their people, and for whom these see."""
    last = person.size - 1
    soon = min(max(event + step * _SOON, 0), last)
    near = min(max(event + step * _NEAR, 0), last)
    prefetch(rows, np.uint64(person[np.uint64(soon)]) * _2)
    row = np.uint64(person[np.uint64(near)]) * _2
    prefetch(indices, np.uint64(rows[row]))
    prefetch(indices, np.uint64(rows[row + _2]))  # a row may lie across two lines of the cache


def _meet(event: int, begin: int, end: int, person: Words, rows: Ints, mark: Bytes) -> None:
    """If this is the person's first adoption in the cascade, others see it from now on."""
    me = person[np.uint64(event)]
    place = np.uint64(me) * _2 + _1
    if not begin <= rows[place] < end:
        rows[place] = event
        mark[me & _LAST] = 1


def _leave(begin: int, end: int, person: Words, mark: Bytes) -> None:
    """Take the marks of a cascade away."""
    for event in range(np.uint64(begin), np.uint64(end)):
        mark[person[event] & _LAST] = 0


def _next(cascade: int, step: int, log: Log, desk: Desk) -> int:
    """The next cascade in which somebody can have seen somebody; one outside, if there is none.

    Backwards, everybody in it is met before anybody looks; forwards, each after looking.
    """
    first, person, _ = log
    cascade += step
    while 0 <= cascade < first.size - 1 and first[cascade + 1] - first[cascade] < 2:
        cascade += step
    if step < 0 <= cascade:
        begin, end = first[cascade], first[cascade + 1]
        for event in range(begin, end):
            _met(event, begin, end, person, desk.rows, desk.mark)
    return cascade


_by_seen, _ask = inlined(_among_the_seen), inlined(_ask_for)
_met, _left, _after = inlined(_meet), inlined(_leave), inlined(_next)


def _find_seen(log: Log, seen: Seen, desk: Desk) -> int:
    """Go on along the log, and write to the desk who saw which earlier adopters, until it is enough.

    Earlier and seen earlier: strictly. Returns how many saw somebody; 0: the log is at its end.
    """
    first, person, _ = log
    stand, rows, mark, events, many, _, _ = desk
    step, event, cascade, left = stand[0], stand[1], stand[2], stand[3]
    begin, end = event, event
    if left > 0:
        begin, end = first[cascade], first[cascade + 1]
    found, k = 0, 0
    while k < _ENOUGH:
        if left == 0:
            cascade = _after(cascade, step, log, desk)
            if not 0 <= cascade < first.size - 1:
                break
            begin, end = first[cascade], first[cascade + 1]
            left, event = end - begin, begin - 1 if step > 0 else end
        event, left, before = event + step, left - 1, k
        _ask(event, step, person, rows, seen[1])
        row = np.uint64(person[np.uint64(event)]) * _2
        if is_long(rows[row + _2] - rows[row], event - begin):
            k = _by_adopters(k, event, begin, log, seen, desk)
        elif event > begin:
            k = _by_seen(k, event, begin, log, seen, desk)
        if k > before:
            events[found], many[found] = event, k - before
            found += 1
        if step > 0:
            _met(event, begin, end, person, rows, mark)
        if left == 0:
            _left(begin, end, person, mark)
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
