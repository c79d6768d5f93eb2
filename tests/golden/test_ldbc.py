"""PageRank against the reference vectors of LDBC Graphalytics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.influence.ranking import pagerank, pagerank_sweeps

LDBC = Path(__file__).parent / "ldbc"


def _vector(path: Path) -> dict[int, float]:
    return {int(k): float(v) for k, v in (line.split() for line in path.read_text().splitlines())}


def _graph(neighbours: Path, vector: Path) -> tuple[sp.csr_array, np.ndarray]:
    """The graph as lines "vertex neighbour neighbour …", and the vector, both by vertex number."""
    expected = _vector(vector)
    number = {vertex: i for i, vertex in enumerate(sorted(expected))}
    W = np.zeros((len(number), len(number)))
    for line in neighbours.read_text().splitlines():
        vertex, *others = map(int, line.split())
        W[number[vertex], [number[o] for o in others]] = 1.0
    return sp.csr_array(W), np.array([expected[v] for v in sorted(expected)])


@pytest.mark.parametrize(
    ("name", "edges", "sweeps", "close"),
    [
        ("pr/dir-{}put", 246, 14, 1e-7),
        ("pr/undir-{}put", 226, 26, 1e-9),
        ("example/example-directed-{}", 17, 2, 1e-15),
        ("example/example-undirected-{}", 24, 2, 1e-15),
    ],
)
def test_iterates(name: str, edges: int, sweeps: int, close: float) -> None:
    inside, outside = ("in", "out") if "{}put" in name else ("input", "PR")
    W, expected = _graph(LDBC / name.format(inside), LDBC / name.format(outside))
    assert W.nnz == edges
    solution = pagerank_sweeps(W, sweeps)
    assert solution.sweeps == sweeps
    assert np.abs(solution.value - expected).max() <= close
    exact = pagerank(W, tolerance=1e-13).value
    assert np.abs(solution.value - exact).sum() <= solution.error_bound + 1e-13


def test_the_converged_vector() -> None:
    W, expected = _graph(LDBC / "pr/dir-input", LDBC / "pr/dir-output")
    solution = pagerank(W, tolerance=1e-13)
    assert np.abs(solution.value - expected).sum() <= solution.error_bound <= 1e-13


def test_losing_the_dangling_mass_would_be_seen() -> None:
    W, expected = _graph(LDBC / "pr/dir-input", LDBC / "pr/dir-output")
    assert (np.diff(W.indptr) == 0).any()
    out = np.maximum(W.sum(axis=1), 1.0)
    lost = np.linalg.solve(np.eye(50) - 0.85 * (W.toarray() / out[:, None]).T, np.full(50, 0.003))
    assert np.abs(lost - expected).max() > 1e-3
