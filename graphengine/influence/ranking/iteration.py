"""Affine fixed points x = A·x + b with a contraction, and the certificate that ends them.

Every solver of this room repeats one step until its *bound* is small enough. With a contraction
d < 1, a vector whose residual is r = ‖step(x) − x‖ lies within r/(1 − d) of the fixed point
(Banach 1922). Rounding aside, the residual shrinks by d a sweep, so the number of sweeps that
can be needed is known beforehand: a solver that is not done by then never will be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.errors import NotConvergedError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Solution", "certifiable", "finish", "largest", "repeat", "settle", "total"]

Vector = NDArray[np.float64]

_FINER = 8.0  # times: what a fast solver is asked for where its first answer was not enough


@dataclass(frozen=True, slots=True)
class Solution:
    """A vector and how far it can be from the exact one.

    ``residual`` is what one more sweep would change, ``error_bound`` = residual / (1 − damping)
    bounds the distance to the exact solution; both are L1 norms in the unit of ``value``.
    ``sweeps`` counts the sweeps done.
    """

    value: Vector
    residual: float
    error_bound: float
    sweeps: int


def total(vector: Vector) -> float:
    """The L1 norm.

    >>> total(np.array([1.0, -3.0]))
    4.0
    """
    return float(np.abs(vector).sum())


def largest(vector: Vector) -> float:
    """The maximum norm.

    >>> largest(np.array([1.0, -3.0]))
    3.0
    """
    return float(np.abs(vector).max(initial=0.0))


def settle(
    step: Callable[[Vector], Vector],
    start: Vector,
    *,
    damping: float,
    tolerance: float,
    norm: Callable[[Vector], float] = total,
    relative: bool = True,
) -> Solution:
    """Repeat ``step`` until its error bound is at most ``tolerance``; the vector, certified.

    ``step`` contracts distances in ``norm`` by ``damping``. With ``relative``, the bound may be
    ``tolerance`` times the norm of the vector. The residual is that of the vector returned, not
    of the one after it.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: The tolerance is not positive.

    >>> settle(lambda x: 0.5 * x + 1.0, np.ones(1), damping=0.5, tolerance=1e-9).value.round(6)
    array([2.])
    """
    certifiable(tolerance, damping)
    value, limit = start, _most_sweeps(damping, tolerance)
    for sweeps in range(limit + 1):
        following = step(value)
        bound = norm(following - value) / (1.0 - damping)
        size = norm(value) if relative else 1.0
        if bound <= tolerance * size:
            return Solution(value, bound * (1.0 - damping), bound, sweeps)
        value = following
    raise NotConvergedError(
        f"After {limit} sweeps the error bound is {bound:.2g} where {tolerance * size:.2g} is "
        "needed. In exact arithmetic that many sweeps are enough: the tolerance "
        f"{tolerance:.2g} is below what 64-bit numbers can certify. Ask for a larger one."
    )


def finish(
    step: Callable[[Vector], Vector],
    fast: Callable[[Vector | None, float], tuple[Vector, int]],
    start: Vector | None,
    *,
    damping: float,
    tolerance: float,
) -> Solution:
    """The answer of a ``fast`` solver, certified by ``step``; what it lacks, plain sweeps add.

    ``step`` returns a vector that is nobody else's. ``fast`` takes a start (or none) and a
    tolerance, and returns a vector and its sweeps; how good that is, it need not know for sure. A
    certificate that fails costs a sweep, and counts. A ``start`` that is good enough is returned as
    it is. The tolerance is relative, the norm L1.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
        ValueError: The tolerance is not positive.

    >>> finish(lambda x: 0.5 * x + 1, lambda start, tolerance: (np.full(1, 2.0), 7), None,
    ...        damping=0.5, tolerance=1e-9)
    Solution(value=array([2.]), residual=0.0, error_bound=0.0, sweeps=7)
    """
    certifiable(tolerance, damping)
    sweeps, value = 0, start
    for asked in (None, tolerance):
        if asked is not None:
            value, done = fast(value, asked)
            sweeps += done
        if value is not None:
            moved = step(value)
            moved -= value
            residual = float(np.abs(moved, out=moved).sum())
            if residual <= (1.0 - damping) * tolerance * total(value):
                return Solution(value, residual, residual / (1.0 - damping), sweeps)
            sweeps += 1
    value, done = fast(value, tolerance / _FINER)
    rest = settle(step, value, damping=damping, tolerance=tolerance)
    return Solution(rest.value, rest.residual, rest.error_bound, sweeps + done + rest.sweeps)


def repeat(
    step: Callable[[Vector], Vector], start: Vector, sweeps: int, *, damping: float
) -> Solution:
    """Exactly ``sweeps`` steps from ``start``, with the certificate of where they ended.

    >>> repeat(lambda x: 0.5 * x + 1.0, np.zeros(1), 2, damping=0.5)
    Solution(value=array([1.5]), residual=0.25, error_bound=0.5, sweeps=2)
    """
    if sweeps < 0:
        raise ValueError(f"the number of sweeps cannot be negative, got {sweeps}")
    value = start
    for _ in range(sweeps):
        value = step(value)
    residual = total(step(value) - value)
    return Solution(value, residual, residual / (1.0 - damping), sweeps)


def certifiable(tolerance: float, damping: float) -> None:
    """Pass if ``tolerance`` is coarser than rounding: a residual of 0 proves nothing finer.

    Raises:
        NotConvergedError: It is below what float64 can certify.
        ValueError: It is not positive.

    >>> certifiable(1e-9, 0.85)
    """
    if not tolerance > 0.0:
        raise ValueError(f"the tolerance must be positive, got {tolerance}")
    finest = float(np.finfo(np.float64).eps) / (1.0 - damping)
    if tolerance < finest:
        raise NotConvergedError(
            f"The tolerance {tolerance:.2g} was asked for. At the damping {damping:g} no error "
            f"bound is finer than {finest:.2g}, the rounding of 64-bit numbers. Ask for a larger "
            "one."
        )


def _most_sweeps(damping: float, tolerance: float) -> int:
    """Sweeps that shrink a first residual of 2 (two distributions apart) enough, and a few more."""
    if damping == 0.0:
        return 3
    needed = math.log(tolerance * (1.0 - damping) / 2.0) / math.log(damping)
    return max(0, math.ceil(needed)) + 3
