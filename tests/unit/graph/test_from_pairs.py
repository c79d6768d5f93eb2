"""A structure from columns: entry for entry the one that SciPy's conversion leads to."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.errors import InputError
from graphengine.graph import from_pairs
from graphengine.graph.from_pairs import structure_from_pairs
from graphengine.graph.structure import Structure, laid_out

NODES = 9
EDGES = st.lists(
    st.tuples(
        st.integers(0, NODES - 1), st.integers(0, NODES - 1), st.sampled_from([0, 1, 2, 300])
    ),
    max_size=60,
)


def _expected(u: np.ndarray, v: np.ndarray, w: np.ndarray, nodes: int) -> Structure:
    keep = (u != v) & (w > 0)
    W = sp.csc_array((w[keep].astype(float), (u[keep], v[keep])), shape=(nodes, nodes))
    return laid_out(W.indptr, W.indices, W.data)


def _same(one: Structure, other: Structure) -> None:
    assert one.core == other.core
    for name in ("indptr", "indices", "weights", "order"):
        a, b = getattr(one, name), getattr(other, name)
        assert (a is None) == (b is None)
        if a is not None:
            assert a.dtype == b.dtype
            assert a.tolist() == b.tolist()


@pytest.mark.parametrize("few", [0, 1_000])
@settings(deadline=None, max_examples=40)
@given(edges=EDGES, scale=st.sampled_from([1.0, 0.5]), kind=st.sampled_from(["i8", "u4", "i4"]))
def test_any_columns(few: int, edges: list[tuple[int, int, int]], scale: float, kind: str) -> None:
    u, v, w = (np.array(column) for column in zip(*edges, strict=True)) if edges else [[]] * 3
    u, v, w = np.array(u, dtype=kind), np.array(v, dtype=kind), np.array(w) * scale
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(from_pairs, "_FEW", few)
        _same(structure_from_pairs(u, v, w, nodes=NODES), _expected(u, v, w, NODES))
        ones = np.ones(len(u))
        _same(structure_from_pairs(u, v, nodes=NODES), _expected(u, v, ones, NODES))


def test_many_edges_in_any_order() -> None:
    random = np.random.default_rng(1)
    u, v = random.integers(0, 500, (2, 6000))
    pairs = np.unique(np.column_stack([u, v]), axis=0)
    w = random.integers(1, 400, len(pairs))
    laid = structure_from_pairs(*pairs.T, w, nodes=500)
    _same(laid, _expected(*pairs.T, w, 500))
    other = random.permutation(len(pairs))
    _same(laid, structure_from_pairs(*pairs[other].T, w[other], nodes=500))


@pytest.mark.parametrize(
    ("u", "v", "w", "said"),
    [
        ([0, 5], [1, 1], None, "from 0 to 5"),
        ([0, -1], [1, 1], None, "from -1 to 1"),
        (np.array([0, 2**63], dtype=np.uint64), [1, 1], None, "one is 9223372036854775808"),
        ([0.5], [1], None, "float64"),
        ([[0]], [1], None, "shape"),
        ([0], [1, 2], None, "lengths differ"),
        ([0], [1], [np.nan], "not a number"),
        ([0], [1], [-1.0], "negative"),
        ([0], [1], [np.inf], "infinite"),
        ([0, 0], [1, 1], [1e308, 1e308], "scale weights down"),
    ],
)
def test_what_cannot_be_an_edge_is_refused(
    u: list[int], v: list[int], w: list[float] | None, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        structure_from_pairs(u, v, w, nodes=5)
