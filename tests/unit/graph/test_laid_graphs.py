"""A large graph is kept as it is solved: the same graph, and patched to what a full build gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from graphengine.errors import InputError
from graphengine.graph import TopicGraph, compress, load_graph, relaid, save_graph, structure
from graphengine.graph.patch import patched
from graphengine.influence.ranking import pagerank

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = {"actor": pl.String, "target": pl.String, "weight": pl.Float64}


@pytest.fixture(autouse=True)
def _any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "_MANY", 0)
    monkeypatch.setattr(structure, "COMPILED", True)  # the loops do without, slowly


def _graph(pairs: dict[tuple[int, int], float]) -> TopicGraph:
    rows = [(f"{u:03d}", f"{v:03d}", w) for (u, v), w in pairs.items()]
    return compress("t", pl.DataFrame(rows, schema=SCHEMA, orient="row"))


def _some(rng: np.random.Generator, count: int) -> dict[tuple[int, int], float]:
    u, v = (40 * rng.random((2, count)) ** 2).astype(int)
    return {(i, j): float(rng.integers(1, 4)) for i, j in zip(u, v, strict=True) if i != j}


def _same(one: TopicGraph, other: TopicGraph) -> None:
    assert one.accounts.equals(other.accounts)
    np.testing.assert_array_equal(one.events, other.events)
    np.testing.assert_array_equal(one.endorsers, other.endorsers)
    a, b = one.endorsement_matrix(), other.endorsement_matrix()
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    by_id = one.by_id()
    for name in ("indptr", "indices", "weights"):
        np.testing.assert_array_equal(getattr(by_id, name), getattr(other, name))


def test_it_is_the_same_graph_and_the_disk_gives_it_back(tmp_path: Path) -> None:
    for number, count in enumerate((0, 1, 200)):
        graph = _graph(_some(np.random.default_rng(7), count))
        laid = graph.laid()
        assert laid.laid() is laid
        assert graph.by_id() is graph
        _same(laid, graph)
        folder = tmp_path / str(number)
        folder.mkdir()
        save_graph(laid, folder)
        loaded = load_graph(folder)
        _same(loaded, graph)
        one, other = graph.structure(), loaded.structure()
        for name in ("indptr", "indices", "weights", "order"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert (one.core, one.drift) == (other.core, other.drift)
    (folder / "order.npy").unlink()
    with pytest.raises(InputError, match=r"order\.npy is missing"):
        load_graph(folder)


def test_few_pairs_are_kept_by_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "_MANY", 1_000)
    graph = _graph(_some(np.random.default_rng(7), 100))
    assert graph.laid() is graph


@pytest.mark.parametrize("drift", [np.inf, 0.1, 0.0])
def test_day_after_day_it_is_what_a_full_build_gives(
    monkeypatch: pytest.MonkeyPatch, drift: float
) -> None:
    monkeypatch.setattr(relaid, "_DRIFT", drift)
    rng, now, aged = np.random.default_rng(3), _some(np.random.default_rng(8), 150), 0
    laid = _graph(now).laid()
    for _ in range(8):
        some = list(now)
        touched = {some[i]: now[some[i]] for i in rng.choice(len(some), 5, replace=False)}
        new = _some(rng, 5)
        drop = touched | {pair: now[pair] for pair in new if pair in now}
        put = {pair: w + 1 for pair, w in list(touched.items())[:2]} | new  # three are gone
        now = {pair: w for pair, w in now.items() if pair not in drop} | put
        found = patched(laid, drop=_graph(drop), put=_graph(put), shift=0)
        assert found is not None
        laid, full = found.laid(), _graph(now)
        aged += laid.drift
        np.testing.assert_array_equal(laid.accounts, full.accounts)
        events = laid.events - full.events
        assert (events == 0).all()
        _same(laid, full)
        ranked = [pagerank(g.structure(), tolerance=1e-10).value for g in (laid, full)]
        assert np.abs(ranked[0] - ranked[1]).sum() <= 1e-9
    assert (aged > 0) == (drift > 0)


def test_a_pair_that_is_not_there_needs_a_full_build() -> None:
    laid, nothing = _graph({(1, 2): 1.0, (2, 1): 1.0}).laid(), _graph({})
    assert patched(laid, drop=_graph({(1, 3): 1.0}), put=nothing, shift=0) is None
    assert patched(laid, drop=_graph({(1, 2): 2.0}), put=nothing, shift=0) is None
    assert patched(laid, drop=nothing, put=_graph({(1, 2): 2.0}), shift=0) is None
    halved = patched(laid, drop=nothing, put=_graph({(1, 3): 1.0}), shift=-1)
    assert halved is not None
    assert halved.by_id().weights.tolist() == [0.5, 0.5, 1.0]
