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
from graphengine.influence.kernels.closures import far_walks, first_steps, sure_sets
from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.far_sets import far_sets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph
    from graphengine.influence.kernels.closures import Rows
    from graphengine.influence.kernels.far_sets import Close, Desk, Roots

    Floats = NDArray[np.float64]
    Words = NDArray[np.uint32]

__all__ = [
    "CloseLook",
    "FarSampler",
    "by_source",
    "look_at_nobody",
    "look_closely",
    "look_roughly",
    "narrowed",
]

CHUNK = 1 << 16  # sets
WALK = 8  # steps: roots further away are drawn as often as they would be anyway
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

    Of the ``sets`` so far the ``counted`` ones have roots from everywhere alike; ``count`` (n) says
    in how many of these a person lies two steps or more from the root, and ``weight`` times that
    share is whom they reach there. The same calls give the same numbers for the same
    ``random_state``, whatever ``threads``.

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
        self.count, self.sets, self.counted = np.zeros(graph.n, np.uint32), 0, 0
        self._random_state, self._threads, self._chunk = random_state, threads, 0
        self._tables = cascade_tables(graph)
        self._root = _roots(graph)
        self._even = np.ones(self._root.size)
        self.weight = float(self._root.size)
        self._desks: list[Desk] = []

    def toward(self, rows: Rows, who: Words, matters: Floats) -> Floats | None:
        """How often each root is best drawn to learn about these people, who matter so much.

        It is the root of how many walks of 3 to ``WALK`` live edges (``rows``: ``by_source``) lead
        there from them on average: the variance is least where each root is drawn as often as the
        root of its own share of it is large (Neyman 1934). None where no such walk is found.

        >>> from graphengine.influence.diffusion.graph import uniform
        >>> path = uniform(range(5), range(1, 6), 0.25)
        >>> sampler = FarSampler(path, random_state=1, threads=1)
        >>> sampler.toward(by_source(path), np.array([1], np.uint32), np.ones(1))
        array([0.    , 0.    , 0.125 , 0.0625])
        """
        walks = far_walks(rows, who, matters, WALK)[self._root]
        return np.sqrt(walks) if walks.any() else None

    def draw(self, sets: int, look: CloseLook, toward: Floats | None = None) -> Floats:
        """Draw the next ``sets`` sets; given ``toward``, half of them have roots drawn like that.

        For each person looked at, the sum of the probabilities to lie further than ``known``
        says, and the sum of their squares. A set counts the less the likelier its root is, as if
        all roots had been drawn from the mixture (Veach & Guibas 1995), at most twice.
        """
        aimed = 0 if toward is None else sets // 2
        self.sets, self.counted = self.sets + sets, self.counted + sets - aimed
        weight, jobs = self._even, []
        if aimed and toward is not None:
            weight = sets / (sets - aimed + toward * (aimed * self.weight / toward.sum()))
            jobs = self._jobs(aimed, (self._root, _upto(toward), weight), counts=False)
        if self.weight:
            jobs += self._jobs(sets - aimed, (self._root, _upto(self._even), weight), counts=True)
        if self._threads == 1 or len(jobs) < 2:
            parts = [self._one(job, look) for job in jobs]
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                parts = list(pool.map(self._one, jobs, [look] * len(jobs)))
        for desk in self._desks:
            self.count += desk[3]
            desk[3].fill(0)
        return np.asarray(sum(parts, np.zeros((look.who.size, 2))))

    def _jobs(self, sets: int, roots: Roots, *, counts: bool) -> list[Any]:
        """(Sets, number of their stream, roots, whether people are counted), in chunks."""
        jobs = [
            (min(CHUNK, sets - at), self._chunk + i, roots, counts)
            for i, at in enumerate(range(0, sets, CHUNK))
        ]
        self._chunk += len(jobs)
        return jobs

    def _one(self, job: tuple[int, int, Roots, bool], look: CloseLook) -> Any:
        size, number, roots, counts = job
        desk = self._desk()
        work = size, look.steps, look.who.size, counts, stream(self._random_state, number)
        sums = far_sets(self._tables, roots, look.close, desk, work)
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
    n, source, chance, who = graph.n, graph.indices, graph.probability, _all_of(graph.n)
    live = chance > 0.0
    part = np.empty((n + 1, 2), np.uint32)
    part[:, 0], part[:, 1] = _before(live, graph.indptr), np.arange(n + 1)
    if not live.all():
        source, chance = source[live], chance[live]
    return CloseLook(who, _one_step(graph), 1, (part.ravel(), source, chance, who))


