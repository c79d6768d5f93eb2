"""Intervals at 95 % for what is counted in sets, valid for small counts too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, gammaincinv

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["share_interval", "weighted_interval"]

LOW, HIGH, NORMAL = 0.025, 0.975, 1.959963984540054
MOST = 4  # counts up to so many times as there are people are told apart in a table
LARGE = 64.0  # from this shape on a gamma quantile is the cube of a normal one, to 1e-4


def share_interval(count: NDArray[np.uint32], sets: int) -> tuple[Floats, Floats]:
    """Of a share: 95 % at least, for each number of hits among ``sets``.

    Source: Clopper & Pearson 1934.

    >>> [bound.round(4).tolist() for bound in share_interval(np.array([0, 5], np.uint32), 10)]
    [[0.0, 0.1871], [0.3085, 0.8129]]
    """
    hits, where = _distinct(count)
    k = hits.astype(np.float64)
    low = betaincinv(np.maximum(k, 1.0), sets - k + 1.0, LOW)
    high = betaincinv(k + 1.0, np.maximum(sets - k, 1.0), HIGH)
    return np.where(k == 0, 0.0, low)[where], np.where(k == sets, 1.0, high)[where]


def weighted_interval(total: Floats, squares: Floats) -> tuple[Floats, Floats]:
    """Of the mean of a sum of rare hits that weigh about 1 at most, from the sum and the squares.

    With all weights 1 it is the exact interval of a Poisson count.
    Source: Fay & Feuer 1997, gamma intervals.

    >>> few, many = np.array([0.0, 5.0]), np.array([0.0, 5.0])
    >>> [bound.round(3).tolist() for bound in weighted_interval(few, many)]
    [[0.0, 1.623], [3.689, 11.668]]
    """
    some = np.maximum(squares, 1e-300)
    scale = np.where(total > 0.0, some / np.maximum(total, 1e-300), 1.0)
    low = np.where(total > 0.0, scale * _gamma(total / scale, -NORMAL, LOW), 0.0)
    above, more = total + 1.0, squares + 1.0
    return low, more / above * _gamma(above * above / more, NORMAL, HIGH)


def _distinct(count: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The different counts, ascending, and which of them each is; counts are mostly small."""
    if count.size == 0 or int(count.max()) > MOST * count.size:
        hits, where = np.unique(count, return_inverse=True)
        return hits.astype(np.int64), where
    times = np.bincount(count)
    number = np.cumsum(times > 0) - 1
    return np.flatnonzero(times), number[count]


def _gamma(shape: Floats, z: float, share: float) -> Floats:
    """The quantile of gamma distributions (Wilson & Hilferty 1931 where that is close)."""
    shape = np.maximum(shape, 1e-9)
    found = shape * (1.0 - 1.0 / (9.0 * shape) + z / (3.0 * np.sqrt(shape))) ** 3
    small = shape < LARGE
    found[small] = gammaincinv(shape[small], share)
    return np.asarray(found, np.float64)
