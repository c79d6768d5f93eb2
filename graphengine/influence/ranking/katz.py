"""Katz: everyone counts 1, and every chain of k endorsements to a person counts α^k (Katz 1953).

x = αAᵀx + 1 has an answer for α < 1/ρ(A). The certificate is that of an M-matrix (Collatz 1942):
a vector u > 0 with u − αAu ≥ η·1 > 0 proves α < 1/ρ, and bounds the L1 error of x by
Σ|residual|·u/η, whatever the weights.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking.eigenvector import spectral_radius
from graphengine.influence.ranking.iteration import Solution, certifiable
from graphengine.influence.ranking.transition import between_different

if TYPE_CHECKING:
    from collections.abc import Callable

    import scipy.sparse as sp
    from numpy.typing import NDArray

__all__ = ["katz"]

_MOST = 20_000  # sweeps: enough for alpha up to about .999/ρ


def katz(W: sp.csr_array, *, alpha: float | None = None, tolerance: float = 1e-9) -> Solution:
    """Katz centrality of everyone, at least 1 each; ``error_bound`` is a certified L1 bound.

    ``W`` is n × n, row = endorser. ``alpha`` is .9/ρ(A) unless given. ``tolerance`` bounds the
    error relative to the sum; ``residual`` is the L1 norm of αAᵀx + 1 − x.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify for this alpha.
        ValueError: alpha is not in (0, 1/ρ), or ρ = 0 and none is given; a weight out of range.

    >>> import scipy.sparse as sp
    >>> katz(sp.csr_array([[0, 1.0, 0], [0, 0, 1.0], [0, 0, 0]]), alpha=0.5).value
    array([1.  , 1.5 , 1.75])
    """
    certifiable(tolerance, 0.0)
    A = between_different(W)
    A = A * _alpha(A, alpha)
    n = A.shape[0]
    steady, margin = _witness(lambda u: np.asarray(A @ u), n)
    x, sweeps, before = np.ones(n), 0, math.inf
    while True:
        following = np.asarray(A.T @ x) + 1.0
        change = np.abs(following - x)
        bound = float((change * steady).sum()) / margin
        if bound <= tolerance * float(x.sum()):
            return Solution(x, float(change.sum()), bound, sweeps)
        if sweeps % 1000 == 999:  # long enough for any contraction to be seen
            if bound >= before or sweeps > _MOST:
                raise NotConvergedError(
                    f"After {sweeps} sweeps the error bound of Katz is {bound:.2g} where "
                    f"{tolerance * float(x.sum()):.2g} is needed; more would not help. Ask for a "
                    "larger tolerance or a smaller alpha."
                )
            before = bound
        x, sweeps = following, sweeps + 1


def _alpha(A: sp.csr_array, alpha: float | None) -> float:
    radius = spectral_radius(A)
    if alpha is None:
        if radius == 0.0:
            raise ValueError(
                "no endorsement ever comes back (ρ = 0), so alpha has no default; give one > 0"
            )
        return 0.9 / radius
    if not 0.0 < alpha < math.inf or alpha * radius >= 1.0 - 1e-9:
        limit = f" < 1/ρ = {1.0 / radius:.6g}" if radius else ""
        raise ValueError(f"alpha must be positive and finite{limit}, got {alpha}")
    return alpha


def _witness(
    apply: Callable[[NDArray[np.float64]], NDArray[np.float64]], n: int
) -> tuple[NDArray[np.float64], float]:
    """A vector u ≥ 1 with u − αAu ≥ η > 0, and η: the sum 1 + αA1 + (αA)²1 + … until its tail is small."""
    u = term = np.ones(n)
    for _ in range(_MOST):
        term = apply(term)
        u = u + term
        margin = float((u - apply(u)).min(initial=1.0))
        if margin > 0.5:
            return u, margin
    raise NotConvergedError(
        f"After {_MOST} sweeps no bound for Katz is found: alpha is too near to 1/ρ. Give a "
        "smaller one."
    )
