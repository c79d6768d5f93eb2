"""Loops that share credit among all earlier adopters seen, found anew in each scan: no pair table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.exposures import Desk, Log, Seen, desk_for, find_seen

__all__ = [
    "add_to_persons",
    "delays_of",
    "distribute",
    "first_adoptions",
    "moved_share",
    "part_of_actions",
    "share_among_seen",
]

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint32]
Given = tuple[Floats, Floats, float]  # unit, weight, tau
Taken = tuple[Floats, Floats, Floats]  # direct, total, room for the parts of one
Kept = tuple[Floats, Floats]  # moved, tau


@compiled
def _share(log: Log, seen: Seen, desk: Desk, given: Given, taken: Taken) -> None:
    at, (_, _, _, events, many, places, _) = log[2], desk
    unit, weight, tau = given
    direct, total, part = taken
    found = find_seen(log, seen, desk)
    while found > 0:
        k = 0
        for group in range(found):
            event, more = events[group], k + many[group]
            latest, whole = places[k], 0.0
            for e in range(k, more):
                latest = max(latest, places[e])
            for e in range(k, more):
                part[e] = weight[places[e]] * np.exp((at[places[e]] - at[latest]) / tau)
                whole += part[e]
            for e in range(k, more):
                share = part[e] / whole
                direct[places[e]] += share * unit[event]
                total[places[e]] += share * total[event]
            k = more
        found = find_seen(log, seen, desk)


def share_among_seen(
    log: Log, seen: Seen, unit: Floats, weight: Floats, tau: float
) -> tuple[Floats, Floats]:
    """Direct and total credit where each unit is shared by ``weight``·e^(−age/tau), parts of 1."""
    direct, total, desk = np.zeros(log[1].size), unit.copy(), desk_for(log, seen, -1)
    part = np.empty(desk.places.size)
    _share(log, seen, desk, (unit, weight, tau), (direct, total, part))
    return direct, total


@compiled
def _distribute(log: Log, seen: Seen, desk: Desk, given: Kept, total: Floats) -> None:
    _, person, at = log
    _, _, _, events, many, places, links = desk
    moved, tau = given
    found = find_seen(log, seen, desk)
    while found > 0:
        k = 0
        for group in range(found):
            event, more = events[group], k + many[group]
            passed = total[event] * moved[person[event]] / many[group]
            for e in range(k, more):
                if tau.size == 0:
                    total[places[e]] += passed
                elif tau[links[e]] > 0.0:
                    age = at[places[e]] - at[event]
                    total[places[e]] += passed * np.exp(age / tau[links[e]])
            k = more
        found = find_seen(log, seen, desk)


def distribute(log: Log, seen: Seen, unit: Floats, moved: Floats, tau: Floats) -> Floats:
    """unit_v + Σ_u γ_vu·(the same of u), γ_vu = moved_u/|N_in(u)|·e^(−(t_u − t_v)/τ_vu).

    ``tau`` has one number a link of ``seen`` (0 passes nothing), or none: no decay.
    An adoption that its person repeats has the unit 0: nobody sees it, and it passes nothing on.
    """
    total = unit.copy()
    _distribute(log, seen, desk_for(log, seen, -1), (moved, tau), total)
    return total


@compiled
def _delays(log: Log, seen: Seen, desk: Desk, once: Bools, sums: tuple[Floats, Ints]) -> None:
    at, (_, _, _, events, many, places, links) = log[2], desk
    delay, times = sums
    found = find_seen(log, seen, desk)
    while found > 0:
        k = 0
        for group in range(found):
            event, more = events[group], k + many[group]
            for e in range(k, more if once[event] else k):
                delay[links[e]] += at[event] - at[places[e]]
                times[links[e]] += 1
            k = more
        found = find_seen(log, seen, desk)


def delays_of(log: Log, seen: Seen) -> tuple[Floats, Ints]:
    """Of each link of ``seen``: the sum of delays from the seen to the adopter, and their number."""
    delay, times = np.zeros(seen[1].size), np.zeros(seen[1].size, np.int64)
    once, _ = first_adoptions(log, seen[0].size - 1)
    _delays(log, seen, desk_for(log, seen), once, (delay, times))
    return delay, times


@compiled
def _moved(log: Log, seen: Seen, desk: Desk, given: tuple[Bools, Floats], moved: Ints) -> None:
    _, person, at = log
    _, _, _, events, many, places, links = desk
    once, tau = given
    found = find_seen(log, seen, desk)
    while found > 0:
        k = 0
        for group in range(found):
            event, more = events[group], k + many[group]
            near = False
            for e in range(k, more if once[event] else k):
                near = near or at[event] - at[places[e]] <= tau[links[e]]
            moved[person[event]] += near
            k = more
        found = find_seen(log, seen, desk)


def moved_share(log: Log, seen: Seen, tau: Floats) -> tuple[Ints, Ints]:
    """Of each person: adoptions within τ of somebody seen, and adoptions, one a cascade."""
    n = seen[0].size - 1
    once, adopted = first_adoptions(log, n)
    moved = np.zeros(n, np.int64)
    _moved(log, seen, desk_for(log, seen), (once, tau), moved)
    return moved, adopted


@compiled
def _meet_once(log: Log, met: Words | Ints, once: Bools) -> None:
    """``met``: of each person, side by side, the latest cascade's first adoption (from 1), how many."""
    first, person, _ = log
    for cascade in range(first.size - 1):
        begin = first[cascade]
        for event in range(np.uint64(begin), np.uint64(first[cascade + 1])):
            me = np.uint64(person[event]) * np.uint64(2)
            if np.int64(met[me]) <= begin:
                met[me] = event + np.uint64(1)
                met[me + np.uint64(1)] += 1
                once[event] = True


def first_adoptions(log: Log, n: int) -> tuple[Bools, Ints]:
    """Whether each adoption is its person's first in the cascade, and how many each person has."""
    met: Words | Ints = np.zeros(2 * n, np.uint32)
    if log[1].size > np.iinfo(np.uint32).max:
        met = np.zeros(2 * n, np.int64)
    once = np.zeros(log[1].size, np.bool_)
    _meet_once(log, met, once)
    return once, met[1::2].astype(np.int64)


@compiled
def _part_of_actions(person: Words, once: Bools, actions: Ints, part: Floats) -> None:
    for event in range(person.size):
        if once[event]:
            part[event] = 1.0 / actions[person[event]]


def part_of_actions(person: Words, once: Bools, actions: Ints) -> Floats:
    """Of each adoption one over its person's ``actions``; 0 where it is not their first in a cascade."""
    part = np.zeros(person.size)
    _part_of_actions(person, once, actions, part)
    return part


@compiled
def add_to_persons(person: Words, total: Floats, unit: Floats, credit: Floats) -> None:
    """Add ``total`` less ``unit`` of each adoption to its person's ``credit``, in their order."""
    for event in range(person.size):
        credit[person[event]] += total[event] - unit[event]
