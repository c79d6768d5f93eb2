"""The one way a loop is compiled: numba, one thread, kept on disk where the disk allows it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba

__all__ = ["compiled"]

F = TypeVar("F", bound=Callable[..., object])


def compiled(loop: F) -> F:
    """``loop``, compiled on its first call; later processes read the compiled code from disk.

    Where no folder can hold that code (a read-only installation), every process compiles anew.

    >>> import numpy as np
    >>> @compiled
    ... def total(x):
    ...     s = 0.0
    ...     for i in range(x.size):
    ...         s += x[i]
    ...     return s
    >>> total(np.ones(3))
    3.0
    """
    try:
        return cast("F", numba.njit(cache=True)(loop))
    except RuntimeError:  # numba found no place for its cache
        return cast("F", numba.njit(loop))
