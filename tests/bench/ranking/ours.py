"""Our side: the structure that lies ready, and a solve on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.graph.from_pairs import structure_from_pairs
from graphengine.graph.structure import laid_out
from graphengine.influence.ranking.compact import transition
from graphengine.influence.ranking.pagerank import Surfer

if TYPE_CHECKING:
    import numpy as np
    import scipy.sparse as sp

    from graphengine.graph.structure import Structure
    from graphengine.influence.ranking import Solution
    from tests.bench.ranking.graphs import Graph

__all__ = ["DAMPING", "ready", "ready_from_arrays", "solve", "structure"]

DAMPING = 0.85


def structure(W: sp.csr_array) -> Structure:
    """The compact structure of W by target."""
    by_target = W.tocsc()
    return laid_out(by_target.indptr, by_target.indices, by_target.data)


def ready(W: sp.csr_array) -> Surfer:
    """Everything that does not depend on the tolerance, laid out for many solves."""
    P = transition(structure(W), alpha=1.0, kappa=0.0)
    return Surfer(P, damping=DAMPING, restart=None, dangling=None).prepared()


def ready_from_arrays(graph: Graph) -> Surfer:
    """The same from arrays of ids, as ``load + compute`` begins."""
    laid = structure_from_pairs(graph.u, graph.v, graph.w, nodes=graph.n)
    P = transition(laid, alpha=1.0, kappa=0.0)
    return Surfer(P, damping=DAMPING, restart=None, dangling=None)


def solve(surfer: Surfer, tolerance: float, *, start: np.ndarray | None = None) -> Solution:
    """PageRank to a certified L1 bound."""
    return surfer.settled(start, tolerance=tolerance)
