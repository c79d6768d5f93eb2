"""Trails of endorsements: how many people's trails pass by, counting every visit.

Everyone starts one trail (v = 1). From u it goes on to v with probability d·P_uv and ends
otherwise; nothing is redistributed and nothing is normalised, so unrelated people joining change
nobody. The expected visits are x = Gᵀv with G = (I − dP)⁻¹ (Katz 1953 on a sub-stochastic
matrix). x counts returns too: a circle of friends counts each trail several times. Dividing by
G_tt would give the first-visit reach (Hopcroft & Sheldon 2007).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.compact import by_id, placed
from graphengine.influence.ranking.flow import Flow
from graphengine.influence.ranking.iteration import Solution, finish
from graphengine.influence.ranking.transition import passed_on

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike, NDArray

    from graphengine.influence.ranking.compact import Compact

__all__ = ["certified_trails", "starts", "trail_visits"]


def trail_visits(
    P: sp.csr_array | Compact,
    *,
    damping: float = 0.85,
    start: ArrayLike | None = None,
    tolerance: float = 1e-9,
    guess: NDArray[np.float64] | None = None,
) -> Solution:
    """The expected visits x = Gᵀv to each person of trails that start by ``start`` (v, ones).

    ``P`` is a transition with row sums ≤ 1 (``saturated``, ``row_normalised``), a matrix or a
    compact one; vectors are by id for both. ``start`` has n
    entries ≥ 0, 0 for people whose trail does not count. ``tolerance`` bounds the L1 error
    relative to the sum of x; ``guess`` is a warm start: yesterday's visits, n entries.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: The damping, an entry of ``start`` or a row sum of P is out of its range.

    >>> import scipy.sparse as sp
    >>> trail_visits(sp.csr_array([[0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]])).value
    array([1.    , 1.85  , 2.5725])
    """
    b = starts(start, len(passed_on(P)))
    if not 0.0 <= damping < 1.0:
        raise ValueError(f"the damping must lie in [0, 1), got {damping}")
    found = certified_trails(
        Flow(P, damping=damping), placed(P, b), tolerance=tolerance, guess=placed(P, guess)
    )
    return replace(found, value=by_id(P, found.value))


def certified_trails(
    flow: Flow,
    b: NDArray[np.float64],
    *,
    tolerance: float,
    guess: NDArray[np.float64] | None = None,
) -> Solution:
    """``trail_visits`` on a prepared transition: the fast solve, then the certificate.

    >>> import scipy.sparse as sp
    >>> flow = Flow(sp.csr_array([[0, 1.0], [0, 0]]), damping=0.85)
    >>> certified_trails(flow, np.ones(2), tolerance=1e-9).value
    array([1.  , 1.85])
    """

    def step(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(flow.damping * flow.follow(x) + b)

    def fast(x: NDArray[np.float64] | None, asked: float) -> tuple[NDArray[np.float64], int]:
        return flow.solve(b, tolerance=0.9 * asked, start=x)

    return finish(step, fast, guess, damping=flow.damping, tolerance=tolerance)


def starts(start: ArrayLike | None, n: int) -> NDArray[np.float64]:
    """How many trails start at each of ``n`` people: ones, or ``start`` checked.

    Raises:
        ValueError: Another length, or an entry that is negative or not finite.

    >>> starts(None, 2)
    array([1., 1.])
    """
    v = np.ones(n) if start is None else np.asarray(start, dtype=np.float64)
    if v.shape != (n,) or not np.isfinite(v).all() or (v < 0.0).any():
        raise ValueError(f"start needs {n} finite entries >= 0, got the shape {v.shape}")
    return v
