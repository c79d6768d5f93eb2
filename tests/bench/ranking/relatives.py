"""HITS and ArticleRank on Higgs beside what else computes them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from graphengine.influence.ranking import article_rank, hits
from tests.bench.ranking.graphs import real
from tests.bench.ranking.ours import DAMPING, structure
from tests.bench.ranking.peers import Peer, Ready, igraph_graph, networkx_graph
from tests.bench.ranking.sides import distance, missing, versus

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.graph.structure import Structure
    from tests.bench.ranking.graphs import Graph
    from tests.bench.record import Row

__all__ = ["measure"]

ERROR = 1e-8


def measure(size: str) -> list[Row]:
    """Whole calls on a structure or graph that lies ready; GDS' rows come with ``--gds``."""
    graph = real()[-1]
    W = structure(graph.matrix)
    rows = []
    for peer, ours in (
        (Peer("SciPy power iteration", "scipy", 1, _article_rank), _ours_article),
        (Peer("SciPy svds", "scipy", 1, _svds), _ours_hits),
        (Peer("networkx", "networkx", 1, _networkx), _ours_hits),
        (Peer("igraph", "igraph", 1, _igraph), _ours_hits),
    ):
        name = "ArticleRank" if ours is _ours_article else "HITS"
        work = f"{name}, {graph.name}, L1 {ERROR:g} of the sum"
        if not peer.installed:
            rows.append(missing(work, peer, "not installed", None))
            continue
        theirs = peer.load(graph)
        exact = ours(W, fine=True)
        agree = distance(theirs.rank(0.0), exact) <= 10 * ERROR >= distance(ours(W), exact)
        rows.append(
            versus(
                work, peer, [_bound(ours, W), lambda t=theirs: t.rank(0.0)], goal=None, agree=agree
            )
        )
    return rows


def _bound(ours: Callable[..., np.ndarray], W: Structure) -> Callable[[], np.ndarray]:
    return lambda: ours(W)


def _ours_article(W: Structure, *, fine: bool = False) -> np.ndarray:
    value = article_rank(W, tolerance=1e-13 if fine else ERROR).value
    return value / value.sum()


def _ours_hits(W: Structure, *, fine: bool = False) -> np.ndarray:
    value = hits(W).authorities
    return value / value.sum()


def _article_rank(graph: Graph) -> Ready:
    out = np.bincount(graph.u, weights=graph.w, minlength=graph.n) + graph.m / graph.n
    QT = sp.csr_array((graph.w / out[graph.u], (graph.v, graph.u)), shape=(graph.n, graph.n))

    def rank(_: float) -> np.ndarray:
        x = np.full(graph.n, 1.0 - DAMPING)
        while True:
            y = DAMPING * (QT @ x) + (1.0 - DAMPING)
            moved = np.abs(y - x).sum()
            x = y
            if moved <= (1.0 - DAMPING) / DAMPING * ERROR * x.sum():
                return x / x.sum()

    return Ready(rank)


def _svds(graph: Graph) -> Ready:
    from scipy.sparse.linalg import svds

    W = graph.matrix

    def rank(_: float) -> np.ndarray:
        a = np.abs(svds(W, k=1, random_state=0, return_singular_vectors="vh")[2][0])
        return a / a.sum()

    return Ready(rank)


def _networkx(graph: Graph) -> Ready:
    nx, made = import_module("networkx"), networkx_graph(graph)

    def rank(_: float) -> np.ndarray:
        return np.abs(np.array(list(nx.hits(made)[1].values())))

    return Ready(rank)


def _igraph(graph: Graph) -> Ready:
    made = igraph_graph(graph)

    def rank(_: float) -> np.ndarray:
        a = np.array(made.authority_score(weights="w", scale=False))
        return a / a.sum()

    return Ready(rank)
