"""Trails that lead to one person: from whom and through whom, certified.

Two linear systems on everybody but t, with Q the transition without t's row and column:
F = d·P_t + d·Q·F, the probability that somebody's trail ever reaches t, and y = 1 + d·Qᵀ·y, the
expected visits of everyone's trails to somebody before they reach t. h_t = 1 + Σ F by first steps,
and = 1 + Σ_u y_u·d·P_ut by last steps (Kemeny & Snell 1960). BiCGSTAB (van der Vorst 1992) solves
both on the core, plain sweeps finish them; h is bounded by the residual of F weighed by y.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse.linalg import LinearOperator, bicgstab

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking.iteration import certifiable

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from graphengine.scoring.reasons.steps import Steps

    Enough = Callable[[NDArray[np.float64], NDArray[np.float64]], bool]

__all__ = ["Rows", "Trails", "all_visits", "returns_before", "trails_to"]

_NEAR = 1e-7  # of the visits, in L1: they weigh what F still lacks
_ROUNDING = float(np.finfo(np.float64).eps)
_SWEEPS = 1000  # far more than a solve leaves to do


@dataclass(frozen=True, slots=True, eq=False)
class Trails:
    """Everybody's way to one person, n entries each.

    reached: Pr[their trail ever reaches the person], 1 for the person. visits: expected visits of
    all trails before they reach the person; h for the person, and 0 for people who pass nothing on.
    h is within ``error`` (absolute) of the exact reach.
    """

    reached: NDArray[np.float64]
    visits: NDArray[np.float64]
    h: float
    error: float


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Other rows of P, n entries each: all but the person's column times scale, and that column."""

    scale: NDArray[np.float64]
    towards: NDArray[np.float64]


def trails_to(
    steps: Steps,
    target: int,
    *,
    damping: float,
    tolerance: float = 1e-9,
    rows: Rows | None = None,
    known: Trails | None = None,
) -> Trails:
    """Both solutions for ``target``, with h to ``tolerance`` of itself.

    ``rows``: the transition is another one in this; ``known``: where to begin.

    Raises:
        NotConvergedError: the tolerance is below what float64 can certify.

    >>> import scipy.sparse as sp
    >>> from graphengine.scoring.parts import Passing
    >>> from graphengine.scoring.reasons.steps import steps_of
    >>> W = sp.csr_array([[0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]])
    >>> found = trails_to(steps_of(W, passing=Passing()), 2, damping=0.8)
    >>> found.reached.round(6).tolist(), found.visits.round(6).tolist(), round(found.h, 6)
    ([0.16, 0.4, 1.0], [1.0, 1.4, 1.56], 1.56)
    """
    certifiable(tolerance, damping)
    system = _System(steps, target, rows or Rows(np.ones(steps.n), steps.column(target)), damping)
    b = system.entering()
    passing = _solved(
        system.onwards, b, _near(damping), guess=_of(known, "visits", steps), to=0.1 * _NEAR
    )
    away = float(np.abs(b + system.onwards(passing) - passing).sum()) / (1.0 - damping)

    def missing(rest: NDArray[np.float64]) -> float:
        return float(passing @ rest) + away * float(rest.max(initial=0.0))

    def enough(rest: NDArray[np.float64], found: NDArray[np.float64]) -> bool:
        return missing(rest) <= tolerance * (1.0 + float(found.sum()))

    b = system.last()
    found = _solved(
        system.backwards, b, enough, guess=_of(known, "reached", steps), to=0.1 * tolerance
    )
    found[system.masked] = 0.0
    error = missing(np.abs(b + system.backwards(found) - found))
    reached = system.everybody(found)
    error += _ROUNDING * float(reached.sum()) / (1.0 - damping)
    visits = np.zeros(steps.n)
    visits[steps.core], visits[steps.sources], visits[target] = passing, 1.0, reached.sum()
    return Trails(reached, visits, float(reached.sum()), error)


def all_visits(steps: Steps, *, damping: float) -> NDArray[np.float64]:
    """The expected visits (n) of everyone's trails to everybody who passes something on; 0 elsewhere.

    To 1e-10 of their sum.

    >>> import scipy.sparse as sp
    >>> from graphengine.scoring.parts import Passing
    >>> from graphengine.scoring.reasons.steps import steps_of
    >>> steps = steps_of(sp.csr_array([[0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]]), passing=Passing())
    >>> all_visits(steps, damping=0.8).round(6).tolist()
    [1.0, 1.4, 0.0]
    """
    b = 1.0 + damping * (np.ones(len(steps.sources)) @ steps.entering)
    x = _solved(
        lambda x: np.asarray(damping * (steps.outer @ x)), b, _near(damping, 1e-10),
        guess=None, to=1e-11,
    )  # fmt: skip
    found = np.zeros(steps.n)
    found[steps.core], found[steps.sources] = x, 1.0
    return found


