"""Weights learned from the data's own past, and held near the published ones as far as need be.

The features of people at earlier moments against what others did because of them from then on: a
log-linear fit with weights above 0 (Lawson & Hanson 1974), drawn towards the default weights (ridge:
Hoerl & Kennard 1970). The pull is that of a prior: the fewer people there are to learn from, the
stronger; some of it always stays, because one period of a burst tells little of the next.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from graphengine.scoring.anchors import LAST_PART
from graphengine.scoring.model import log_features

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import PartKey

__all__ = [
    "FEWEST",
    "LEAST",
    "PEOPLE",
    "RIDGE",
    "Sample",
    "learned_from",
    "learned_model",
    "level_of",
    "pull_towards",
]

FEWEST = 50  # people with an outcome; below, the published weights stand
RIDGE = 0.1  # of the pull of the mean feature, however many people there are
LEAST = 0.1  # of a published weight, which always stays: each part keeps some rule of the score
PEOPLE = 3.0  # over the people with an outcome: what is added to it


@dataclass(frozen=True, slots=True)
class Sample:
    """People at one moment: their parts then (n each), and the outcome after it (n, counts ≥ 0)."""

    values: Mapping[PartKey, NDArray[np.float64]]
    outcome: NDArray[np.float64]

    @property
    def some(self) -> int:
        """How many people had an outcome.

        >>> Sample({}, np.array([0.0, 2.0])).some
        1
        """
        return int((self.outcome > 0.0).sum())


def pull_towards(some: int) -> float:
    """The strength of the pull towards the published weights where ``some`` people had an outcome.

    >>> [round(pull_towards(some), 3) for some in (20, 100, 1_000)]
    [0.25, 0.13, 0.103]
    """
    return RIDGE + PEOPLE / max(some, 1)


def learned_model(
    default: ScoreModel,
    values: Mapping[PartKey, NDArray[np.float64]],
    outcome: NDArray[np.float64],
    *,
    ridge: float | None = None,
) -> ScoreModel:
    """``learned_from`` one moment: the parts ``values`` (n each) and the ``outcome`` (n) after it.

    Raises:
        ValueError: another number of people, an outcome below 0, or a ridge that is not above 0.

    >>> from graphengine.scoring.model import load_model
    >>> model = load_model()
    >>> few = {key: np.ones(3) for key in model.wanted}
    >>> learned_model(model, few, np.ones(3)) is model
    True
    """
    return learned_from(default, [Sample(values, outcome)], ridge=ridge)


def learned_from(
    default: ScoreModel, samples: Sequence[Sample], *, ridge: float | None = None
) -> ScoreModel:
    """``default`` with weights fitted to the ``samples``, or itself where they cannot be.

    With X the features and y = log(1 + outcome), both less their means within each sample, b the
    default weights and s ≥ 0 the slope of y on Xb, β minimises |y − Xβ|²/n + ridge·m·|β − s·b|²
    over β ≥ s·b/10, m the mean variance of a feature, n the rows; then β is scaled to sum 1. The
    people of the latest sample keep the level of their scores (see ``level_of``).
    ``ridge``: ``pull_towards`` for the people with an outcome, of the sample with the most; a sample
    without any says nothing. Fewer than 50, or s = 0: the defaults stand, ``learned`` stays False.

    Raises:
        ValueError: another number of people, an outcome below 0, or a ridge that is not above 0.

    >>> from graphengine.scoring.model import load_model
    >>> learned_from(load_model(), []).learned
    False
    """
    told = [(_centred(sample, default), sample.some) for sample in samples]
    some = max((count for _, count in told), default=0)
    strength = pull_towards(some) if ridge is None else ridge
    if not strength > 0.0:
        raise ValueError(f"needs a ridge above 0, got {strength}")
    if some < FEWEST:
        return default
    X, y = (
        np.concatenate(side) for side in zip(*(both for both, count in told if count), strict=True)
    )
    beta = _fitted(X, y, np.array(list(default.weights.values())), ridge=strength)
    total = float(beta.sum())
    if total <= 0.0:
        return default
    fitted = dict(zip(default.wanted, (beta / total).tolist(), strict=True))
    learned = replace(default, weights=fitted, learned=True)
    latest = [sample.values for sample in samples if sample.some][-1]
    return replace(learned, level=level_of(learned.log_score(latest), default.log_score(latest)))


def level_of(
    learned: NDArray[np.float64], published: NDArray[np.float64]
) -> tuple[tuple[float, float], ...]:
    """Where ``learned`` log-scores lie on the scale of the ``published`` ones of the same n people.

    A standard deviation below and above the mean of each, so that mean and spread stay what they
    were and only the order of people changes (linear equating: Kolen & Brennan 2014). One of the
    two that is not above 0, or not below log 1e10, is left out; then the mean alone stays.

    >>> level_of(np.array([1.0, 3.0]), np.array([2.0, 3.0]))
    ((1.0, 2.0), (3.0, 3.0))
    """
    centre = np.array([learned.mean(), published.mean()])
    spread = np.array([learned.std(), published.std()])
    pairs = [centre - spread, centre + spread] if (spread > 0.0).all() else [centre]
    if not all(((pair > 0.0) & (pair < math.log(LAST_PART))).all() for pair in pairs):
        pairs = [centre] if (centre > 0.0).all() else []
    return tuple((float(there), float(here)) for there, here in pairs)


def _centred(
    sample: Sample, default: ScoreModel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    X, outcome = log_features(sample.values, default.wanted), sample.outcome
    if outcome.shape != (len(X),) or not (np.isfinite(outcome) & (outcome >= 0)).all():
        raise ValueError(f"needs {len(X)} finite outcomes >= 0, got the shape {outcome.shape}")
    if not len(X):
        return X, outcome
    y = np.log1p(outcome)
    return X - X.mean(axis=0), y - y.mean()


def _fitted(
    X: NDArray[np.float64], y: NDArray[np.float64], b: NDArray[np.float64], *, ridge: float
) -> NDArray[np.float64]:
    """β of the ridge towards s·b; zeros where y does not rise with Xb."""
    z, n = X @ b, len(X)
    slope = float(z @ y) / float(z @ z) if float(z @ z) > 0.0 else 0.0
    if slope <= 0.0:
        return np.zeros(len(b))
    pull, least = np.sqrt(ridge * float((X * X).mean(axis=0).mean())), LEAST * slope * b
    rows = np.vstack([X / np.sqrt(n), pull * np.eye(len(b))])
    more, _ = nnls(rows, np.concatenate([(y - X @ least) / np.sqrt(n), pull * (slope * b - least)]))
    return np.asarray(least + more, dtype=np.float64)
