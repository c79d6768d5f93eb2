"""SEISMIC the slow way: the memory kernel integrated numerically, one event at a time."""

from __future__ import annotations

import math

from scipy.integrate import quad
from scipy.stats import chi2

__all__ = ["infectiousness", "interval", "phi", "predicted", "tail"]

C, THETA = 0.0006265725, 0.2314843


def phi(s: float) -> float:
    """The density of delays in seconds."""
    return 0.0 if s < 0 else C if s <= 300 else C * (s / 300) ** -(1 + THETA)


def tail(s: float) -> float:
    """Φ̄ as one minus the integral of φ (for s ≤ 300), or the integral that is left."""
    if s <= 300:
        return 1 - quad(phi, 0, s, epsabs=0, epsrel=1e-13)[0]
    return quad(lambda u: phi(math.exp(u)) * math.exp(u), math.log(s), math.log(s) + 400,
                epsabs=0, epsrel=1e-12, limit=400)[0]  # fmt: skip


def _window(at: list[float], now: float) -> float:
    """How far back one looks."""
    width = min(max((now - at[0]) / 2, 300), 7200)
    seen = [t for t in at if t <= now]
    if sum(t >= now - width for t in seen) >= 5:
        return width
    return now - (seen[-6] if len(seen) >= 6 else seen[0])


def _exposed(t: float, now: float, width: float) -> float:
    def seen(age: float) -> float:
        return max(1 - (now - t - age) / width, 0) * phi(age)

    low, high = max(now - width - t, 0.0), now - t
    bends = [b for b in (300.0,) if low < b < high]
    return quad(seen, low, high, points=bends or None, epsabs=0, epsrel=1e-13, limit=400)[0]


def infectiousness(at: list[float], followers: list[float], now: float) -> tuple[float, float]:
    """p̂ and m_e."""
    width = _window(at, now)
    weights = [1 - (now - t) / width for t in at[1:] if t <= now and now - t <= width]
    exposed = sum(
        n * _exposed(t, now, width) for t, n in zip(at, followers, strict=True) if t <= now
    )
    squares = sum(w * w for w in weights)
    return sum(weights) / exposed, (sum(weights) ** 2 / squares if squares else 0.0)


def predicted(
    at: list[float], followers: list[float], now: float, *, p: float, offspring: float = 100
) -> float:
    """The final number of reshares under infectiousness ``p``; NaN where there is none."""
    if p * offspring >= 1:
        return math.nan
    seen = [(t, n) for t, n in zip(at, followers, strict=True) if t <= now]
    to_come = sum(n * tail(now - t) for t, n in seen)
    return len(seen) - 1 + p * to_come / (1 - p * offspring)


def interval(p: float, events: float) -> tuple[float, float]:
    """The 90 % interval of p."""
    low, high = chi2.ppf([0.05, 0.95], 2 * events)
    return p * low / (2 * events), p * high / (2 * events)
