"""PageRank of one graph, certified to 1e-9, ours against networkx; answers are compared first."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.influence.ranking import pagerank
from tests.bench.record import Row
from tests.bench.synthetic import write_events

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["measure"]

EVENTS, TOLERANCE, REPEATS = 500_000, 1e-9, 5


def measure() -> list[Row]:
    """One row: seconds of ours and theirs on the same graph, from matrix and graph to vector."""
    matrix, graph = _graphs()
    n = matrix.shape[0]

    def ours() -> np.ndarray:
        return pagerank(matrix, tolerance=TOLERANCE).value

    def theirs() -> np.ndarray:  # networkx stops at N·tol: ask for the same bound
        ranks = nx.pagerank(graph, tol=TOLERANCE * 0.15 / n, max_iter=1000)
        return np.array([ranks[i] for i in range(n)])

    agree = bool(np.abs(ours() - theirs()).sum() <= 10 * TOLERANCE)
    if not agree:
        raise SystemExit("ours and networkx disagree: nothing is timed")
    mine, other = _times(ours), _times(theirs)
    a, b = statistics.median(mine), statistics.median(other)
    work = f"PageRank, {n:,} nodes, {matrix.nnz:,} edges, L1 error 1e-9"
    spread = (max(mine) - min(mine)) / a
    return [Row(work, f"networkx {nx.__version__}", a, b, "s", b / a, 1.0, agree, spread)]


def _graphs() -> tuple[sp.csr_array, nx.DiGraph]:
    with tempfile.TemporaryDirectory() as folder:
        write_events(Path(folder) / "events.csv", EVENTS)
        pairs = pl.read_csv(Path(folder) / "events.csv").select("actor", "target")
    pairs = pairs.filter(pl.col("actor") != pl.col("target")).group_by("actor", "target").len()
    people = np.unique(pairs.to_numpy()[:, :2])
    u, v = (np.searchsorted(people, pairs[c].to_numpy()) for c in ("actor", "target"))
    w = pairs["len"].to_numpy().astype(float)
    graph = nx.DiGraph()
    graph.add_nodes_from(range(people.size))
    graph.add_weighted_edges_from(zip(u.tolist(), v.tolist(), w.tolist(), strict=True))
    return sp.csr_array((w, (u, v)), shape=(people.size, people.size)), graph


def _times(work: Callable[[], object]) -> list[float]:
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return seconds
