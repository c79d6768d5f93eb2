import numpy as np
import pytest

from graphengine.influence.kernels.compiled import COMPILED
from graphengine.influence.kernels.lanes import (
    AHEAD,
    BEHIND,
    LANES,
    counts_as,
    gathers,
    one_by_one,
    row,
)

RANGES = [(0, 0), (0, 1), (0, 7), (0, 8), (3, 12), (5, 300), (292, 299), (299, 300)]
KINDS = [None, np.uint8, np.uint16, np.uint32, np.float64]


def _weights(kind):
    if kind is None:
        return None
    largest = 2**32 if kind is np.uint32 else 9
    drawn = np.random.default_rng(1).integers(1, largest, 300)
    return drawn.astype(kind) / 7 if kind is np.float64 else drawn.astype(kind)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tabled", [False, True])
def test_both_ways_of_adding_a_row_give_the_same_bits(kind, tabled) -> None:
    if tabled and kind not in (np.uint8, np.uint16):
        pytest.skip("a table is for weights of one or two bytes")
    rng = np.random.default_rng(0)
    indices, z, weights = (
        rng.integers(0, 500, 300).astype(np.uint32),
        rng.random(500),
        _weights(kind),
    )
    table = rng.random(10) if tabled else None
    each = [counts_as(weights, table, e) * z[indices[e]] for e in range(300)]
    for first, last in RANGES:
        asked = ((np.uint64(first), np.uint64(last)), indices, weights, table, z, None)
        assert row(*asked) == one_by_one(*asked)
        for soon in (AHEAD, BEHIND):  # there are no edges so far away: nothing happens
            assert row(*asked[:-1], soon) == one_by_one(*asked)
        lanes = [0.0] * LANES
        for e in range(first, last):
            lanes[(e - first) % LANES] += each[e]
        half = [lanes[i] + lanes[i + 4] for i in range(4)]
        assert row(*asked) == (half[0] + half[2]) + (half[1] + half[3])


@pytest.mark.skipif(not COMPILED or not gathers(), reason="needs AVX-512 and numba")
def test_arrays_with_gaps_are_refused_before_anything_runs() -> None:
    from numba.core.errors import TypingError

    z = np.ones(20)[::2]
    with pytest.raises(TypingError, match="without gaps"):
        row((np.uint64(0), np.uint64(1)), np.zeros(1, np.uint32), None, None, z, None)
