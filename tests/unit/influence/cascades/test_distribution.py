"""Goyal's credit distribution and shared credit, against dense recursions; memory stays linear."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from oracles.cascades import distributed, weighted_gamma, whom_they_saw

from graphengine.influence.cascades import (
    Adoptions,
    Delays,
    Exposures,
    adoptions,
    credit_among_seen,
    credit_distribution,
    exposed_parents,
    exposures,
    learn_delays,
)
from graphengine.influence.kernels.distribution import distribute, share_among_seen

V, X, W, T, Z, U = range(6)  # v → w; v, x → t; t → z; v, t, w, z → u
SEEN = [(W, V), (T, V), (T, X), (Z, T), (U, V), (U, T), (U, W), (U, Z)]


def _published() -> tuple[Adoptions, Exposures]:
    return (
        adoptions([0] * 6, [V, X, W, T, Z, U], range(6)),
        exposures([u for u, _ in SEEN], [v for _, v in SEEN], n=6),
    )


def test_the_published_example() -> None:
    """Γ of v with each other, read off the adjoint by giving a unit to that one alone."""
    log, seen = _published()
    for person, share in ((W, 1.0), (T, 0.5), (Z, 0.5), (U, 0.75)):
        unit = (log.person == person).astype(float)
        total = distribute(log.arrays, seen.arrays, unit, np.ones(6), np.empty(0))
        assert total[0] == pytest.approx(share)
    credit = credit_distribution(log, seen).credit
    assert credit[V] == pytest.approx(1 + 0.5 + 0.5 + 0.75)


def _random(random: np.random.Generator) -> tuple[list, dict, Adoptions, Exposures]:
    n, events = int(random.integers(1, 9)), int(random.integers(1, 40))
    log = [tuple(map(int, random.integers(0, (4, n, 25)))) for _ in range(events)]
    pairs = {
        (u, v): int(random.integers(-5, 25)) if random.random() < 0.5 else -(10**9)
        for u in range(n)
        for v in range(n)
        if u != v and random.random() < 0.5
    }
    return (
        log,
        pairs,
        adoptions(*map(list, zip(*log, strict=True))),
        exposures([u for u, _ in pairs], [v for _, v in pairs], list(pairs.values()), n=n),
    )


def _delays(log: list, pairs: dict) -> tuple[dict, dict]:
    """τ and infl the slow way."""
    gaps: dict = {pair: [] for pair in pairs}
    lists, moved, actions = whom_they_saw(log, pairs), {}, {}
    first = {}
    for place in sorted(range(len(log)), key=lambda i: (log[i][2], i)):
        first.setdefault(log[place][:2], place)
    for place in first.values():
        for w in lists[place]:
            gaps[log[place][1], log[w][1]].append(log[place][2] - log[w][2])
    tau = {pair: float(np.mean(gap)) if gap else 0.0 for pair, gap in gaps.items()}
    for (_, u), place in first.items():
        actions[u] = actions.get(u, 0) + 1
        near = any(log[place][2] - log[w][2] <= tau[u, log[w][1]] for w in lists[place])
        moved[u] = moved.get(u, 0) + near
    return tau, {u: moved[u] / actions[u] for u in actions}


def test_random_logs_against_the_dense_recursion() -> None:
    random = np.random.default_rng(7)
    for _ in range(60):
        rows, pairs, log, seen = _random(random)
        plain = credit_distribution(log, seen)
        expected = distributed(rows, pairs)
        assert {u: plain.credit[u] for u in expected} == pytest.approx(expected)
        learned = learn_delays(log, seen)
        tau, infl = _delays(rows, pairs)
        assert learned.tau == pytest.approx([tau[p] for p in sorted(pairs)])
        assert {u: learned.infl[u] for u in infl} == pytest.approx(infl)
        with_time = credit_distribution(log, seen, delays=learned)
        expected = distributed(rows, pairs, tau, infl)
        assert {u: with_time.credit[u] for u in expected} == pytest.approx(expected)
        assert (with_time.credit <= plain.credit + 1e-12).all()


def test_shared_credit_against_matrices() -> None:
    random = np.random.default_rng(9)
    for _ in range(60):
        rows, pairs, log, seen = _random(random)
        weight, unit = random.random(log.n) + 0.1, random.random(log.n)
        lists = whom_they_saw(rows, pairs)
        for tau in (np.inf, 6.0):
            G = weighted_gamma(lists, [t for _, _, t in rows], weight.tolist(), tau)[
                np.ix_(log.order, log.order)
            ]
            direct, total = credit_among_seen(
                log, seen, weight=weight[log.order], decay_seconds=tau, unit=unit[log.order]
            )
            assert direct == pytest.approx(G @ unit[log.order])
            assert total == pytest.approx(np.linalg.solve(np.eye(log.n) - G, unit[log.order]))


def _everybody_saw(n: int, back: int) -> tuple[Adoptions, Exposures]:
    """One cascade in which everybody saw the ``back`` adopters before them."""
    later = np.repeat(np.arange(n), back)
    earlier = later - np.tile(np.arange(1, back + 1), n)
    there = earlier >= 0
    return adoptions(np.zeros(n, int), range(n), range(n)), exposures(
        later[there], earlier[there], n=n
    )


def test_a_hundred_thousand_who_saw_each_other() -> None:
    log, seen = _everybody_saw(100_000, 30)
    assert credit_distribution(log, seen).credit[0] == pytest.approx(99_999)
    assert credit_among_seen(log, seen)[1][0] == pytest.approx(100_000)
    assert exposed_parents(log, seen)[1:].tolist() == list(range(99_999))


def test_no_table_of_pairs_is_kept() -> None:
    """60,000 pairs would take 480 kB; the loops, run as they stand, take some numbers a person."""
    n = 1_000
    log, seen = _everybody_saw(n, 60)
    for kernel, rest in (
        (distribute, (np.ones(n), np.ones(n), np.empty(0))),
        (share_among_seen, (np.ones(n), np.ones(n), np.inf)),
    ):
        loop = getattr(kernel, "py_func", kernel)
        loop(*(part.arrays for part in _everybody_saw(3, 2)), *rest)  # compiles what it calls
        tracemalloc.start()
        try:
            loop(log.arrays, seen.arrays, *rest)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert 8 * n < peak < 4 * len(seen.sources)  # half a number a pair


def test_nobody() -> None:
    log, seen = adoptions([], [], []), exposures([], [], n=2)
    assert credit_distribution(log, seen).credit.tolist() == [0, 0]
    assert credit_among_seen(log, seen)[1].size == 0
    assert learn_delays(log, seen).infl.tolist() == [0, 0]


def test_a_link_along_which_nothing_spread_passes_nothing() -> None:
    learned = Delays(np.array([0.0]), np.ones(2))
    log, seen = adoptions([0, 0], [0, 1], [0, 5]), exposures([1], [0], n=2)
    assert credit_distribution(log, seen, delays=learned).credit.tolist() == [0, 0]


def test_what_is_refused() -> None:
    log, seen = _published()
    with pytest.raises(ValueError, match="learn them with these exposures"):
        credit_distribution(log, seen, delays=Delays(np.ones(3), np.ones(6)))
    with pytest.raises(ValueError, match="τ must be positive"):
        credit_among_seen(log, seen, decay_seconds=0.0)
    with pytest.raises(ValueError, match="positive and finite"):
        credit_among_seen(log, seen, weight=[1, 1, 1, 0, 1, 1])
    with pytest.raises(ValueError, match="unit has shape"):
        credit_among_seen(log, seen, unit=[1.0])
    with pytest.raises(ValueError, match="give exposures n = 6"):
        credit_distribution(log, exposures([], [], n=3))
