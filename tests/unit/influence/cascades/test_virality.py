"""Shapes of trees: closed forms and the mean distance by breadth-first search."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from oracles.cascades import mean_distance

from graphengine.influence.cascades import grow, tree_shapes


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
