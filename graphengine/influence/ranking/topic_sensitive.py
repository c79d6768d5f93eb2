"""TwitterRank: influence per topic, where readers follow those who write much and like they do.

Weng, Lim, Jiang & He 2010. A reader i moves on to a friend j (someone i follows) with
P_t(i, j) = |T_j| / Σ_{a ∈ friends(i)} |T_a| · (1 − |DT′_it − DT′_jt|), where |T_j| counts j's
posts and DT′ is DT with rows scaled to 1; restarts go by the topic's column of DT. P_t lacks
something to 1 wherever tastes differ, by construction: what is lacking ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.iteration import Solution
from graphengine.influence.ranking.pagerank import distribution
from graphengine.influence.ranking.trails import trail_visits
from graphengine.influence.ranking.transition import row_normalised

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

__all__ = ["twitterrank"]


def twitterrank(
    friends: sp.csr_array,
    posts: ArrayLike,
    topic: int,
    *,
    damping: float = 0.85,
    tolerance: float = 1e-9,
) -> Solution:
    """TwitterRank of one topic: TR = d·P_tᵀ·TR + (1 − d)·E_t.

    ``friends`` is n × n and non-zero where the row's person follows the column's; ``posts`` is
    n × topics and counts each person's posts on each topic (DT); ``topic`` is a column of it.

    Raises:
        ValueError: Shapes that do not fit, a negative count, or a topic nobody wrote about.

    >>> import scipy.sparse as sp
    >>> follows = sp.csr_array([[0, 1, 1], [0, 0, 1], [1, 0, 0]])
    >>> twitterrank(follows, [[6, 4], [5, 15], [24, 6]], 0).value.round(6)
    array([0.152209, 0.055067, 0.186021])
    """
    counts = np.asarray(posts, dtype=np.float64)
    n = friends.shape[0]
    if counts.ndim != 2 or counts.shape[0] != n or not 0 <= topic < counts.shape[1]:
        raise ValueError(f"needs {n} rows of posts and a column {topic}, got {counts.shape}")
    P = _transition(friends, counts, topic)
    restart = distribution(counts[:, topic], n, name="the topic's column of posts")
    visits = trail_visits(P, damping=damping, start=restart, tolerance=tolerance)
    scale = 1.0 - damping
    return Solution(
        scale * visits.value, scale * visits.residual, scale * visits.error_bound, visits.sweeps
    )


def _transition(friends: sp.csr_array, counts: NDArray[np.float64], topic: int) -> sp.csr_array:
    written = counts.sum(axis=1)
    taste = np.divide(counts[:, topic], written, out=np.zeros(len(written)), where=written > 0.0)
    follows = friends.astype(np.float64).tocsr()
    follows.sum_duplicates()
    follows.data = (follows.data != 0.0) * written[follows.indices]
    P = row_normalised(follows)
    reader = np.repeat(np.arange(P.shape[0]), np.diff(P.indptr))
    P.data = P.data * (1.0 - np.abs(taste[reader] - taste[P.indices]))
    return P
