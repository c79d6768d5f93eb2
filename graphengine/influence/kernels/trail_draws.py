"""Trails at drawn weights: the steps, what each person is passed along them, and visits.

Weights^α and steps are rows of BATCH draws, sorted by the endorsed person (``ends``: where a
person's pairs begin). Sums lie in 32 bits for some hundred pairs at a time, their totals in 64.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled, inlined

__all__ = ["passing_on", "trail_sweeps"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Longs = NDArray[np.uint64]
Words = NDArray[np.uint32]

_CHUNK, _W1 = np.uint64(256), np.uint64(1)
_ONE, _TINY = np.float32(1.0), np.float32(1e-30)


def _passing_on(  # noqa: C901 - one loop for each place where the step goes
    graph: tuple[Longs, Words, NDArray[np.bool_]],
    passed: Singles,
    step: Singles,
    given: Singles,
    carried: Singles,
) -> None:
    """What each person is passed (× BATCH), and the steps P of pairs that carry more than a start.

    graph: where people's pairs begin, each pair's endorser, whether it carries more. passed: what
    each endorser's weights^α, and the rest, add up to.
    """
    ends, endorser, more = graph
    part, total = np.zeros(passed.shape[1], np.float32), np.zeros(passed.shape[1])
    c = np.uint64(0)
    for i in range(ends.size - 1):
        for b in range(total.size):
            total[b] = 0.0
        for begin in range(ends[i], ends[i + 1], _CHUNK):
            for b in range(part.size):
                part[b] = 0.0
            for e in range(begin, min(begin + _CHUNK, ends[i + 1])):
                j = endorser[e]
                if more[e]:
                    for b in range(part.size):
                        carried[c, b] = np.true_divide(step[e, b], max(passed[j, b], _TINY))
                        part[b] += carried[c, b]
                    c += _W1
                else:
                    for b in range(part.size):
                        part[b] += np.true_divide(step[e, b], max(passed[j, b], _TINY))
            for b in range(part.size):
                total[b] += part[b]
        for b in range(part.size):
            given[i, b] = total[b]


def _arriving(
    span: tuple[np.uint64, np.uint64],
    endorser: Words,
    step: Singles,
    more: Singles,
    part: Singles,
    s: Floats,
) -> None:
    """Fill ``s`` with Σ step·more over a span of edges; part: room for some of the sum."""
    begin, end = span
    for b in range(s.size):
        s[b] = 0.0
    for first in range(begin, end, _CHUNK):
        for b in range(part.size):
            part[b] = 0.0
        for e in range(first, min(first + _CHUNK, end)):
            j = endorser[e]
            for b in range(part.size):
                part[b] += step[e, b] * more[j, b]
        for b in range(s.size):
            s[b] += part[b]


arriving = inlined(_arriving)


def _trail_sweeps(
    graph: tuple[Words, Longs, Words, Singles],
    source: Singles,
    damping: float,
    close: float,
    more: Singles,
) -> int:
    """Sweep more = source + d·Pᵀmore in place, × BATCH; visits x are 1 + more.

    graph: people whom anybody visits further on, where their edges begin, each edge's endorser and
    step. For all others ``more`` is what comes straight, from the start. Ends when no x has moved
    by more than ``close`` of itself, with the number of sweeps; -1: not in 1,000.
    """
    people, ends, endorser, step = graph
    lanes = more.shape[1]
    s, part, largest = np.zeros(lanes), np.zeros(lanes, np.float32), np.zeros(lanes, np.float32)
    for sweep in range(1000):
        largest[:] = 0.0
        for k in range(people.size):
            arriving((ends[k], ends[k + 1]), endorser, step, more, part, s)
            i = people[k]
            for b in range(s.size):
                fresh = np.float32(source[i, b] + damping * s[b])
                moved = np.true_divide(abs(fresh - more[i, b]), _ONE + fresh)
                largest[b] = max(largest[b], moved)
                more[i, b] = fresh
        if largest.max() <= close:
            return sweep + 1
    return -1


passing_on, trail_sweeps = compiled(_passing_on), compiled(_trail_sweeps)
