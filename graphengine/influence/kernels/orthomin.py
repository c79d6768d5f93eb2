"""A few systems z = b + Qᵀz at once: each residual made as small as three directions can make it.

Orthomin (Vinsome 1976; Eisenstat, Elman & Schultz 1983) steps along the newest residual and the
step before; here also along one vector that is the same for all (deflation), where a matrix of
people answers slowest. One pass over the steps serves every system: a person's entries, one for
each of them, lie together. Lengths are Σ r²/x where Qᵀx ≤ x: there Qᵀ is at most √d long, so
each sweep shrinks a residual to √d of itself at least, however people listen to each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import COMPILED, compiled

__all__ = ["orthomin", "orthomin_at_once", "orthomin_by_loops"]

Floats = NDArray[np.float64]
Graph = tuple[NDArray[np.uint64], NDArray[np.uint32], Floats]  # indptr, indices, share

# V, V − QᵀV, and what a squared entry is multiplied by: n each
Common = tuple[Floats, Floats, Floats]
# z and b − z + Qᵀz, n × k; a residual is small where k entries · max|r| or Σ|r| are ≤ the goal
State = tuple[Floats, Floats]
Goal = tuple[Floats, float]

_TINY = float(np.finfo(np.float64).tiny)
_ONE, _TWO, _THREE, _FOUR = (np.uint64(i) for i in range(1, 5))


def _rest(into: Graph, X: Floats, u: Any, y: Floats) -> None:
    """Set y to x_u − Σ Q_wu·x_w, k entries."""
    indptr, indices, share = into
    k, e, end = y.size, indptr[u], indptr[u + _ONE]
    y[:] = X[u]
    while e + _THREE < end:
        a, b = X[indices[e]], X[indices[e + _ONE]]
        c, d = X[indices[e + _TWO]], X[indices[e + _THREE]]
        qa, qb, qc, qd = share[e], share[e + _ONE], share[e + _TWO], share[e + _THREE]
        for i in range(k):
            y[i] -= (qa * a[i] + qb * b[i]) + (qc * c[i] + qd * d[i])
        e += _FOUR
    while e < end:
        a, qa = X[indices[e]], share[e]
        for i in range(k):
            y[i] -= qa * a[i]
        e += _ONE


_left = compiled(_rest)


def _answers(
    into: Graph, common: Common, R: Floats, past: Floats, Y: Floats
) -> tuple[Floats, Floats]:
    """Set Y to R − QᵀR; how long it is along V − QᵀV and along what the ``past`` step did."""
    _, v, per = common
    k = R.shape[1]
    flat, before, y = np.zeros(k), np.zeros(k), np.empty(k)
    for u in range(np.uint64(v.size)):
        _left(into, R, u, y)
        for i in range(k):
            Y[u, i] = y[i]
            flat[i] += per[u] * v[u] * y[i]
            before[i] += per[u] * past[u, i] * y[i]
    return flat, before


def _turned(
    common: Common, shares: tuple[Floats, Floats], R: Floats, Y: Floats, step: State
) -> tuple[Floats, Floats]:
    """Make the next ``step`` and what it does of R and Y; its length, and its part of R."""
    (V, v, per), (flat, before), (S, A) = common, shares, step
    k = R.shape[1]
    length, part = np.zeros(k), np.zeros(k)
    for u in range(np.uint64(v.size)):
        for i in range(k):
            S[u, i] = R[u, i] - flat[i] * V[u] - before[i] * S[u, i]
            a = Y[u, i] - flat[i] * v[u] - before[i] * A[u, i]
            A[u, i] = a
            length[i] += per[u] * a * a
            part[i] += per[u] * a * R[u, i]
    return length, part


def _taken(step: State, far: Floats, state: State) -> tuple[Floats, Floats]:
    """Go so ``far`` along the step; max|r| and Σ|r| of each system."""
    (S, A), (Z, R) = step, state
    k = R.shape[1]
    largest, whole = np.zeros(k), np.zeros(k)
    for u in range(np.uint64(R.shape[0])):
        for i in range(k):
            Z[u, i] += far[i] * S[u, i]
            r = R[u, i] - far[i] * A[u, i]
            R[u, i] = r
            largest[i] = max(largest[i], abs(r))
            whole[i] += abs(r)
    return largest, whole


_answered, _turn, _take = compiled(_answers), compiled(_turned), compiled(_taken)


def _along(times: Floats, X: Floats) -> Floats:
    """Σ times·x of each column, in the same order however many threads there are."""
    return np.asarray(np.einsum("u,uk->k", times, X))


def orthomin_by_loops(
    into: Graph, common: Common, who: NDArray[np.uint32], state: State, goal: Goal, most: int
) -> tuple[Floats, Floats]:
    """Better Z, at most ``most`` sweeps on, for b = 1 at ``who`` each; R is summed up anew.

    Returned are max|r| and Σ|r| of that residual, k entries each.

    >>> pair = np.array([0, 1, 2], np.uint64), np.array([1, 0], np.uint32), np.array([0.5, 0.5])
    >>> Z, R = np.eye(2)[:, :1].copy(), np.array([[0.0], [0.5]])
    >>> some = np.ones(2), np.array([0.5, 0.5]), np.ones(2)
    >>> largest, whole = orthomin_by_loops(
    ...     pair, some, np.array([0], np.uint32), (Z, R), (np.ones(1), 1e-12), 9)
    >>> Z.round(6).ravel(), bool(whole[0] < 1e-12)
    (array([1.333333, 0.666667]), True)
    """
    (V, v, per), (Z, R), (times, small) = common, state, goal
    S, A, Y = np.zeros_like(R), np.zeros_like(R), np.empty_like(R)
    fixed, length = max(float((per * v * v).sum()), _TINY), np.ones(R.shape[1])
    S[:], A[:] = V[:, None], v[:, None]
    largest, whole = _take((S, A), _along(per * v, R) / fixed, state)
    A[:] = 0.0
    for _ in range(most):
        if (np.minimum(whole, times * largest) <= small).all():
            break
        flat, before = _answered(into, common, R, A, Y)
        length, part = _turn(common, (flat / fixed, before / length), R, Y, (S, A))
        length = np.maximum(length, _TINY)
        largest, whole = _take((S, A), part / length, state)
    _answered(into, common, Z, A, R)
    np.negative(R, out=R)
    R[who.astype(np.int64), np.arange(who.size)] += 1.0
    return np.abs(R).max(axis=0), np.abs(R).sum(axis=0)


def orthomin_at_once(
    into: Graph, common: Common, who: NDArray[np.uint32], state: State, goal: Goal, most: int
) -> tuple[Floats, Floats]:
    """The twin of ``orthomin`` where numba is absent: products with SciPy's matrix."""
    (V, v, per), (Z, R), (times, small) = common, state, goal
    n = len(V)
    QT = sp.csr_array((into[2], into[1].astype(np.int64), into[0].astype(np.int64)), shape=(n, n))
    S, A, length = np.zeros_like(R), np.zeros_like(R), np.zeros(R.shape[1])
    fixed = max(float((per * v * v).sum()), _TINY)
    along = _along(per * v, R) / fixed
    Z += np.outer(V, along)
    R -= np.outer(v, along)
    for _ in range(most):
        if (np.minimum(np.abs(R).sum(axis=0), times * np.abs(R).max(axis=0)) <= small).all():
            break
        Y = R - QT @ R
        flat, before = _along(per * v, Y) / fixed, _along(per, A * Y) / np.maximum(length, _TINY)
        S = R - np.outer(V, flat) - before * S
        A = Y - np.outer(v, flat) - before * A
        length = _along(per, A * A)
        far = _along(per, A * R) / np.maximum(length, _TINY)
        Z += far * S
        R -= far * A
    R[:] = QT @ Z - Z
    R[who.astype(np.int64), np.arange(len(who))] += 1.0
    return np.abs(R).max(axis=0), np.abs(R).sum(axis=0)


orthomin = orthomin_by_loops if COMPILED else orthomin_at_once
