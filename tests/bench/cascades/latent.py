"""Latent-tree influence: two scans over 15,000 events beside the textbook's matrix over 2,000."""

from __future__ import annotations

import numpy as np

from graphengine.influence.cascades import adoptions, casin
from graphengine.influence.cascades.latent import CASIN_RATE
from tests.bench.cascades.logs import seconds
from tests.bench.record import Row
from tests.oracles.cascades import latent_gamma

__all__ = ["measure"]

OURS, TEXTBOOK, GOAL = 15_000, 2_000, 100.0


def measure(size: str) -> list[Row]:
    """The same answer at 2,000 first; then times, and ours at a hundred times as many events."""
    at, followers = _cascade(TEXTBOOK)
    agree = bool(np.allclose(_scans(at, followers), _matrix(at, followers), rtol=1e-8))
    theirs, _ = seconds(lambda: _matrix(at, followers))
    times = {n: seconds(lambda n=n: _scans(*_cascade(n)), 15) for n in (OURS, 100 * OURS)}
    ours, spread = times[OURS]
    linear = times[100 * OURS][0] / (100 * ours)
    return [
        Row("latent-tree influence, 15,000 events", "the matrix form, 2,000 events", ours, theirs,
            "s", theirs / ours, GOAL, agree, spread),
        Row("latent-tree influence, an event of 1,500,000 over one of 15,000", "", linear, None,
            "ratio", None, None, None, None),
    ]  # fmt: skip


_MADE: dict[int, tuple[np.ndarray, np.ndarray]] = {}


def _cascade(n: int) -> tuple[np.ndarray, np.ndarray]:
    if n not in _MADE:
        random = np.random.default_rng(n)
        _MADE[n] = np.sort(random.integers(0, 10 * n, n)), 1.0 + random.integers(0, 5_000, n)
    return _MADE[n]


def _scans(at: np.ndarray, followers: np.ndarray) -> np.ndarray:
    return casin(adoptions(np.zeros(len(at), np.int64), np.arange(len(at)), at), followers)


def _matrix(at: np.ndarray, followers: np.ndarray) -> np.ndarray:
    G = latent_gamma(at.astype(float), followers, CASIN_RATE)
    return np.linalg.solve(np.eye(len(at)) - G, np.ones(len(at)))
