"""One sweep beside what one thread can read: 8 bytes an edge and 24 a person, whatever the layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.kernels import compiled
from tests.bench.ranking import ours
from tests.bench.ranking.graphs import SCALES, rmat
from tests.bench.ranking.sides import in_turns
from tests.bench.record import Row

if TYPE_CHECKING:
    from tests.bench.neo4j.timing import Timing
    from tests.bench.ranking.graphs import Graph

__all__ = ["measure"]

_READ = 1 << 26  # doubles: far more than any cache
FITS, LARGE = 0.65, 0.45  # of the bandwidth: the vector in the cache, and 16 M edges


@compiled
def _total(x: np.ndarray) -> float:
    """Σx with eight accumulators, so that reading binds and adding does not."""
    a = b = c = d = e = f = g = h = 0.0
    for i in range(0, x.size - 7, 8):
        a += x[i]
        b += x[i + 1]
        c += x[i + 2]
        d += x[i + 3]
        e += x[i + 4]
        f += x[i + 5]
        g += x[i + 6]
        h += x[i + 7]
    return a + b + c + d + e + f + g + h


def measure(size: str) -> list[Row]:
    """A graph whose vector fits the cache, and the large one."""
    array = np.random.default_rng(0).random(_READ)
    graphs = [(rmat(16), FITS)]
    graphs += [(rmat(SCALES[size]), LARGE)] if size == "full" else []
    return [_one(graph, array, goal=goal) for graph, goal in graphs]


def _one(graph: Graph, array: np.ndarray, *, goal: float) -> Row:
    surfer = ours.ready(graph.matrix)
    p = np.full(graph.n, 1.0 / graph.n)
    sweep, read = in_turns(lambda: surfer.step(p), lambda: _total(array), repeats=11)
    mine = _rate(8 * graph.m + 24 * graph.n, sweep)
    theirs = _rate(array.nbytes, read)
    work = f"one sweep, {graph.name} ({graph.m:,} pairs, {graph.n:,} people)"
    peer = f"reading {array.nbytes >> 20} MiB, 1 thread"
    return Row(work, peer, mine, theirs, "GB/s", mine / theirs, goal, None, sweep.spread)


def _rate(size: int, timing: Timing) -> float:
    return size / timing.seconds / 1e9
