"""The largest eigenvalue of non-negative weights, its vector, and how far the next one is.

A leading vector is unique, and means something, only where its eigenvalue stands alone: two
equal stars have two, and any mixture is one. So the leading one is projected out and the next is
searched in what is left; a Krylov method alone would miss a repeated eigenvalue (Saad 2011).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse.linalg as sla

from graphengine.errors import NotConvergedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["Leading", "leading", "operator"]

_DENSE = 64  # up to this many rows all eigenvalues are computed
_KEPT = 12  # vectors: one alone is asked for, and each costs as much as a step where n is large
_STEPS = 20  # of Lanczos' method before ARPACK takes over, which starts again and again
_PRECISE = 1e-15  # of an eigenvalue: a smaller residual is rounding
_ENOUGH = 1e-9  # of the largest eigenvalue: the error of the second, which only says how far it is
_RESOLVED = 1e-7  # nearer eigenvalues float64 cannot tell from a repeated one


@dataclass(frozen=True, slots=True)
class Leading:
    """A leading vector and what it is worth.

    ``value`` has n entries ≥ 0 and L2 norm 1; ``eigenvalue`` is λ₁; ``residual`` = ‖Mx − λ₁x‖₂;
    ``gap`` = 1 − Re λ₂ / λ₁ > 0: the error of the vector is of the order residual / (λ₁·gap).
    """

    value: NDArray[np.float64]
    eigenvalue: float
    residual: float
    gap: float


def operator(
    apply: Callable[[NDArray[np.float64]], NDArray[np.float64]], n: int
) -> sla.LinearOperator:
    """An n × n matrix known by what it does to a vector.

    >>> (operator(lambda x: 2 * x, 2) @ np.ones(2)).tolist()
    [2.0, 2.0]
    """
    return sla.LinearOperator((n, n), matvec=lambda x: apply(np.ravel(x)), dtype=np.float64)


def leading(
    M: sla.LinearOperator, left: NDArray[np.float64] | None, *, symmetric: bool, name: str
) -> Leading:
    """The leading vector of ``M`` (non-negative), and the gap to what comes after it.

    ``left`` is the leading left vector where M is not ``symmetric``; None there says the vector
    alone is wanted, and the gap is NaN. ``name`` is what the message calls the answer.

    Raises:
        NotConvergedError: The gap is 0, or ARPACK did not converge.

    >>> M = operator(lambda x: np.array([[2.0, 0], [0, 1.0]]) @ x, 2)
    >>> leading(M, np.array([1.0, 0]), symmetric=True, name="it").gap
    0.5
    """
    top, vector = _largest(M, symmetric=symmetric, name=name)
    x = np.abs(vector) / float(np.linalg.norm(vector))
    residual = float(np.linalg.norm(M @ x - top * x))
    left = x if symmetric else left
    if left is None:
        return Leading(x, top, residual, float("nan"))
    weight = float(left @ x)
    gap = 0.0
    if weight > _RESOLVED * float(np.linalg.norm(left)):  # else the eigenvalue is a repeated one
        rest = operator(lambda z: np.asarray(M @ z) - x * (top * float(left @ z) / weight), len(x))
        second, _ = _largest(rest, symmetric=symmetric, name=name, within=_ENOUGH * top)
        gap = 1.0 - max(second, 0.0) / top
    if gap <= _RESOLVED:
        raise NotConvergedError(
            f"The largest eigenvalue {top:.6g} of the weights belongs to several groups at once "
            f"(the spectral gap is 0), so {name} is not unique. It needs one group that is "
            "stronger than the rest: rank the components one by one, or use PageRank."
        )
    return Leading(x, top, residual, gap)


def _largest(
    M: sla.LinearOperator, *, symmetric: bool, name: str, within: float = 0.0
) -> tuple[float, NDArray[np.float64]]:
    """The largest eigenvalue and its vector; with ``within`` > 0 the eigenvalue need only be so good."""
    n = M.shape[0]
    if n <= _DENSE:
        dense = M @ np.eye(n)
        values, vectors = np.linalg.eigh(dense) if symmetric else np.linalg.eig(dense)
        best = int(np.argmax(values.real))
        return float(values[best].real), np.real(vectors[:, best])
    accuracy = _ENOUGH if within else 0.0
    # another one for the second: the first has nothing more of a repeated eigenvalue to show
    start = np.random.default_rng([n, within > 0.0]).random(n)
    if symmetric:
        value, start, done = _lanczos(M, start, within=within)
        if done:
            return value, start
        accuracy = within / value if value > 0.0 else accuracy
    try:
        if symmetric:
            values, vectors = sla.eigsh(M, k=1, which="LA", v0=start, tol=accuracy, ncv=_KEPT)
        else:
            values, vectors = sla.eigs(M, k=1, which="LR", v0=start, tol=accuracy, maxiter=100 * n)
    except sla.ArpackNoConvergence as error:
        raise NotConvergedError(
            f"ARPACK did not find the largest eigenvalue for {name}: several are nearly equal. "
            "Rank the components one by one, or use PageRank."
        ) from error
    return float(values[0].real), np.real(vectors[:, 0])


def _lanczos(
    M: sla.LinearOperator, start: NDArray[np.float64], *, within: float
) -> tuple[float, NDArray[np.float64], bool]:
    """The largest eigenvalue of a symmetric M, its vector, and whether they are good enough.

    After each step it is seen how good they are (Lanczos 1950); each new vector is made
    orthogonal to all before it. Where ``within`` > 0 the eigenvalue alone must be so good: it is off
    by the residual's square over the distance to the next one, or by less.
    """
    basis, T = np.empty((_STEPS + 1, len(start))), np.zeros((_STEPS + 1, _STEPS + 1))
    basis[0] = start / np.linalg.norm(start)
    for k in range(1, _STEPS + 1):
        w, known = M @ basis[k - 1], basis[:k]
        along = known @ w
        w -= along @ known
        T[k - 1, k - 1], length = along[-1], float(np.linalg.norm(w))
        values, vectors = np.linalg.eigh(T[:k, :k])
        top, residual = float(values[-1]), length * abs(float(vectors[-1, -1]))
        apart = top - float(values[-2]) if k > 1 else 0.0
        if residual <= max(within, _PRECISE * top) or residual**2 <= within * apart:
            return top, vectors[:, -1] @ known, True
        T[k, k - 1] = T[k - 1, k] = length
        basis[k] = w / length
    return top, vectors[:, -1] @ known, False
