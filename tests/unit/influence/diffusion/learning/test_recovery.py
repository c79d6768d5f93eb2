"""EM finds the probabilities that made a world, with errors as large as it says."""

from __future__ import annotations

import numpy as np
from bench.cascades.learned import recovery


def test_bias_and_coverage() -> None:
    found = [recovery(120, 1_500, seed=seed) for seed in range(4)]
    wald_over, profile_over = (
        np.array([getattr(r, f"{name}_over") for r in found]) for name in ("wald", "profile")
    )
    assert wald_over.sum() > 400
    assert profile_over.sum() > 400
    assert abs(np.mean([r.bias for r in found])) <= 0.003
    wald = (np.array([r.wald for r in found]) * wald_over).sum() / wald_over.sum()
    profile = (np.array([r.profile for r in found]) * profile_over).sum() / profile_over.sum()
    assert 0.92 <= wald <= 0.98
    assert 0.92 <= profile <= 0.985
