"""Large rows are laid out and merged by loops; few go another way, to the same arrays."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.sparse as sp

from graphengine.graph import patch, structure
from graphengine.graph.topic_graph import TopicGraph, compress

KINDS = {"none": 1, "small": 4, "large": 70_000, "fractions": 0}


def _weights(rng: np.random.Generator, kind: str, count: int) -> np.ndarray:
    most = KINDS[kind]
    return rng.random(count) + 0.1 if most == 0 else rng.integers(1, most + 1, count).astype(float)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("people", [5, 200, 9_000])
def test_both_ways_lay_out_the_same_structure(
    monkeypatch: pytest.MonkeyPatch, kind: str, people: int
) -> None:
    rng = np.random.default_rng(people)
    u, v = (people * rng.random((2, 8_000)) ** 3).astype(int)  # rows of one and rows of hundreds
    pairs = np.unique(np.column_stack([v, u])[u != v], axis=0)
    w = _weights(rng, kind, len(pairs))
    W = sp.csc_array((w, (pairs[:, 1], pairs[:, 0])), shape=(people, people))
    made = []
    for many in (0, 1 << 60):
        monkeypatch.setattr(structure, "_MANY", many)
        made.append(structure.laid_out(W.indptr, W.indices, W.data))
    for name in ("indptr", "indices", "weights", "order", "core"):
        one, other = (getattr(s, name) for s in made)
        np.testing.assert_array_equal(one, other)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)


def _graph(pairs: np.ndarray, weights: np.ndarray) -> TopicGraph:
    names = [[f"{i:04d}" for i in column] for column in pairs.T]
    events = {"actor": names[0], "target": names[1], "weight": weights}
    schema = {"actor": pl.String, "target": pl.String, "weight": pl.Float64}
    return compress("t", pl.DataFrame(events, schema=schema))


def _patched_both_ways(
    monkeypatch: pytest.MonkeyPatch, old: TopicGraph, **given: TopicGraph
) -> TopicGraph | None:
    found = []
    for many in (0, 1 << 60):
        monkeypatch.setattr(structure, "_MANY", many)
        found.append(patch.patched(old, **given, shift=0))
    one, other = found
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        _assert_same(one, other)
    return one


def _assert_same(one: TopicGraph, other: TopicGraph) -> None:
    assert one.accounts.equals(other.accounts)
    for name in ("indptr", "indices", "weights", "events"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert getattr(one, name).dtype == getattr(other, name).dtype


@pytest.mark.parametrize("kind", ["none", "small", "fractions"])
@pytest.mark.parametrize("seed", range(10))
def test_both_ways_patch_to_what_a_full_build_gives(
    monkeypatch: pytest.MonkeyPatch, kind: str, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 40))
    pairs = np.array([(i, j) for i in range(n) for j in range(n) if i != j])
    rng.shuffle(pairs)
    cuts = np.sort(rng.integers(1, len(pairs), 3))
    w = _weights(rng, kind, len(pairs))
    stays, goes, comes = (slice(a, b) for a, b in zip([0, *cuts], cuts, strict=False))
    before, after = np.r_[stays, goes], np.r_[stays, comes]
    old = _graph(pairs[before], w[before])
    drop, put = (_graph(pairs[part], w[part]) for part in (goes, comes))
    now = _patched_both_ways(monkeypatch, old, drop=drop, put=put)
    assert now is not None
    _assert_same(now, _graph(pairs[after], w[after]))
    changed = _graph(pairs[goes], w[goes] + 1.0)
    again = _patched_both_ways(monkeypatch, old, drop=drop, put=changed)
    assert again is not None
    whole = np.concatenate([w[stays], w[goes] + 1.0])
    _assert_same(again, _graph(pairs[before], whole))


def test_both_ways_refuse_what_is_not_there_and_what_is(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {(1, 2): 1.0, (3, 2): 2.0, (2, 4): 1.0}
    old = _graph(np.array(list(there)), np.array(list(there.values())))
    none = _graph(np.zeros((0, 2), dtype=int), np.zeros(0))
    for pair, known in there.items():
        for weight in (1.0, 2.0):
            some = _graph(np.array([pair]), np.array([weight]))
            gone = _patched_both_ways(monkeypatch, old, drop=some, put=none)
            assert (gone is not None) == (weight == known)
            assert _patched_both_ways(monkeypatch, old, drop=none, put=some) is None
    absent = _graph(np.array([(2, 3)]), np.ones(1))
    assert _patched_both_ways(monkeypatch, old, drop=absent, put=none) is None
