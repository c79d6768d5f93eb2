"""Asking ahead changes no answer, in compiled loops or outside them."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.edge_groups import rises
from graphengine.influence.kernels.prefetch import prefetch


def _total(x: np.ndarray, ahead: np.ndarray) -> float:
    s = 0.0
    for i in range(x.size):
        prefetch(x, ahead[i])
        s += x[i]
    return s


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
def test_a_loop_that_asks_ahead_adds_up_alike(kind: type) -> None:
    x = np.random.default_rng(1).random(10_000)
    ahead = np.minimum(np.arange(x.size) + 8, x.size - 1).astype(kind)
    expected = float(np.cumsum(x)[-1])  # in the same order
    assert _total(x, ahead) == expected
    assert compiled(_total)(x, ahead) == expected


@pytest.mark.parametrize(
    ("probability", "expected"),
    [([0.5, 0.5, 0.9], False), ([0.5, 0.6, 0.9], True), ([0.5, 0.4, 0.9], False)],
)
def test_only_a_rise_within_a_target_counts(probability: list[float], expected: bool) -> None:
    indptr = np.array([0, 2, 2, 3], np.uint64)
    assert bool(rises(indptr, np.array(probability))) is expected
