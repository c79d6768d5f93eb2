"""Loops that share reactions out among those who may have set them off (EM), one target at a time.

The log-likelihood is concave in log(1 − p), so where it stands still is the top.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.copying import copy_into

__all__ = ["Evidence", "merge_equal", "settle", "sweep"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
ENOUGH = 1e-6  # a rise of the log-likelihood that no interval shows


class Evidence(NamedTuple):
    """All that is known of the exposures; those of target v are ``first[v]`` to ``first[v + 1]``.

    Reactions with several earlier sources are grouped: group g happened ``times[g]`` times, through
    the exposures ``entry[group[g]:group[g + 1]]``, and v has the groups ``of[v]`` to ``of[v + 1]``.
    ``alone`` counts reactions that nobody else can have set off, ``fail`` trials without a
    reaction, ``total`` all trials, those in groups too.
    """

    first: Ints
    of: Ints
    group: Ints
    entry: Ints
    times: Floats
    alone: Floats
    fail: Floats
    total: Floats


@compiled
def merge_equal(order: Ints, start: Ints, entries: Ints, mark: NDArray[np.uint64]) -> Ints:
    """Number the different sets of entries along ``order``, which puts equal ``mark`` side by side.

    Different sets with one mark stay apart, and a set may then have two numbers: no sum changes.
    """
    number = np.zeros(order.size, np.int64)
    for i in range(1, order.size):
        r, q = order[i], order[i - 1]
        size = start[r + 1] - start[r]
        same = mark[r] == mark[q] and size == start[q + 1] - start[q]
        for x in range(size):
            same = same and entries[start[r] + x] == entries[start[q] + x]
        number[i] = number[i - 1] if same else number[i - 1] + 1
    return number


@compiled
def sweep(v: int, known: Evidence, p: Floats, new: Floats, fixed: int | np.int64) -> float:
    """One round of EM for the exposures of v: ``new`` from ``p``, and the log-likelihood of ``p``.

    ``p`` and ``new`` have a place for each of them; ``fixed`` (−1: none) keeps its probability.
    """
    a, b = known.first[v], known.first[v + 1]
    group, entry, times = known.group, known.entry, known.times
    alone, fail, total = known.alone, known.fail, known.total
    value = 0.0
    for j in range(a, b):
        new[j - a] = alone[j]
        if alone[j] > 0.0:
            value += alone[j] * np.log(p[j - a])
        if fail[j] > 0.0:
            value += fail[j] * np.log1p(-p[j - a])
    for g in range(known.of[v], known.of[v + 1]):
        joint = 0.0
        for i in range(group[g], group[g + 1]):
            joint += p[entry[i] - a] * (1.0 - joint)
        value += times[g] * np.log(joint)
        for i in range(group[g], group[g + 1]):
            new[entry[i] - a] += times[g] * p[entry[i] - a] / joint
    for j in range(a, b):
        if j == fixed:
            new[j - a] = p[j - a]
        elif total[j] > 0.0:
            new[j - a] = min(new[j - a] / total[j], 1.0)
    return value


@compiled
def _largest_change(p: Floats, q: Floats) -> float:
    largest = 0.0
    for i in range(p.size):
        largest = max(largest, abs(p[i] - q[i]))
    return largest


@compiled
def _leap(p: Floats, one: Floats, two: Floats, far: Floats, fail: Floats) -> None:
    """Squared extrapolation (Varadhan & Roland 2008), kept inside the bounds and off 0."""
    step, bend = 0.0, 0.0
    for i in range(p.size):
        step += (one[i] - p[i]) ** 2
        bend += (two[i] - 2.0 * one[i] + p[i]) ** 2
    length = np.sqrt(step / bend) if bend > 0.0 else 1.0
    for i in range(p.size):
        r, v = one[i] - p[i], two[i] - 2.0 * one[i] + p[i]
        x = p[i] + 2.0 * length * r + length * length * v
        top = 0.5 * (1.0 + two[i]) if fail[i] > 0.0 else 1.0
        far[i] = min(max(x, 0.1 * two[i]), top)


@compiled
def settle(
    v: int,
    known: Evidence,
    p: Floats,
    fixed: int | np.int64,
    tolerance: float,
    most: int | np.int64,
) -> tuple[float, int, float, float]:
    """Rounds until one changes nothing by more than ``tolerance``; ``p`` is changed in place.

    Returns the log-likelihood, the rounds done, the last change and the largest fall of the
    log-likelihood from one accepted step to the next (0 but for rounding). A leap that would
    lower it is not taken. With one exposure ``fixed`` the value is what counts, so it also stops
    when that hardly rises.
    """
    a, b = known.first[v], known.first[v + 1]
    one, two, far, third = np.empty(b - a), np.empty(b - a), np.empty(b - a), np.empty(b - a)
    before, fall, change = -np.inf, 0.0, np.inf
    value = sweep(v, known, p, one, fixed)
    rounds, enough = 1, (ENOUGH if fixed >= 0 else -1.0)
    while True:
        fall, gain = max(fall, before - value), value - before
        before = value
        change = _largest_change(p, one)
        if change <= tolerance or rounds >= most or gain <= enough:
            break
        second = sweep(v, known, one, two, fixed)
        _leap(p, one, two, far, known.fail[a:b])
        third_value = sweep(v, known, far, third, fixed)
        rounds += 2
        fall = max(fall, before - second)
        if third_value >= second:
            copy_into(p, far)
            copy_into(one, third)
            value = third_value
        else:
            copy_into(p, one)
            copy_into(one, two)
            value = second
    copy_into(p, one)
    return value, rounds, change, fall
