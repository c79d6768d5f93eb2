"""Loops over the adopters that each adopter saw: indices[indptr[i]:indptr[i + 1]], all < i."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = [
    "accumulate",
    "split_by_decay",
    "split_by_weight",
    "split_evenly",
    "take_first",
    "take_last",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def take_first(indptr: Ints, indices: Ints, at: Ints) -> Floats:
    """All of the credit to the earliest; among equals to the one that stands first."""
    share = np.zeros(indices.size)
    for node in range(indptr.size - 1):
        best = indptr[node]
        for e in range(indptr[node], indptr[node + 1]):
            if at[indices[e]] < at[indices[best]]:
                best = e
        if indptr[node] < indptr[node + 1]:
            share[best] = 1.0
    return share


@compiled
def take_last(indptr: Ints, indices: Ints, at: Ints) -> Floats:
    """All of the credit to the most recent; among equals to the one that stands first."""
    share = np.zeros(indices.size)
    for node in range(indptr.size - 1):
        best = indptr[node]
        for e in range(indptr[node], indptr[node + 1]):
            if at[indices[e]] > at[indices[best]]:
                best = e
        if indptr[node] < indptr[node + 1]:
            share[best] = 1.0
    return share


@compiled
def split_evenly(indptr: Ints) -> Floats:
    """The same part to each."""
    share = np.empty(indptr[-1])
    for node in range(indptr.size - 1):
        for e in range(indptr[node], indptr[node + 1]):
            share[e] = 1.0 / (indptr[node + 1] - indptr[node])
    return share


@compiled
def split_by_decay(indptr: Ints, indices: Ints, at: Ints, tau: float) -> Floats:
    """Parts in proportion to e^(−age / tau), ages counted from the most recent of them."""
    share = np.empty(indices.size)
    for node in range(indptr.size - 1):
        first, last = indptr[node], indptr[node + 1]
        if first == last:
            continue
        latest = at[indices[first]]
        for e in range(first + 1, last):
            latest = max(latest, at[indices[e]])
        total = 0.0
        for e in range(first, last):
            share[e] = np.exp((at[indices[e]] - latest) / tau)
            total += share[e]
        for e in range(first, last):
            share[e] /= total
    return share


@compiled
def split_by_weight(indptr: Ints, weight: Floats) -> Floats:
    """Parts in proportion to ``weight``; not a number where an adopter's are all 0."""
    share = np.empty(weight.size)
    for node in range(indptr.size - 1):
        first, last = indptr[node], indptr[node + 1]
        largest = 0.0
        for e in range(first, last):
            largest = max(largest, weight[e])
        total = 0.0
        for e in range(first, last):
            share[e] = weight[e] / largest if largest > 0.0 else np.nan
            total += share[e]
        for e in range(first, last):
            share[e] /= total
    return share


@compiled
def accumulate(indptr: Ints, indices: Ints, share: Floats, unit: Floats) -> Floats:
    """Solve φ = unit + Γφ by one scan from the last adopter to the first."""
    total = unit.copy()
    for node in range(indptr.size - 2, -1, -1):
        for e in range(indptr[node], indptr[node + 1]):
            total[indices[e]] += share[e] * total[node]
    return total
