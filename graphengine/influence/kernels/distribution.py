"""Loops that share credit among all earlier adopters seen, found anew in each scan: no pair table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.exposures import (
    LAST_BITS,
    Desk,
    Log,
    Seen,
    by_adopters,
    desk_for,
    is_long,
    leave,
    meet,
    meet_all,
    seen_before,
)

__all__ = ["delays_of", "distribute", "first_adoptions", "moved_share", "share_among_seen"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Given = tuple[Floats, Floats, float]  # unit, weight, tau
Taken = tuple[Floats, Floats, Floats]  # direct, total, room for the parts of one
Kept = tuple[Floats, Floats]  # moved, tau


def _share_in(
    span: tuple[int, int], log: Log, seen: Seen, desk: Desk, given: Given, taken: Taken
) -> None:
    """One cascade from its end; the look-up stands in the loop, where it is fastest."""
    _, person, at = log
    indptr, indices, since = seen
    known, mark, places, _ = desk
    unit, weight, tau = given
    direct, total, part = taken
    begin, end = span
    for event in range(end - 1, begin, -1):
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
        latest, whole = begin, 0.0
        for e in range(k):
            latest = max(latest, places[e])
        for e in range(k):
            part[e] = weight[places[e]] * np.exp((at[places[e]] - at[latest]) / tau)
            whole += part[e]
        for e in range(k):
            share = part[e] / whole
            direct[places[e]] += share * unit[event]
            total[places[e]] += share * total[event]


_share = compiled(_share_in)


@compiled
def share_among_seen(
    log: Log, seen: Seen, unit: Floats, weight: Floats, tau: float
) -> tuple[Floats, Floats]:
    """Direct and total credit where each unit is shared by ``weight``·e^(−age/tau), parts of 1."""
    first, person, _ = log
    desk = desk_for(seen[0].size - 1, person.size)
    direct, total = np.zeros(person.size), unit.copy()
    given, taken = (unit, weight, tau), (direct, total, np.empty(person.size))
    for cascade in range(first.size - 1):
        begin, end = first[cascade], first[cascade + 1]
        if end - begin > 1:
            meet_all(desk, log, seen, begin, end)
            _share((begin, end), log, seen, desk, given, taken)
            leave(desk, log, begin, end)
    return direct, total


def _distribute_in(
    span: tuple[int, int], log: Log, seen: Seen, desk: Desk, given: Kept, total: Floats
) -> None:
    """One cascade from its end; the look-up stands in the loop, where it is fastest."""
    _, person, at = log
    indptr, indices, since = seen
    known, mark, places, links = desk
    moved, tau = given
    begin, end = span
    for event in range(end - 1, begin, -1):
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
                    links[k] = link
                    k += 1
        passed = total[event] * moved[me] / max(k, 1)
        for e in range(k):
            if tau.size == 0:
                total[places[e]] += passed
            elif tau[links[e]] > 0.0:
                total[places[e]] += passed * np.exp((at[places[e]] - now) / tau[links[e]])


_distribute = compiled(_distribute_in)


@compiled
def distribute(log: Log, seen: Seen, unit: Floats, moved: Floats, tau: Floats) -> Floats:
    """unit_v + Σ_u γ_vu·(the same of u), γ_vu = moved_u/|N_in(u)|·e^(−(t_u − t_v)/τ_vu).

    ``tau`` has one number a link of ``seen`` (0 passes nothing), or none: no decay.
    An adoption that its person repeats has the unit 0: nobody sees it, and it passes nothing on.
    """
    first, person, _ = log
    desk = desk_for(seen[0].size - 1, person.size)
    total = unit.copy()
    for cascade in range(first.size - 1):
        begin, end = first[cascade], first[cascade + 1]
        if end - begin > 1:
            meet_all(desk, log, seen, begin, end)
            _distribute((begin, end), log, seen, desk, (moved, tau), total)
            leave(desk, log, begin, end)
    return total


@compiled
def delays_of(log: Log, seen: Seen) -> tuple[Floats, Ints]:
    """Of each link of ``seen``: the sum of delays from the seen to the adopter, and their number."""
    first, person, at = log
    desk = desk_for(seen[0].size - 1, person.size)
    delay, times = np.zeros(seen[1].size), np.zeros(seen[1].size, np.int64)
    for cascade in range(first.size - 1):
        begin = first[cascade]
        for event in range(begin, first[cascade + 1]):
            if not meet(desk, person[event], event, begin):
                continue
            for e in range(seen_before(event, begin, log, seen, desk)):
                delay[desk[3][e]] += at[event] - at[desk[2][e]]
                times[desk[3][e]] += 1
        leave(desk, log, begin, first[cascade + 1])
    return delay, times


@compiled
def moved_share(log: Log, seen: Seen, tau: Floats) -> tuple[Ints, Ints]:
    """Of each person: adoptions within τ of somebody seen, and adoptions, one a cascade."""
    first, person, at = log
    n = seen[0].size - 1
    desk = desk_for(n, person.size)
    moved, adopted = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for cascade in range(first.size - 1):
        begin = first[cascade]
        for event in range(begin, first[cascade + 1]):
            me = person[event]
            if not meet(desk, person[event], event, begin):
                continue
            adopted[me] += 1
            for e in range(seen_before(event, begin, log, seen, desk)):
                if at[event] - at[desk[2][e]] <= tau[desk[3][e]]:
                    moved[me] += 1
                    break
        leave(desk, log, begin, first[cascade + 1])
    return moved, adopted


@compiled
def first_adoptions(log: Log, n: int) -> tuple[NDArray[np.bool_], Ints]:
    """Whether each adoption is its person's first in the cascade, and how many each person has."""
    first, person, _ = log
    known, actions = np.full(n, -1, np.int64), np.zeros(n, np.int64)
    once = np.zeros(person.size, np.bool_)
    for cascade in range(first.size - 1):
        for event in range(first[cascade], first[cascade + 1]):
            if known[person[event]] < first[cascade]:
                known[person[event]] = event
                once[event] = True
                actions[person[event]] += 1
    return once, actions
