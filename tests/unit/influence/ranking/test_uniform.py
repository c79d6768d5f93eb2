"""PageRank over rows in eights, beside a dense solve: short and long rows, hubs, slow circles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from graphengine.errors import NotConvergedError
from graphengine.influence.kernels import layout
from graphengine.influence.ranking import topics
from graphengine.influence.ranking.topics import TopicTable, pagerank_topics
from graphengine.influence.ranking.uniform import uniform_pagerank

ROOT = Path(__file__).parents[4]
WITHOUT = """
import sys
sys.modules["numba"] = None  # every import of it fails
import numpy as np
from graphengine.influence.ranking.topics import TopicTable, pagerank_topics
found = pagerank_topics(TopicTable(*np.load(sys.argv[1]).values()))
np.savez(sys.argv[1], *(topic.solution.value for topic in found))
"""


def _dense(n: int, u: np.ndarray, v: np.ndarray, w: np.ndarray, damping: float) -> np.ndarray:
    """The shares by id, by a dense solve."""
    P = np.zeros((n, n))
    np.add.at(P, (u, v), np.where(u == v, 0.0, w))
    given = P.sum(axis=1)
    P[given > 0] /= given[given > 0, None]
    P[given == 0] = 1.0 / n
    return np.linalg.solve(np.eye(n) - damping * P.T, np.full(n, (1.0 - damping) / n))


def _edges(shape: str) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(11)
    u, v = random.integers(0, 300, (2, 1_500))
    if shape == "hubs":  # two long rows in the core, two that endorse nobody
        v = np.where(random.random(1_500) < 0.6, random.choice([3, 5, 300, 301], 1_500), v)
    if shape == "dangling":
        u = random.integers(0, 120, 1_500)
    if shape == "star":
        u, v = np.arange(1, 200), np.zeros(199, dtype=np.int64)
    if shape == "circles":  # pairs that endorse only each other
        u, v = np.arange(100), np.arange(100) ^ 1
    if shape == "path":
        u, v = np.arange(40), np.arange(1, 41)
    return u, v


@pytest.mark.parametrize("damping", [0.0, 0.5, 0.85])
@pytest.mark.parametrize("shape", ["random", "hubs", "dangling", "star", "circles", "path"])
def test_the_shares_are_those_of_a_dense_solve(shape: str, damping: float) -> None:
    u, v = _edges(shape)
    w = np.random.default_rng(5).integers(1, 300, len(u))
    people, rows = TopicTable(np.zeros(len(u), dtype=np.int64), u, v, w).rows(0)
    found = uniform_pagerank(rows, damping=damping, tolerance=1e-11)
    assert found is not None
    assert found.error_bound <= 1e-11
    ids = np.sort(people)
    own = u != v
    places = (np.searchsorted(ids, a[own]) for a in (u, v))
    exact = _dense(len(ids), *places, w[own], damping)
    assert np.abs(found.value[np.argsort(people)] - exact).sum() <= found.error_bound + 1e-13


def test_the_certificate_is_the_residual_of_a_power_iteration() -> None:
    u, v = _edges("hubs")
    people, rows = TopicTable(np.zeros(len(u), dtype=np.int64), u, v).rows(0)
    found = uniform_pagerank(rows, damping=0.85, tolerance=1e-3)
    assert found is not None
    n, place = len(people), np.zeros(400, dtype=np.int64)
    place[people] = np.arange(n)
    P = np.zeros((n, n))
    np.add.at(P, (place[u[u != v]], place[v[u != v]]), 1.0)
    given = P.sum(axis=1, keepdims=True)
    P = np.where(given > 0, P / np.maximum(given, 1.0), 1.0 / n)
    residual = np.abs(0.85 * P.T @ found.value + 0.15 / n - found.value).sum()
    assert found.residual > 1e-9
    assert found.residual == pytest.approx(residual, rel=1e-9)


def test_a_slow_topic_is_ranked_another_way() -> None:
    u, v = np.arange(100), (np.arange(100) + 1) % 100
    u, v = np.append(u, 0), np.append(v, 50)
    table = TopicTable(np.zeros(101, dtype=np.int64), u, v)
    _, rows = table.rows(0)
    assert uniform_pagerank(rows, damping=0.999, tolerance=1e-9) is None
    (found,) = pagerank_topics(table, damping=0.999, tolerance=1e-9)
    exact = _dense(100, u, v, np.ones(101), 0.999)
    assert np.abs(found.solution.value[np.argsort(found.people)] - exact).sum() <= 1e-9


def test_extreme_weights_are_ranked_another_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "uniform_pagerank", None)
    table = TopicTable([0, 0, 0], [0, 0, 1], [1, 2, 0], [1e-200, 3e-200, 1e200])
    (found,) = pagerank_topics(table)
    exact = _dense(3, np.array([0, 0, 1]), np.array([1, 2, 0]), np.array([1.0, 3.0, 1.0]), 0.85)
    assert np.abs(found.solution.value - exact).sum() <= 1e-9


def test_chunks_and_threads_change_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    columns = (random.integers(0, 7, 900), *random.integers(0, 60, (2, 900)), random.random(900))
    whole = pagerank_topics(TopicTable(*columns))
    monkeypatch.setattr(topics, "CHUNK", 100)
    cut = pagerank_topics(TopicTable(*columns, threads=3), threads=2)
    for a, b in zip(whole, cut, strict=True):
        assert a.people.tobytes() == b.people.tobytes()
        assert a.solution.value.tobytes() == b.solution.value.tobytes()


@pytest.mark.parametrize("kind", ["whole", "fractions"])  # packed, apart
def test_the_same_bits_without_numba(tmp_path: Path, kind: str) -> None:
    u, v = _edges("hubs")
    w = np.random.default_rng(4).integers(1, 300, len(u))
    columns = (np.arange(len(u)) % 2, u, v, w if kind == "whole" else w / 300)
    file = tmp_path / "columns.npz"
    np.savez(file, *columns)
    subprocess.run([sys.executable, "-W", "error", "-c", WITHOUT, str(file)], cwd=ROOT, check=True)
    values = np.load(file).values()
    for topic, other in zip(pagerank_topics(TopicTable(*columns)), values, strict=True):
        assert topic.solution.value.tobytes() == other.tobytes()


def test_a_topic_of_loops_has_nobody() -> None:
    first, second = pagerank_topics(TopicTable([0, 1], [4, 4], [4, 2]))
    assert first.people.size == first.solution.value.size == 0
    assert second.people.tolist() == [2, 4]


def test_what_cannot_be_asked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    table = TopicTable([0], [0], [1])
    with pytest.raises(ValueError, match="damping"):
        pagerank_topics(table, damping=1.0)
    with pytest.raises(NotConvergedError, match="rounding"):
        pagerank_topics(table, tolerance=1e-17)
    monkeypatch.setattr(topics, "_ROWS", 0)
    with pytest.raises(ValueError, match="split it"):
        TopicTable([0], [0], [1])


def test_every_edge_lies_in_its_row() -> None:
    u, v = _edges("hubs")
    people, rows = TopicTable(np.zeros(len(u), dtype=np.int64), u, v).rows(0)
    heavy, long, core, ends, n = rows.ranks
    assert (heavy, long) == (2, 4)
    held = []
    for t in range(ends):
        if t < long:
            row = rows.indices[rows.start[t] : rows.start[t + 1]]
        else:
            group, lane = divmod(t - (long if t < core else core), layout.EIGHT)
            group += 0 if t < core else -(-(core - long) // layout.EIGHT)
            row = rows.indices[rows.cut[group] + lane : rows.cut[group + 1] : layout.EIGHT]
        row = row[row < n]
        held += [(int(people[by]), int(people[t])) for by in row]
    assert sorted(held) == sorted(zip(u[u != v].tolist(), v[u != v].tolist(), strict=True))
