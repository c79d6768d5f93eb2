"""Sweeps in eights: plain loops, and those in the processor's own words, give the same bits."""

from __future__ import annotations

import numpy as np

from graphengine.influence.kernels import solving

ROWS = 24


def _vectors(random: np.random.Generator, count: int) -> tuple[np.ndarray, ...]:
    return tuple(random.random(ROWS + 1) for _ in range(count))


def test_a_sweep_and_a_mixture_are_the_same_bits_as_their_plain_loops() -> None:
    random = np.random.default_rng(2)
    cut = np.array([0, 24, 40, 40], dtype=np.uint32)  # the last three rows of eight are empty
    edges = cut, random.integers(0, ROWS + 1, 40).astype(np.uint16), random.random(40)
    span, ends = (np.uint64(0), np.uint64(3), np.uint64(0)), (np.uint64(0), np.uint64(ROWS))
    said = []
    for sweep, mixture in (
        (solving.swept_one_by_one, solving.mixed_one_by_one),
        (solving.swept, solving.mixed),
    ):
        vectors, kept = (_vectors(np.random.default_rng(seed), 5) for seed in (3, 4))
        found = np.empty(12)
        sweep(span, edges, (1.25, 0.85, 0.8), vectors, kept, found)
        leaves = mixture(ends, (0.3, -0.2, 0.1), vectors, kept[:1] + kept[2:])
        said.append([np.float64(leaves), found, *vectors, *kept])
    for plain, fast in zip(*said, strict=True):
        assert plain.tobytes() == fast.tobytes()
