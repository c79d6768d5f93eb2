"""ArticleRank, HITS, Katz, eigenvector, personalised, trust, strength, contributors: known values."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
import scipy.sparse as sp
from oracles.ranking import contributions_dense, normalised_dense, pagerank_dense
from support.toy_networks import WEB, matrix, spam_toy, web_graph

from graphengine.errors import NotConvergedError
from graphengine.influence.ranking import (
    article_rank,
    contributors,
    eigenvector,
    hits,
    in_strength,
    katz,
    one_person_each,
    out_strength,
    pagerank,
    personalised,
    spam_mass,
    trust_rank,
)

DAG = sp.csr_array(np.triu(np.ones((5, 5)), 1))
STAR = np.array([[0.0, 1, 1], [1, 0, 0], [1, 0, 0]])
TWO_STARS = sp.csr_array(np.kron(np.eye(2), STAR))


def _big(n: int = 150) -> sp.csr_array:
    """More people than are solved densely; half endorse nobody."""
    random = np.random.default_rng(7)
    W = np.where(random.random((n, n)) < 0.08, random.random((n, n)) + 0.1, 0.0)
    W[random.permutation(n)[: n // 2]] = 0.0
    np.fill_diagonal(W, 0.0)
    return sp.csr_array(W)


def test_article_rank_of_the_web_graph() -> None:
    found = article_rank(web_graph(weighted=False), tolerance=1e-12)
    expected = [0.5607073697, *[0.2503371083] * 3, *[0.1815239322] * 4]
    assert found.value == pytest.approx(expected, abs=1e-10)
    assert found.error_bound <= 1e-12 * found.value.sum()


HITS_EDGES = {"A": "BCD", "B": "CD", "C": "D", "E": "BDFH", "F": "GIH", "G": "HI", "H": "I"}


def test_hits_of_the_published_example() -> None:
    W = matrix(list("ABCDEFGHI"), {(u, v): 1.0 for u, vs in HITS_EDGES.items() for v in vs})
    found = hits(W)
    authorities = [0, 0.42647587, 0.3219262, 0.64645268, 0, 0.23646491, 0.10194939, 0.42647587,
                   0.21997681]  # fmt: skip
    hubs = [0.51481811, 0.35741283, 0.23859513, 0, 0.64068102, 0.27622299, 0.23859513, 0.08118985,
            0]  # fmt: skip
    assert found.authorities == pytest.approx(authorities, abs=5e-9)
    assert found.hubs == pytest.approx(hubs, abs=5e-9)
    assert 0.0 < found.gap < 1.0
    assert found.residual <= 1e-12 * found.eigenvalue


@pytest.mark.parametrize("scale", [1.0, 1e-150, 1e150])
def test_hits_of_more_people(scale: float) -> None:
    W = _big()
    left, size, right = np.linalg.svd(W.toarray())
    found = hits(W * scale)
    assert found.authorities == pytest.approx(np.abs(right[0]), abs=1e-9)
    assert found.hubs == pytest.approx(np.abs(left[:, 0]), abs=1e-9)
    assert found.gap == pytest.approx(1 - (size[1] / size[0]) ** 2, rel=1e-9)


def _assert_leading(W: sp.csr_array) -> None:
    left, size, right = np.linalg.svd(W.toarray())
    found = hits(W)
    assert found.authorities == pytest.approx(np.abs(right[0]), abs=1e-9)
    assert found.hubs == pytest.approx(np.abs(left[:, 0]), abs=1e-9)
    assert found.eigenvalue == pytest.approx(size[0] ** 2)
    assert found.gap == pytest.approx(1 - (size[1] / size[0]) ** 2, abs=2e-9)


@pytest.mark.parametrize("most", [1, 3])
def test_hits_where_most_endorse_one_person_alone(most: int) -> None:
    random = np.random.default_rng(3)
    W = np.zeros((400, 400))
    W[np.arange(400), random.integers(0, 90, 400)] = random.integers(1, most + 1, 400)
    several = random.random((30, 90)) < 0.1
    W[:30, :90][several] = random.integers(1, most + 1, several.sum())
    np.fill_diagonal(W, 0.0)
    _assert_leading(sp.csr_array(W))


def test_hits_where_everybody_endorses_one_person_alone() -> None:
    stars = np.repeat(np.arange(100), np.arange(100))
    W = sp.coo_array((np.ones(len(stars)), (100 + np.arange(len(stars)), stars)))
    W.resize((100 + len(stars),) * 2)
    found = hits(W.tocsr())
    assert found.authorities == pytest.approx(np.eye(len(found.authorities))[99], abs=1e-12)
    assert found.hubs == pytest.approx(np.r_[np.zeros(100), stars == 99] / np.sqrt(99), abs=1e-12)
    assert found.gap == pytest.approx(1 / 99)


def test_hits_where_the_next_eigenvalue_is_near() -> None:
    chain = np.eye(200, k=1) + np.eye(200, k=2)  # takes more steps than Lanczos' method is given
    _assert_leading(sp.csr_array(chain))


def test_hits_without_one_answer() -> None:
    with pytest.raises(NotConvergedError, match="without endorsements"):
        hits(sp.csr_array((3, 3)))
    for copies in (2, 40):  # dense, and by ARPACK
        with pytest.raises(NotConvergedError, match="gap is 0"):
            hits(sp.csr_array(np.kron(np.eye(copies), STAR)))


def test_eigenvector() -> None:
    W = sp.csr_array(nx.to_numpy_array(nx.karate_club_graph(), weight=None))
    expected = nx.eigenvector_centrality_numpy(nx.karate_club_graph())
    found = eigenvector(W)
    assert found.value == pytest.approx(list(expected.values()), abs=1e-9)
    assert found.residual <= 1e-10
    values = np.sort(np.linalg.eigvalsh(W.toarray()))
    assert found.gap == pytest.approx(1 - values[-2] / values[-1])


def test_eigenvector_of_more_people() -> None:
    W = _big()
    values, vectors = np.linalg.eig(W.toarray().T)
    order = np.argsort(-values.real)
    exact = np.abs(vectors[:, order[0]].real)
    found = eigenvector(W)
    assert found.eigenvalue == pytest.approx(values[order[0]].real)
    assert found.value == pytest.approx(exact / np.linalg.norm(exact), abs=1e-8)
    assert found.gap == pytest.approx(1 - values[order[1]].real / values[order[0]].real, abs=1e-6)


def test_eigenvector_without_one_answer() -> None:
    with pytest.raises(NotConvergedError, match="ever comes back"):
        eigenvector(DAG)
    chained = np.kron(np.eye(2), STAR)
    chained[0, 3] = 1.0  # one star endorses the other: the eigenvalue is repeated, with one vector
    for W in (TWO_STARS, sp.csr_array(chained), sp.csr_array(np.kron(np.eye(40), STAR))):
        with pytest.raises(NotConvergedError, match="gap is 0"):
            eigenvector(W)


@pytest.mark.parametrize("W", [_big(), TWO_STARS, web_graph(weighted=True), _big() * 1e200])
def test_katz(W: sp.csr_array) -> None:
    A = W.toarray()
    alpha = 0.9 / np.abs(np.linalg.eigvals(A)).max()
    exact = np.linalg.solve(np.eye(len(A)) - alpha * A.T, np.ones(len(A)))
    found = katz(W, tolerance=1e-11)
    assert np.abs(found.value - exact).sum() <= found.error_bound + 1e-9 * exact.sum()
    assert found.error_bound <= 1e-11 * found.value.sum()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_katz_is_certified_up_to_the_limit(share: float) -> None:
    W = _big()
    alpha = share / float(np.abs(np.linalg.eigvals(W.toarray())).max())
    exact = np.linalg.solve(np.eye(150) - alpha * W.toarray().T, np.ones(150))
    found = katz(W, alpha=alpha, tolerance=1e-9)
    assert np.abs(found.value - exact).sum() <= found.error_bound * (1 + 1e-6) + 1e-12 * exact.sum()


def test_katz_out_of_range() -> None:
    assert katz(DAG, alpha=1.0).value == pytest.approx([1, 2, 4, 8, 16])
    with pytest.raises(ValueError, match="no default"):
        katz(DAG)
    radius = float(np.sqrt(2))
    for alpha in (1 / radius, 1.0, 0.0, -1.0, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"alpha must be .* < 1/ρ = 0\.707107"):
            katz(TWO_STARS, alpha=alpha)
    with pytest.raises(ValueError, match="tolerance"):
        katz(TWO_STARS, tolerance=0.0)
    with pytest.raises(NotConvergedError, match="Ask for a larger one"):
        katz(_big(), tolerance=1e-18)


def test_personalised_for_many_sources() -> None:
    W = _big()
    restarts = np.vstack([one_person_each([3, 90], n=150), np.arange(150.0)])
    found = personalised(W, restarts, tolerance=1e-11)
    for solution, restart in zip(found, restarts, strict=True):
        exact = pagerank_dense(normalised_dense(W.toarray()), restart=restart)
        assert np.abs(solution.value - exact).sum() <= solution.error_bound + 1e-13 <= 1.1e-11
    assert personalised(W, np.zeros((0, 150))) == ()
    for bad in (np.ones(150), np.ones((1, 3))):
        with pytest.raises(ValueError, match="150 columns"):
            personalised(W, bad)
    with pytest.raises(ValueError, match="not all 0"):
        personalised(W, np.zeros((1, 150)))
    for who in ([150], [-1], [0.5]):
        with pytest.raises(ValueError, match="whole numbers from 0 to 149"):
            one_person_each(who, n=150)


def test_trust_and_spam_mass_of_the_toy() -> None:
    found = spam_mass(spam_toy(), [0, 1])
    p = np.array([0.43851351, 0.21136824, 0.27511824, *[0.025] * 3])
    trusted = np.array([0.16666667, 0.09583333, 0.07083333, 0, 0, 0])
    assert found.value == pytest.approx(1 - trusted / p, abs=1e-7)
    assert 0.15 / 6 * found.visits.value == pytest.approx(p, abs=5e-9)
    assert 0.15 / 6 * found.trusted.value == pytest.approx(trusted, abs=5e-9)
    assert found.error_bound <= 1e-8
    rank = trust_rank(spam_toy(), [0, 1], tolerance=1e-12).value
    assert rank * 2 / 6 == pytest.approx(trusted, abs=5e-9)
    for who in ([], [6], [-1], [0.5]):
        with pytest.raises(ValueError, match="numbers of one or more people"):
            spam_mass(spam_toy(), who)


def test_spam_mass_stays_between_0_and_1_whatever_dangles() -> None:
    found = spam_mass(_big(), [0, 5, 7])
    assert ((found.value >= 0.0) & (found.value <= 1.0)).all()
    everyone = spam_mass(_big(), np.arange(150))
    assert everyone.value == pytest.approx(np.zeros(150), abs=1e-9)


def test_strength_leaves_oneself_out() -> None:
    W = np.array([[5.0, 1, 0], [2, 0, 3], [0, 0, 9]])
    assert in_strength(sp.csr_array(W)).tolist() == [2, 1, 3]
    assert out_strength(sp.csr_array(W)).tolist() == [1, 5, 0]
    assert in_strength(sp.csr_array((0, 0))).shape == (0,)


@pytest.mark.parametrize("precision", [0.3, 1e-2, 1e-4, 1e-8])
@pytest.mark.parametrize("W", [web_graph(weighted=False), _big()])
def test_contributors(W: sp.csr_array, precision: float) -> None:
    target = int(np.argmax(pagerank(W).value))
    found = contributors(W, target, precision=precision)
    P = normalised_dense(W.toarray())
    column = np.linalg.inv(np.eye(len(P)) - 0.85 * P)[:, target]
    exact = column * pagerank_dense(P)[target] / column.sum()
    assert (found.value <= exact + 1e-9).all()
    assert (exact <= found.value + found.missing + 1e-9).all()
    assert np.abs(found.value - exact).sum() <= found.error_bound
    assert found.error_bound <= precision * found.total + 2e-9
    assert found.total == pytest.approx(exact.sum(), abs=1e-8)
    if not (P.sum(axis=1) == 0).any():
        assert exact == pytest.approx(contributions_dense(P, target))


def test_contributors_that_matter_are_found_in_few_steps() -> None:
    W = _big()
    assert contributors(W, 3, precision=0.2).steps < contributors(W, 3, precision=1e-6).steps
    assert contributors(web_graph(weighted=False), WEB.index("A"), precision=1e-6).steps > 0
    ranked = pagerank(W)
    assert contributors(W, 3, ranked=ranked).total == ranked.value[3]
    with pytest.raises(ValueError, match="target"):
        contributors(W, 150)
    with pytest.raises(ValueError, match="precision"):
        contributors(W, 0, precision=0.0)
