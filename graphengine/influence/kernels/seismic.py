"""The sums behind a SEISMIC forecast: one pass over the events of each post (Zhao et al. 2015).

How long after seeing a post people reshare it has the density φ(s) = ``SCALE`` up to ``KNEE``
seconds, then SCALE·(s/KNEE)^−(1+θ). A reshare counts by the triangular K, 1 now and 0 at the far
edge of the window. The integrals are taken as functions of z = (what lies in the window)/(age of
the event), so that no two nearly equal powers are subtracted however old the event is.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from graphengine.influence.kernels.compiled import compiled

__all__ = ["KNEE", "SCALE", "THETA", "TINY", "exposure", "forecast_sums", "still_to_come"]

SCALE, KNEE, THETA = 0.0006265725, 300.0, 0.2314843  # as published, of Twitter
TINY = 0.01  # below it the integral over z is a series: its 8th term is under 1e-16

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@compiled
def still_to_come(age: float) -> float:
    """Φ̄: the share of reactions that come later than ``age`` seconds after seeing a post."""
    if age <= KNEE:
        return 1.0 - SCALE * age
    return SCALE * KNEE / THETA * math.exp(-THETA * math.log(age / KNEE))


@compiled
def exposure(age: float, window: float) -> float:
    """∫K·φ over the window, for one follower of an event that is ``age`` seconds old."""
    edge = age - window  # the age that the event had where the window opens, perhaps negative
    total = 0.0
    low, high = max(edge, 0.0), min(age, KNEE)
    if high > low:  # where φ is constant
        total += SCALE * (high - low) * (0.5 * (high - edge) + 0.5 * (low - edge)) / window
    start = max(edge, KNEE)
    if age > start:  # where φ falls: x = age·(1 − z)
        z = (age - start) / age
        flat = math.expm1(-THETA * math.log1p(-z)) / THETA  # ∫(1 − z)^−(1+θ)
        if z < TINY:
            slope, term = 0.0, z * z  # ∫z·(1 − z)^−(1+θ)
            for k in range(8):
                slope += term / (k + 2)
                term *= z * (1.0 + THETA + k) / (k + 1)
        else:
            slope = flat + math.expm1((1.0 - THETA) * math.log1p(-z)) / (1.0 - THETA)
        tail = SCALE * KNEE * (age / KNEE) ** -THETA
        total += tail * (flat - slope * (age / window))
    return total


@compiled
def forecast_sums(
    first: Ints, at: Floats, followers: Floats, until: Floats, bounds: Floats
) -> tuple[Ints, Ints, Floats]:
    """Reshares seen, those of the last hour, and five sums a post, by what is known at ``until``.

    Events ``first[i]`` to ``first[i + 1]`` are post i and its reshares by time. ``bounds`` holds
    the shortest and the longest window in seconds and the fewest events in one. The sums (posts, 5)
    are ΣK, ΣK², ΣN·∫Kφ, ΣN·Φ̄ and ΣN·(1 − Φ̄).
    """
    posts = first.size - 1
    seen, recent = np.zeros(posts, np.int64), np.zeros(posts, np.int64)
    sums = np.zeros((posts, 5))
    for i in range(posts):
        start, end, now = first[i], first[i], until[i]
        window = min(max(0.5 * (now - at[start]), bounds[0]), bounds[1])
        inside = 0
        while end < first[i + 1] and at[end] <= now:
            inside += now - at[end] <= window
            recent[i] += end > start and now - at[end] < 3600.0
            end += 1
        seen[i] = end - start - 1
        if inside < bounds[2]:
            window = now - at[max(end - 1 - np.int64(bounds[2]), start)]
        for e in range(start, end):
            age = now - at[e]
            later = still_to_come(age)
            sums[i, 3] += followers[e] * later
            sums[i, 4] += followers[e] * (1.0 - later)
            if window <= 0.0:
                continue
            sums[i, 2] += followers[e] * exposure(age, window)
            if e > start and age <= window:
                counts = 1.0 - age / window
                sums[i, 0] += counts
                sums[i, 1] += counts * counts
    return seen, recent, sums
