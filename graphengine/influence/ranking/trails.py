"""Trails of endorsements: how many people's trails pass by, counting every visit.

Everyone starts one trail (v = 1). From u it goes on to v with probability d·P_uv and ends
otherwise; nothing is redistributed and nothing is normalised, so unrelated people joining change
nobody. The expected visits are x = Gᵀv with G = (I − dP)⁻¹ (Katz 1953 on a sub-stochastic
matrix). x counts returns too: a circle of friends counts each trail several times. Dividing by
G_tt would give the first-visit reach (Hopcroft & Sheldon 2007).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.iteration import Solution, settle
from graphengine.influence.ranking.transition import passed_on

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

__all__ = ["trail_visits"]


def trail_visits(
    P: sp.csr_array,
    *,
    damping: float = 0.85,
    start: ArrayLike | None = None,
    tolerance: float = 1e-9,
) -> Solution:
    """The expected visits x = Gᵀv to each person of trails that start by ``start`` (v, ones).

    ``P`` is a transition with row sums ≤ 1 (``saturated``, ``row_normalised``); ``start`` has n
    entries ≥ 0, 0 for people whose trail does not count. ``tolerance`` bounds the L1 error
    relative to the sum of x.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: The damping, an entry of ``start`` or a row sum of P is out of its range.

    >>> import scipy.sparse as sp
    >>> trail_visits(sp.csr_array([[0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]])).value
    array([1.    , 1.85  , 2.5725])
    """
    if not 0.0 <= damping < 1.0:
        raise ValueError(f"the damping must lie in [0, 1), got {damping}")
    n = len(passed_on(P))
    v = np.ones(n) if start is None else np.asarray(start, dtype=np.float64)
    if v.shape != (n,) or not np.isfinite(v).all() or (v < 0.0).any():
        raise ValueError(f"start needs {n} finite entries >= 0, got the shape {v.shape}")
    follow = (P.T * damping).tocsr()

    def step(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(follow @ x + v)

    return settle(step, v, damping=damping, tolerance=tolerance)
