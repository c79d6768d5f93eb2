"""Backward push (Andersen et al. 2007): who contributes to one person, found from that person.

estimate_y + Σ_u G_yu·left_u = G_yt holds after every push, so what is left bounds the error.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["push_back", "push_back_at_once"]

Floats = NDArray[np.float64]
Longs = NDArray[np.uint64]
Words = NDArray[np.uint32]


def _push_back(
    indptr: Longs, indices: Words, share: Floats, target: int, floor: float
) -> tuple[Floats, Floats, int]:
    """Estimate and what is left of everyone once nobody has more than ``floor`` left; the steps.

    A row of the graph holds who endorses the row's person, with what share of the endorser's.
    """
    n = indptr.size - 1
    estimate, left = np.zeros(n), np.zeros(n)
    queue = np.empty(n, np.int64)
    left[target], queue[0] = 1.0, target
    head, waiting, steps = 0, 1, 0
    while waiting > 0:
        u = queue[head]
        head = head + 1 if head + 1 < n else 0
        waiting -= 1
        amount = left[u]
        estimate[u] += amount
        left[u] = 0.0
        for e in range(indptr[u], indptr[u + 1]):
            w = indices[e]
            held = left[w]
            left[w] = held + amount * share[e]
            steps += 1
            if held <= floor < left[w]:
                place = head + waiting
                queue[place if place < n else place - n] = w
                waiting += 1
    return estimate, left, steps


def push_back_at_once(
    indptr: Longs, indices: Words, share: Floats, target: int, floor: float
) -> tuple[Floats, Floats, int]:
    """The twin of ``push_back`` where numba is absent: everyone above the floor at once."""
    n = indptr.size - 1
    Q: Any = sp.csr_array((share, indices.astype(np.int64), indptr.astype(np.int64)), shape=(n, n))
    estimate, left, steps = np.zeros(n), np.zeros(n), 0
    left[target] = 1.0
    while True:
        moved = np.where(left > floor, left, 0.0)
        if not moved.any():
            return estimate, left, steps
        steps += int(np.diff(Q.indptr)[moved > 0.0].sum())
        estimate += moved
        left = left - moved + Q.T @ moved


push_back = compiled(_push_back, otherwise=push_back_at_once)
