"""Quiet pairs, all of a person's together: what exposures without an event still add.

Each has a Gamma rate of shape a with a small mean. There can be many millions, so their sum is not
drawn pair by pair: per person it has a mean, a variance and an elasticity in the person's own
rate, and one Gamma variate of that mean and variance stands for it (exact for equal pairs).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, roots_genlaguerre

from graphengine.scoring.intervals.fading import endured, latest_left
from graphengine.scoring.intervals.sums import sums_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphengine.scoring.intervals.pairs import Pairs
    from graphengine.scoring.intervals.prior import Prior

__all__ = ["QuietSums", "quiet_sums", "quiet_weight"]

Floats = NDArray[np.float64]
_NODES = 4
_BLOCK = 1 << 14  # pairs whose numbers stay in the cache


@dataclass(frozen=True, slots=True, eq=False)
class QuietSums:
    """Of n people: endorsers, the expected R at each half-life (n × half-lives).

    shape: of the Gamma variate that multiplies them (infinite: none). elasticity: by which power
    they follow the person's rate. Of each quiet pair: its mean rate, and the mean of its rate to
    the power α (``damped``).
    """

    endorsers: Floats
    shape: Floats
    elasticity: Floats
    rate: Floats
    damped: Floats


def quiet_sums(
    pairs: Pairs, prior: Prior, *, half_lives: Sequence[float], alpha: float, top: int
) -> QuietSums:
    """The sums at the fitted rates, for R's ``half_lives`` (days) and h's ``alpha``.

    Those for R of the first ``top`` people only; others are not scored.
    """
    quiet, n = pairs.quiet, pairs.n
    mean = prior.endorsed[quiet.endorsed] * prior.base(quiet.endorser)
    endorsers = np.zeros((n, len(half_lives)))
    if prior.rate == 0.0:
        nothing = np.zeros(len(mean))
        return QuietSums(endorsers, np.full(n, np.inf), np.zeros(n), nothing, nothing)
    a = prior.pairs
    if a == np.inf:
        scale, node, weight = mean, np.ones(1), np.ones(1)
        held, variance, damped = np.ones(len(mean)), np.zeros(n), mean**alpha
    else:
        scale = 1.0 / (quiet.days + a / mean)
        node, weight = roots_genlaguerre(_NODES, a - 1.0)
        weight = weight / weight.sum()
        held = a / mean * scale
        variance = sums_by(quiet.endorsed, n, a * (scale * quiet.days) ** 2)
        damped = scale**alpha * np.exp(gammaln(a + alpha) - gammaln(a))
        mean = a * scale
    scored = int(np.searchsorted(quiet.endorsed, top))
    for part in range(0, scored, _BLOCK):
        rows = slice(part, min(part + _BLOCK, scored))
        first, last = quiet.endorsed[part], quiet.endorsed[rows.stop - 1]
        for place, half_life in enumerate(half_lives):
            left = np.zeros(len(mean[rows])) + sum(
                w * latest_left(g * scale[rows], quiet.days[rows], half_life)
                for g, w in zip(node, weight, strict=True)
            )
            some = sums_by(quiet.endorsed[rows] - first, int(last - first) + 1, left)
            endorsers[first : last + 1, place] += some
    total = sums_by(quiet.endorsed, n, mean * quiet.days)
    pulled = sums_by(quiet.endorsed, n, mean * quiet.days * held)
    elasticity = np.divide(pulled, total, out=np.zeros(n), where=total > 0.0)
    shape = np.divide(total**2, variance, out=np.full(n, np.inf), where=variance > 0.0)
    return QuietSums(endorsers, shape, elasticity, mean, damped)


def quiet_weight(pairs: Pairs, sums: QuietSums, half_life: float) -> Floats:
    """The expected decayed number of events of each person's quiet pairs."""
    weights = sums.rate * endured(pairs.quiet.days, half_life)
    return sums_by(pairs.quiet.endorsed, pairs.n, weights).astype(np.float64)
