"""One topic's graph: what compress makes, and that the disk gives it back."""

from __future__ import annotations

import numpy as np
import polars as pl
from support.event_rows import ALL, interactions

from graphengine.graph import TopicGraph, compress, influence_events, load_graph, save_graph

EVENTS = pl.DataFrame(
    {
        "actor": ["b", "c", "b", "a", "d", "a", "z"],
        "target": ["a", "a", "a", "b", "d", "c", "z"],
        "weight": [0.25, 1.0, 0.5, 2.0, 9.0, 4.0, 1.0],
    }
)


def _same(one: TopicGraph, other: TopicGraph) -> None:
    assert one.topic == other.topic
    assert one.accounts.to_list() == other.accounts.to_list()
    for name, kind in {
        "indptr": "int64",
        "indices": "uint32",
        "weights": "float64",
        "events": "int64",
    }.items():
        mine, theirs = getattr(one, name), getattr(other, name)
        assert (mine.dtype, theirs.dtype) == (np.dtype(kind), np.dtype(kind))
        assert mine.tobytes() == theirs.tobytes()


def test_compress() -> None:
    graph = compress("t/x", EVENTS)
    assert graph.accounts.to_list() == ["a", "b", "c"]  # d and z only praise themselves
    assert graph.indptr.tolist() == [0, 2, 3, 4]
    assert graph.indices.tolist() == [1, 2, 0, 0]
    assert graph.weights.tolist() == [0.75, 1.0, 2.0, 4.0]
    assert graph.events.tolist() == [3, 1, 1]
    assert (graph.n, graph.m) == (3, 4)
    assert graph.endorsement_matrix().toarray().tolist() == [[0, 2, 4], [0.75, 0, 0], [1, 0, 0]]


def test_nothing() -> None:
    for events in (EVENTS.clear(), EVENTS.filter(pl.col("actor") == pl.col("target"))):
        graph = compress("t/x", events)
        assert (graph.n, graph.m, graph.indptr.tolist()) == (0, 0, [0])
        assert graph.endorsement_matrix().shape == (0, 0)


def test_sums_are_the_same_bits_in_any_order() -> None:
    random = np.random.default_rng(2)
    people = random.integers(0, 9, (2, 5_000)).astype(str)
    weight = 2.0 ** -random.uniform(0, 60, 5_000)
    events = pl.DataFrame({"actor": people[0], "target": people[1], "weight": weight})
    graph = compress("t/x", events)
    for seed in range(3):
        _same(compress("t/x", events.sample(fraction=1.0, shuffle=True, seed=seed)), graph)
    others = people[0] != people[1]
    assert np.isclose(graph.weights.sum(), weight[others].sum(), rtol=1e-14, atol=0.0)


def test_one_pair_of_many_events() -> None:
    graph = compress("t/x", pl.concat([EVENTS[:1]] * 1_000))
    assert graph.weights.tolist() == [250.0]
    assert graph.events.tolist() == [1_000, 0]


def test_the_disk_gives_it_back(tmp_path: object) -> None:
    for number, graph in enumerate([compress("t/x", EVENTS), compress("t/y", EVENTS.clear())]):
        folders = [tmp_path / f"{number}{copy}" for copy in "ab"]
        for folder in folders:
            folder.mkdir()
            save_graph(graph, folder)
            loaded = load_graph(folder)
            _same(loaded, graph)
            assert isinstance(loaded.weights, np.memmap) or loaded.m == 0
            assert np.array_equal(
                loaded.endorsement_matrix().toarray(), graph.endorsement_matrix().toarray()
            )
        for file in folders[0].iterdir():
            assert file.read_bytes() == (folders[1] / file.name).read_bytes()


def test_self_interactions_are_kept_by_the_rule_and_dropped_by_the_graph() -> None:
    events = influence_events(interactions({"target": "a"}, {}), **ALL)
    assert events.height == 2
    assert compress("t/x", events).m == 1
