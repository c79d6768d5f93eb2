"""32 and 256 topics over one edge list: build and solve of all, two threads for ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tests.bench.neo4j.timing import alone, faster
from tests.bench.ranking import ours
from tests.bench.ranking.graphs import SCALES, Graph, of_pairs, rmat
from tests.bench.ranking.peers import PEERS, power_iteration, reference, transposed
from tests.bench.ranking.sides import distance, in_turns, loosest, missing

if TYPE_CHECKING:
    from tests.bench.record import Row

__all__ = ["measure"]

ERROR, THREADS, REPEATS = 1e-8, 2, 5
GOALS = {
    32: {"SciPy": 12.0, "igraph": 50.0, "networkit": 50.0},
    256: {"SciPy": 15.0},
}
YARDSTICK = 0.15  # all topics together, of one yardstick on the same edges


def measure(size: str) -> list[Row]:
    """Topics by Zipf's law over the pairs of one R-MAT graph; peers topic after topic."""
    whole = rmat(SCALES[size])
    rows = []
    for count in (32, 256):
        graphs = _by_topic(whole, count)
        print(f" {count} topics, {sum(g.m for g in graphs):,} pairs", flush=True)
        rows += _beside(whole, graphs)
    return rows


def _by_topic(whole: Graph, count: int) -> list[Graph]:
    share = 1.0 / np.arange(1, count + 1)
    topic = np.random.default_rng(2).choice(count, size=whole.m, p=share / share.sum())
    order = np.argsort(topic, kind="stable")
    cuts = np.searchsorted(topic[order], np.arange(count + 1))
    parts = [order[a:b] for a, b in pairwise(cuts)]
    return [of_pairs(f"{count} topics", whole.u[p], whole.v[p], whole.w[p]) for p in parts]


def _solve(graph: Graph) -> np.ndarray:
    return ours.solve(ours.ready_from_arrays(graph), ERROR).value


def _all(graphs: list[Graph]) -> list[np.ndarray]:
    """Largest first, a topic a thread."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(_solve, sorted(graphs, key=lambda g: -g.m)))


def _beside(whole: Graph, graphs: list[Graph]) -> list[Row]:
    largest = sorted(graphs, key=lambda g: -g.m)
    exact = [reference(graph) for graph in largest]
    agree = all(distance(x, e) <= ERROR for x, e in zip(_all(graphs), exact, strict=True))
    PT, dangling = transposed(whole)
    mine, yardstick = in_turns(
        lambda: _all(graphs),
        lambda: power_iteration(PT, dangling, change=-np.inf, iterations=50),
        repeats=REPEATS,
    )
    work = f"{len(graphs)} topics, {whole.name}, build and solve, L1 {ERROR:g}, {THREADS} threads"
    surfers = [ours.ready_from_arrays(graph) for graph in largest]
    solves, _ = in_turns(
        lambda: [ours.solve(surfer, ERROR) for surfer in surfers], lambda: None, repeats=REPEATS
    )
    rows = [
        alone(
            f"{len(graphs)} topics, {whole.name}, solve alone, 1 thread (goal with 2: "
            f"{YARDSTICK:g} on the same edges)",
            solves.seconds / yardstick.seconds,
            "yardsticks",
        )
    ]
    for peer in PEERS:
        goal = GOALS[len(graphs)].get(peer.name)
        if goal is None:
            continue
        if not peer.installed:
            rows.append(missing(work, peer, "not installed", goal))
            continue
        tolerance = loosest(peer.load(largest[0]), exact[0], error=ERROR)
        if tolerance is None:
            rows.append(missing(work, peer, "does not get there", goal))
            continue
        theirs, _ = in_turns(
            lambda p=peer, t=tolerance: [p.load(g).rank(t) for g in largest],
            lambda: None,
            repeats=2,
        )
        rows.append(faster(work, peer.label, mine, theirs, goal=goal, agree=agree))
    return rows
