"""The spread of given seeds by running the diffusion forwards, again and again.

Under independent cascade a run grows over the live ones of its people's out-edges
(``kernels.forward_runs``); under linear threshold a person joins once the weights of those who did
reach a threshold drawn for the run (Kempe, Kleinberg & Tardos 2003).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.graph import DiffusionGraph, check_weights
from graphengine.influence.diffusion.tables import forward_rows
from graphengine.influence.kernels.coins import stream
from graphengine.influence.kernels.forward_runs import forward_runs
from graphengine.influence.kernels.live_edges import threshold_runs

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.diffusion.graph import Model

    Runner = Callable[[tuple[int, int]], NDArray[np.int64]]

__all__ = ["Estimate", "simulate_spread"]

CHUNK = 128  # runs
_NORMAL = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean number of people reached, seeds counted, its 95 % interval, and the runs."""

    mean: float
    low: float
    high: float
    runs: int


def simulate_spread(
    graph: DiffusionGraph,
    seeds: ArrayLike,
    *,
    model: Model = "independent_cascade",
    runs: int = 10_000,
    random_state: int,
    threads: int = 1,
) -> Estimate:
    """How many people ``seeds`` (numbers of people) reach on average.

    The answer depends on ``random_state`` and ``runs``, not on ``threads`` or the edges' order.

    Raises:
        ValueError: Unknown or repeated seeds, fewer than 2 runs, weights above 1.

    Source: Kempe, Kleinberg & Tardos 2003.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> simulate_spread(uniform([0, 1], [1, 2], 1.0), [0], runs=100, random_state=1)
    Estimate(mean=3.0, low=3.0, high=3.0, runs=100)
    """
    first = _seeds(seeds, graph.n)
    if runs < 2 or random_state < 0 or threads < 1:
        raise ValueError(
            f"runs must be 2 or more, random_state 0 or more, threads 1 or more; got {runs}, "
            f"{random_state} and {threads}"
        )
    one = _runner(graph, first, model, random_state)
    jobs = [(i, min(CHUNK, runs - at)) for i, at in enumerate(range(0, runs, CHUNK))]
    if threads == 1:  # a pool would cost as much as the runs
        sizes = np.concatenate([one(job) for job in jobs])
    else:
        with ThreadPoolExecutor(threads) as pool:
            sizes = np.concatenate(list(pool.map(one, jobs)))
    mean, error = float(sizes.mean()), float(sizes.std(ddof=1) / np.sqrt(runs))
    low, high = max(mean - _NORMAL * error, float(first.size)), mean + _NORMAL * error
    return Estimate(mean, low, min(high, float(graph.n)), runs)


def _runner(graph: DiffusionGraph, seeds: NDArray[np.uint32], model: str, state: int) -> Runner:
    if model == "independent_cascade":
        return _cascade(graph, seeds, state)
    if model == "linear_threshold":
        return _threshold(graph, seeds, state)
    raise ValueError(f"model must be independent_cascade or linear_threshold, got {model!r}")


def _cascade(graph: DiffusionGraph, seeds: NDArray[np.uint32], random_state: int) -> Runner:
    rows, number = forward_rows(graph)
    first = number[seeds]

    def one(job: tuple[int, int]) -> NDArray[np.int64]:
        n = graph.n + 1  # one more: an edge is written down before it is known to be live
        desk = np.zeros((n >> 5) + 1, np.uint32), np.empty(n, np.uint32), np.empty(n, np.uint32)
        sizes = forward_runs(rows, first, desk, job[1], stream(random_state, job[0]))
        return np.asarray(sizes + seeds.size, np.int64)

    return one


def _threshold(graph: DiffusionGraph, seeds: NDArray[np.uint32], random_state: int) -> Runner:
    check_weights(graph)
    turned = _turned(graph)
    out = turned.indptr, turned.indices, turned.probability

    def one(job: tuple[int, int]) -> NDArray[np.int64]:
        n = graph.n
        desk = np.zeros(n), np.zeros(n), np.empty(n, np.uint32), np.empty(n, np.uint32)
        sizes = threshold_runs(out, seeds, desk, job[1], stream(random_state, job[0]))
        return np.asarray(sizes, np.int64)

    return one


def _turned(graph: DiffusionGraph) -> DiffusionGraph:
    """The same edges by source: whom each person can move."""
    order = np.argsort(graph.indices, kind="stable")
    indptr = np.zeros(graph.n + 1, np.uint64)
    np.cumsum(np.bincount(graph.indices, minlength=graph.n), out=indptr[1:].view(np.int64))
    return DiffusionGraph(indptr, graph.targets()[order], graph.probability[order])


def _seeds(given: ArrayLike, n: int) -> NDArray[np.uint32]:
    seeds = np.asarray(given)
    if seeds.ndim != 1 or seeds.size == 0 or seeds.dtype.kind not in "iu":
        raise ValueError(f"seeds needs one or more whole numbers of people, got {given!r}")
    unknown = seeds[(seeds < 0) | (seeds >= n)]
    if unknown.size:
        raise ValueError(f"seeds names {unknown[0]}, but people go from 0 to {n - 1}")
    if np.unique(seeds).size < seeds.size:
        raise ValueError("seeds names somebody twice; name each person once")
    return seeds.astype(np.uint32)
