"""Standard errors from the observed information: how sharply the log-likelihood bends at its top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.interior import slopes

if TYPE_CHECKING:
    from graphengine.influence.kernels.attribution import Evidence

__all__ = ["information", "standard_errors"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RIDGE, INFLATED = 1e-10, 1e8  # beyond this, two sources cannot be told apart
ALLOWED = 1.9207  # nats that a 95 % interval may lose


@compiled
def information(v: int, known: Evidence, p: Floats, place: Ints, size: int | np.int64) -> Floats:
    """Minus the second derivatives of the log-likelihood of v at ``p``.

    ``place`` gives each exposure of v its row, −1 for those held where they are.
    """
    a, b = known.first[v], known.first[v + 1]
    matrix = np.zeros((size, size), np.float64)
    for j in range(a, b):
        q, x = p[j - a], place[j - a]
        if x >= 0 and known.alone[j] > 0.0:
            matrix[x, x] += known.alone[j] / (q * q)
        if x >= 0 and known.fail[j] > 0.0:
            matrix[x, x] += known.fail[j] / ((1.0 - q) * (1.0 - q))
    for g in range(known.of[v], known.of[v + 1]):
        joint = 0.0
        for i in range(known.group[g], known.group[g + 1]):
            joint += p[known.entry[i] - a] * (1.0 - joint)
        for i in range(known.group[g], known.group[g + 1]):
            j = known.entry[i] - a
            for k in range(known.group[g], known.group[g + 1]):
                x, y = place[j], place[known.entry[k] - a]
                if x >= 0 and y >= 0:
                    part = known.times[g] * (1.0 - joint) / (joint * joint * (1.0 - p[j]))
                    part /= 1.0 - p[known.entry[k] - a]
                    matrix[x, y] += part * (1.0 - joint) if x == y else part
    return matrix


@compiled
def _inverse_diagonal(matrix: Floats) -> Floats:
    """The diagonal of the inverse of a symmetric matrix, by Cholesky, in place."""
    size = matrix.shape[0]
    for i in range(size):
        for k in range(i + 1):
            total = matrix[i, k]
            for x in range(k):
                total -= matrix[i, x] * matrix[k, x]
            if i == k:
                matrix[i, i] = np.sqrt(max(total, 1e-300))
            else:
                matrix[i, k] = total / matrix[k, k]
    found, column = np.zeros(size, np.float64), np.empty(size, np.float64)
    for k in range(size):  # columns of the inverse of the factor
        for i in range(k, size):
            total = 1.0 if i == k else 0.0
            for x in range(k, i):
                total -= matrix[i, x] * column[x]
            column[i] = total / matrix[i, i]
            found[k] += column[i] * column[i]
    return found


@compiled
def _largest_partner(v: int, known: Evidence, p: Floats, largest: Floats) -> None:
    """Of each exposure of v, the largest θ = −log(1 − p) it shares a reaction with."""
    a = known.first[v]
    largest[:] = 0.0
    for g in range(known.of[v], known.of[v + 1]):
        most = 0.0
        for i in range(known.group[g], known.group[g + 1]):
            q = p[known.entry[i] - a]
            most = max(most, -np.log1p(-q)) if q < 1.0 else most
        for i in range(known.group[g], known.group[g + 1]):
            largest[known.entry[i] - a] = max(largest[known.entry[i] - a], most)


@compiled
def standard_errors(targets: Ints, known: Evidence, p: Floats, error: Floats) -> None:
    """Fill ``error`` for the exposures of ``targets``; infinite at 0, at 1, and for twins.

    Twins are sources so often together that their probabilities cannot be told apart. One of two
    who nearly are may well lie at 0; if it could take the other's place and lose no more than a 95 %
    interval allows, the other's error is as large as that leaves it.
    """
    for v in targets:
        a, b = known.first[v], known.first[v + 1]
        place, size = np.full(b - a, -1, np.int64), np.int64(0)
        slope, largest = np.empty(b - a, np.float64), np.empty(b - a, np.float64)
        slopes(v, known, p[a:b], slope)
        _largest_partner(v, known, p[a:b], largest)
        for j in range(a, b):
            error[j] = np.inf
            loose = 0.0 < slope[j - a] * largest[j - a] < ALLOWED and known.total[j] > known.fail[j]
            if 1e-9 < p[j] < 1.0 - 1e-9 or (p[j] <= 1e-9 and loose):
                place[j - a] = size
                size += 1
        matrix = information(v, known, p[a:b], place, size)
        bend = np.empty(size, np.float64)
        for x in range(size):
            bend[x] = matrix[x, x]
            matrix[x, x] += RIDGE * bend[x]
        variance = _inverse_diagonal(matrix)
        for j in range(a, b):
            x = place[j - a]
            if x >= 0 and p[j] > 1e-9 and variance[x] * bend[x] < INFLATED:
                error[j] = np.sqrt(variance[x])
