"""Reverse-reachable sets of a graph, drawn chunk by chunk from one stream.

A set holds everyone who would have reached its root, a person at random; so the spread of seeds
is n times the chance that a set holds one of them (Borgs et al. 2014).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.influence.diffusion.graph import check_weights
from graphengine.influence.diffusion.tables import cascade_tables, threshold_tables
from graphengine.influence.kernels.coins import alias_table, stream
from graphengine.influence.kernels.live_edges import count_far
from graphengine.influence.kernels.reverse_sets import reverse_sets
from graphengine.influence.kernels.threshold_sets import threshold_sets

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model

__all__ = ["ReverseSets", "SetSampler", "check_stream", "root_table"]

CHUNK = 4_096  # sets
_NOBODY = np.empty(0, np.uint32)


@dataclass(frozen=True, slots=True, eq=False)
class ReverseSets:
    """Reverse-reachable sets, one after the other: set i is ``people[first[i]:first[i + 1]]``."""

    first: NDArray[np.int64]
    people: NDArray[np.uint32]


class SetSampler:
    """One stream of reverse-reachable sets of a graph; every call goes on where the last ended.

    ``roots``, a weight a person (n), says how much it counts to reach each; without it everybody
    counts 1. ``weight`` is the sum: the spread of seeds is ``weight`` times their share of sets.
    The same calls give the same sets for the same ``random_state``, whatever ``threads``.

    Raises:
        ValueError: A graph without people, weights above 1 under linear threshold, bad roots.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> sampler = SetSampler(uniform([0, 1], [1, 2], 1.0), random_state=1)
    >>> sampler.hits(1_000, np.array([True, False, False]))
    1000
    >>> [sets.first.size for sets in sampler.draw(10)]
    [11]
    """

    def __init__(
        self,
        graph: DiffusionGraph,
        *,
        model: Model = "independent_cascade",
        random_state: int,
        threads: int = 1,
        roots: ArrayLike | None = None,
    ) -> None:
        check_stream(graph, random_state, threads)
        self.n, self.weight = graph.n, float(graph.n)
        self._random_state, self._threads, self._chunk = random_state, threads, 0
        self._roots = np.uint64(self.n), np.empty(0), _NOBODY
        if roots is not None:
            keep, other, self.weight = root_table(roots, self.n)
            self._roots = np.uint64(self.n), keep, other
        self._loop: Any
        self._tables: tuple[NDArray[Any], ...]
        if model == "independent_cascade":
            self._loop, self._tables = reverse_sets, cascade_tables(graph)
        elif model == "linear_threshold":
            check_weights(graph)
            self._loop, self._tables = threshold_sets, threshold_tables(graph)
        else:
            raise ValueError(
                f"model must be independent_cascade or linear_threshold, got {model!r}"
            )
        self._desks: list[tuple[NDArray[Any], ...]] = []

    def draw(self, sets: int) -> list[ReverseSets]:
        """The next ``sets`` sets, in chunks."""
        answers = self._chunks(sets, np.empty(0, np.bool_))
        return [ReverseSets(ends[:, 0].astype(np.int64), people) for ends, people, _ in answers]

    def count_far(self, sets: int, count: NDArray[np.uint32]) -> None:
        """Add to ``count`` (n) in how many of the next sets each is two steps or more from the root."""
        for at in range(0, sets, 64 * CHUNK):
            for ends, people, _ in self._chunks(min(64 * CHUNK, sets - at), np.empty(0, np.bool_)):
                count_far(ends, people, count)

    def hits(self, sets: int, chosen: NDArray[np.bool_]) -> int:
        """How many of the next ``sets`` sets hold somebody ``chosen`` (n); none is stored."""
        if chosen.shape != (self.n,) or chosen.dtype != np.bool_:
            raise ValueError(
                f"chosen needs True or False for each of {self.n} people, got {chosen.dtype} "
                f"of shape {chosen.shape}"
            )
        return sum(int(hits) for _, _, hits in self._chunks(sets, chosen))

    def _chunks(self, sets: int, chosen: NDArray[np.bool_]) -> list[Any]:
        if sets < 0:
            raise ValueError(f"the number of sets must be 0 or more, got {sets}")
        sizes = [min(CHUNK, sets - at) for at in range(0, sets, CHUNK)]
        jobs = [(size, self._chunk + i, chosen) for i, size in enumerate(sizes)]
        self._chunk += len(jobs)
        if self._threads == 1 or len(jobs) < 2:
            return [self._one(job) for job in jobs]
        with ThreadPoolExecutor(self._threads) as pool:
            return list(pool.map(self._one, jobs))

    def _one(self, job: tuple[int, int, NDArray[np.bool_]]) -> Any:
        size, number, chosen = job
        desk = self._desk()
        state = stream(self._random_state, number)
        answer = self._loop(self._tables, self._roots, desk, chosen, size, state)
        self._desks.append(desk)
        return answer

    def _desk(self) -> tuple[NDArray[Any], ...]:
        """Arrays to work in, left clean by whoever used them before."""
        try:
            return self._desks.pop()
        except IndexError:
            seen = np.zeros((self.n >> 5) + 1, np.uint32)
            return seen, np.empty(256, np.uint32)


def check_stream(graph: DiffusionGraph, random_state: int, threads: int) -> None:
    """Raise ValueError unless sets can be drawn: people, a random state, a thread at least.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> check_stream(uniform([0], [1], 0.5), 0, 1)
    """
    if graph.n == 0:
        raise ValueError("the influence graph has no people, so there is nobody to draw a set for")
    if random_state < 0:
        raise ValueError(f"random_state must be 0 or more, got {random_state}")
    if threads < 1:
        raise ValueError(f"threads must be 1 or more, got {threads}")


def root_table(roots: ArrayLike, n: int) -> tuple[NDArray[np.float64], NDArray[np.uint32], float]:
    """The alias table that draws roots in proportion to their weights, and the sum of these.

    Raises:
        ValueError: Not one weight for each of n people, one below 0 or not finite, or all 0.

    >>> keep, other, weight = root_table([1.0, 3.0], 2)
    >>> keep, int(other[0]), weight
    (array([0.5, 1. ]), 1, 4.0)
    """
    weight = np.asarray(roots, np.float64)
    if weight.shape != (n,):
        raise ValueError(f"roots needs one weight for each of {n} people, got {weight.shape}")
    bad = np.flatnonzero(~((weight >= 0.0) & (weight < np.inf)))
    if bad.size:
        raise ValueError(
            f"a weight of roots must be finite and 0 or more, got {weight[bad[0]]} for person "
            f"{bad[0]} ({bad.size} such)"
        )
    total = float(weight.sum())
    if not total > 0.0:
        raise ValueError("the weights of roots are all 0, so reaching nobody counts; give some")
    keep, other = alias_table(np.array([0, n], np.uint64), weight)
    return keep, other, total