def returns_before(steps: Steps, target: int, person: int, *, damping: float) -> float:
    """The expected visits of a person's trail to the person before it reaches ``target``, 1 or more.

    To 1e-7 of the trail's length.

    >>> import scipy.sparse as sp
    >>> from graphengine.scoring.parts import Passing
    >>> from graphengine.scoring.reasons.steps import steps_of
    >>> steps = steps_of(sp.csr_array([[0, 1.0], [1.0, 0]]), passing=Passing())
    >>> returns_before(steps, 1, 0, damping=0.8)
    1.0
    """
    place = int(steps.place[person])
    if place < 0:
        return 1.0
    system = _System(steps, target, Rows(np.ones(steps.n), np.zeros(steps.n)), damping)
    b = np.zeros(len(steps.core))
    b[place] = 1.0
    found = _solved(system.onwards, b, _near(damping), guess=None, to=0.1 * _NEAR)
    return float(found[place])


class _System:
    """Both systems on the core, for one target and perhaps other rows."""

    def __init__(self, steps: Steps, target: int, rows: Rows, damping: float) -> None:
        self._steps, self._target, self._rows, self._damping = steps, target, rows, damping
        self._held = damping * rows.scale[steps.core]
        here = int(steps.place[target])
        self.masked = slice(here, here + 1) if here >= 0 else slice(0, 0)

    def entering(self) -> NDArray[np.float64]:
        """What comes into the core: everybody's own trail, and those of the sources."""
        sources = self._steps.sources
        scale = np.where(sources == self._target, 0.0, self._rows.scale[sources])
        return np.asarray(1.0 + self._damping * (scale @ self._steps.entering), dtype=np.float64)

    def last(self) -> NDArray[np.float64]:
        """The last steps to the target."""
        found = self._damping * self._rows.towards[self._steps.core]
        found[self.masked] = 0.0
        return found

    def onwards(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """d·Qᵀ·x."""
        y = self._held * x
        y[self.masked] = 0.0
        return np.asarray(self._steps.outer @ y)

    def backwards(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """d·Q·x."""
        z = x.copy()
        z[self.masked] = 0.0
        y = np.asarray(self._held * (self._steps.inner @ z))
        y[self.masked] = 0.0
        return y

    def everybody(self, core: NDArray[np.float64]) -> NDArray[np.float64]:
        """F of all, from F of the core."""
        steps, rows, first = self._steps, self._rows, self._steps.sources
        found = np.zeros(steps.n)
        found[steps.core] = core
        over = rows.scale[first] * (steps.entering @ core)
        found[first] = self._damping * (rows.towards[first] + over)
        found[self._target] = 1.0
        return found


def _of(known: Trails | None, name: str, steps: Steps) -> NDArray[np.float64] | None:
    found: NDArray[np.float64] | None = None if known is None else getattr(known, name)[steps.core]
    return found


def _near(damping: float, to: float = _NEAR) -> Enough:
    def enough(rest: NDArray[np.float64], found: NDArray[np.float64]) -> bool:
        return float(rest.sum()) <= to * (1.0 - damping) * float(found.sum())

    return enough


def _solved(
    step: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    b: NDArray[np.float64],
    enough: Enough,
    *,
    guess: NDArray[np.float64] | None,
    to: float,
) -> NDArray[np.float64]:
    """The solution of x = b + step(x), until ``enough`` of |residual| and x."""
    n = len(b)
    x = b.copy()
    if n:
        system = LinearOperator((n, n), matvec=lambda x: x - step(x), dtype=np.float64)
        x = np.asarray(bicgstab(system, b, x0=guess, rtol=to, maxiter=200)[0], dtype=np.float64)
        if not np.isfinite(x).all():  # a breakdown of the method; plain sweeps go all the way
            x = b.copy()
    for _ in range(_SWEEPS):
        following = b + step(x)
        if enough(np.abs(following - x), x):
            return x
        x = following
    raise NotConvergedError(
        "The reach of the person explained is not exact enough: the tolerance is below what 64-bit "
        "numbers can certify here. Ask for a larger one."
    )
