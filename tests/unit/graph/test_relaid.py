"""A structure with pairs replaced is the graph that it should be, and solved like any other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.graph import relaid, structure
from graphengine.graph.relaid import Pairs, relaid_structure
from graphengine.graph.structure import Structure, laid_out, load_structure, save_structure
from graphengine.influence.kernels import relaid as loops
from graphengine.influence.ranking import pagerank

if TYPE_CHECKING:
    from pathlib import Path

MOST = {"none": 1, "small": 4, "large": 70_000, "fractions": 0}


@dataclass(frozen=True)
class Patch:
    """What ``before`` became: two matrices by id, row = endorsed, and everybody who is in either."""

    before: np.ndarray
    after: np.ndarray
    people: np.ndarray

    @classmethod
    def of(cls, before: np.ndarray, after: np.ndarray) -> Patch:
        return cls(before, after, np.union1d(_on_pairs(before), _on_pairs(after)))

    def pairs(self, which: np.ndarray) -> Pairs:
        """The pairs in which the two differ, of one of them."""
        t, u = np.nonzero((self.before != self.after) & (which > 0))
        target, endorser = (np.searchsorted(self.people, ids) for ids in (t, u))
        return Pairs(target, endorser, which[t, u])

    def found(self, old: Structure) -> tuple[Structure, np.ndarray] | None:
        ids = np.searchsorted(self.people, _on_pairs(self.before))
        drop, put = self.pairs(self.before), self.pairs(self.after)
        return relaid_structure(old, ids, drop=drop, put=put, n=len(self.people))


def _on_pairs(A: np.ndarray) -> np.ndarray:
    return np.flatnonzero((A > 0).any(axis=0) | (A > 0).any(axis=1))


def _laid(A: np.ndarray, people: np.ndarray) -> Structure:
    W = sp.csr_array(A[np.ix_(people, people)])
    return laid_out(W.indptr, W.indices.astype(np.uint32), W.data)


def _weights(rng: np.random.Generator, kind: str, size: tuple[int, int]) -> np.ndarray:
    most = MOST[kind]
    return rng.random(size) + 0.1 if not most else rng.integers(1, most + 1, size).astype(float)


def _some_patch(rng: np.random.Generator, kind: str, n: int) -> Patch:
    """Few pairs and many, few changes and many; some only come, some only go, some change."""
    before = np.where(rng.random((n, n)) < rng.choice([0.03, 0.3]), _weights(rng, kind, (n, n)), 0)
    new = np.where(rng.random((n, n)) < rng.choice([0, 0.5, 1]), _weights(rng, kind, (n, n)), 0)
    after = np.where(rng.random((n, n)) < rng.choice([0.02, 0.1, 0.5]), new, before)
    for A in (before, after):
        np.fill_diagonal(A, 0)
    return Patch.of(before, after)


def _check(s: Structure, A: np.ndarray, people: np.ndarray) -> None:
    """The structure is that of A among ``people``, and what it says of itself holds."""
    W = np.zeros((s.n, s.n))
    for t in range(s.n):
        row = slice(int(s.indptr[t]), int(s.indptr[t + 1]))
        assert (np.diff(s.indices[row].astype(int)) > 0).all()
        W[s.order[t], s.order[s.indices[row]]] = 1 if s.weights is None else s.weights[row]
    np.testing.assert_array_equal(W, A[np.ix_(people, people)])
    hears, gives = (W > 0).any(axis=1)[s.order], (W > 0).any(axis=0)[s.order]
    assert (hears & gives)[: s.core].all()
    assert not (hears & gives)[s.core :].any()
    assert (np.diff(hears[s.core :].astype(int)) <= 0).all()
    anew = _laid(A, people)
    assert anew.core == s.core
    for name in ("indptr", "indices", "weights", "order"):
        one, other = getattr(s, name), getattr(anew, name)
        assert getattr(one, "dtype", None) == getattr(other, "dtype", None)


@pytest.fixture(autouse=True)
def _any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "_MANY", 0)
    monkeypatch.setattr(structure, "COMPILED", True)  # the loops do without, slowly
    monkeypatch.setattr(relaid, "_DRIFT", np.inf)


@pytest.fixture
def uncompiled(monkeypatch: pytest.MonkeyPatch) -> None:
    _uncompile(monkeypatch)


def _uncompile(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, loop in vars(loops).copy().items():
        plain = getattr(loop, "py_func", loop)
        monkeypatch.setattr(loops, name, plain)
        if hasattr(relaid, name):
            monkeypatch.setattr(relaid, name, plain)


@pytest.mark.usefixtures("uncompiled")
@pytest.mark.parametrize("kind", MOST)
def test_it_is_the_graph_that_it_should_be(kind: str) -> None:
    left, moved = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        patch = _some_patch(rng, kind, int(rng.integers(3, 20)))
        old = _laid(patch.before, _on_pairs(patch.before))
        found = patch.found(old)
        assert found is not None
        s, stays = found
        people = patch.people[stays]
        if ((patch.before > 0) & (patch.after == 0)).any():
            np.testing.assert_array_equal(people, _on_pairs(patch.after))
        _check(s, patch.after, people)
        left += int((~stays).sum())
        moved += abs(s.core - old.core)
    assert min(left, moved) > 0  # it has been tried


def test_compiled_loops_do_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(8):
        rng = np.random.default_rng(seed)
        patch = _some_patch(rng, "small", 60)
        old = _laid(patch.before, _on_pairs(patch.before))
        with monkeypatch.context() as plain:
            _uncompile(plain)
            slow = patch.found(old)
        fast, again = patch.found(old), patch.found(old)
        assert slow is not None
        assert fast is not None
        assert again is not None
        for name in ("indptr", "indices", "weights", "order"):
            one, *others = (getattr(found[0], name) for found in (slow, fast, again))
            for other in others:
                np.testing.assert_array_equal(one, other)
        _check(fast[0], patch.after, patch.people[fast[1]])


@pytest.mark.usefixtures("uncompiled")
def test_ranks_are_kept_and_who_joins_comes_last() -> None:
    before = np.zeros((7, 7))  # 4 is endorsed by nobody, 5 and 6 are not there
    for t, u in [(0, 1), (1, 0), (2, 0), (2, 1), (0, 4), (1, 4), (3, 0)]:
        before[t, u] = 1
    old = _laid(before, np.arange(5))
    assert old.order.tolist() == [0, 1, 2, 3, 4]
    after = before.copy()
    after[4, 5] = after[5, 3] = after[6, 4] = 1
    found = Patch.of(before, after).found(old)
    assert found is not None
    assert found[0].order.tolist() == [0, 1, 3, 4, 5, 2, 6]
    assert (found[0].core, found[0].drift) == (5, 3)
    back = Patch.of(after, before).found(found[0])
    assert back is not None
    assert (back[0].order.tolist(), back[0].core, back[0].drift) == ([0, 1, 2, 3, 4], 2, 6)
    assert back[1].tolist() == [True] * 5 + [False] * 2


@pytest.mark.usefixtures("uncompiled")
def test_it_is_refused_where_another_way_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    patch = _some_patch(np.random.default_rng(1), "small", 12)
    people = _on_pairs(patch.before)
    old, n = _laid(patch.before, people), len(people)
    ids, nothing = np.arange(n), Pairs(*np.zeros((2, 0), dtype=int), np.zeros(0))
    again = partial(relaid_structure, old, ids, n=n + 1)
    t, u = (int(i[0]) for i in np.nonzero(patch.before[np.ix_(people, people)]))
    weight = patch.before[people[t], people[u]]
    there, other, new = (
        Pairs(np.array([a]), np.array([b]), np.array([w]))
        for a, b, w in ((t, u, weight), (t, u, weight + 1), (t, n, weight))
    )
    assert again(drop=there, put=nothing) is not None
    assert again(drop=other, put=nothing) is None  # another weight
    assert again(drop=new, put=nothing) is None  # by nobody known
    assert again(drop=Pairs(there.endorser, there.endorser, there.weights), put=nothing) is None
    assert again(drop=nothing, put=there) is None  # is there already
    assert again(drop=there, put=other) is not None
    assert again(drop=nothing, put=new) is not None
    monkeypatch.setattr(relaid, "_DRIFT", 1.1 / (old.m + 1))
    assert again(drop=nothing, put=new) is not None
    monkeypatch.setattr(relaid, "_DRIFT", 0.9 / (old.m + 1))
    assert again(drop=nothing, put=new) is None  # too much has changed
    assert again(drop=there, put=other) is not None  # a weight changes no order
    monkeypatch.setattr(structure, "_MANY", old.m + 1)
    assert again(drop=there, put=other) is None


@pytest.mark.usefixtures("uncompiled")
def test_drift_is_kept_on_the_disk(tmp_path: Path) -> None:
    patch = _some_patch(np.random.default_rng(3), "none", 30)
    found = patch.found(_laid(patch.before, _on_pairs(patch.before)))
    assert found is not None
    assert found[0].drift > 0
    save_structure(found[0], tmp_path)
    assert load_structure(tmp_path).drift == found[0].drift


@pytest.mark.usefixtures("uncompiled")
def test_patch_after_patch_and_a_warm_start_end_where_a_full_solve_does() -> None:
    rng, n = np.random.default_rng(5), 150
    now = np.where(rng.random((n, n)) < 0.03 * rng.random(n), _weights(rng, "small", (n, n)), 0)
    now[:, : n // 3] = 0  # half endorse nobody, or nearly
    np.fill_diagonal(now, 0)
    people, s = _on_pairs(now), _laid(now, _on_pairs(now))
    shares = np.zeros(n)
    shares[people] = pagerank(s, tolerance=1e-10).value
    for _ in range(12):
        changed = rng.random((n, n)) < 0.01
        after = np.where(changed & (rng.random((n, n)) < 0.5), _weights(rng, "small", (n, n)), now)
        after[(rng.random((n, n)) < 0.02) & (now > 0)] = 0  # deletions
        np.fill_diagonal(after, 0)
        patch = Patch.of(now, after)
        found = patch.found(s)
        assert found is not None
        s, now, people = found[0], after, patch.people[found[1]]
        _check(s, now, people)
        ranked = pagerank(s, tolerance=1e-10, start=np.maximum(shares[people], 1e-9))
        full = pagerank(_laid(now, people), tolerance=1e-10)
        assert max(ranked.error_bound, full.error_bound) <= 1e-10
        assert np.abs(ranked.value - full.value).sum() <= 1e-9
        shares[:] = 0
        shares[people] = ranked.value
