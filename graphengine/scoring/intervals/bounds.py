"""From draws to bounds: quantiles, ranks, and the point kept inside.

Quantiles are weighted means of order statistics (Harrell & Davis 1982), which vary less from one
random state to the next than a single order statistic does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

__all__ = ["LEVELS", "quantiles", "quantiles_and_errors", "rank_groups", "ranks_of"]

Floats = NDArray[np.float64]
Longs = NDArray[np.int64]
LEVELS = (0.05, 0.95)


def quantiles(draws: NDArray[Any]) -> tuple[Floats, Floats]:
    """The 5 % and 95 % points of each column of ``draws`` (draws × people).

    >>> low, high = quantiles(np.arange(101.0)[:, None])
    >>> low.round().tolist(), high.round().tolist()
    ([5.0], [95.0])
    """
    low, high = quantiles_and_errors(draws)[0]
    return low, high


def quantiles_and_errors(
    draws: NDArray[Any],
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """The quantiles, and the Monte-Carlo error of each (Maritz & Jarrett 1978).

    >>> _, (low, high) = quantiles_and_errors(np.ones((20, 3)))
    >>> low.round(6).tolist()
    [0.0, 0.0, 0.0]
    """
    ordered = np.sort(draws, axis=0)
    found, errors = [], []
    for level in LEVELS:
        weights = _weights(len(draws), level)
        some = weights > 1e-12
        mean = weights[some] @ ordered[some]
        spread = weights[some] @ ordered[some] ** 2 - mean**2
        found.append(mean)
        errors.append(np.sqrt(np.maximum(spread, 0.0)))
    return (found[0], found[1]), (errors[0], errors[1])


def _weights(n: int, level: float) -> Floats:
    edges = np.arange(n + 1) / n
    mass = betainc(level * (n + 1), (1.0 - level) * (n + 1), edges)
    return np.asarray(np.diff(mass), dtype=np.float64)


def ranks_of(scores: Floats) -> Longs:
    """1 for the highest; equals in the order in which they come.

    >>> ranks_of(np.array([2.0, 5.0, 5.0])).tolist()
    [3, 1, 2]
    """
    order = _descending(scores)
    ranks = np.empty(len(scores), dtype=np.int64)
    ranks[order] = np.arange(1, len(scores) + 1)
    return ranks


def _descending(scores: Floats) -> Longs:
    """The order from the highest on, equals as they come.

    Each score is sorted as one whole number together with its place, which takes its last bits: a
    fraction of the time that finding an order takes. Where two are alike in all other bits, the
    order is found.
    """
    bits = np.subtract(0.0, scores).view(np.int64)
    bits ^= (bits >> 63) & np.int64(2**63 - 1)
    places = np.int64(1 << (len(scores) - 1).bit_length()) - 1 if len(scores) else np.int64(0)
    bits &= ~places
    bits |= np.arange(len(scores))
    bits.sort()
    order = bits & places
    bits &= ~places
    if (bits[1:] == bits[:-1]).any():
        return np.argsort(-scores, kind="stable")
    return order


def rank_groups(rank: Longs, low: Floats, high: Floats) -> Longs:
    """Groups from the top, 1 first.

    The best ungrouped person opens a group that holds everybody left whose ``high`` is at least
    that person's ``low``.

    >>> rank_groups(np.array([1, 2, 3]), np.array([8.0, 4.0, 1.0]), np.array([9.0, 8.5, 3.0])).tolist()
    [1, 1, 2]
    """
    group = np.zeros(len(rank), dtype=np.int64)
    left = np.argsort(rank, kind="stable")
    number = 0
    while len(left):
        number += 1
        joins = high[left] >= low[left[0]]
        joins[0] = True
        group[left[joins]] = number
        left = left[~joins]
    return group
