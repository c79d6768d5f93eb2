"""HITS: hubs point to good authorities, authorities are pointed to by good hubs (Kleinberg 1999).

The authorities are the leading vector of AᵀA, the hubs that of AAᵀ; both have L2 norm 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.errors import NotConvergedError
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


def hits(W: sp.csr_array) -> Hits:
    """Hubs and authorities of the weights ``W``, n × n, row = endorser.

    Raises:
        NotConvergedError: There is no endorsement, or two groups share the largest eigenvalue.
        ValueError: W is not square, or a weight is negative or not finite.

    >>> import scipy.sparse as sp
    >>> hits(sp.csr_array([[0, 1.0, 1.0], [0, 0, 1.0], [0, 0, 0]])).authorities.round(6)
    array([0.      , 0.525731, 0.850651])
    """
    A = between_different(W)
    if not A.nnz:
        raise NotConvergedError(
            "HITS of a graph without endorsements: its largest eigenvalue is 0, so every vector "
            "is an answer. It needs one endorsement between two people at least."
        )
    size = float(A.data.max())
    A.data = A.data / size  # squares of tiny and huge weights stay numbers
    M = operator(lambda a: np.asarray(A.T @ (A @ a)), A.shape[0])
    alone = leading(M, None, symmetric=True, name="HITS")
    found = leading(M, alone.value, symmetric=True, name="HITS")
    hubs = np.asarray(A @ found.value)
    scale = size * size
    return Hits(
        found.value,
        hubs / float(np.linalg.norm(hubs)),
        found.eigenvalue * scale,
        found.residual * scale,
        found.gap,
    )
