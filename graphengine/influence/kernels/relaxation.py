"""Gauss–Seidel with scaling and mixing, sweep after sweep without leaving compiled code.

The state lies in arrays, so a solve can be left after any sweep and taken up again. Without
numba the same loop runs as it stands, on the twins of what it calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compact import relax
from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.mixing import DEPTH, combine, products, shares

__all__ = [
    "ROOM",
    "before",
    "begun",
    "enough",
    "iterate",
    "judged",
    "newest",
    "prepared",
    "scale_of",
]

Floats = NDArray[np.float64]
State = tuple[Floats, Floats, Floats, Floats, Floats]  # x, z, results, changes, numbers
Vectors = tuple[Floats, Floats, Floats | None]  # enters, leaves, per

_SCALE, _SWEPT, _KNOWN, _CHANGE, _HEAD, _MIXED, _LEAVING = 0, 1, 2, 3, 4, 5, 6  # of ``numbers``
_ROWS = DEPTH + 1
ROOM = 2 + 2 * _ROWS  # vectors that a state holds
_SLOW = 0.04  # a change that shrinks by less than to this is worth mixing
_LEAST = 1.0 / 16.0  # of a sweep's change the residual is hoped to be, at the least


@compiled
def begun(vectors: Vectors, guess: Floats, entering: float, room: Floats) -> State:
    """The state before the first sweep, from any ``guess``, on the scale of what enters.

    It lives in ``room``, ROOM vectors of zeros one after the other, in as large pages as the
    caller can have: z is read here and there.
    """
    enters, leaves, per = vectors
    k = enters.size
    x, z, numbers = room[:k], room[k : 2 * k], np.zeros(7)
    results = room[2 * k : (2 + _ROWS) * k].reshape((_ROWS, k))
    changes = room[(2 + _ROWS) * k :].reshape((_ROWS, k))
    held = 0.0
    for i in range(k):
        held += guess[i] * leaves[i]
    onto = entering / held if held > 0.0 else 1.0
    results[0] = guess * onto
    every = (results[0], results[1], results[2], results[3])
    leaving = combine(every, (0.0, 0.0, 0.0), (enters, leaves), per, x, z)
    numbers[_SCALE], numbers[_CHANGE] = entering / leaving, np.inf
    return x, z, results, changes, numbers


@compiled
def scale_of(state: State) -> float:
    """The true vectors are this times ``before`` and ``newest``."""
    return float(state[4][_SCALE])


@compiled
def newest(state: State) -> Any:
    """The last sweep's result."""
    return state[2][int(state[4][_HEAD])]


@compiled
def before(state: State) -> Any:
    """The vector before the last sweep: a mixture, or the result of the sweep before."""
    x, _, results, _, numbers = state
    if numbers[_SWEPT] < 2.0 or numbers[_MIXED] > 1.0:
        return x
    return results[(int(numbers[_HEAD]) + 1) % _ROWS]


@compiled
def _mix(vectors: Vectors, state: State) -> float:
    """Set x to the best mixture of the last results; what leaves it."""
    enters, leaves, per = vectors
    x, z, results, changes, numbers = state
    head, known = int(numbers[_HEAD]), int(numbers[_KNOWN])
    one, two, three = (head + 1) % _ROWS, (head + 2) % _ROWS, (head + 3) % _ROWS
    past = (changes[one], changes[two], changes[three])
    found = products(before(state), results[head], numbers[_SCALE], changes[head], past)
    every = (results[head], results[one], results[two], results[three])
    numbers[_KNOWN] = min(known + 1, DEPTH)
    return combine(every, shares(found, known), (enters, leaves), per, x, z)


@compiled
def prepared(vectors: Vectors, state: State, entering: float) -> tuple[Floats, Floats, float]:
    """Before a sweep: what it starts from, what it fills, and the scale of both; mixes if due."""
    x, _, results, _, numbers = state
    start = x
    if numbers[_SWEPT] > 0.0:
        if numbers[_MIXED] > 0.0:
            numbers[_LEAVING] = _mix(vectors, state)
            numbers[_MIXED] = 2.0
        else:
            start = results[int(numbers[_HEAD])]
        numbers[_SCALE] = entering / numbers[_LEAVING]
        numbers[_HEAD] = (int(numbers[_HEAD]) + _ROWS - 1) % _ROWS
    numbers[_SWEPT] += 1.0
    return start, results[int(numbers[_HEAD])], numbers[_SCALE]


@compiled
def enough(change: tuple[float, float], size: float, rule: tuple[float, float, float]) -> bool:
    """Whether a sweep was the last: damping·residual ≤ (1 − damping)·tolerance·(outside + Σx).

    ``change`` is (its L1 norm, what it is of the one before), ``size`` Σx, ``rule`` (damping,
    tolerance, outside). The residual is taken to be to the change as the change is to the one
    before, for what is left is what the next sweep would change.
    """
    damping, tolerance, outside = rule
    residual = change[0] * min(max(change[1], _LEAST), 1.0)
    return bool(damping * residual <= (1.0 - damping) * tolerance * (outside + size))


@compiled
def judged(
    state: State, rule: tuple[float, float, float, float], found: tuple[float, float, float]
) -> bool:
    """After a sweep that ``found`` change, size and what leaves: whether it was the last.

    ``rule`` is (damping, tolerance, outside, entering), and ``enough`` says what is the end. Where
    mixing makes things much worse, it forgets.
    """
    numbers, (damping, tolerance, outside, _) = state[4], rule
    change, size = found[0] * numbers[_SCALE], found[1] * numbers[_SCALE]
    numbers[_LEAVING] = found[2]
    shrunk = change / numbers[_CHANGE] if numbers[_SWEPT] > 1.0 else 1.0
    if enough((change, shrunk), size, (damping, tolerance, outside)):
        return True
    if change > 2.0 * numbers[_CHANGE]:
        numbers[_KNOWN] = 0.0  # it made things worse: go on from here
    slow = shrunk > _SLOW
    numbers[_CHANGE] = min(numbers[_CHANGE], change)
    if slow and numbers[_MIXED] == 0.0:
        numbers[_MIXED] = 1.0  # from the next sweep on
    return False


@compiled
def iterate(
    edges: Any,
    vectors: Vectors,
    state: State,
    rule: tuple[float, float, float, float],
    most: int,
    direction: int,
) -> tuple[int, bool]:
    """Sweep until ``judged`` says that it is the end, at most ``most`` times; how many, whether."""
    enters, leaves, per = vectors
    z, sweeps = state[1], 0
    while True:
        start, y, scale = prepared(vectors, state, rule[3])
        rates, filled = (rule[0], 1.0 / scale), (start, z, y, z)
        found = relax(edges, (enters, leaves), per, rates, filled, direction)
        sweeps += 1
        if judged(state, rule, found):
            return sweeps, True
        if sweeps >= most:
            return sweeps, False
