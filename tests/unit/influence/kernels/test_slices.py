"""Slices of eight rows: where words lie, and that plain loops and the processor's own agree in all bits."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.kernels import sliced, slicing

ROWS = 24


def test_windows_are_counted_from_the_end_and_nobody_sits_last() -> None:
    length = np.arange(1_000, dtype=np.uint32) % 7
    who = slicing.seated(length)
    assert len(who) == 1_008
    assert (who[-8:] == 1_000).all()
    assert sorted(who[-512:-8].tolist()) == list(range(504))
    assert sorted(who[:-512].tolist()) == list(range(504, 1_000))
    assert (np.diff(length[who[:496]].astype(int)) <= 0).all()


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("heavy", ["none", "bytes", "any"])
def test_a_sweep_is_the_same_bits_as_its_plain_loop(heavy: str, *, beside: bool) -> None:
    random = np.random.default_rng(2)
    cut = np.array([0, 24, 40, 40], dtype=np.uint32)  # the last three rows of eight are empty
    weights = {
        "none": None,
        "bytes": random.integers(1, 9, 40).astype(np.uint8),
        "any": random.random(40),
    }[heavy]
    words, near = random.integers(0, 16, 40).astype(np.uint16), random.random(16)
    span = (np.uint64(0), np.uint64(3), np.uint64(0))
    said = []
    for sweep in (sliced.slices_swept_one_by_one, sliced._slices_swept):
        own = np.random.default_rng(3)
        vectors = tuple(0.5 + own.random(ROWS) for _ in range(4))
        onto = (own.random(ROWS), np.zeros(ROWS)) if beside else None
        sums = own.random(40), np.ones(3)
        sweep(span, (cut, words, weights, near), (1.25, 0.85), vectors, onto, sums)
        said.append([sums[1], *vectors, *(onto or ())])
    for plain, fast in zip(*said, strict=True):
        assert plain.tobytes() == fast.tobytes()
