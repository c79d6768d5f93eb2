"""The loops over forests and shares, against walks that one can follow by eye."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from graphengine.influence.kernels.compiled import compiled
from graphengine.influence.kernels.forests import (
    cut_cycles,
    follow,
    preorder,
    rehang,
    sum_below,
    under_own,
)


def _forest(random: np.random.Generator, n: int) -> np.ndarray:
    """Parents before children, about a tenth of them roots."""
    return np.array(
        [int(random.integers(0, i)) if i and random.random() < 0.9 else -1 for i in range(n)],
        dtype=np.int64,
    )


def _above(parent: np.ndarray, node: int) -> list[int]:
    found = []
    while parent[node] >= 0:
        node = int(parent[node])
        found.append(node)
    return found


def test_circles_are_cut_once_each_at_the_lowest_rank() -> None:
    parent = np.array([1, 2, 0, 0, 5, 4, 5, 7, -1])  # 0→1→2→0 with a tail 3, 4↔5, 7→7
    rank = np.array([5, 1, 9, 0, 8, 2, 0, 0, 0])
    assert np.flatnonzero(cut_cycles(parent, rank)).tolist() == [1, 5, 7]


def test_random_links_without_their_cuts_are_forests() -> None:
    random = np.random.default_rng(1)
    for n in range(1, 60):
        parent = random.integers(-1, n, n)
        cut = cut_cycles(parent, np.arange(n))
        opened = np.where(cut, -1, parent)
        for node in range(n):
            assert len(_above(opened, node)) < n  # ends, so there is no circle
        for node in np.flatnonzero(cut):  # and no cut was needless: its node leads back to itself
            seen, at = set(), node
            while at not in seen:
                seen.add(at)
                at = parent[at]
            assert at == node


def test_follow_finds_roots_depths_and_times() -> None:
    parent = np.array([2, 0, -1, 2, -1])
    at, timed = np.array([5, 4, 3, 9, 9]), np.array([True, True, True, False, False])
    root, depth, time = follow(parent, at, timed)
    assert root.tolist() == [2, 2, 2, 2, 4]
    assert depth.tolist() == [1, 2, 0, 1, 0]
    assert time.tolist() == [5, 5, 3, 3, 0]


def test_rehanging_makes_no_circle() -> None:
    parent = np.array([-1, 0, -1, 2])  # two trees: 1 below 0, 3 below 2
    wished_from, wished = np.array([0, 2, 2, 4, 4]), np.array([1, 3, 3, 1])
    rehang(parent, np.array([0, 2]), wished_from, wished)
    assert parent.tolist() == [3, 0, -1, 2]  # 0 under 3; 2 stays: all it wishes is below it


def test_preorder_keeps_subtrees_together_and_sums_go_up() -> None:
    random = np.random.default_rng(7)
    for n in range(40):
        parent = _forest(random, n)
        place, end = preorder(parent)
        assert sorted(place.tolist()) == list(range(n))
        unit = random.random(n)
        total = sum_below(parent, unit)
        for node in range(n):
            below = [u for u in range(n) if u == node or node in _above(parent, u)]
            assert sorted(place[below].tolist()) == list(range(place[node], end[node]))
            assert total[node] == pytest.approx(unit[below].sum())


def test_under_own() -> None:
    random = np.random.default_rng(9)
    for n in range(40):
        parent, author = _forest(random, n), random.integers(-1, 4, n)
        expected = [
            author[node] >= 0 and any(author[u] == author[node] for u in _above(parent, node))
            for node in range(n)
        ]
        assert under_own(parent, author, 4).tolist() == expected


def test_without_a_place_for_compiled_code_loops_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_loop = numba.njit

    def no_place(loop: object = None, **options: object) -> object:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return compile_loop(loop)

    monkeypatch.setattr(numba, "njit", no_place)
    assert compiled(lambda x: x + 1)(1) == 2
