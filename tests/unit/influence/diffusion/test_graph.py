"""The graph that influence spreads on: built right, and clear about what cannot be."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from graphengine.influence.diffusion.graph import (
    check_weights,
    diffusion_graph,
    uniform,
    weighted_cascade,
)
from tests.support.data import dataset


def test_edges_stand_by_target_and_source_whatever_their_order() -> None:
    rng = np.random.default_rng(1)
    pair = rng.permutation(400)[:150]
    u, v, p = pair // 20, pair % 20, rng.random(150)
    first = diffusion_graph(u, v, p, n=20)
    order = rng.permutation(150)
    again = diffusion_graph(u[order], v[order], p[order], n=20)
    kept = u != v
    assert first.m == np.count_nonzero(kept) < 150  # self edges mean nothing
    wanted = sorted(zip(v[kept], u[kept], p[kept], strict=True))
    found = zip(first.targets(), first.indices, first.probability, strict=True)
    assert [tuple(map(float, edge)) for edge in found] == [tuple(map(float, e)) for e in wanted]
    np.testing.assert_array_equal(first.indptr, again.indptr)
    np.testing.assert_array_equal(first.probability, again.probability)


def test_repeats_mean_what_is_said() -> None:
    u, v, p = [0, 0, 0, 1], [1, 1, 1, 0], [0.5, 0.25, 0.1, 1.0]
    with pytest.raises(ValueError, match=r"0 -> 1 is given more than once \(2 repeats\)"):
        diffusion_graph(u, v, p)
    np.testing.assert_allclose(
        diffusion_graph(u, v, p, parallel="independent").probability, [1.0, 1 - 0.5 * 0.75 * 0.9]
    )
    np.testing.assert_allclose(diffusion_graph(u, v, p, parallel="sum").probability, [1.0, 0.85])
    with pytest.raises(ValueError, match=r"got 1\.5 for edge 0 \(0 -> 1\)"):
        diffusion_graph([0, 0], [1, 1], [0.75, 0.75], parallel="sum")


def test_weighted_cascade_counts_repeats() -> None:
    graph = weighted_cascade([0, 0, 1, 2, 2], [2, 2, 2, 0, 2])
    np.testing.assert_allclose(graph.probability, [1.0, 2 / 3, 1 / 3])
    check_weights(graph)


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        (np.nan, r"got nan for edge 1 \(1 -> 2\); 1 such"),
        (-0.5, r"got -0\.5 for edge 1"),
        (np.inf, r"got inf for edge 1"),
        (1.25, r"got 1\.25 for edge 1 .*above_one='cap'"),
    ],
)
def test_what_is_no_probability_is_named(bad: float, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        diffusion_graph([0, 1], [1, 2], [0.5, bad])


def test_bad_numbers_of_people() -> None:
    with pytest.raises(ValueError, match=r"have gaps: 1 is the first of 2 below 3"):
        uniform([0], [3], 0.5)
    assert uniform([0], [3], 0.5, n=5).n == 5
    with pytest.raises(ValueError, match=r"n is 3, but the edges name person 3"):
        uniform([0], [3], 0.5, n=3)
    with pytest.raises(ValueError, match=r"source\[1\] is -1"):
        uniform([0, -1], [1, 2], 0.5)
    with pytest.raises(ValueError, match="whole numbers"):
        weighted_cascade([0.5], [1])
    with pytest.raises(ValueError, match="one length"):
        weighted_cascade([0, 1], [1])
    with pytest.raises(ValueError, match="p must be a probability"):
        uniform([0], [1], 1.5)


def test_weights_above_one_are_refused() -> None:
    graph = uniform([0, 1, 2, 0], [3, 3, 3, 1], 0.4)
    with pytest.raises(ValueError, match=r"those into 3 sum to 1\.2 \(1 such people\)"):
        check_weights(graph)


def test_a_graph_without_edges_or_people() -> None:
    assert (uniform([], [], 0.5, n=3).n, uniform([], [], 0.5, n=3).m) == (3, 0)
    assert diffusion_graph([], [], []).n == 0


def test_the_congress_fixture_has_a_probability_above_one() -> None:
    with (dataset("congress") / "fixture" / "expected_weights.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    columns = [[float(row[name]) for row in rows] for name in ("source", "target", "weight")]
    u, v = (np.array(c, np.int64) for c in columns[:2])
    with pytest.raises(ValueError, match=r"got 1\.33333 for edge 3 \(2 -> 0\); 1 such"):
        diffusion_graph(u, v, columns[2])
    capped = diffusion_graph(u, v, columns[2], above_one="cap")
    np.testing.assert_allclose(capped.probability, [0.25, 1.0, 0.5, 0.2, 0.2, 1.0])
