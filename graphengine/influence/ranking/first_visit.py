"""First-visit reach h: the number of people whose trail of endorsements leads to you.

Everyone starts one trail (v_u = 1), which follows endorsements with probability d·P_uv and ends
otherwise. h_t = Σ_u v_u·Pr[u's trail ever reaches t] = x_t / G_tt with x = Gᵀv, G = (I − dP)⁻¹
(hitting-time reputation: Hopcroft & Sheldon 2007, on an absolute scale). 1/G_tt is the
probability never to come back to t, so only people on a cycle need more than x, each within its
strong component: small ones are inverted, of large ones the first get a solve of their own, and
all others are pushed until the bracket is narrow (see circles.py and kernels/returns.py).
Nothing is sampled: no random state, and a bracket that holds always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.ranking.circles import returns_by_component
from graphengine.influence.ranking.flow import Flow
from graphengine.influence.ranking.trails import certified_trails, starts
from graphengine.influence.ranking.transition import passed_on

if TYPE_CHECKING:
    import scipy.sparse as sp
    from numpy.typing import ArrayLike

    from graphengine.influence.ranking.circles import Returns
    from graphengine.influence.ranking.iteration import Solution

__all__ = ["Reach", "first_visit_reach", "reach_from_visits"]

Vector = NDArray[np.float64]
_FINEST = 1e-13  # the finest L1 tolerance of x that is tried


@dataclass(frozen=True, slots=True)
class Reach:
    """First-visit reach of everyone, n entries each: low ≤ the exact value ≤ high.

    ``value`` lies between them. ``exact`` marks people on no cycle and those who were solved one
    by one: there the bracket is that of ``visits`` alone, as good as the tolerance. ``visits`` is
    the certified x. ``steps`` counts the endorsements followed for the others' brackets.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    exact: NDArray[np.bool_]
    visits: Solution
    steps: int

    @property
    def error_bound(self) -> float:
        """The L1 distance to the exact reach, at most."""
        return float(np.maximum(self.high - self.value, self.value - self.low).sum())


def first_visit_reach(
    P: sp.csr_array,
    *,
    damping: float = 0.85,
    start: ArrayLike | None = None,
    exact: int = 100,
    precision: float = 0.01,
    tolerance: float = 1e-9,
) -> Reach:
    """How many people's trails ever reach each person, each trail counted once.

    ``P`` and ``start`` (v: 0 for people outside the trusted or eligible set) are those of
    ``trail_visits``. Solved to ``tolerance`` (relative) are
    everyone on no cycle, everyone of a strong component of up to 256 people, and the ``exact``
    people of each larger one with the most visits (0: nobody on a cycle); for all others
    high − low ≤ ``precision``·value. Whom no trail joins to somebody is nothing to them.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: A parameter, an entry of ``start`` or a row sum of P is out of its range.

    >>> import scipy.sparse as sp
    >>> pair = sp.csr_array([[0, 1.0, 0], [1.0, 0, 0], [1.0, 0, 0]])
    >>> first_visit_reach(pair, damping=0.5).value.round(9)
    array([2.  , 1.75, 1.  ])
    """
    v = starts(start, len(passed_on(P)))
    if not 0.0 < precision < 1.0 or exact < 0 or not 0.0 <= damping < 1.0:
        raise ValueError(
            "needs 0 < precision < 1, exact >= 0 and damping in [0, 1), "
            f"got {precision}, {exact} and {damping}"
        )
    visits, error = _visits(P, v, None, damping=damping, tolerance=tolerance)
    back = returns_by_component(
        P, visits.value, damping=damping, exact=exact, precision=0.98 * precision,
        tolerance=tolerance,
    )  # fmt: skip
    return _reach(visits, error, back)


def reach_from_visits(
    P: sp.csr_array,
    guess: Vector | None,
    *,
    damping: float = 0.85,
    precision: float = 0.01,
    tolerance: float = 1e-9,
) -> Reach:
    """``first_visit_reach`` that begins at a ``guess`` of the visits, yesterday's for instance.

    >>> import scipy.sparse as sp
    >>> pair = sp.csr_array([[0, 1.0, 0], [1.0, 0, 0], [1.0, 0, 0]])
    >>> reach_from_visits(pair, np.array([3.0, 2.0, 1.0]), damping=0.5).value.round(9)
    array([2.  , 1.75, 1.  ])
    """
    v = starts(None, len(passed_on(P)))
    visits, error = _visits(P, v, guess, damping=damping, tolerance=tolerance)
    back = returns_by_component(
        P, visits.value, damping=damping, exact=100, precision=0.98 * precision,
        tolerance=tolerance,
    )  # fmt: skip
    return _reach(visits, error, back)


def _reach(visits: Solution, error: Vector, back: Returns) -> Reach:
    x = visits.value
    value = x * (1.0 - 0.5 * (back.low + back.high))
    below = np.maximum(x - error, 0.0) * (1.0 - back.high)
    above = (x + error) * (1.0 - back.low)
    return Reach(value, below, above, back.solved, visits, back.steps)


def _visits(
    P: sp.csr_array, v: Vector, guess: Vector | None, *, damping: float, tolerance: float
) -> tuple[Solution, Vector]:
    """x, and a bound on each person's |x − x*| that is at most ``tolerance``·x if v > 0.

    Where the residual is at most η·v, the error is at most η·x*. The L1 bound holds as well, and
    alone where trails start from some only; it is made as small as 64-bit numbers allow then.
    """
    flow, fine = Flow(P, damping=damping), 0.1 * tolerance
    while True:
        visits = certified_trails(flow, v, tolerance=fine, guess=guess)
        x = guess = visits.value
        residual = np.abs(v + damping * flow.follow(x) - x)
        share = np.divide(residual, v, out=np.where(residual > 0.0, np.inf, 0.0), where=v > 0.0)
        eta = float(share.max(initial=0.0))
        relative = eta / (1.0 - eta) if eta < 1.0 else np.inf
        if relative <= tolerance or fine <= _FINEST:
            with np.errstate(invalid="ignore"):  # an unbounded share of nothing
                return visits, np.fmin(relative * x, visits.error_bound)
        fine = max(0.01 * fine, _FINEST)
