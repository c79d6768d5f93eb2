"""From weights to probabilities: where a trail of endorsements goes next.

W[u, v] is the weight of u's endorsements of v. Plain normalisation (Brin & Page 1998) divides by
the row's sum, so it forgets how much there was: someone who endorsed once, years ago, passes on
everything. Saturation P_uv = w_uv^α / (κ + Σ_v w_uv^α) keeps the amount: when all of a person's
endorsements fade, the row fades too. The diagonal is dropped: praising oneself moves nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from graphengine.influence.ranking.compact import ByTarget, Compact, transition

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["between_different", "on_cycles", "passed_on", "row_normalised", "saturated"]


@overload
def row_normalised(W: sp.csr_array) -> sp.csr_array: ...
@overload
def row_normalised(W: ByTarget) -> Compact: ...
def row_normalised(W: sp.csr_array | ByTarget) -> sp.csr_array | Compact:
    """P with P[u, v] = w_uv / Σ_v w_uv; rows without endorsements stay empty.

    ``W`` is n × n, row = endorser, weights ≥ 0; parallel entries add up. Or it is a structure:
    then P is compact, and no edge is copied.

    Raises:
        ValueError: W is not square, or a weight is negative or not finite.

    >>> row_normalised(sp.csr_array([[5.0, 1.0, 3.0], [0, 0, 0], [2.0, 0, 0]])).toarray()
    array([[0.  , 0.25, 0.75],
           [0.  , 0.  , 0.  ],
           [1.  , 0.  , 0.  ]])
    """
    return saturated(W, alpha=1.0, kappa=0.0)


@overload
def saturated(W: sp.csr_array, *, alpha: float, kappa: float) -> sp.csr_array: ...
@overload
def saturated(W: ByTarget, *, alpha: float, kappa: float) -> Compact: ...
def saturated(W: sp.csr_array | ByTarget, *, alpha: float, kappa: float) -> sp.csr_array | Compact:
    """P with P[u, v] = w_uv^alpha / (kappa + Σ_v w_uv^alpha), row sums ≤ 1.

    ``kappa`` ≥ 0 is the weight^alpha at which a person passes on half; 0 < ``alpha`` ≤ 1 dampens
    repetition. What a row lacks to 1 ends the trail (PageRank gives it back to the restart).

    Raises:
        ValueError: A parameter or a weight is out of its range.

    >>> saturated(sp.csr_array([[0, 4.0, 1.0], [0, 0, 0], [0, 0, 0]]), alpha=0.5, kappa=1.0).toarray()
    array([[0.  , 0.5 , 0.25],
           [0.  , 0.  , 0.  ],
           [0.  , 0.  , 0.  ]])
    """
    if not 0.0 < alpha <= 1.0 or not 0.0 <= kappa < np.inf:
        raise ValueError(f"needs 0 < alpha <= 1 and finite kappa >= 0, got {alpha} and {kappa}")
    if isinstance(W, ByTarget):
        return transition(W, alpha=alpha, kappa=kappa)
    P = between_different(W)
    counts = np.diff(P.indptr)
    full, row = counts > 0, np.repeat(np.arange(P.shape[0]), counts)
    starts = P.indptr[:-1][full]
    largest, total = np.ones(P.shape[0]), np.ones(P.shape[0])
    if starts.size:
        largest[full] = np.maximum.reduceat(P.data, starts)
    # relative to the row's largest weight, so that neither huge nor tiny weights overflow
    share = (P.data / largest[row]) ** alpha
    if starts.size:
        total[full] = np.add.reduceat(share, starts)
    with np.errstate(over="ignore"):  # an infinite kappa / tiny weight is a row that passes on 0
        P.data = share / (kappa / largest**alpha + total)[row]
    return P


def passed_on(P: sp.csr_array | Compact) -> NDArray[np.float64]:
    """The row sums of a transition: how much of what reaches a person goes on.

    By id where P is a matrix, by place where it is compact.

    Raises:
        ValueError: A row sums to more than 1, so these are weights, not probabilities.

    >>> passed_on(sp.csr_array([[0, 0.5], [0, 0]]))
    array([0.5, 0. ])
    """
    if isinstance(P, Compact):
        return P.passed
    sums = np.asarray(P.sum(axis=1), dtype=np.float64)
    if (sums > 1.0 + 1e-9).any():
        raise ValueError(
            f"a row of the transition sums to {sums.max():.6g}, more than 1; "
            "weights go through row_normalised or saturated first"
        )
    return sums


def between_different(W: sp.csr_array) -> sp.csr_array:
    """A checked float64 copy of W with sorted indices, no diagonal, no zeros, no repeats.

    Raises:
        ValueError: W is not square, or a weight or a sum of parallel ones is out of range.

    >>> between_different(sp.csr_array([[1.0, 2.0], [0.0, 0.0]])).toarray()
    array([[0., 2.],
           [0., 0.]])
    """
    A = sp.coo_array(W, dtype=np.float64)
    if A.ndim != 2 or A.shape[0] != A.shape[1]:
        raise ValueError(f"the weights must form a square matrix, got the shape {A.shape}")
    if not np.isfinite(A.data).all() or (A.data < 0.0).any():
        raise ValueError("every weight must be a finite number >= 0")
    row, column = A.coords
    keep = (row != column) & (A.data > 0.0)
    P = sp.csr_array((A.data[keep], (row[keep], column[keep])), shape=A.shape)
    P.sum_duplicates()
    if not np.isfinite(P.data).all():
        raise ValueError("parallel weights add up to more than float64 holds; scale them down")
    return P


def on_cycles(P: sp.csr_array) -> NDArray[np.bool_]:
    """Whether a trail from each person can come back: a strong component of several, or a loop.

    >>> on_cycles(sp.csr_array([[0, 1.0, 0], [1.0, 0, 0], [1.0, 0, 0]]))
    array([ True,  True, False])
    """
    if not P.shape[0]:
        return np.zeros(0, dtype=np.bool_)
    count, label = connected_components(P, directed=True, connection="strong")
    return np.asarray((np.bincount(label, minlength=count)[label] > 1) | (P.diagonal() > 0.0))
