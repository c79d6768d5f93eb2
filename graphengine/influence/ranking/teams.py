"""Sweeps by a team of threads: each has as many edges, and new values of its own rows only.

Within its rows a thread does Gauss–Seidel; what the others' rows hold, it knows from the sweep
before (block Jacobi between the threads). So nothing depends on who is faster, and the same
number of threads gives the same bits. Mixing makes up for what the threads do not tell each other.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.kernels.compact import gather, relax
from graphengine.influence.kernels.relaxation import judged, prepared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

__all__ = ["Team", "gathered_by", "swept_by", "threads", "threads_for"]

_ALLOWED: ContextVar[int] = ContextVar("threads of one solve", default=1)
_WORTH = 500_000  # edges a thread: with fewer, starting and waiting cost more than they save


@contextmanager
def threads(most: int) -> Iterator[None]:
    """Let each solve within use up to ``most`` threads; without this it is one.

    Answers keep their certificates. Their last bits depend on the number of threads, never on
    anything else.

    Raises:
        ValueError: Fewer than one.

    >>> with threads(2):
    ...     threads_for(10_000_000), threads_for(10)
    (2, 1)
    >>> threads_for(10_000_000)
    1
    """
    if most < 1:
        raise ValueError(f"needs one thread at least, got {most}")
    before = _ALLOWED.set(most)
    try:
        yield
    finally:
        _ALLOWED.reset(before)


def threads_for(edges: int) -> int:
    """How many of the threads allowed now are worth their while."""
    return max(1, min(_ALLOWED.get(), edges // _WORTH))


class Team:
    """The rows of a core cut into parts with as many edges each.

    >>> begin, end = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 9])
    >>> Team((begin, end, None, None, None), 2).parts
    [(0, 3), (3, 4)]
    """

    def __init__(self, edges: Any, count: int) -> None:
        self.edges = edges
        held = np.cumsum(np.asarray(edges[1], np.int64) - np.asarray(edges[0], np.int64))
        whole = int(held[-1]) if len(held) else 0
        cuts = [int(np.searchsorted(held, whole * k / count)) for k in range(1, count)]
        self.parts = list(pairwise([0, *cuts, len(held)]))
        self._pool = ThreadPoolExecutor(count)

    def rows(self, part: tuple[int, int]) -> tuple[Any, Any, Any, Any, Any]:
        """The edges of a part's rows."""
        begin, end, indices, weights, table = self.edges
        return begin[slice(*part)], end[slice(*part)], indices, weights, table

    def relax(self, k: int, vectors: Any, values: Any, *, rates: tuple[float, float]) -> Any:
        """One sweep over a part's rows, from start to y; z is the part's own, and read for all.

        ``vectors`` are (enters, leaves, per), ``values`` (start, z, y), ``rates`` (damping,
        share). Returned are the L1 change, Σy and Σy·leaves.
        """
        own = slice(*self.parts[k])
        (enters, leaves, per), (start, z, y) = vectors, values
        return relax(
            self.rows(self.parts[k]),
            (enters[own], leaves[own]),
            None if per is None else per[own],
            rates,
            (start[own], z, y[own], z[own]),
            1,
        )

    def each(self, work: Callable[[int], Any]) -> list[Any]:
        """What ``work`` makes of each part's number, at the same time."""
        if len(self.parts) == 1:
            return [work(0)]
        return list(self._pool.map(work, range(len(self.parts))))


def gathered_by(team: Team, z: NDArray[np.float64]) -> NDArray[np.float64]:
    """As ``kernels.compact.gather``, bit for bit.

    >>> ids = np.array([1, 0], dtype=np.uint32)
    >>> gathered_by(Team((np.array([0, 1]), np.array([1, 2]), ids, None, None), 2), np.array([3.0, 4.0]))
    array([4., 3.])
    """
    return np.concatenate(team.each(lambda k: gather(*team.rows(team.parts[k]), z)))


def swept_by(
    team: Team, vectors: Any, state: Any, *, rule: tuple[float, float, float, float], most: int
) -> tuple[int, bool]:
    """As ``kernels.relaxation.iterate``, the rows shared out among the team."""
    z = state[1]
    views = [np.empty_like(z) for _ in team.parts]

    def sweep(k: int) -> tuple[float, float, float]:
        views[k][:] = z
        found = team.relax(k, vectors, (start, views[k], y), rates=(rule[0], 1.0 / scale))
        return float(found[0]), float(found[1]), float(found[2])

    for sweeps in range(1, most + 1):
        start, y, scale = prepared(vectors, state, rule[3])
        found = np.array(team.each(sweep)).sum(axis=0)
        for part, mine in zip(team.parts, views, strict=True):
            z[slice(*part)] = mine[slice(*part)]
        if judged(state, rule, (float(found[0]), float(found[1]), float(found[2]))):
            return sweeps, True
    return most, False
