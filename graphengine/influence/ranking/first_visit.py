"""First-visit reach h: the number of people whose trail of endorsements leads to you.

Everyone starts one trail (v_u = 1), which follows endorsements with probability d·P_uv and ends
otherwise. h_t = Σ_u v_u·Pr[u's trail ever reaches t] = x_t / G_tt with x = Gᵀv, G = (I − dP)⁻¹
(hitting-time reputation: Hopcroft & Sheldon 2007, on an absolute scale). 1/G_tt is the
probability never to come back to t, so only people on a cycle need more than x: the largest get
a solve of their own, all others are pushed until the bracket is narrow (see kernels/returns.py).
Nothing is sampled: no random state, and a bracket that holds always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from graphengine.errors import NotConvergedError
from graphengine.influence.kernels.returns import returns
from graphengine.influence.ranking.flow import Flow
from graphengine.influence.ranking.trails import certified_trails, starts
from graphengine.influence.ranking.transition import on_cycles, passed_on

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from graphengine.influence.ranking.iteration import Solution

__all__ = ["Reach", "first_visit_reach"]

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
    guess: Vector | None = None,
    exact: int = 100,
    precision: float = 0.01,
    tolerance: float = 1e-9,
) -> Reach:
    """How many people's trails ever reach each person, each trail counted once.

    ``P``, ``start`` (v: 0 for people outside the trusted or eligible set) and ``guess`` (of the
    visits, where to begin) are those of ``trail_visits``. ``exact`` people with the most visits are solved to ``tolerance``
    (relative), as is everyone on no cycle; for all others high − low ≤ ``precision``·value.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: A parameter, an entry of ``start`` or a row sum of P is out of its range.

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
    visits, error = _visits(P, v, guess, damping=damping, tolerance=tolerance)
    x = visits.value
    cyclic = on_cycles(P)
    first = np.argsort(-x, kind="stable")[:exact]
    solved = np.zeros(len(x), dtype=np.bool_)
    solved[first] = True
    low, high = np.zeros(len(x)), np.zeros(len(x))  # of the probability to come back
    circles = _Circles(P, np.flatnonzero(cyclic), damping=damping, tolerance=tolerance)
    for t in np.flatnonzero(cyclic & solved):
        low[t], high[t] = circles.solved(int(t))
    others = np.flatnonzero(cyclic & ~solved)
    low[others], high[others], steps = circles.pushed(others, precision=0.98 * precision)
    value = x * (1.0 - 0.5 * (low + high))
    below = np.maximum(x - error, 0.0) * (1.0 - high)
    above = (x + error) * (1.0 - low)
    return Reach(value, below, above, solved | ~cyclic, visits, steps)


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


class _Circles:
    """The part of P that can bring a trail back: people on cycles, within their components."""

    def __init__(
        self, P: sp.csr_array, people: NDArray[np.int64], *, damping: float, tolerance: float
    ) -> None:
        self._place = np.full(P.shape[0], -1, dtype=np.int64)
        self._place[people] = np.arange(len(people))
        self._damping, self._tolerance = damping, tolerance
        self._P = _within_components(P, self._place, len(people))
        self._flow = Flow(self._P, damping=damping)
        self.everyone = certified_trails(self._flow, np.ones(len(people)), tolerance=tolerance)

    def solved(self, person: int) -> tuple[float, float]:
        """Bounds of the probability to come back, from the expected visits z of one's own trail.

        z_t misses G_tt by Σ_u ρ_u·G_ut with ρ the residual: at most ‖ρ‖₁·G_tt, and at most
        max|ρ|·Σ_u G_ut, which are the visits to t of trails from everyone.
        """
        t = int(self._place[person])
        b = np.zeros(self._P.shape[0])
        b[t], z = 1.0, None
        everyones = float(self.everyone.value[t]) + self.everyone.error_bound
        bound = rough = self._tolerance
        while rough > 1e-18:

            def still(x: Vector, y: Vector, rough: float = rough) -> bool:
                change = np.abs(y - x)
                return min(float(change.sum()), float(change.max()) * everyones) <= rough

            z, _ = self._flow.solve(b, tolerance=rough, start=z, enough=still)
            residual = np.abs(b + self._damping * self._flow.follow(z) - z)
            bound = min(float(residual.sum()), float(residual.max()) * everyones / float(z[t]))
            if bound <= self._tolerance:
                never = 1.0 / float(z[t])
                return 1.0 - never * (1.0 + bound), 1.0 - never * (1.0 - bound)
            rough *= 0.1
        raise NotConvergedError(
            f"The reach of one person is known to {bound:.2g} of itself where "
            f"{self._tolerance:.2g} is needed: below what 64-bit numbers can certify here. Ask "
            "for a larger tolerance."
        )

    def pushed(
        self, people: NDArray[np.int64], *, precision: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
        """Brackets of the probability to come back of ``people``, and the steps they took."""
        Q = self._P * self._damping
        reach = self.everyone.value + self.everyone.error_bound
        targets = self._place[people].astype(np.uint32)
        low, high, steps = returns(
            _plain(Q), _plain(Q.T.tocsr()), targets, reach, passed_on(Q), precision
        )
        return low, high, int(steps)


def _within_components(P: sp.csr_array, place: NDArray[np.int64], n: int) -> sp.csr_array:
    """P among people with a place, without the steps from one component to another."""
    row, column = place[np.repeat(np.arange(P.shape[0]), np.diff(P.indptr))], place[P.indices]
    keep = (row >= 0) & (column >= 0)
    inside = sp.csr_array((P.data[keep], (row[keep], column[keep])), shape=(n, n))
    _, label = connected_components(inside, directed=True, connection="strong")
    row = np.repeat(np.arange(n), np.diff(inside.indptr))
    same = label[row] == label[inside.indices]
    return sp.csr_array((inside.data[same], (row[same], inside.indices[same])), shape=(n, n))


def _plain(Q: sp.csr_array) -> tuple[NDArray[np.uint64], NDArray[np.uint32], NDArray[np.float64]]:
    return Q.indptr.astype(np.uint64), Q.indices.astype(np.uint32), Q.data
