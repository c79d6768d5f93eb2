"""Sums by group, as float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["sums_by"]


def sums_by(
    group: NDArray[np.int64], n: int, amount: NDArray[np.generic] | None = None
) -> NDArray[np.float64]:
    """The sum of ``amount`` (None: the number) of each of n groups.

    >>> sums_by(np.array([0, 2, 2]), 3, np.array([1.0, 2.0, 3.0])).tolist()
    [1.0, 0.0, 5.0]
    """
    return np.bincount(group, weights=amount, minlength=n).astype(np.float64)
