"""The top of the likelihood of one target by Newton's steps, where rounds of EM creep.

In θ = −log(1 − p) ≥ 0 the log-likelihood is concave. Sources that nearly always act together make
it almost flat along a direction, and a round of EM then moves a part in thousands of the way. An
interior-point method (Wright 1997) does not: it solves for slopes and bounds together, and any
slopes bound how much the log-likelihood can still rise.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.attribution import Evidence, settle, sweep
from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.copying import copy_into

__all__ = ["certified_gap", "climb", "settle_targets", "slopes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STEPS, SHRINK, KEEP = 60, 0.1, 0.9  # Newton's steps, of the barrier, of the way to a bound
RIDGE = 1e-12
FEW_ROUNDS, NO_CHANGE = 40, 1e-7  # of EM before Newton
MOST, PASSES = 512, 6  # exposures that Newton moves; how often it is asked which they are
NEARLY = 1e-6  # a part of its largest value below which a probability may be 0


class _Point(NamedTuple):
    """θ of the free exposures and the forces z ≥ 0 that hold them off 0."""

    x: Floats
    z: Floats


@compiled
def slopes(v: int, known: Evidence, p: Floats, out: Floats) -> float:
    """Fill ``out`` with how fast minus the log-likelihood rises with each θ of v at ``p``.

    Returned are the reactions that are not certain anyway.
    """
    a, b = known.first[v], known.first[v + 1]
    reactions = 0.0
    for j in range(a, b):
        out[j - a] = known.fail[j]
        if known.alone[j] > 0.0 and known.fail[j] > 0.0:
            out[j - a] -= known.alone[j] * (1.0 - p[j - a]) / p[j - a]
            reactions += known.alone[j]
    for g in range(known.of[v], known.of[v + 1]):
        joint = 0.0
        for i in range(known.group[g], known.group[g + 1]):
            joint += p[known.entry[i] - a] * (1.0 - joint)
        if joint < 1.0:
            reactions += known.times[g]
        joint = max(joint, 1e-300)
        for i in range(known.group[g], known.group[g + 1]):
            out[known.entry[i] - a] -= known.times[g] * (1.0 - joint) / joint
    return reactions


@compiled
def certified_gap(
    v: int, known: Evidence, p: Floats, slope: Floats, reactions: float, place: Ints
) -> float:
    """How much the log-likelihood of v can rise at most if those move that have a ``place``.

    It is concave, and at the top Σ fail·θ is no more than the ``reactions``, because
    s·e^(−s)/(1 − e^(−s)) ≤ 1: so Σ slope·(θ − θ*) is bounded.
    """
    a, b = known.first[v], known.first[v + 1]
    worst, here = 0.0, 0.0
    for j in range(a, b):
        if known.fail[j] > 0.0 and place[j - a] >= 0:
            worst = max(worst, -slope[j - a] / known.fail[j])
            here -= slope[j - a] * np.log1p(-p[j - a])
    return max(worst * reactions + here, 0.0)


@compiled
def _bend(v: int, known: Evidence, p: Floats, place: Ints, matrix: Floats) -> None:
    """Second derivatives in θ, of the exposures that have a ``place``."""
    a, b = known.first[v], known.first[v + 1]
    matrix[:] = 0.0
    for j in range(a, b):
        x = place[j - a]
        if x >= 0 and known.alone[j] > 0.0:
            matrix[x, x] += known.alone[j] * (1.0 - p[j - a]) / (p[j - a] * p[j - a])
    for g in range(known.of[v], known.of[v + 1]):
        joint = 0.0
        for i in range(known.group[g], known.group[g + 1]):
            joint += p[known.entry[i] - a] * (1.0 - joint)
        part = known.times[g] * (1.0 - joint) / (joint * joint)
        for i in range(known.group[g], known.group[g + 1]):
            x = place[known.entry[i] - a]
            for k in range(known.group[g], i + 1):
                y = place[known.entry[k] - a]
                if x >= 0 and y >= 0:
                    matrix[max(x, y), min(x, y)] += part


@compiled
def _solve(matrix: Floats, right: Floats) -> None:
    """``right`` becomes the solution; only the lower half of ``matrix`` is read (Cholesky)."""
    size = matrix.shape[0]
    for i in range(size):
        for k in range(i + 1):
            total = matrix[i, k]
            for x in range(k):
                total -= matrix[i, x] * matrix[k, x]
            matrix[i, k] = np.sqrt(max(total, 1e-300)) if i == k else total / matrix[k, k]
        for x in range(i):
            right[i] -= matrix[i, x] * right[x]
        right[i] /= matrix[i, i]
    for back in range(size):
        i = size - 1 - back
        right[i] /= matrix[i, i]
        for x in range(i):
            right[x] -= matrix[i, x] * right[i]


@compiled
def _room(x: Floats, step: Floats) -> float:
    """How much of ``step`` keeps all of ``x`` above 0."""
    part = 1.0
    for i in range(x.size):
        if step[i] < 0.0:
            part = min(part, -KEEP * x[i] / step[i])
    return part


@compiled
def _step(point: _Point, slope: Floats, matrix: Floats) -> None:
    """One Newton's step towards slope = z and θ·z = the barrier, from second derivatives."""
    x, z = point
    barrier = SHRINK * np.dot(x, z) / x.size
    move = np.empty(x.size, np.float64)
    for i in range(x.size):
        move[i] = barrier / x[i] - slope[i]
        matrix[i, i] += z[i] / x[i] + RIDGE * matrix[i, i]
    _solve(matrix, move)
    force = np.empty(x.size, np.float64)
    for i in range(x.size):
        force[i] = (barrier - z[i] * move[i]) / x[i] - z[i]
    ahead, along = _room(x, move), _room(z, force)
    for i in range(x.size):
        x[i] += ahead * move[i]
        z[i] += along * force[i]


