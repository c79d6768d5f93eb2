"""Loops over a log of adoptions and who saw whom: the earlier adopters that each adopter saw.

Adoptions stand by cascade and, within one, by time; cascade c holds ``first[c]`` to
``first[c + 1]``. A person's first adoption in a cascade is the one that others see. Somebody is
looked up among the people seen, or, where these are many more than the adopters so far, the
adopters so far are looked up among them: no adoption costs much more than the fewer of the two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined
from graphengine.influence.kernels.prefetch import prefetch

__all__ = [
    "ask_for",
    "by_adopters",
    "count_seen",
    "desk_for",
    "is_long",
    "leave",
    "list_seen",
    "meet",
    "meet_all",
    "seen_before",
    "seen_parent",
]

Ints = NDArray[np.int64]
Words = NDArray[np.uint32]
Log = tuple[Ints, Words, Ints]  # first, person, at
Seen = tuple[Ints, Words, Ints]  # indptr, indices (ascending), since (empty: always)
# each person's first position in the cascade at hand (or anything before it); a small mark of who is
# in it, by the last bits of their numbers; positions found, and the link of each in ``indices``
Desk = tuple[Ints, NDArray[np.uint8], Ints, Ints]

LAST_BITS = np.uint32(0x7FFF)  # 32 kB of marks stay in the nearest cache, all people do not
SOON, NEAR = 24, 12  # how many adoptions ahead memory is asked for what they need
_MANY = 64  # people seen are walked through whatever the number of adopters
_FEW = 8  # one look-up by halving costs about as much as this many steps along the people seen


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


def _among_the_seen(event: int, begin: int, log: Log, seen: Seen, desk: Desk) -> int:
    _, person, at = log
    indptr, indices, since = seen
    known, mark, places, links = desk
    now, me, k = at[event], person[event], 0
    timed = since.size > 0
    for link in range(indptr[me], indptr[me + 1]):
        if mark[indices[link] & LAST_BITS] == 0:
            continue
        there = known[indices[link]]
        if there < begin or at[there] >= now or indices[link] == me:
            continue
        if not timed or since[link] < now:
            places[k] = there
            links[k] = link
            k += 1
    return k


def _among_the_adopters(event: int, begin: int, log: Log, seen: Seen, desk: Desk) -> int:
    _, person, at = log
    indptr, indices, since = seen
    known, _, places, links = desk
    now, me, k = at[event], person[event], 0
    lower, upper = indptr[me], indptr[me + 1]
    for there in range(begin, event):
        if at[there] >= now:
            break
        if known[person[there]] != there or person[there] == me:
            continue
        link = _find(indices, lower, upper, person[there])
        if link >= 0 and (since.size == 0 or since[link] < now):
            places[k] = there
            links[k] = link
            k += 1
    return k


_by_seen, by_adopters = compiled(_among_the_seen), compiled(_among_the_adopters)


def _seen_before(event: int, begin: int, log: Log, seen: Seen, desk: Desk) -> int:
    """Write to ``desk`` whom ``event`` saw among earlier adopters; return how many.

    Earlier and seen earlier: strictly. The cascade begins at ``begin``.
    """
    if event == begin:
        return 0
    me = log[1][event]
    people = seen[0][me + 1] - seen[0][me]
    if is_long(people, event - begin):
        return int(by_adopters(event, begin, log, seen, desk))
    return int(_by_seen(event, begin, log, seen, desk))


seen_before = compiled(_seen_before)


def _ask_for(soon: int, near: int, person: Words, seen: Seen, known: Ints) -> None:
    """Ask memory for what the adoption at ``soon`` needs of its person, and for whom ``near`` sees.

    A log of many people waits for nothing else: each adoption is somebody else's.
    """
    prefetch(seen[0], person[soon])
    prefetch(known, person[soon])
    prefetch(seen[1], np.uint64(seen[0][person[near]]))


ask_for = inlined(_ask_for)


@compiled
def desk_for(people: int, adoptions: int) -> Desk:
    """A desk on which nobody has been met."""
    return (
        np.full(people, -1, np.int64),
        np.zeros(1 << 15, np.uint8),
        np.empty(adoptions, np.int64),
        np.empty(adoptions, np.int64),
    )


@compiled
def meet(desk: Desk, person: np.uint32, event: int, begin: int) -> bool:
    """Whether this is the person's first adoption in the cascade; from now on others see it."""
    if desk[0][person] >= begin:
        return False
    desk[0][person] = event
    desk[1][person & LAST_BITS] = 1
    return True


