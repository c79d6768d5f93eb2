"""Loops around diffusion: threshold runs forwards, and counts of who lies far from a root."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.coins import unit, word
from graphengine.influence.kernels.compiled import compiled

__all__ = ["count_far", "threshold_runs"]

Words = NDArray[np.uint32]
Places = NDArray[np.uint64]
Floats = NDArray[np.float64]
Longs = NDArray[np.int64]

_ONE, _W1 = np.uint64(1), np.uint32(1)


def _count_far(ends: Places, people: Words, count: Words) -> None:
    """Add to ``count`` how often each person is two steps or more away from a root."""
    for i in range(ends.shape[0] - 1):
        for j in range(ends[i, 1], ends[i + 1, 0]):
            count[people[j]] += _W1


def _threshold_runs(
    out: tuple[Places, Words, Floats],
    seeds: Words,
    desk: tuple[Floats, Floats, Words, Words],
    runs: int,
    state: np.uint64,
) -> Longs:
    """How many each of ``runs`` cascades reaches: a person joins at a threshold of weight.

    The desk is (weight so far, threshold, clean to begin with and again at the end; who joined,
    who was touched). Thresholds are drawn when a person is first touched.
    """
    indptr, target, weight = out
    total, threshold, joined, touched = desk
    sizes = np.zeros(runs, np.int64)
    for i in range(runs):
        reached, seen = np.uint64(0), np.uint64(0)
        for u in seeds:
            threshold[u] = -1.0
            joined[reached] = u
            reached += _ONE
        head = np.uint64(0)
        while head < reached:
            v = joined[head]
            head += _ONE
            for e in range(indptr[v], indptr[v + _W1]):
                u = target[e]
                if threshold[u] < 0.0:  # has joined
                    continue
                if threshold[u] == 0.0:
                    state, bits = word(state)
                    threshold[u] = unit(bits)
                    touched[seen] = u
                    seen += _ONE
                total[u] += weight[e]
                if total[u] >= threshold[u]:
                    threshold[u] = -1.0
                    joined[reached] = u
                    reached += _ONE
        for j in range(reached):
            threshold[joined[j]] = 0.0
        for j in range(seen):
            threshold[touched[j]] = total[touched[j]] = 0.0
        sizes[i] = reached
    return sizes


count_far = compiled(_count_far)
threshold_runs = compiled(_threshold_runs, otherwise=np.errstate(over="ignore")(_threshold_runs))
