"""Numbers by first appearance: the loop against its twin, and both against a dictionary."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.kernels.first_seen import number_at_once, number_hashes

FAR = np.uint64(0x9E3779B97F4A7C15)


@pytest.mark.parametrize("number", [number_hashes, number_at_once])
@pytest.mark.parametrize(("size", "distinct"), [(0, 1), (1, 1), (300, 7), (40_000, 30_000)])
def test_numbers_are_those_of_a_dictionary(number: object, size: int, distinct: int) -> None:
    some = np.random.default_rng(size).integers(0, distinct, size).astype(np.uint64)
    hashes = some * FAR  # 0 is a hash like any other
    code, first = np.full((2, size), -1, dtype=np.int64)
    count = number(hashes, code, first)  # type: ignore[operator]
    known: dict[int, int] = {}
    expected = [known.setdefault(int(h), len(known)) for h in hashes]
    assert code.tolist() == expected
    assert count == len(known)
    assert hashes[first[:count]].tolist() == list(known)
    assert (np.diff(first[:count]) > 0).all()


def test_hashes_that_belong_to_one_place_are_told_apart_by_their_upper_half() -> None:
    hashes = np.arange(9_000, dtype=np.uint64) << np.uint64(32)
    code, first = np.empty((2, 9_000), dtype=np.int64)
    assert number_hashes(hashes, code, first) == 9_000
    assert np.array_equal(code, np.arange(9_000))