@compiled
def meet_all(desk: Desk, log: Log, seen: Seen, begin: int, end: int) -> None:
    """Meet everybody in a cascade, and have memory bring near what looking back at it needs."""
    person, last = log[1], log[1].size - 1
    for event in range(begin, end):
        ask_for(min(event + SOON, last), min(event + NEAR, last), person, seen, desk[0])
        meet(desk, person[event], event, begin)


@compiled
def leave(desk: Desk, log: Log, begin: int, end: int) -> None:
    """Take the marks of a cascade away."""
    for event in range(begin, end):
        desk[1][log[1][event] & LAST_BITS] = 0


def _parents_in(
    span: tuple[int, int], log: Log, seen: Seen, desk: Desk, newest: int, parent: Ints
) -> None:
    """Fill the parents of one cascade; the look-up stands in the loop, where it is fastest."""
    _, person, at = log
    indptr, indices, since = seen
    known, mark, places, _ = desk
    (begin, end), last = span, person.size - 1
    for event in range(begin, end):
        ask_for(min(event + SOON, last), min(event + NEAR, last), person, seen, known)
        me, now, k = person[event], at[event], 0
        lower, upper = indptr[me], indptr[me + np.uint32(1)]
        if is_long(upper - lower, event - begin):
            k = by_adopters(event, begin, log, seen, desk)
        else:
            for link in range(np.uint64(lower), np.uint64(upper)):
                if mark[indices[link] & LAST_BITS] == 0:
                    continue
                there = known[indices[link]]
                if there < begin or at[there] >= now or indices[link] == me:
                    continue
                if since.size == 0 or since[link] < now:
                    places[k] = there
                    k += 1
        best = -1
        for e in range(k):
            there = places[e]
            newer = newest > 0 and best >= 0 and at[there] != at[best]
            if best < 0 or (there > best if newer else there < best):
                best = there
        parent[event] = best
        if known[me] < begin:
            known[me] = event
            mark[me & LAST_BITS] = 1


_fill_parents = compiled(_parents_in)


@compiled
def seen_parent(log: Log, seen: Seen, newest: int) -> Ints:
    """The newest or the earliest earlier adopter that each saw, −1 for none; of equals the first."""
    first, person, _ = log
    desk = desk_for(seen[0].size - 1, person.size)
    parent = np.full(person.size, -1, np.int64)
    for cascade in range(first.size - 1):
        begin, end = first[cascade], first[cascade + 1]
        if end - begin > 1:
            _fill_parents((begin, end), log, seen, desk, newest, parent)
            leave(desk, log, begin, end)
    return parent


@compiled
def count_seen(log: Log, seen: Seen) -> Ints:
    """How many earlier adopters each saw."""
    first, person, _ = log
    desk = desk_for(seen[0].size - 1, person.size)
    count = np.zeros(person.size, np.int64)
    for cascade in range(first.size - 1):
        begin = first[cascade]
        for event in range(begin, first[cascade + 1]):
            count[event] = seen_before(event, begin, log, seen, desk)
            meet(desk, person[event], event, begin)
        leave(desk, log, begin, first[cascade + 1])
    return count


@compiled
def list_seen(log: Log, seen: Seen, indptr: Ints) -> Ints:
    """All of them, ascending: those of i from ``indptr[i]`` to ``indptr[i + 1]``."""
    first, person, _ = log
    desk = desk_for(seen[0].size - 1, person.size)
    indices = np.empty(indptr[-1], np.int64)
    for cascade in range(first.size - 1):
        begin = first[cascade]
        for event in range(begin, first[cascade + 1]):
            k = seen_before(event, begin, log, seen, desk)
            indices[indptr[event] : indptr[event] + k] = np.sort(desk[2][:k])
            meet(desk, person[event], event, begin)
        leave(desk, log, begin, first[cascade + 1])
    return indices
