"""Profile-likelihood intervals: how far one probability may move while the others give way.

The signed root of twice the loss
of log-likelihood is nearly a straight line in the logit, so false position finds its crossing in
a few rounds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.attribution import Evidence, settle
from graphengine.influence.kernels.compiled import compiled

__all__ = ["profile_intervals"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Z = 1.959963984540054  # both ends together leave out 5 %
EDGE, NEAR, ROUNDS = 30.0, 1e-3, 400  # |logit| beyond which it is 0 or 1; how near the crossing


class _Sought(NamedTuple):
    """The exposure, its own logit, the first step, and the log-likelihood at the best."""

    j: int
    at: float
    width: float
    top: float


@compiled
def _alone_value(s: float, f: float, x: float) -> float:
    value = s * np.log(x) if s > 0.0 else 0.0
    return value + f * np.log1p(-x) if f > 0.0 else value


@compiled
def _loss(sought: _Sought, x: float, v: int, known: Evidence, start: Floats) -> float:
    """√(2·(top − log-likelihood)) with one exposure at ``x`` and the others at their best."""
    j = sought.j
    s, f = known.alone[j], known.fail[j]
    if known.total[j] == s + f:  # never together with another: its own counts are enough
        there = s / (s + f)
        loss = _alone_value(s, f, there) - _alone_value(s, f, x)
    else:
        p = start.copy()
        p[j - known.first[v]] = x
        loss = sought.top - settle(v, known, p, j, 1e-5, np.int64(ROUNDS))[0]
    return float(np.sqrt(max(0.0, 2.0 * loss)))


@compiled
def _crossing(sought: _Sought, side: float, v: int, known: Evidence, start: Floats) -> float:
    """The logit above (side 1) or below (side −1) where the loss is Z; ±EDGE where it is never."""
    near, near_loss, far, far_loss = sought.at, 0.0, sought.at, 0.0
    step = sought.width
    while far_loss < Z and abs(far) < EDGE:  # step out until the loss is more than Z
        near, near_loss = far, far_loss
        far = min(max(far + side * step, -EDGE), EDGE)
        far_loss = _loss(sought, 1.0 / (1.0 + np.exp(-far)), v, known, start)
        step *= 1.5
    if far_loss < Z:
        return side * EDGE
    best = far
    for tried in range(40):
        part = (Z - near_loss) / (far_loss - near_loss) if tried % 4 < 3 else 0.5
        best = near + (far - near) * part
        loss = _loss(sought, 1.0 / (1.0 + np.exp(-best)), v, known, start)
        if abs(loss - Z) < NEAR:
            break
        if loss < Z:
            near, near_loss = best, loss
        else:
            far, far_loss = best, loss
    return best


@compiled
def _start(v: int, known: Evidence, p: Floats) -> Floats:
    """Near the best, but nobody starts at 0 who may have set something off."""
    a, b = known.first[v], known.first[v + 1]
    start = np.zeros(b - a, np.float64)
    for j in range(a, b):
        if known.total[j] > 0.0:
            least = 0.05 * (known.total[j] - known.fail[j]) / known.total[j]
            start[j - a] = max(p[j], least)
    return start


@compiled
def profile_intervals(
    targets: Ints, known: Evidence, wanted: Bools, p: Floats, top: Floats, ends: Floats
) -> None:
    """Fill the rows of ``ends`` (low, high; 95 %) for the ``wanted`` exposures of ``targets``.

    ``p`` are the best probabilities, ``top`` the log-likelihood of each target there.
    """
    total, fail = known.total, known.fail
    for v in targets:
        start = _start(v, known, p)
        for j in range(known.first[v], known.first[v + 1]):
            if not wanted[j]:
                continue
            if total[j] == fail[j]:  # no reaction at all: (1 − x)^fail
                ends[j, 0], ends[j, 1] = 0.0, -np.expm1(-0.5 * Z * Z / fail[j])
                continue
            x = min(max(p[j], 0.2 / (total[j] + 1.0)), 1.0 - 0.2 / (total[j] + 1.0))
            width = Z / np.sqrt(max(total[j] * x * (1.0 - x), 0.5))
            sought = _Sought(j, np.log(x / (1.0 - x)), width, top[v])
            low = _crossing(sought, -1.0, v, known, start)
            high = _crossing(sought, 1.0, v, known, start)
            ends[j, 0] = 0.0 if low <= -EDGE else 1.0 / (1.0 + np.exp(-low))
            ends[j, 1] = 1.0 if high >= EDGE else 1.0 / (1.0 + np.exp(-high))
