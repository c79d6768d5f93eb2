"""Why somebody's reach is what it is: whose trails lead there, exactly.

h_t = Σ_u c_u with c_u = v_u·Pr[u's trail ever reaches t], between 0 and v_u: everyone counts at
most once. The probabilities F solve F_t = 1, F_u = d·Σ_w P_uw·F_w (u ≠ t).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.iteration import Solution, largest, settle
from graphengine.influence.ranking.trails import starts
from graphengine.influence.ranking.transition import passed_on

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

__all__ = ["reach_reasons"]


def reach_reasons(
    P: sp.csr_array,
    target: int,
    *,
    damping: float = 0.85,
    start: ArrayLike | None = None,
    tolerance: float = 1e-12,
) -> Solution:
    """What each person adds to the first-visit reach of ``target``: n entries that sum to it.

    ``P`` and ``start`` are those of ``first_visit_reach``. ``tolerance`` bounds the error of each
    probability; ``error_bound`` the L1 error of the entries.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: There is no such target, or a parameter is out of its range.

    >>> import scipy.sparse as sp
    >>> reach_reasons(sp.csr_array([[0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]]), 2).value
    array([0.7225, 0.85  , 1.    ])
    """
    n = len(passed_on(P))
    if not 0 <= target < n or not 0.0 <= damping < 1.0:
        raise ValueError(f"needs 0 <= target < {n} and damping in [0, 1), got {target}, {damping}")
    v = starts(start, n)

    def step(f: NDArray[np.float64]) -> NDArray[np.float64]:
        g = np.asarray(damping * (P @ f))
        g[target] = 1.0
        return g

    first = np.zeros(n)
    first[target] = 1.0
    found = settle(step, first, damping=damping, tolerance=tolerance, norm=largest, relative=False)
    weight = float(v.sum())
    return Solution(
        v * found.value, weight * found.residual, weight * found.error_bound, found.sweeps
    )
