"""The peers: each builds its own graph once, then ranks it at a tolerance of its own meaning."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp

from tests.bench.ranking.ours import DAMPING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.bench.ranking.graphs import Graph

__all__ = [
    "PEERS",
    "Peer",
    "Ready",
    "igraph_graph",
    "networkx_graph",
    "power_iteration",
    "reference",
]

_MANY = 100_000  # iterations: the tolerance decides


@dataclass(frozen=True)
class Ready:
    """A peer with the graph in it: ``rank(tolerance)`` gives shares that sum to 1."""

    rank: Callable[[float], np.ndarray]
    tolerances: tuple[float, ...] = tuple(10.0**-k for k in range(4, 18))


@dataclass(frozen=True)
class Peer:
    """``load`` takes a graph and makes it Ready; ``most`` edges are tried at all."""

    name: str
    package: str
    threads: int
    load: Callable[[Graph], Ready]
    most: int = 100_000_000

    @property
    def label(self) -> str:
        """Name, version, threads."""
        plural = "s" if self.threads > 1 else ""
        return f"{self.name} {metadata.version(self.package)}, {self.threads} thread{plural}"

    @property
    def installed(self) -> bool:
        """Whether it can be imported at all."""
        try:
            metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return False
        return True


def power_iteration(
    PT: sp.csr_array, dangling: np.ndarray, *, change: float, iterations: int = _MANY
) -> np.ndarray:
    """SciPy's SpMV, until the L1 change of an iteration is small enough."""
    n = PT.shape[0]
    x = np.full(n, 1.0 / n)
    for _ in range(iterations):
        y = PT @ x
        y *= DAMPING
        y += (1.0 - DAMPING + DAMPING * x[dangling].sum()) / n
        moved = np.abs(y - x).sum()
        x = y
        if moved <= change:
            break
    return x


def transposed(graph: Graph) -> tuple[sp.csr_array, np.ndarray]:
    """Pᵀ by target, and who is dangling."""
    out = np.bincount(graph.u, weights=graph.w, minlength=graph.n)
    share = graph.w / out[graph.u]
    PT = sp.csr_array((share, (graph.v, graph.u)), shape=(graph.n, graph.n))
    return PT, np.flatnonzero(out == 0.0)


def reference(graph: Graph) -> np.ndarray:
    """The exact shares to about 1e-13 in L1, by plain iteration."""
    return power_iteration(*transposed(graph), change=2e-14, iterations=400)


def _scipy(graph: Graph) -> Ready:
    PT, dangling = transposed(graph)
    return Ready(lambda tolerance: power_iteration(PT, dangling, change=tolerance))


def igraph_graph(graph: Graph) -> Any:
    """The graph as igraph's, its weights as "w"."""
    igraph = import_module("igraph")
    made = igraph.Graph(n=graph.n, edges=np.column_stack([graph.u, graph.v]), directed=True)
    made.es["w"] = graph.w
    return made


def _igraph(graph: Graph) -> Ready:
    made = igraph_graph(graph)
    return Ready(
        lambda _: np.array(made.pagerank(damping=DAMPING, weights="w", implementation="prpack")),
        (0.0,),  # PRPACK has a tolerance of its own
    )


def _networkit(graph: Graph) -> Ready:
    nk = import_module("networkit")
    nk.setNumberOfThreads(2)
    made = nk.graph.GraphFromCoo(
        (graph.w, (graph.u.astype(np.uint64), graph.v.astype(np.uint64))),
        n=graph.n, weighted=True, directed=True,
    )  # fmt: skip
    made.indexEdges()

    def rank(tolerance: float) -> np.ndarray:
        solver = nk.centrality.PageRank(
            made, DAMPING, tolerance, False,
            nk.centrality.SinkHandling.DistributeSinks,
        )  # fmt: skip
        solver.norm = nk.centrality.Norm.L1_NORM
        solver.maxIterations = _MANY
        solver.run()
        scores = np.array(solver.scores())
        return scores / scores.sum()

    return Ready(rank)


def _graphblas(graph: Graph) -> Ready:
    gb = import_module("graphblas")
    gb.ss.config["nthreads"] = 2
    PT, dangling = transposed(graph)
    A = gb.io.from_scipy_sparse(PT)
    sinks = gb.Vector.from_coo(dangling, 1.0, size=graph.n) if len(dangling) else None
    n = graph.n

    def rank(tolerance: float) -> np.ndarray:
        x = gb.Vector.from_scalar(1.0 / n, n, float)
        y = gb.Vector(float, n)
        for _ in range(_MANY):
            lost = 0.0 if sinks is None else x.ewise_mult(sinks).reduce().get(0.0)
            y << (1.0 - DAMPING + DAMPING * lost) / n
            y(gb.binary.plus) << gb.semiring.plus_times(A @ (DAMPING * x).new())
            x << gb.binary.minus(x | y)
            x << gb.unary.abs(x)
            moved = x.reduce().get(0.0)
            x, y = y, x
            if moved <= tolerance:
                break
        return x.to_dense(0.0)

    return Ready(rank)


def _rustworkx(graph: Graph) -> Ready:
    rx = import_module("rustworkx")
    made = rx.PyDiGraph()
    made.add_nodes_from(range(graph.n))
    made.add_edges_from(list(_triples(graph)))

    def rank(tolerance: float) -> np.ndarray:
        found = rx.pagerank(made, DAMPING, weight_fn=float, tol=tolerance, max_iter=_MANY)
        return np.array([found[i] for i in range(graph.n)])

    return Ready(rank)


def networkx_graph(graph: Graph) -> Any:
    """The graph as networkx's."""
    made = import_module("networkx").DiGraph()
    made.add_nodes_from(range(graph.n))
    made.add_weighted_edges_from(_triples(graph))
    return made


def _triples(graph: Graph) -> Iterator[tuple[int, int, float]]:
    return zip(graph.u.tolist(), graph.v.tolist(), graph.w.tolist(), strict=True)


def _networkx(graph: Graph) -> Ready:
    nx, made = import_module("networkx"), networkx_graph(graph)

    def rank(tolerance: float) -> np.ndarray:  # it stops at n·tol
        found = nx.pagerank(made, alpha=DAMPING, tol=tolerance / graph.n, max_iter=_MANY)
        return np.array(list(found.values()))

    return Ready(rank)


PEERS = (
    Peer("SciPy", "scipy", 1, _scipy),
    Peer("igraph", "igraph", 1, _igraph),
    Peer("networkit", "networkit", 2, _networkit),
    Peer("python-graphblas", "python-graphblas", 2, _graphblas),
    Peer("rustworkx", "rustworkx", 2, _rustworkx, most=2_000_000),
    Peer("networkx", "networkx", 1, _networkx, most=2_000_000),
)
