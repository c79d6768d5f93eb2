"""Contributions to one person to a given precision, without looking at everyone.

Backward push (Andersen et al. 2007) starts at the person and walks against the endorsements; its
work depends on the precision and not on the size of the graph. q_{y→x} = s·v_y·G_yx follows the
endorsements alone; s = 1 − d + d·Σ_dangling p gives what the dangling return to the restart to
all in proportion. (``contributions`` is exact and follows the dangling's restarts too, as steps
of whoever came by; both sum to p_x.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.kernels.backward import push_back
from graphengine.influence.ranking.pagerank import distribution, stationary
from graphengine.influence.ranking.transition import row_normalised

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.ranking.iteration import Solution

__all__ = ["Contributors", "contributors"]


@dataclass(frozen=True, slots=True)
class Contributors:
    """What each person contributes to one person's PageRank, from below.

    ``value`` has n entries; the exact ones lie between it and value + ``missing``, entry by
    entry. ``total`` is the person's PageRank: the sum of the exact ones. ``error_bound`` is the
    L1 error of ``value``; ``steps`` counts the endorsements followed back.
    """

    value: NDArray[np.float64]
    missing: NDArray[np.float64]
    total: float
    error_bound: float
    steps: int


def contributors(
    W: sp.csr_array,
    target: int,
    *,
    damping: float = 0.85,
    restart: ArrayLike | None = None,
    precision: float = 1e-3,
    ranked: Solution | None = None,
) -> Contributors:
    """What each person contributes to the PageRank of ``target``, each to ``precision`` of it.

    ``W`` and ``restart`` are those of ``pagerank`` (dangling people pass on along the restart);
    ``ranked`` is its solution, where it is at hand. All entries lack together at most
    ``precision`` times the target's PageRank.

    Raises:
        ValueError: There is no such target, or a parameter is out of its range.

    >>> import scipy.sparse as sp
    >>> pair = sp.csr_array([[0, 1.0], [1.0, 0]])
    >>> contributors(pair, 0, precision=1e-7).value.round(6)
    array([0.27027, 0.22973])
    """
    n = W.shape[0]
    if not 0 <= target < n or not 0.0 < precision < 1.0:
        raise ValueError(
            f"needs 0 <= target < {n} and 0 < precision < 1, got {target} and {precision}"
        )
    P = row_normalised(W)
    v = distribution(np.ones(n) if restart is None else restart, n, name="restart")
    p = ranked or stationary(P, damping=damping, restart=v)
    # p = scale · Gᵀv, where the dangling give back what reaches them
    lost = float(p.value[np.diff(P.indptr) == 0].sum())
    scale, total = 1.0 - damping + damping * lost, float(p.value[target])
    into = (P * damping).T.tocsr()
    floor = precision * total * (1.0 - damping) / scale
    estimate, left, steps = push_back(
        into.indptr.astype(np.uint64), into.indices.astype(np.uint32), into.data, target, floor
    )
    value = scale * v * estimate
    missing = scale * v * (float(left.max(initial=0.0)) / (1.0 - damping))
    return Contributors(value, missing, total, float(missing.sum()) + p.error_bound, int(steps))
