"""Small steps of a loop that are compiled into every loop that calls them.

A call costs more than such a step does, and a loop's arrays are handed over one by one. The step
keeps its name and its test, and the loop its speed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from graphengine.influence.kernels.compiled import COMPILED

__all__ = ["inlined"]

F = TypeVar("F", bound=Callable[..., Any])


def inlined(step: F) -> F:
    """``step``, for use inside compiled loops; without numba the function as it stands.

    >>> inlined(lambda x: x + 1)(1)
    2
    """
    if not COMPILED:
        return step
    import numba  # noqa: PLC0415 - only where it is installed

    return cast("F", numba.njit(nogil=True, forceinline=True)(step))
