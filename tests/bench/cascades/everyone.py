"""Everybody's spread beside yardsticks of ranking on the same graph."""

from __future__ import annotations

import time

import numpy as np
import scipy.sparse as sp

from graphengine.influence.diffusion.everyone import spread_of_everyone
from graphengine.influence.diffusion.graph import DiffusionGraph, weighted_cascade
from graphengine.influence.diffusion.simulation import simulate_spread
from tests.bench.cascades.graphs import GRAPHS, edges
from tests.bench.neo4j.timing import Timing, of
from tests.bench.record import Row

__all__ = ["measure"]

GOAL, REPEATS, ITERATIONS = 10.0, 5, 50


def measure(size: str) -> list[Row]:
    """5 % at 95 % for the top 1 %, in yardsticks; the top five are simulated first."""
    rows = []
    for name in GRAPHS[:2] if size == "small" else GRAPHS[:3]:
        u, v, n = edges(name)
        graph = weighted_cascade(u, v, n=n)
        found = spread_of_everyone(graph, random_state=0)
        yard, ours = (
            _yardstick(graph),
            _timed(lambda graph=graph: spread_of_everyone(graph, random_state=1)),
        )
        units = ours.seconds / yard.seconds
        work = f"everyone's spread, {name}, the top 1 % within {found.reached:.1%} at 95 %"
        rows.append(
            Row(work, f"the goal: yardsticks of {yard.seconds:.3g} s", units, GOAL, "yardsticks",
                GOAL / units, 1.0, _agree(graph, found.spread, found.low, found.high), ours.spread)
        )  # fmt: skip
    return rows


def _agree(graph: DiffusionGraph, spread: np.ndarray, low: np.ndarray, high: np.ndarray) -> bool:
    """The five largest lie where fresh simulation puts them, both intervals counted."""
    for who in np.argsort(-spread)[:5]:
        fresh = simulate_spread(graph, [int(who)], runs=20_000, random_state=7)
        if fresh.low > high[who] * 1.02 or fresh.high < low[who] * 0.98:
            return False
    return True


def _yardstick(graph: DiffusionGraph) -> Timing:
    """SciPy's SpMV power iteration on the same edges."""
    shape = (graph.n, graph.n)
    P = sp.csr_array(
        (graph.probability, graph.indices.astype(np.int32), graph.indptr.astype(np.int64)),
        shape=shape,
    )

    def iterate() -> None:
        x = np.full(graph.n, 1.0 / graph.n)
        for _ in range(ITERATIONS):
            x = 0.85 * (P @ x) + 0.15 / graph.n

    return _timed(iterate)


def _timed(work: object) -> Timing:
    taken = []
    for turn in range(REPEATS + 1):
        begun = time.thread_time()
        work()  # type: ignore[operator]
        if turn:
            taken.append(time.thread_time() - begun)
    return of(taken)
