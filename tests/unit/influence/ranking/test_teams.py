import numpy as np
import pytest
import scipy.sparse as sp

from graphengine.graph.structure import laid_out
from graphengine.influence.kernels.compact import gather
from graphengine.influence.ranking import pagerank, teams
from graphengine.influence.ranking.teams import Team, gathered_by, threads, threads_for


def _structure(n: int = 600, m: int = 9_000, *, seed: int = 0):
    rng = np.random.default_rng(seed)
    people = np.minimum((n * rng.random((2, m)) ** 2).astype(np.int64), n - 1)
    W = sp.csc_array((np.ones(m), (people[0], people[1])), shape=(n, n))
    W.sum_duplicates()
    W.setdiag(0)
    W.eliminate_zeros()
    W.sort_indices()
    return laid_out(W.indptr, W.indices, W.data)


@pytest.fixture
def small_teams(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teams, "_WORTH", 10)


@pytest.mark.usefixtures("small_teams")
@pytest.mark.parametrize("count", [2, 3, 7])
@pytest.mark.parametrize("tolerance", [1e-8, 1e-13])
def test_a_team_finds_what_one_thread_finds_and_always_the_same_bits(
    count: int, tolerance: float
) -> None:
    for seed in range(4):
        s = _structure(seed=seed)
        exact = pagerank(s, tolerance=1e-14).value
        with threads(count):
            found, again = (pagerank(s, tolerance=tolerance) for _ in range(2))
        assert np.abs(found.value - exact).sum() <= found.error_bound + 1e-14
        assert found.error_bound <= tolerance
        assert (found.value == again.value).all()
        assert found.sweeps == again.sweeps


def test_gathering_by_a_team_changes_no_bit() -> None:
    s = _structure()
    z = np.random.default_rng(1).random(s.n)
    edges = (s.indptr[:-1], s.indptr[1:], s.indices, s.weights, None)
    for count in (1, 2, 5):
        assert (gathered_by(Team(edges, count), z) == gather(*edges, z)).all()


def test_parts_have_about_as_many_edges_each() -> None:
    s = _structure()
    edges = (s.indptr[:-1], s.indptr[1:], s.indices, s.weights, None)
    team = Team(edges, 3)
    held = [int(s.indptr[b]) - int(s.indptr[a]) for a, b in team.parts]
    assert sum(held) == s.m
    assert max(held) - min(held) <= 2 * int(np.diff(s.indptr.astype(np.int64)).max())


def test_threads_are_allowed_only_within_and_only_where_they_are_worth_it() -> None:
    assert threads_for(10**9) == 1
    with threads(4):
        assert threads_for(10**9) == 4
        assert threads_for(10) == 1
    assert threads_for(10**9) == 1
    with pytest.raises(ValueError, match="one thread at least"), threads(0):
        pass