def narrowed(look: CloseLook, who: Words) -> CloseLook:
    """The same for some of these people only.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> path, who = uniform([0, 1, 2], [1, 2, 3], 0.5), np.arange(4, dtype=np.uint32)
    >>> look = narrowed(look_closely(path, who), who[1:2])
    >>> look.who, look.known, look.close[2]
    (array([1], dtype=uint32), array([1.75]), array([0.5]))
    """
    kept = np.searchsorted(look.who, who)
    number, stays = np.zeros(look.who.size, np.uint32), np.zeros(look.who.size, np.bool_)
    number[kept], stays[kept] = np.arange(who.size), True
    part, of, live, sure = look.close
    before = part.reshape(-1, 2)
    after = np.empty_like(before)
    for column, people in enumerate((of, sure)):
        after[:, column] = _before(stays[people], before[:, column])
    still = stays[of]
    close = after.ravel(), number[of[still]], live[still], number[sure[stays[sure]]]
    return CloseLook(who, look.known[kept], look.steps, close)


def look_closely(graph: DiffusionGraph, who: Words, rows: Rows | None = None) -> CloseLook:
    """These people, with whom they are sure to reach, and their first two steps known.

    ``rows`` are the graph's edges ``by_source``, where they are at hand.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> look = look_closely(uniform([0, 1, 2], [1, 2, 3], 0.5), np.array([0, 3], np.uint32))
    >>> look.known
    array([1.75, 1.  ])
    """
    n = graph.n
    rows = by_source(graph) if rows is None else rows
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
    live, start = graph.probability > 0.0, graph.indptr
    moved = _some(live, start)
    return np.flatnonzero(_some(live & moved[graph.indices], start)).astype(np.uint32)


def _some(marked: NDArray[np.bool_], start: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Whether anything is marked in each part."""
    return np.asarray(np.diff(_before(marked, start)) > 0)


def _before(marked: NDArray[np.bool_], start: NDArray[Any]) -> Words:
    """How many are marked before each of these places."""
    total = np.zeros(marked.size + 1, np.uint32)
    np.cumsum(marked, out=total[1:])
    return np.asarray(total[start.astype(np.int64)])


def _all_of(n: int) -> Words:
    return np.arange(n, dtype=np.uint32)


def by_source(graph: DiffusionGraph) -> Rows:
    """The edges of probability above 0 by source: where each begins, targets, probabilities.

    >>> from graphengine.influence.diffusion.graph import diffusion_graph
    >>> first, target, chance = by_source(diffusion_graph([2, 0], [0, 1], [0.5, 0.25]))
    >>> first.astype(int), target.astype(int), chance
    (array([0, 1, 1, 2]), array([1, 0]), array([0.25, 0.5 ]))
    """
    number = np.int32 if max(graph.n, graph.m) < 1 << 31 else np.int64
    form: Any = graph.probability, graph.indices.astype(number), graph.indptr.astype(number)
    turned = sp.csr_array(form, shape=(graph.n, graph.n)).tocsc()
    if not turned.data.all():
        turned.eliminate_zeros()
    return turned.indptr.astype(np.uint64), turned.indices.astype(np.uint32), turned.data


def _upto(mass: Floats) -> Floats:
    """How much of the mass lies up to each place, 1 in the end."""
    upto = np.cumsum(mass)
    upto /= upto[-1]
    upto[-1] = 1.0
    return upto


def _by_person(
    n: int, person: Words, *columns: NDArray[Any]
) -> tuple[NDArray[np.int64], list[NDArray[Any]]]:
    """Where each person's part begins (n + 1), and the columns in order of people."""
    rows, size = np.arange(person.size + 1), person.size
    sorted_ = sp.csc_array((rows[1:], person.astype(np.int64), rows), shape=(n, size)).tocsr()
    return sorted_.indptr.astype(np.int64), [column[sorted_.indices] for column in columns]
