"""Depths and tops, against walking up one step at a time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.projection.forest import depths_and_tops


def walk(parent: list[int], order: list[int]) -> tuple[list[int], list[int]]:
    """Open every cycle at its first member, then count steps."""
    parent = list(parent)
    for start in range(len(parent)):
        path, node = [], start
        while node >= 0 and node not in path:
            path.append(node)
            node = parent[node]
        if node >= 0:
            parent[min(path[path.index(node) :], key=order.__getitem__)] = -1
    depths, tops = [], []
    for node in range(len(parent)):
        top, depth = node, 0
        while parent[top] >= 0:
            top, depth = parent[top], depth + 1
        depths.append(depth)
        tops.append(top)
    return depths, tops


@settings(max_examples=300)
@given(st.data(), st.integers(0, 12))
def test_against_walking_up(data: st.DataObject, n: int) -> None:
    parent = data.draw(st.lists(st.integers(-1, n - 1), min_size=n, max_size=n)) if n else []
    order = data.draw(st.permutations(range(n)))
    depth, top = depths_and_tops(np.array(parent, dtype=np.int64), np.array(order, dtype=np.int64))
    assert (depth.tolist(), top.tolist()) == walk(parent, order)


@pytest.mark.parametrize("n", [1, 2, 1000])
def test_one_long_chain(n: int) -> None:
    depth, top = depths_and_tops(np.arange(n, dtype=np.int64) - 1, np.arange(n, dtype=np.int64))
    assert depth.tolist() == list(range(n))
    assert not top.any()


@pytest.mark.parametrize("n", [1, 2, 3, 64, 999])
def test_one_cycle(n: int) -> None:
    parent = (np.arange(n, dtype=np.int64) + 1) % n
    depth, top = depths_and_tops(parent, np.arange(n, dtype=np.int64))
    assert set(top.tolist()) == {0}
    assert sorted(depth.tolist()) == list(range(n))
