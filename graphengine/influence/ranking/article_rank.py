"""ArticleRank: PageRank in which somebody who endorses only a few passes on less than all.

r = (1 − d)·1 + d·Qᵀr with Q_uv = w_uv / (out-weight of u + mean number of people endorsed), after
Li & Willett 2009. An endorsement by someone who endorsed once is no longer worth the whole rank.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.influence.ranking.compact import ByTarget
from graphengine.influence.ranking.iteration import Solution
from graphengine.influence.ranking.trails import trail_visits
from graphengine.influence.ranking.transition import between_different, saturated

if TYPE_CHECKING:
    import scipy.sparse as sp

__all__ = ["article_rank"]


def article_rank(
    W: sp.csr_array | ByTarget, *, damping: float = 0.85, tolerance: float = 1e-9
) -> Solution:
    """ArticleRank of everyone, at least 1 − damping each.

    ``W`` is n × n, row = endorser, weights ≥ 0: a sparse matrix, or a structure, which is read as
    it lies. The value is by id for both. ``tolerance`` bounds the L1 error relative to the sum.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: A weight or the damping is out of its range.

    >>> import scipy.sparse as sp
    >>> article_rank(sp.csr_array([[0, 1.0], [0, 0]])).value.round(6)
    array([0.15 , 0.235])
    """
    A = W if isinstance(W, ByTarget) else between_different(W)
    mean = len(A.indices) / max(A.shape[0], 1)
    P = saturated(A, alpha=1.0, kappa=mean)
    visits = trail_visits(P, damping=damping, tolerance=tolerance)
    scale = 1.0 - damping
    return Solution(
        scale * visits.value, scale * visits.residual, scale * visits.error_bound, visits.sweeps
    )
