"""The loops that split a table by topic, beside what they say in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from graphengine.influence.kernels.topic_table import HEAVY, packed, parted

HALF = 24


def _pairs(m: int, nodes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(6)
    u, v = random.integers(0, nodes, (2, m))
    w = random.integers(1, 9, m)
    return u, v, w, ((w << 2 * HALF) | (u << HALF) | v).astype(np.uint64)


def _put(w: np.ndarray | None, u: np.ndarray) -> tuple[int, int, np.ndarray]:
    topic, v = np.arange(len(u), dtype=np.int16) % 3, u[::-1].copy()
    starts = np.concatenate([[0], np.cumsum(np.bincount(topic))])[:-1]
    pairs = np.zeros(len(u), dtype=np.uint64)
    highest, heaviest = packed((topic, u, v), w, starts, HALF, pairs)
    return int(highest), int(heaviest), pairs


def test_an_edge_is_one_number() -> None:
    u, w = np.arange(100, 120), np.arange(1.0, 21.0)
    highest, heaviest, pairs = _put(w, u)
    assert (highest, heaviest) == (119, 20)
    order = np.argsort(np.arange(20) % 3, kind="stable")
    assert (pairs >> np.uint64(2 * HALF)).tolist() == w[order].astype(int).tolist()
    assert (pairs >> np.uint64(HALF) & np.uint64(0xFFFFFF)).tolist() == u[order].tolist()
    assert (pairs & np.uint64(0xFFFFFF)).tolist() == u[::-1][order].tolist()


@pytest.mark.parametrize("weight", [0.0, -1.0, 0.5, float(HEAVY), 1e300, np.inf])
def test_weights_that_are_no_small_whole_numbers_are_told(weight: float) -> None:
    w = np.ones(20)
    w[7] = weight
    assert _put(w, np.arange(20))[1] == 0
    assert _put(None, np.arange(20))[1] == 1


def test_ids_below_0_are_told_as_high_ones() -> None:
    assert _put(None, np.array([3, -1, 4]))[0] >= 1 << HALF


@pytest.mark.parametrize("last", [0, 3, 10])
def test_edges_come_in_order_of_the_endorsed(last: int) -> None:
    u, v, w, pairs = _pairs(2_000, 300)
    beside = w / 7
    gives = np.zeros(300 // 64 + 1, dtype=np.uint64)
    near, weights = np.zeros_like(pairs), np.zeros(len(pairs))
    kept, givers = parted(pairs, beside, (HALF, last, 300), gives, near, weights)
    own = np.flatnonzero(u != v)
    order = own[np.argsort(v[own] >> last, kind="stable")]
    assert 0 < len(own) < len(u)
    assert kept == len(own)
    assert near[:kept].tolist() == pairs[order].tolist()
    assert weights[:kept].tolist() == beside[order].tolist()
    marked = [i for i in range(300) if int(gives[i >> 6]) >> (i & 63) & 1]
    assert marked == np.unique(u[own]).tolist()
    assert givers == len(marked)
