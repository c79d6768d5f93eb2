"""Contributions: which part of a person's PageRank comes from each other person's restarts.

q_{y→x} = v_y (1 − d) [(I − d P̄)⁻¹]_{yx}, where P̄ is P completed by a row δ for everyone who
endorses nobody; Σ_y q_{y→x} = p_x (Jeh & Widom 2003; Andersen et al. 2007). One adjoint solve
g = e_x + d P̄ g gives the whole column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.iteration import Solution, largest, settle
from graphengine.influence.ranking.pagerank import distribution
from graphengine.influence.ranking.transition import row_normalised

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

__all__ = ["contributions"]


def contributions(
    W: sp.csr_array,
    target: int,
    *,
    damping: float = 0.85,
    restart: ArrayLike | None = None,
    dangling: ArrayLike | None = None,
    tolerance: float = 1e-9,
) -> Solution:
    """What each person contributes to the PageRank of ``target``: n entries that sum to p_target.

    Parameters are those of ``pagerank``. ``error_bound`` is the absolute L1 error of the entries,
    on the scale on which all of PageRank sums to 1.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: There is no such target, or a parameter is out of its range.

    >>> import scipy.sparse as sp
    >>> contributions(sp.csr_array([[0, 1.0], [1.0, 0]]), 0).value.round(6)
    array([0.27027, 0.22973])
    """
    n = W.shape[0]
    if not 0 <= target < n or not 0.0 <= damping < 1.0:
        raise ValueError(f"needs 0 <= target < {n} and damping in [0, 1), got {target}, {damping}")
    v = distribution(np.ones(n) if restart is None else restart, n, name="restart")
    delta = v if dangling is None else distribution(dangling, n, name="dangling")
    P = row_normalised(W)
    stuck = np.diff(P.indptr) == 0
    unit = np.zeros(n)
    unit[target] = 1.0

    def step(g: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(unit + damping * (P @ g + stuck * (delta @ g)))

    # entries of g within b of the exact ones leave the v-weighted sum within (1 - d)·b
    solved = settle(step, unit, damping=damping, tolerance=tolerance, norm=largest, relative=False)
    scale = 1.0 - damping
    return Solution(
        scale * v * solved.value, scale * solved.residual, scale * solved.error_bound, solved.sweeps
    )
