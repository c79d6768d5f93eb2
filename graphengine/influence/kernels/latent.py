"""Loops over cascades in which everybody earlier may have been the one: two scans, no pairs.

Adopter j takes i < j of the same cascade for its parent with p_ij = m_i·e^(−r(t_j − t_i)) / D_j.
The sums are kept relative to the adopter before j, S_j = Σ m_k·e^(−r(t_{j−1} − t_k)) ≥ m_{j−1}, so
that no gap between times, however long, makes them vanish.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["latent_credit", "likeliest_parent"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def latent_credit(
    first: Ints, at: Ints, weight: Floats, unit: Floats, rate: float
) -> tuple[Floats, Floats]:
    """Direct and total credit: Σ_j p_ij·unit_j, and unit_i + Σ_j p_ij·total_j."""
    direct, total = np.zeros(at.size), unit.copy()
    sums, fade = np.empty(at.size), np.empty(at.size)
    for cascade in range(first.size - 1):
        begin, end = first[cascade], first[cascade + 1]
        if begin == end:
            continue
        held = 0.0  # S of the adopter at hand
        fade[begin] = 0.0
        for j in range(begin + 1, end):
            held = held * fade[j - 1] + weight[j - 1]
            sums[j] = held
            fade[j] = np.exp(-rate * (at[j] - at[j - 1]))
        one, all_of_them = 0.0, 0.0
        for i in range(end - 2, begin - 1, -1):
            one = unit[i + 1] / sums[i + 1] + fade[i + 1] * one
            all_of_them = total[i + 1] / sums[i + 1] + fade[i + 1] * all_of_them
            direct[i] = weight[i] * one
            total[i] = unit[i] + weight[i] * all_of_them
    return direct, total


@compiled
def likeliest_parent(first: Ints, at: Ints, weight: Floats, rate: float) -> Ints:
    """The i of the largest p_ij, −1 for the first of a cascade; of equals the earliest."""
    parent = np.full(at.size, -1, np.int64)
    for cascade in range(first.size - 1):
        best = first[cascade]
        for j in range(first[cascade] + 1, first[cascade + 1]):
            i = j - 1
            age = rate * (at[i] - at[best])
            if np.log(weight[i]) > np.log(weight[best]) - age:
                best = i
            parent[j] = best
    return parent
