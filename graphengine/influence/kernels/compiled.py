"""The one way a loop is compiled: numba, one thread, kept on disk where the disk allows it.

A loop is compiled, and numba is imported, when it is first called: who calls none does not wait
for either. Without numba every loop still runs: as it stands, or as its twin in NumPy and SciPy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from importlib.util import find_spec
from threading import RLock
from typing import Any, TypeVar, cast

__all__ = ["COMPILED", "before_compiling", "compiled", "inlined"]

COMPILED = find_spec("numba") is not None

F = TypeVar("F", bound=Callable[..., Any])

_one_at_a_time = RLock()
_to_do_first: list[Callable[[], None]] = []


class _Deferred:
    """A loop that numba gets to see when it is first called, here or in a loop that is compiled."""

    def __init__(self, loop: Callable[..., Any], make: Callable[[], Any]) -> None:
        self.py_func, self._make, self._made = loop, make, None
        update_wrapper(self, loop)

    def __call__(self, *given: Any) -> Any:
        """Run the compiled loop."""
        return (self._made or self._now())(*given)

    def _now(self) -> Any:
        with _one_at_a_time:
            while _to_do_first:
                _to_do_first.pop(0)()
            if self._made is None:
                self._made = self._make()
            return self._made

    @property
    def _numba_type_(self) -> Any:
        """What numba asks of whatever a loop names: the loop itself, compiled."""
        return self._now()._numba_type_


def compiled(
    loop: F,
    *,
    otherwise: F | None = None,
    instead: Callable[[], F] | None = None,
    allocates: bool = True,
) -> F:
    """``loop``, compiled on its first call; later processes read the compiled code from disk.

    Where no folder can hold that code (a read-only installation), every process compiles anew.
    Where numba is not installed, ``otherwise`` runs in its place, or the loop as plain Python.
    ``instead``: asked, where numba is there, for what is compiled in place of ``loop``.
    ``allocates=False`` says that the loop makes no array: then references to those that it is
    handed are not counted, which in a small step costs more than the step does.

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

    def make() -> Any:
        import numba  # noqa: PLC0415 - only where a loop runs

        best, given = loop if instead is None else instead(), _given(allocates=allocates)
        try:
            return numba.njit(cache=True, nogil=True, **given)(best)
        except RuntimeError:  # numba found no place for its cache
            return numba.njit(nogil=True, **given)(best)

    return cast("F", _Deferred(loop, make))


def inlined(step: F, *, allocates: bool = True) -> F:
    """``step``, compiled into every loop that calls it; without numba the function as it stands.

    A call costs more than a small step does, and a loop's arrays are handed over one by one. The
    step keeps its name and its test, and the loop its speed. ``allocates`` as in ``compiled``.

    >>> inlined(lambda x: x + 1)(1)
    2
    """
    if not COMPILED:
        return step

    def make() -> Any:
        import numba  # noqa: PLC0415 - only where a loop runs

        return numba.njit(nogil=True, forceinline=True, **_given(allocates=allocates))(step)

    return cast("F", _Deferred(step, make))


def _given(*, allocates: bool) -> dict[str, Any]:
    """What numba is told where no array is made: leave the run time that counts references out."""
    return {} if allocates else {"_nrt": False}


def before_compiling(step: Callable[[], None]) -> None:
    """Have ``step`` called before the first loop is compiled: what numba must be told by then.

    >>> before_compiling(lambda: None)
    """
    _to_do_first.append(step)