@compiled
def _free(v: int, known: Evidence, p: Floats, slope: Floats, place: Ints) -> int:
    """Give a place to whatever may move; what lies at 0 and is held there becomes exactly 0."""
    a, size = known.first[v], 0
    slopes(v, known, p, slope)
    for j in range(p.size):
        place[j] = -1
        fail, shared = (
            known.fail[a + j],
            known.total[a + j] - known.fail[a + j] - known.alone[a + j],
        )
        if fail > 0.0 and shared > 0.0:
            if p[j] > NEARLY * shared / known.total[a + j] or slope[j] < 0.0:
                place[j] = size
                size += 1
            else:
                p[j] = 0.0
    return size


@compiled
def _newton(v: int, known: Evidence, p: Floats, place: Ints, size: int, tolerance: float) -> float:
    """Steps until the gap, which is returned, is within ``tolerance`` or no longer falls."""
    slope, mine = np.empty(p.size, np.float64), np.empty(size, np.float64)
    matrix, now, gap = np.empty((size, size), np.float64), p.copy(), np.inf
    point = _Point(np.empty(size, np.float64), np.empty(size, np.float64))
    slopes(v, known, p, slope)
    for j in range(p.size):
        if place[j] >= 0:
            point.x[place[j]] = max(-np.log1p(-p[j]), 1e-3)
            point.z[place[j]] = max(slope[j], 1e-3 * known.fail[known.first[v] + j])
    for _ in range(STEPS):
        for j in range(p.size):
            if place[j] >= 0:
                now[j] = -np.expm1(-point.x[place[j]])
        here = certified_gap(v, known, now, slope, slopes(v, known, now, slope), place)
        if here < gap:
            gap = here
            copy_into(p, now)
        if gap <= tolerance:
            break
        for j in range(p.size):
            if place[j] >= 0:
                mine[place[j]] = slope[j]
        _bend(v, known, now, place, matrix)
        _step(point, mine, matrix)
    return gap


@compiled
def climb(v: int, known: Evidence, p: Floats, tolerance: float) -> float:
    """Move ``p`` to within ``tolerance`` of the top of v's log-likelihood; the gap that is left.

    Exposures with nothing to share out stay as they are, and so do all where more than 512 would
    move: the steps are cubic in their number.
    """
    slope, place, before = np.empty(p.size, np.float64), np.empty(p.size, np.int64), -1
    everybody, best = np.zeros(p.size, np.int64), p.copy()
    gap = certified_gap(v, known, p, slope, slopes(v, known, p, slope), everybody)
    for _ in range(PASSES):
        size = _free(v, known, p, slope, place)
        if size > MOST or (gap <= tolerance and size == before):
            break
        if size > 0:
            _newton(v, known, p, place, size, tolerance)
        here, before = slopes(v, known, p, slope), size
        here = certified_gap(v, known, p, slope, here, everybody)
        if here <= max(gap, tolerance):
            gap = here
            copy_into(best, p)
    copy_into(p, best)
    return gap


@compiled
def settle_targets(
    targets: Ints, known: Evidence, p: Floats, tolerance: float, most: int, ended: Floats
) -> None:
    """Find the top of each of ``targets``: rounds of EM, then Newton, then EM up to ``most`` rounds.

    ``ended`` gets a row a target: the log-likelihood, how much it can still rise at most, and the
    largest fall from one round of EM to the next (0 but for rounding).
    """
    nobody = np.int64(-1)  # of one type with a place: a literal would be compiled once more
    for v in targets:
        mine = p[known.first[v] : known.first[v + 1]]
        rounds, fall = 0, 0.0
        for upto in (min(FEW_ROUNDS, most), most):
            _, more, change, here = settle(v, known, mine, nobody, NO_CHANGE, upto - rounds)
            gap = climb(v, known, mine, tolerance)
            rounds, fall = rounds + more, max(fall, here)
            if gap <= tolerance or change <= NO_CHANGE or rounds >= most:
                break
        value = sweep(v, known, mine, np.empty(mine.size, np.float64), nobody)
        ended[v, 0], ended[v, 1], ended[v, 2] = value, gap, fall
