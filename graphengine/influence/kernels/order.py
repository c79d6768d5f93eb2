"""A loop over a log of adoptions that tells whether they stand in order, and where cascades begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["starts", "starts_at_once"]

Ints = NDArray[np.int64]


def starts_at_once(cascade: Ints, at: Ints, first: Ints) -> bool:
    """The twin of ``starts`` in NumPy."""
    step = np.diff(cascade)
    if not ((step > 0) | ((step == 0) & (np.diff(at) >= 0))).all():
        return False
    first[:] = np.searchsorted(cascade, np.arange(first.size))
    return True


def _starts(cascade: Ints, at: Ints, first: Ints) -> bool:
    """Whether adoptions stand by cascade and time; if so cascade c has ``first[c]:first[c + 1]``.

    ``first`` has two places more than the last cascade's number; numbers are not negative.
    """
    before = np.int64(-1)
    for event in range(np.uint64(cascade.size)):
        here = cascade[event]
        if here == before:
            if at[event] < at[event - np.uint64(1)]:
                return False
        elif before < here < first.size - 1:
            for c in range(before + 1, here + 1):
                first[np.uint64(c)] = event
            before = here
        else:
            return False
    first[first.size - 1] = cascade.size
    return True


starts = compiled(_starts, otherwise=starts_at_once)
