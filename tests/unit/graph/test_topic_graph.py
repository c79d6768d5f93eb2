"""One topic's graph: what compress makes, and that the disk gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from support.event_rows import ALL, interactions

from graphengine.errors import InputError
from graphengine.graph import TopicGraph, compress, influence_events, load_graph, save_graph

if TYPE_CHECKING:
    from pathlib import Path

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
    for name in ("indptr", "indices", "weights", "events"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.dtype == theirs.dtype
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


@pytest.mark.parametrize(
    ("weight", "kind", "bytes_a_pair"),
    [(1.0, "uint8", 4), (255.0, "uint8", 5), (256.0, "uint16", 6), (1e6, "uint32", 8),
     (0.5, "float64", 12), (2.0**33, "float64", 12)],
)  # fmt: skip
def test_the_smallest_type_that_is_exact(
    tmp_path: Path, weight: float, kind: str, bytes_a_pair: int
) -> None:
    events = EVENTS.with_columns(weight=pl.lit(weight)).unique(["actor", "target"])
    graph = compress("t/x", events)
    assert graph.weights.dtype == kind
    assert graph.weights.tolist() == [weight] * 4
    save_graph(graph, tmp_path)
    held = [tmp_path / f"{name}.npy" for name in ("indices", "weights")]
    assert sum(p.stat().st_size - 128 for p in held if p.exists()) == 4 * bytes_a_pair
    _same(load_graph(tmp_path), graph)


def test_a_file_cut_short_and_another_version_say_so(tmp_path: Path) -> None:
    save_graph(compress("t/x", EVENTS), tmp_path)
    for name in ("indices.npy", "weights.npy", "events.npy"):
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-1])
        with pytest.raises(InputError, match=rf"{name} is cut short .* build it again"):
            load_graph(tmp_path)
        (tmp_path / name).write_bytes(whole)
    meta = (tmp_path / "meta.json").read_text("utf-8")
    (tmp_path / "meta.json").write_text(meta.replace('"format": 2', '"format": 1'), "utf-8")
    with pytest.raises(InputError, match="this version reads 2"):
        load_graph(tmp_path)


def test_damaged_or_missing_tables_name_the_folder_to_remove(tmp_path: Path) -> None:
    save_graph(compress("t/x", EVENTS), tmp_path)
    for name in ("meta.json", "accounts.arrow"):
        whole = (tmp_path / name).read_bytes()
        for rest in (b"", whole[: len(whole) // 2], b"7", None):
            (tmp_path / name).unlink() if rest is None else (tmp_path / name).write_bytes(rest)
            with pytest.raises(InputError, match=r"damaged .*\. Remove the folder: the next run"):
                load_graph(tmp_path)
        (tmp_path / name).write_bytes(whole)
    assert load_graph(tmp_path).n


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


def test_the_disk_gives_it_back(tmp_path: Path) -> None:
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
