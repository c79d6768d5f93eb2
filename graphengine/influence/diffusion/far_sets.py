"""Sets for everybody's spread: counted for all, and for some followed as probabilities.

Nobody's set is drawn in which nobody can lie two steps from the root.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from graphengine.influence.diffusion.sampling import check_stream
from graphengine.influence.diffusion.tables import cascade_tables
from graphengine.influence.kernels.closures import first_steps, sure_sets
from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.far_sets import far_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph
    from graphengine.influence.kernels.far_sets import Close, Desk

    Floats = NDArray[np.float64]
    Words = NDArray[np.uint32]

__all__ = ["CloseLook", "FarSampler", "look_at_nobody", "look_closely", "look_roughly"]

CHUNK, WIDE = 1 << 14, 1 << 16  # sets: with few people looked at, with many
FEW = 1 << 13
MOST_PAIRS = 16  # times the edges: so many pairs of edges are followed for the second step


@dataclass(frozen=True, slots=True, eq=False)
class CloseLook:
    """Who is looked at closely (``who``), and how many they reach for sure or by first steps.

    ``known`` is exact, within 1 or 2 ``steps``. ``close`` is what the loop reads
    (``kernels.far_sets``).
    """

    who: Words
    known: Floats
    steps: int
    close: Close


class FarSampler:
    """One stream of sets under independent cascade; every call goes on where the last ended.

    ``count`` (n): in how many of the ``sets`` so far a person lies two steps or more from
    the root; ``weight`` times that share is whom they reach there. The same calls give the same
    numbers for the same ``random_state``, whatever ``threads``.

    Raises:
        ValueError: A graph without people, a random state below 0, no thread.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> path = uniform([0, 1, 2], [1, 2, 3], 1.0)
    >>> sampler = FarSampler(path, random_state=1, threads=1)
    >>> sums = sampler.draw(1_000, look_roughly(path))
    >>> sampler.weight, int(sampler.count[0]), sums[3]  # only persons 2 and 3 have such sets
    (2.0, 1000, array([0., 0.]))
    """

    def __init__(self, graph: DiffusionGraph, *, random_state: int, threads: int) -> None:
        check_stream(graph, random_state, threads)
        self.count, self.sets = np.zeros(graph.n, np.uint32), 0
        self._random_state, self._threads, self._chunk = random_state, threads, 0
        self._tables = cascade_tables(graph)
        self._root = _roots(graph)
        self.weight = float(self._root.size)
        self._desks: list[Desk] = []

    def draw(self, sets: int, look: CloseLook) -> Floats:
        """Count the next ``sets`` sets.

        For each person looked at, the sum of the probabilities to lie further than ``known``
        says, and the sum of their squares.
        """
        chunk = CHUNK if look.who.size <= FEW else WIDE
        sizes = [min(chunk, sets - at) for at in range(0, sets, chunk)] if self.weight else []
        jobs = [(size, self._chunk + i, look) for i, size in enumerate(sizes)]
        self._chunk += len(jobs)
        self.sets += sets
        if self._threads == 1 or len(jobs) < 2:
            parts = [self._one(job) for job in jobs]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                parts = list(pool.map(self._one, jobs))
        for desk in self._desks:
            self.count += desk[3]
            desk[3].fill(0)
        return np.asarray(sum(parts, np.zeros((look.who.size, 2))))

    def _one(self, job: tuple[int, int, CloseLook]) -> Any:
        size, number, look = job
        desk = self._desk()
        work = size, look.steps, look.who.size, stream(self._random_state, number)
        sums = far_sets(self._tables, self._root, look.close, desk, work)
        self._desks.append(desk)
        return sums

    def _desk(self) -> Desk:
        try:
            return self._desks.pop()
        except IndexError:
            n = self.count.size
            seen = np.zeros((n >> 5) + 1, np.uint32)
            room, members = np.empty(256, np.uint32), np.empty(n + 1, np.uint32)
            return seen, room, members, np.zeros(n, np.uint32)


def look_at_nobody(n: int) -> CloseLook:
    """All of n people are only counted."""
    nobody, none = np.empty(0, np.uint32), np.empty(0)
    return CloseLook(nobody, none, 1, (np.zeros(2 * n + 2, np.uint32), nobody, none, nobody))


def look_roughly(graph: DiffusionGraph) -> CloseLook:
    """Everybody, one step known: good enough to see who comes first."""
    n, live = graph.n, graph.probability > 0.0
    part = np.empty((n + 1, 2), np.uint32)
    before = np.zeros(graph.m + 1, np.int64)
    np.cumsum(live, out=before[1:])
    part[:, 0], part[:, 1] = before[graph.indptr.astype(np.int64)], np.arange(n + 1)
    who = np.arange(n, dtype=np.uint32)
    close = part.ravel(), graph.indices[live], graph.probability[live], who
    return CloseLook(who, _one_step(graph), 1, close)


def look_closely(graph: DiffusionGraph, who: Words) -> CloseLook:
    """These people, with whom they are sure to reach, and their first two steps known.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> look = look_closely(uniform([0, 1, 2], [1, 2, 3], 0.5), np.array([0, 3], np.uint32))
    >>> look.known
    array([1.75, 1.  ])
    """
    n = graph.n
    rows = _by_source(graph)
    start, member, pairs = sure_sets(rows, who, 2 * n)
    steps = 2 if pairs <= MOST_PAIRS * (graph.m + n) else 1
    most = int((rows[0][member + np.uint32(1)] - rows[0][member]).sum())
    to, of, live = np.empty(most, np.uint32), np.empty(most, np.uint32), np.empty(most)
    edges, known = first_steps(rows, start, member, steps, (to, of, live))
    sure = np.repeat(np.arange(who.size, dtype=np.uint32), np.diff(start).astype(np.int64))
    part = np.empty((n + 1, 2), np.uint32)
    part[:, 0], (of, live) = _by_person(n, to[:edges], of[:edges], live[:edges])
    part[:, 1], (sure,) = _by_person(n, member, sure)
    return CloseLook(who, known, steps, (part.ravel(), of, live, sure))


def _one_step(graph: DiffusionGraph) -> Floats:
    direct = np.bincount(graph.indices, weights=graph.probability, minlength=graph.n)
    return 1.0 + direct.astype(np.float64)


def _roots(graph: DiffusionGraph) -> Words:
    """Whoever is moved by somebody whom somebody moves."""
    target, live = graph.targets(), graph.probability > 0.0
    moved = np.bincount(target[live], minlength=graph.n) > 0
    second = target[live & moved[graph.indices]]
    return np.flatnonzero(np.bincount(second, minlength=graph.n)).astype(np.uint32)


def _by_source(graph: DiffusionGraph) -> tuple[NDArray[np.uint64], Words, Floats]:
    """The edges of probability above 0 by source: where each begins, targets, probabilities."""
    number = np.int32 if max(graph.n, graph.m) < 1 << 31 else np.int64
    form: Any = graph.probability, graph.indices.astype(number), graph.indptr.astype(number)
    turned = sp.csr_array(form, shape=(graph.n, graph.n)).tocsc()
    if not turned.data.all():
        turned.eliminate_zeros()
    return turned.indptr.astype(np.uint64), turned.indices.astype(np.uint32), turned.data


def _by_person(
    n: int, person: Words, *columns: NDArray[Any]
) -> tuple[NDArray[np.int64], list[NDArray[Any]]]:
    """Where each person's part begins (n + 1), and the columns in order of people."""
    rows, size = np.arange(person.size + 1), person.size
    sorted_ = sp.csc_array((rows[1:], person.astype(np.int64), rows), shape=(n, size)).tocsr()
    return sorted_.indptr.astype(np.int64), [column[sorted_.indices] for column in columns]
