"""Bounds that hold with a stated probability, from counts of reverse-reachable sets alone.

A seed set S that lies in Λ of θ independent sets has the spread n·Λ/θ, up to chance. With
probability 1 − e^{−a} its true count is at least ``lower_count(Λ, a)`` and, for the best set of
all, at most ``upper_count(Λᵘ, a)`` where Λᵘ bounds what any choice covers (Tang, Tang, Xiao & Yuan
2018). The quotient of the two is the certified share of the optimum.
"""

from __future__ import annotations

import math

__all__ = [
    "certified_share",
    "confidence_exponent",
    "lower_count",
    "proportion_interval",
    "upper_count",
]

_Z95 = 1.959963984540054


def confidence_exponent(rounds: int, delta: float) -> float:
    """The a = ln(3·rounds/δ): with it every bound of every round holds at once but for δ.

    >>> round(confidence_exponent(10, 0.01), 4)
    8.0064
    """
    return math.log(3 * rounds / delta)


def lower_count(covered: float, a: float) -> float:
    """(√(Λ + 2a/9) − √(a/2))² − a/18: a count that Λ independent sets leave true, at least.

    >>> round(lower_count(1000, 8.0), 3)
    878.73
    """
    root = math.sqrt(covered + 2 * a / 9) - math.sqrt(a / 2)
    return max(root * root - a / 18, 0.0) if root > 0 else 0.0


def upper_count(covered: float, a: float) -> float:
    """(√(Λᵘ + a/2) + √(a/2))²: a count that the best choice has, at most.

    >>> round(upper_count(1000, 8.0), 3)
    1134.744
    """
    return (math.sqrt(covered + a / 2) + math.sqrt(a / 2)) ** 2


def certified_share(covered: float, most: float, *, sets: int, a: float, times: int = 1) -> float:
    """Which share of the optimum is certain: ``covered`` of fresh sets, ``most`` of the others.

    ``sets`` sets chose, and ``times`` as many fresh ones check; no choice can cover more than all.

    >>> round(certified_share(1000, 1100, sets=10_000, a=8.0), 4)
    0.7081
    >>> round(certified_share(4000, 1100, sets=10_000, a=8.0, times=4), 4)
    0.756
    """
    return lower_count(covered, a) / times / min(upper_count(most, a), float(sets))


def proportion_interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a proportion, by scores (Wilson 1927): never empty at 0 or at all.

    >>> [round(p, 5) for p in proportion_interval(30, 100)]
    [0.21895, 0.39585]
    """
    p, z2 = hits / of, _Z95**2
    middle = (p + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 / (1 + z2 / of) * math.sqrt(p * (1 - p) / of + z2 / (4 * of * of))
    low = 0.0 if hits == 0 else middle - half  # exactly, whatever rounding makes of it
    return low, 1.0 if hits == of else middle + half
