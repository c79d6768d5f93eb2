"""Shapes of trees: closed forms and the mean distance by breadth-first search."""

from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
import pytest
from oracles.cascades import grown, mean_distance

from graphengine.influence.cascades import grow, measure_trees, tree_growth, tree_shapes


def _shapes(parent: list[int]) -> pl.DataFrame:
    names = [f"{i:06}" for i in range(len(parent))]
    links = pl.DataFrame(
        {"post": names, "parent": [names[p] if p >= 0 else None for p in parent]},
        schema={"post": pl.String, "parent": pl.String},
    ).with_columns(author=pl.col("post"), at=pl.lit(None, dtype=pl.Int64))
    return tree_shapes(grow(links)[0])


def _binary(n: int) -> list[int]:
    return [(i - 1) // 2 if i else -1 for i in range(n)]


@pytest.mark.parametrize(
    ("parent", "depth", "breadth", "virality"),
    [
        ([-1], 0, 1, 0.0),
        ([-1, 0], 1, 1, 1.0),
        ([-1] + [0] * 9, 1, 9, 2 * 9 / 10),  # star
        ([-1, *range(9)], 9, 1, 11 / 3),  # path
        (_binary(7), 2, 4, 2.28571429),
        (_binary(15), 3, 8, 3.50476190),
    ],
)
def test_closed_forms(parent: list[int], depth: int, breadth: int, virality: float) -> None:
    row = _shapes(parent).row(0, named=True)
    assert (row["size"], row["depth"], row["breadth"]) == (len(parent), depth, breadth)
    assert row["virality"] == pytest.approx(virality, abs=5e-9)


def test_a_path_of_a_hundred_thousand() -> None:
    row = _shapes([-1, *range(99_999)]).row(0, named=True)
    assert (row["depth"], row["virality"]) == (99_999, pytest.approx(100_001 / 3))


def test_random_trees_against_breadth_first_search() -> None:
    random = np.random.default_rng(4)
    for n in range(1, 40):
        parent = [-1, *(int(random.integers(0, i)) for i in range(1, n))]
        assert _shapes(parent)["virality"][0] == pytest.approx(mean_distance(parent))


def test_one_row_a_tree() -> None:
    table = _shapes([-1, 0, -1, 2, 2, -1])
    assert table["root"].to_list() == ["000000", "000002", "000005"]
    assert table["size"].to_list() == [2, 3, 1]
    assert table["virality"].to_list() == [1.0, pytest.approx(4 / 3), 0.0]


def test_no_trees_no_rows() -> None:
    assert _shapes([]).height == 0


def test_growth_against_counting() -> None:
    random = np.random.default_rng(6)
    ages = [0, 1, 5, 20, 1000]
    for n in (1, 2, 30, 60):
        names = [f"{i:02}" for i in range(n)]
        above = [random.integers(0, i) if i and random.random() < 0.9 else -1 for i in range(n)]
        links = pl.DataFrame(
            {"post": names, "parent": [names[p] if p >= 0 else None for p in above],
             "author": names, "at": np.sort(random.integers(0, 60, n))}
        )  # fmt: skip
        forest, _ = grow(links)
        table = tree_growth(forest, ages)
        assert table.select("size", "depth", "breadth").rows() == grown(
            forest.parent.tolist(), forest.at.tolist(), ages
        )
        last = table.filter(pl.col("age") == 1000).drop("age")
        assert last.equals(tree_shapes(forest).drop("virality"))


def test_growth_at_no_ages_and_of_no_trees() -> None:
    forest, _ = grow(_NOTHING)
    assert tree_growth(forest, [0, 5]).height == 0
    assert _NOTHING.height == tree_growth(grow(_NOTHING)[0], []).height
    for ages in ([5, 5], [7, 5], [-1]):
        with pytest.raises(ValueError, match="ages must be"):
            tree_growth(forest, ages)


def test_parents_as_numbers() -> None:
    shapes = measure_trees(np.array([-1, 0, -1, 1, 2, 0, 2]))
    assert [shapes.size.tolist(), shapes.depth.tolist(), shapes.breadth.tolist()] == [
        [4, 3], [2, 1], [2, 2],
    ]  # fmt: skip
    with pytest.raises(ValueError, match="smaller number"):
        measure_trees(np.array([1, -1]))


@pytest.mark.parametrize("apart", [40, 900, 4_000])  # many blocks, some, one
def test_trees_mixed_with_each_other_over_many_nodes(apart: int) -> None:
    """Nodes link to one of the same stretch of ``apart`` nodes, or start a tree."""
    random, n = np.random.default_rng(apart), 4_000
    start = np.arange(n) // apart * apart
    above = start + (random.random(n) * (np.arange(n) - start)).astype(np.int64)
    parent = np.where((random.random(n) < 0.2) | (start == np.arange(n)), -1, above)
    shapes = measure_trees(parent)
    root, depth, below = list(range(n)), [0] * n, [1] * n
    for node, over in enumerate(parent.tolist()):
        if over >= 0:
            root[node], depth[node] = root[over], depth[over] + 1
    paths = dict.fromkeys(root, 0.0)
    for node in range(n - 1, -1, -1):
        if parent[node] >= 0:
            below[parent[node]] += below[node]
            paths[root[node]] += below[node] * (root.count(root[node]) - below[node])
    levels = Counter(zip(root, depth, strict=True))
    roots = np.flatnonzero(parent < 0).tolist()
    assert shapes.size.tolist() == [below[r] for r in roots]
    for k, r in enumerate(roots):
        assert shapes.depth[k] == max(d for q, d in levels if q == r)
        assert shapes.breadth[k] == max(many for (q, _), many in levels.items() if q == r)
        pairs = below[r] * (below[r] - 1)
        assert shapes.virality[k] == (2.0 * paths[r] / pairs if pairs else 0.0)  # the same bits


@pytest.mark.parametrize("wrong", [1_500, 2_999])
def test_a_parent_after_its_child_in_any_block(wrong: int) -> None:
    parent = np.full(3_000, -1)
    for above in (wrong, wrong + 1, 2_999):
        parent[wrong] = above
        with pytest.raises(ValueError, match="smaller number"):
            measure_trees(parent)


_NOTHING = pl.DataFrame(
    schema={"post": pl.String, "parent": pl.String, "author": pl.String, "at": pl.Int64}
)
