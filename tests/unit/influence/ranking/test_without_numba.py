"""Where numba cannot be imported, the same answers come from SciPy, within the certificates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.influence.kernels import COMPILED
from graphengine.influence.kernels.backward import push_back_at_once
from graphengine.influence.kernels.returns import returns_in_blocks
from graphengine.influence.ranking import contributors, first_visit_reach, pagerank, saturated

ROOT = Path(__file__).parents[4]

SCRIPT = """
import sys
sys.modules["numba"] = None  # every import of it fails
import numpy as np, scipy.sparse as sp
from graphengine.influence import kernels
from graphengine.graph.structure import laid_out
from graphengine.influence.kernels import backward, compact, mixing, returns
from graphengine.influence.kernels.forests import sum_below
from graphengine.influence.ranking import contributors, first_visit_reach, pagerank, saturated
assert not kernels.COMPILED
assert returns.returns is returns.returns_in_blocks
assert compact.relax is compact.relax_at_once
assert mixing.products is mixing.products_at_once
assert backward.push_back is backward.push_back_at_once
assert sum_below(np.array([-1, 0, 1]), np.ones(3)).tolist() == [3.0, 2.0, 1.0]
W = sp.load_npz(sys.argv[1])
P = saturated(W, alpha=0.5, kappa=1.0)
reach = first_visit_reach(P, exact=10)
c = contributors(W, 3, precision=1e-4)
p = pagerank(W, tolerance=1e-12)
T = W.T.tocsr()
s = pagerank(laid_out(T.indptr, T.indices, T.data), tolerance=1e-12)
np.savez(sys.argv[2], p=p.value, s=s.value, x=reach.visits.value, low=reach.low, high=reach.high,
         exact=reach.exact, value=reach.value, c=c.value, missing=c.missing)
"""


def _graph(n: int = 160) -> sp.csr_array:
    random = np.random.default_rng(3)
    W = np.where(random.random((n, n)) < 0.06, random.random((n, n)) + 0.1, 0.0)
    W[random.permutation(n)[: n // 2]] = 0.0
    np.fill_diagonal(W, 0.0)
    return sp.csr_array(W)


def test_same_answers_in_a_process_without_numba(tmp_path: Path) -> None:
    W = _graph()
    sp.save_npz(tmp_path / "W.npz", W)
    subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path / "W.npz"), str(tmp_path / "out.npz")],
        cwd=ROOT, check=True,
    )  # fmt: skip
    assert COMPILED
    other = np.load(tmp_path / "out.npz")
    assert np.abs(other["p"] - pagerank(W, tolerance=1e-12).value).sum() <= 2e-12
    assert np.abs(other["s"] - other["p"]).sum() <= 2e-12
    reach = first_visit_reach(saturated(W, alpha=0.5, kappa=1.0), exact=10)
    assert (other["exact"] == reach.exact).all()
    assert other["x"] == pytest.approx(reach.visits.value, rel=1e-9)
    assert (np.maximum(other["low"], reach.low) <= np.minimum(other["high"], reach.high)).all()
    assert (other["high"] - other["low"] <= 0.01 * other["value"]).all()
    ours = contributors(W, 3, precision=1e-4)
    lower, upper = np.maximum(other["c"], ours.value), ours.value + ours.missing
    assert (lower <= np.minimum(other["c"] + other["missing"], upper) + 1e-12).all()


def test_the_twins_are_loops_of_their_own() -> None:
    """Called here, so that a process with numba sees them too."""
    Q = 0.85 * saturated(_graph(), alpha=1.0, kappa=0.0)
    out, into = (
        (A.indptr.astype(np.uint64), A.indices.astype(np.uint32), A.data) for A in (Q, Q.T.tocsr())
    )
    reach = np.linalg.solve(np.eye(160) - Q.toarray().T, np.ones(160))
    G = np.linalg.inv(np.eye(160) - Q.toarray())
    targets = np.flatnonzero(np.diff(Q.indptr)).astype(np.uint32)
    low, high, _ = returns_in_blocks(out, into, targets, reach, Q.sum(axis=1), 1e-3)
    comes_back = 1 - 1 / np.diag(G)[targets]
    assert (low <= comes_back + 1e-13).all()
    assert (comes_back <= high + 1e-13).all()
    estimate, left, _ = push_back_at_once(*into, 3, 1e-3)
    assert estimate + G @ left == pytest.approx(G[:, 3])
