"""What a constant rate leaves behind: decayed weights, decayed latest events.

Events at rate λ over the last T days, forgotten with half-life H, weigh λ·τ on average with
τ = (1 − 2^(−T/H))·H/ln 2; the latest of them, if any, has λ/(λ + m)·(1 − e^(−(λ + m)T)) left,
m = ln 2/H (both for a Poisson process; H = ∞ is the limit).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["endured", "latest_left", "speed"]

Floats = NDArray[np.float64]


def speed(half_life: float) -> float:
    """Ln 2 over the half-life, per day; 0 for no decay.

    >>> speed(np.inf)
    0.0
    """
    return float(np.log(2.0) / half_life)


def endured(days: Floats, half_life: float) -> Floats:
    """τ of each length of time: the decayed weight that one event a day leaves (days).

    >>> endured(np.array([0.0, 8.0, 1e9]), 8.0).round(4).tolist()
    [0.0, 5.7708, 11.5416]
    >>> endured(np.array([3.0]), np.inf).tolist()
    [3.0]
    """
    m = speed(half_life)
    return np.asarray(days if m == 0.0 else -np.expm1(-m * days) / m, dtype=np.float64)


def latest_left(rate: Floats, days: Floats, half_life: float) -> Floats:
    """The expected 2^(−age of the latest event / half-life) of each pair; 0 without an event.

    >>> latest_left(np.array([0.0, 1.0]), np.array([5.0, 50.0]), 1.0).round(4).tolist()
    [0.0, 0.5906]
    """
    m = speed(half_life)
    share = np.divide(rate, rate + m, out=np.zeros_like(rate), where=rate > 0.0)
    return np.asarray(share * -np.expm1(-(rate + m) * days), dtype=np.float64)
