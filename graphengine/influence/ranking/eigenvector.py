"""Eigenvector centrality: endorsed by those who are endorsed, Aᵀx = ρx (Bonacich 1972).

It has no restart: where nobody can come back (ρ = 0) it has no answer, and where two groups are
equally strong it has many. Both are errors here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking.spectrum import Leading, leading, operator
from graphengine.influence.ranking.transition import between_different, on_cycles

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = ["eigenvector", "spectral_radius"]


def eigenvector(W: sp.csr_array) -> Leading:
    """The leading vector of Aᵀ: n entries ≥ 0, L2 norm 1, with residual and spectral gap.

    ``W`` is n × n, row = endorser.

    Raises:
        NotConvergedError: Nobody is on a cycle (ρ = 0), or the largest eigenvalue is repeated.
        ValueError: W is not square, or a weight is negative or not finite.

    >>> import scipy.sparse as sp
    >>> eigenvector(sp.csr_array([[0, 1.0, 0], [1.0, 0, 1.0], [0, 1.0, 0]])).value.round(6)
    array([0.5     , 0.707107, 0.5     ])
    """
    A = between_different(W)
    if not on_cycles(A).any():
        raise NotConvergedError(
            "Eigenvector centrality of a graph in which no endorsement ever comes back: its "
            "largest eigenvalue is 0, so there is no vector. It needs a cycle; use Katz with a "
            "given alpha, or PageRank."
        )
    size = float(A.data.max())
    A.data = A.data / size
    n = A.shape[0]
    M, T = operator(lambda x: np.asarray(A.T @ x), n), operator(lambda x: np.asarray(A @ x), n)
    left = leading(T, None, symmetric=False, name="eigenvector centrality")
    found = leading(M, left.value, symmetric=False, name="eigenvector centrality")
    return Leading(found.value, found.eigenvalue * size, found.residual * size, found.gap)


def spectral_radius(A: sp.csr_array) -> float:
    """ρ of non-negative weights; 0 exactly where no endorsement ever comes back.

    Raises:
        NotConvergedError: ARPACK did not converge.

    >>> import scipy.sparse as sp
    >>> round(spectral_radius(sp.csr_array([[0, 4.0], [1.0, 0]])), 9)
    2.0
    """
    circling = on_cycles(A)
    if not circling.any():
        return 0.0
    size = float(A.data.max())
    B = (A[circling][:, circling] / size).tocsr()
    M = operator(lambda x: np.asarray(B @ x), B.shape[0])
    return size * leading(M, None, symmetric=False, name="the spectral radius").eigenvalue
