"""One sweep of x = constant + damping·M·x, M by target: the loop of every ranking.

Gauss–Seidel uses each new value at once, which halves the sweeps. The index is unsigned (numba
tests signed ones for being negative) and four accumulators break the chain of additions:
together about twice as fast as the plain loop.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["jacobi_sweep", "sweep"]

Floats = NDArray[np.float64]
Longs = NDArray[np.uint64]
Words = NDArray[np.uint32]

_ONE, _TWO, _THREE, _FOUR = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(4)


def jacobi_sweep(
    indptr: Longs, indices: Words, share: Floats, constant: Floats, damping: float, x: Floats
) -> float:
    """The twin of ``sweep`` where numba is absent: all old values first, then all new ones."""
    n = x.size
    M: Any = sp.csr_array((share, indices.astype(np.int64), indptr.astype(np.int64)), shape=(n, n))
    following = constant + damping * (M @ x)
    change = float(np.abs(following - x).sum())
    x[:] = following
    return change


def _gauss_seidel_sweep(
    indptr: Longs, indices: Words, share: Floats, constant: Floats, damping: float, x: Floats
) -> float:
    """Replace x by the sweep's result and return its L1 change."""
    change = 0.0
    for v in range(x.size):
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        e, end = indptr[v], indptr[v + 1]
        while e + _THREE < end:
            a += share[e] * x[indices[e]]
            b += share[e + _ONE] * x[indices[e + _ONE]]
            c += share[e + _TWO] * x[indices[e + _TWO]]
            d += share[e + _THREE] * x[indices[e + _THREE]]
            e += _FOUR
        while e < end:
            a += share[e] * x[indices[e]]
            e += _ONE
        new = constant[v] + damping * ((a + b) + (c + d))
        change += abs(new - x[v])
        x[v] = new
    return change


sweep = compiled(_gauss_seidel_sweep, otherwise=jacobi_sweep)
