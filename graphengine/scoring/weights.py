"""Weights learned from the data's own past, one period earlier, and held near the published ones.

The features of people at an earlier moment against what others did because of them between that
moment and the cut: a log-linear fit with weights ≥ 0 (Lawson & Hanson 1974), drawn towards the
default weights (ridge: Hoerl & Kennard 1970) by a strength that was fixed beforehand, because one
period of a burst tells little of the next.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

from graphengine.scoring.model import log_features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import PartKey

__all__ = ["RIDGE", "learned_model"]

RIDGE = 1.0  # as much pull towards the defaults as the mean feature pulls away
_FEWEST = 100  # people with an outcome


def learned_model(
    default: ScoreModel,
    values: Mapping[PartKey, NDArray[np.float64]],
    outcome: NDArray[np.float64],
    *,
    ridge: float = RIDGE,
) -> ScoreModel:
    """``default`` with weights fitted to ``outcome`` (n, counts ≥ 0), or itself where they cannot be.

    ``values`` are the parts (n each) of the same people before the period in which ``outcome``
    was counted. With X the features, b the default weights and s ≥ 0 the slope of log(1 + outcome)
    on Xb, β minimises |y − Xβ|²/n + ridge·m·|β − s·b|² over β ≥ 0, m the mean variance of a
    feature; then β is scaled to sum 1. Fewer than 100 people with an outcome, or s = 0: the
    defaults stand, and ``learned`` stays False.

    Raises:
        ValueError: another number of people, an outcome below 0, or a ridge that is not above 0.

    >>> from graphengine.scoring.model import load_model
    >>> model = load_model()
    >>> few = {key: np.ones(3) for key in model.wanted}
    >>> learned_model(model, few, np.ones(3)) is model
    True
    """
    X = log_features(values, default.wanted)
    if (
        outcome.shape != (len(X),)
        or not (np.isfinite(outcome) & (outcome >= 0)).all()
        or ridge <= 0
    ):
        raise ValueError(
            f"needs {len(X)} finite outcomes >= 0 and a ridge above 0, got {outcome.shape} and {ridge}"
        )
    if int((outcome > 0).sum()) < _FEWEST:
        return default
    y = np.log1p(outcome)
    X, y = X - X.mean(axis=0), y - y.mean()
    b = np.array(list(default.weights.values()))
    z = X @ b
    slope = float(z @ y) / float(z @ z) if float(z @ z) > 0.0 else 0.0
    if slope <= 0.0:
        return default
    n = len(X)
    pull = np.sqrt(ridge * float((X * X).mean(axis=0).mean()))
    rows = np.vstack([X / np.sqrt(n), pull * np.eye(len(b))])
    beta, _ = nnls(rows, np.concatenate([y / np.sqrt(n), pull * slope * b]))
    total = float(beta.sum())
    if total <= 0.0:
        return default
    fitted = dict(zip(default.wanted, (beta / total).tolist(), strict=True))
    return replace(default, weights=fitted, learned=True)
