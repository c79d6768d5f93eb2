"""Trails to and from many people, a block of them at a time, on as many threads as there are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.reached import reached_from, two_steps

if TYPE_CHECKING:
    from collections.abc import Callable

    import scipy.sparse as sp

    from graphengine.scoring.reasons.pairs import Pairs
    from graphengine.scoring.reasons.steps import Steps

__all__ = ["ACCURACY", "all_reached", "entries", "onwards"]

Graph = tuple[NDArray[np.uint64], NDArray[np.uint32], Any]
ACCURACY = 0.0005  # of probabilities to reach somebody
_WIDTH = 16  # people of a block, so that each step is read once for all of them


def all_reached(
    steps: Steps, pairs: Pairs, *, damping: float, threads: int = 1
) -> NDArray[np.float64]:
    """Pr[u's trail ever reaches t] of each pair, to ± ACCURACY: swept for a block of people at a time.

    In 32 bits, whose rounding is a thousand times finer than that.

    >>> all_reached.__name__
    'all_reached'
    """
    u, place = pairs.u, steps.place[pairs.u]
    direct = entries(steps.back, pairs.people[pairs.t], u)
    from_source = _positions(steps.sources, u)
    inner, entering = ((damping * A).astype(np.float32) for A in (steps.inner, steps.entering))
    graph = _plain(entering)
    found = np.zeros(len(u))

    def block(first: int) -> None:
        people = pairs.people[first : first + _WIDTH]
        some = slice(pairs.first[first], pairs.first[first + len(people)])
        t, core = pairs.t[some] - first, place[some] >= 0
        last = np.zeros((len(steps.core), len(people)), np.float32)
        last[place[some][core], t[core]] = damping * direct[some][core]
        X = _swept(inner, last, steps.place[people], damping)
        over = np.empty(int((~core).sum()), np.float32)
        reached_from(graph, X, (from_source[some][~core], t[~core]), over)
        part = np.empty(len(t))
        part[core] = X[place[some][core], t[core]]
        part[~core] = damping * direct[some][~core] + over
        found[some] = part

    _each(block, range(0, len(pairs.people), _WIDTH), threads)
    return found


def _swept(
    inner: sp.csr_array, b: NDArray[np.float32], here: NDArray[np.int64], damping: float
) -> NDArray[np.float32]:
    """X = b + inner·X, where no trail goes on from a person of the block in its own column."""
    own = here[here >= 0], np.flatnonzero(here >= 0)
    b[own] = 0.0
    X = b.copy()
    while True:
        Y = inner @ X
        Y += b
        Y[own] = 0.0
        X -= Y
        change = max(float(X.max(initial=0.0)), -float(X.min(initial=0.0)))
        X = Y
        if change * damping / (1.0 - damping) <= 0.9 * ACCURACY:
            return X


def onwards(
    steps: Steps, pairs: Pairs, *, damping: float, threads: int = 1
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Visits from t to u within two steps (m), and what a third can still bring, at most, over x − 1.

    >>> onwards.__name__
    'onwards'
    """
    here, place = steps.place[pairs.people], steps.place[pairs.u]
    by, largest = np.zeros(len(pairs.t)), np.zeros(len(here))
    graph = _plain(steps.inner)

    def block(start: int) -> None:
        some = slice(start, start + _WIDTH)
        first = pairs.first[start : start + _WIDTH + 1]
        two_steps(graph, (here[some], first), place, damping, (by, largest[some]))

    _each(block, range(0, len(here), _WIDTH), threads)
    both = (place >= 0) & (here[pairs.t] >= 0)
    return by, np.where(both, largest[pairs.t], 0.0)


def entries(
    A: sp.csr_array, row: NDArray[np.int64], column: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The entries of A at each row and column, 0 where it has none.

    >>> import scipy.sparse as sp
    >>> entries(sp.csr_array([[0, 2.0], [3.0, 0]]), np.array([0, 1]), np.array([1, 1])).tolist()
    [2.0, 0.0]
    """
    rows, back = np.unique(row, return_inverse=True)
    some = A[rows]
    own = np.repeat(np.arange(len(rows)), np.diff(some.indptr))
    keys = own * max(A.shape[1], 1) + some.indices
    order = np.argsort(keys, kind="stable")
    at = _positions(keys[order], back * max(A.shape[1], 1) + column)
    return np.where(at >= 0, np.append(some.data[order], 0.0)[at], 0.0)


def _positions(known: NDArray[np.int64], asked: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each of ``asked`` stands in the sorted ``known``, −1 for none."""
    at = np.searchsorted(known, asked)
    there = at < len(known)
    there[there] = known[at[there]] == asked[there]
    return np.where(there, at, -1)


def _plain(A: sp.csr_array) -> Graph:
    return A.indptr.astype(np.uint64), A.indices.astype(np.uint32), A.data


def _each(block: Callable[[int], None], starts: range, threads: int) -> None:
    """Every block, each of which writes what is its own: the number of threads changes no bit."""
    if threads == 1:
        for start in starts:
            block(start)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="reasons") as pool:
        list(pool.map(block, starts))
