"""The one way a loop is compiled: numba, one thread, kept on disk where the disk allows it.

Without numba every loop still runs: as it stands, or as its twin in NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeVar, cast

__all__ = ["COMPILED", "compiled", "inlined"]

COMPILED = find_spec("numba") is not None

F = TypeVar("F", bound=Callable[..., Any])


def compiled(loop: F, *, otherwise: F | None = None) -> F:
    """``loop``, compiled on its first call; later processes read the compiled code from disk.

    Where no folder can hold that code (a read-only installation), every process compiles anew.
    Where numba is not installed, ``otherwise`` runs in its place, or the loop as plain Python.

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
    if not COMPILED:
        return loop if otherwise is None else otherwise
    import numba  # noqa: PLC0415 - only where it is installed

    try:
        return cast("F", numba.njit(cache=True, nogil=True)(loop))
    except RuntimeError:  # numba found no place for its cache
        return cast("F", numba.njit(nogil=True)(loop))


def inlined(step: F) -> F:
    """``step``, compiled into every loop that calls it; without numba the function as it stands.

    A call costs more than a small step does, and a loop's arrays are handed over one by one. The
    step keeps its name and its test, and the loop its speed.

    >>> inlined(lambda x: x + 1)(1)
    2
    """
    if not COMPILED:
        return step
    import numba  # noqa: PLC0415 - only where it is installed

    return cast("F", numba.njit(nogil=True, forceinline=True)(step))
