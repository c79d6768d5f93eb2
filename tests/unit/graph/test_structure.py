"""The compact structure: the same from any road, five bytes an edge, refused when it is torn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.errors import InputError
from graphengine.graph.build import build_structure
from graphengine.graph.estimate import structure_bytes
from graphengine.graph.structure import Structure, laid_out, load_structure, save_structure

if TYPE_CHECKING:
    from pathlib import Path

NODES = 300


def _edges(seed: int = 4, m: int = 9_000) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    people = np.minimum(random.zipf(1.4, (2, m)) - 1, 10**9) % (2 * NODES // 3)
    return people[0] + NODES // 3, people[1] + NODES // 6  # sources, a core, sinks, loops


def _chunks(*columns: np.ndarray, size: int = 700) -> list[tuple[np.ndarray, ...]]:
    return [tuple(c[i : i + size] for c in columns) for i in range(0, len(columns[0]), size)]


def _matrix(structure: Structure) -> np.ndarray:
    """W by id, row = endorser, spelled out slowly."""
    W = np.zeros((structure.n, structure.n))
    for t in range(structure.n):
        for e in range(int(structure.indptr[t]), int(structure.indptr[t + 1])):
            weight = 1.0 if structure.weights is None else structure.weights[e]
            W[structure.order[structure.indices[e]], structure.order[t]] += weight
    return W


def _expected(u: np.ndarray, v: np.ndarray, w: np.ndarray) -> np.ndarray:
    W = np.zeros((NODES, NODES))
    np.add.at(W, (u, v), w)
    np.fill_diagonal(W, 0.0)
    return W


@pytest.mark.parametrize("weights", ["none", "whole", "large", "fractions"])
@pytest.mark.parametrize("ranges", [1 << 22, 500])
def test_build(tmp_path: Path, weights: str, ranges: int) -> None:
    u, v = _edges()
    random = np.random.default_rng(5)
    w = {
        "none": np.ones(len(u)),
        "whole": random.integers(0, 3, len(u)).astype(float),
        "large": random.integers(1, 70_000, len(u)).astype(float),
        "fractions": random.random(len(u)),
    }[weights]
    columns = (u, v) if weights == "none" else (u, v, w)
    s = build_structure(lambda: _chunks(*columns), tmp_path, nodes=NODES, at_once=ranges)
    W = _matrix(s)
    np.testing.assert_allclose(W, _expected(u, v, w), rtol=1e-15)
    gives, gets = W.sum(axis=1)[s.order] > 0, W.sum(axis=0)[s.order] > 0
    assert gives[: s.core].all()
    assert gets[: s.core].all()
    assert not (gives & gets)[s.core :].any()
    assert (np.diff(gets[s.core :].astype(int)) <= 0).all()  # sinks before those nobody endorses
    for t in range(s.n):
        assert (np.diff(s.indices[s.indptr[t] : s.indptr[t + 1]].astype(int)) > 0).all()
    assert s.indptr.dtype == "uint32"
    assert s.weights.dtype == {"fractions": "float64", "large": "uint32"}.get(weights, "uint16")
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".json", *[".npy"] * 4]


def test_chunks_and_ranges_change_no_byte(tmp_path: Path) -> None:
    u, v = _edges()
    w = np.random.default_rng(5).random(len(u))
    made = []
    for number, (size, ranges) in enumerate([(9_000, 1 << 22), (100, 700), (4_000, 1)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        shuffled = np.random.default_rng(number).permutation(len(u))
        chunks = _chunks(u[shuffled], v[shuffled], w[shuffled], size=size)
        build_structure(lambda chunks=chunks: chunks, folder, nodes=NODES, at_once=ranges)
        made.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert made[0] == made[1] == made[2]


def test_laid_out_is_the_same_graph_and_the_disk_gives_it_back(tmp_path: Path) -> None:
    u, v = _edges()
    W = sp.csr_array(_expected(u, v, np.ones(len(u))).T)
    s = laid_out(W.indptr, W.indices, W.data)
    assert (_matrix(s) == W.toarray().T).all()
    save_structure(s, tmp_path)
    loaded = load_structure(tmp_path)
    for name in ("indptr", "indices", "weights", "order"):
        assert np.array_equal(getattr(s, name), getattr(loaded, name))
        assert not getattr(s, name).flags.writeable
    assert loaded.core == s.core
    held = sum(p.stat().st_size - 128 for p in tmp_path.glob("*.npy"))
    assert held == s.nbytes == structure_bytes(s.n, s.m, weight_bytes=2)


def test_ones_need_no_weights(tmp_path: Path) -> None:
    pairs = [(np.array([0, 1, 2], np.uint64), np.array([1, 2, 0], np.uint64))]
    s = build_structure(lambda: pairs, tmp_path, nodes=4)
    assert s.weights is None
    assert not (tmp_path / "weights.npy").exists()
    assert (s.n, s.m, s.core) == (4, 3, 3)


def test_without_those_who_have_no_edge(tmp_path: Path) -> None:
    u, v = _edges()
    people = np.union1d(u[u != v], v[u != v])
    u, v = np.append(u, 7), np.append(v, 7)  # of loops nothing is kept
    whole, folder = tmp_path / "whole", tmp_path / "some"
    for made in (whole, folder):
        made.mkdir()
    s = build_structure(lambda: _chunks(u, v), folder, nodes=10**6, everyone=False)
    ids = np.load(folder / "ids.npy")
    assert ids.tolist() == people.tolist()
    assert s.n == len(people) < NODES
    full = _matrix(build_structure(lambda: _chunks(u, v), whole, nodes=NODES))
    assert (_matrix(s) == full[np.ix_(people, people)]).all()
    assert not (whole / "ids.npy").exists()


def test_nothing(tmp_path: Path) -> None:
    for nodes in (0, 3):
        folder = tmp_path / str(nodes)
        folder.mkdir()
        s = build_structure(list, folder, nodes=nodes)
        assert (s.n, s.m, s.core, s.indptr.tolist()) == (nodes, 0, 0, [0] * (nodes + 1))


def test_bad_edges(tmp_path: Path) -> None:
    good = np.array([0, 1])
    for chunk, says in [
        ((np.array([0, 3]), good), "from 0 to 2; there are int64 from 0 to 3"),
        ((np.array([0, -1]), good), "Renumber"),
        ((good, np.array([0.0, 1.0])), "whole numbers"),
        ((good, good[::-1], np.array([1.0, -1.0])), "negative"),
        ((good, good[::-1], np.array([1.0, np.nan])), "not a number"),
    ]:
        with pytest.raises(InputError, match=says):
            build_structure(lambda chunk=chunk: [chunk], tmp_path, nodes=3)
    passes = iter([[(good, good[::-1])], []])
    with pytest.raises(InputError, match="gave 0 edges where the first gave 2"):
        build_structure(lambda: next(passes), tmp_path, nodes=3)
    passes = iter([[(good, good[::-1])], [(good + 1, good[::-1] + 1)]])
    with pytest.raises(InputError, match="named somebody whom the first did not"):
        build_structure(lambda: next(passes), tmp_path, nodes=3, everyone=False)
    huge = [(np.array([0, 0]), np.array([1, 1]), np.full(2, 1e308))]
    with pytest.raises(InputError, match="add up"):
        build_structure(lambda: huge, tmp_path, nodes=3)


def test_a_torn_structure_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"structure\.json is missing"):
        load_structure(tmp_path)
    u, v = _edges()
    build_structure(lambda: _chunks(u, v), tmp_path, nodes=NODES)
    for path in sorted(tmp_path.iterdir()):
        whole = path.read_bytes()
        for left in (whole[:-3], whole[:40], b""):
            path.write_bytes(left)
            with pytest.raises(InputError, match="cut short or damaged"):
                load_structure(tmp_path)
        path.unlink()
        with pytest.raises(InputError, match="is missing"):
            load_structure(tmp_path)
        path.write_bytes(whole)
    record = tmp_path / "structure.json"
    record.write_text(record.read_text("utf-8").replace('"format": 1', '"format": 2'), "utf-8")
    with pytest.raises(InputError, match="has the format 2; this version reads 1"):
        load_structure(tmp_path)
