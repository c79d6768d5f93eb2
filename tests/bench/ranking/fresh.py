"""1 % new edges: the stored graph patched and yesterday's answer as a start, beside all anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.graph.patch import patched
from graphengine.graph.topic_graph import TopicGraph
from graphengine.influence.ranking.compact import transition
from graphengine.influence.ranking.pagerank import Surfer
from tests.bench.ranking.graphs import SCALES, rmat
from tests.bench.ranking.ours import DAMPING
from tests.bench.ranking.sides import distance, in_turns
from tests.bench.record import Row

if TYPE_CHECKING:
    from tests.bench.ranking.graphs import Graph

__all__ = ["measure"]

SHARE, ERROR, GOAL = 0.01, 1e-8, 0.35


def measure(size: str) -> list[Row]:
    """To the same error, from the same arrays of new pairs; the goal is a share of the full time."""
    graph = rmat(SCALES[size])
    late = np.random.default_rng(1).random(graph.m) < SHARE
    old, put = (_stored(graph, keep) for keep in (~late, late))
    old = old.laid()
    drop = _stored(graph, np.zeros(graph.m, dtype=bool))
    before = _solved(old, None)
    place = _places(old)

    def daily() -> np.ndarray:
        now = patched(old, drop=drop, put=put, shift=0)
        assert now is not None
        start = np.full(graph.n, (1.0 - DAMPING) / graph.n)
        start[place] = before
        return _solved(now, start[_places(now)])

    def full() -> np.ndarray:
        return _solved(_stored(graph, np.ones(graph.m, dtype=bool)), None)

    agree = distance(daily(), full()) <= 2 * ERROR
    ours, theirs = in_turns(daily, full)
    share = ours.seconds / theirs.seconds
    work = f"1 % new edges, {graph.name}, patch and warm start, L1 {ERROR:g}"
    return [
        Row(
            work, f"the goal: a share of all anew, {theirs.seconds:.3g} s",
            share, GOAL, "share", GOAL / share, 1.0, agree, ours.spread,
        )
    ]  # fmt: skip


def _stored(graph: Graph, keep: np.ndarray) -> TopicGraph:
    """The graph of some pairs, everyone on a pair, as a snapshot has it."""
    u, v, w = graph.u[keep], graph.v[keep], graph.w[keep]
    occurs = np.zeros(graph.n, dtype=bool)
    occurs[u] = occurs[v] = True
    place = np.cumsum(occurs) - 1
    n = int(occurs.sum())
    W = sp.csc_array((w, (place[u], place[v])), shape=(n, n))
    W.sort_indices()
    names = pl.Series(np.flatnonzero(occurs)).cast(pl.String).str.zfill(10)
    return TopicGraph(
        "bench", names, W.indptr, W.indices.astype(np.uint32), W.data, np.diff(W.indptr).astype(np.int64)
    )  # fmt: skip


def _places(stored: TopicGraph) -> np.ndarray:
    return stored.accounts.cast(pl.Int64).to_numpy()


def _solved(stored: TopicGraph, start: np.ndarray | None) -> np.ndarray:
    P = transition(stored.structure(), alpha=1.0, kappa=0.0)
    surfer = Surfer(P, damping=DAMPING, restart=None, dangling=None)
    return surfer.settled(start, tolerance=ERROR).value
