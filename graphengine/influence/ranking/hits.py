"""HITS: hubs point to good authorities, authorities are pointed to by good hubs (Kleinberg 1999).

The authorities are the leading vector of AᵀA, the hubs that of AAᵀ; both have L2 norm 1. Who
points to one person alone, as most do, only adds to AᵀA's diagonal, and is taken out of the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphengine.errors import NotConvergedError
from graphengine.graph.structure import Structure, laid_out
from graphengine.influence.kernels.compact import gather, scatter
from graphengine.influence.kernels.rows import shared
from graphengine.influence.ranking.compact import ByTarget
from graphengine.influence.ranking.relaxation import fixed
from graphengine.influence.ranking.spectrum import leading, operator
from graphengine.influence.ranking.transition import between_different

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import NDArray

__all__ = ["Hits", "hits"]


@dataclass(frozen=True, slots=True)
class Hits:
    """Authorities and hubs, n entries ≥ 0 with L2 norm 1.

    ``eigenvalue`` λ₁ is that of AᵀA, ``residual`` = ‖AᵀAa − λ₁a‖₂, ``gap`` = 1 − λ₂/λ₁ > 0.
    """

    authorities: NDArray[np.float64]
    hubs: NDArray[np.float64]
    eigenvalue: float
    residual: float
    gap: float


def hits(W: sp.csr_array | ByTarget) -> Hits:
    """Hubs and authorities of the weights ``W``, n × n, row = endorser.

    ``W`` is a sparse matrix, or a structure, which is read as it lies; vectors are by id for both.

    Raises:
        NotConvergedError: There is no endorsement, or two groups share the largest eigenvalue.
        ValueError: W is not square, or a weight is negative or not finite.

    >>> import scipy.sparse as sp
    >>> hits(sp.csr_array([[0, 1.0, 1.0], [0, 0, 1.0], [0, 0, 0]])).authorities.round(6)
    array([0.      , 0.525731, 0.850651])
    """
    structure = W if isinstance(W, ByTarget) else _structure(W)
    n = structure.shape[0]
    if not len(structure.indices):
        raise NotConvergedError(
            "HITS of a graph without endorsements: its largest eigenvalue is 0, so every vector "
            "is an answer. It needs one endorsement between two people at least."
        )
    A, size = _scaled(structure)
    starts, few, heavy, alone, k = shared(*A, n)
    B = (starts[:-1], starts[1:], few, heavy)
    M = operator(lambda a: alone * a + gather(*B, None, scatter(*B, a, k)), len(A[0]))
    found = leading(M, None, symmetric=True, name="HITS")
    hubs, scale = scatter(*A, found.value, n), size * size
    authorities, by_id = np.zeros(n), np.empty(n)
    authorities[structure.order[: len(A[0])]] = found.value
    by_id[structure.order] = hubs / float(np.linalg.norm(hubs))
    return Hits(authorities, by_id, found.eigenvalue * scale, found.residual * scale, found.gap)


def _scaled(structure: ByTarget) -> tuple[tuple[Any, Any, Any, Any], float]:
    """The rows of those who are endorsed, which come first, and what weights were divided by."""
    indptr, weights, size = structure.indptr, structure.weights, 1.0
    if weights is not None and weights.dtype == np.float64:
        size = float(weights.max())
        weights = fixed(weights / size)  # squares of tiny and huge weights stay numbers
    endorsed = int(np.count_nonzero(indptr[1:] > indptr[:-1]))
    return (indptr[:endorsed], indptr[1 : endorsed + 1], structure.indices, weights), size


def _structure(W: sp.csr_array) -> Structure:
    by_target = between_different(W).tocsc()
    return laid_out(by_target.indptr, by_target.indices, by_target.data)
