"""The published properties of first-visit reach, on every graph: the reason to build on it."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from oracles.ranking import first_visits_dense

from graphengine.influence.ranking import first_visit_reach, reach_reasons, saturated


@st.composite
def graphs(draw: st.DrawFn) -> np.ndarray:
    """Weights of 2 to 12 people, at least half of whom endorse nobody."""
    n = draw(st.integers(2, 12))
    active = draw(st.integers(0, n // 2))
    weight = st.sampled_from([0.0, 0.0, 1.0, 2.0, 0.3, 1e-6, 1e6])
    rows = draw(
        st.lists(st.lists(weight, min_size=n, max_size=n), min_size=active, max_size=active)
    )
    W = np.zeros((n, n))
    if rows:
        W[np.array(draw(st.permutations(range(n))))[:active]] = rows
    np.fill_diagonal(W, 0.0)
    return W


PROPERTY = settings(max_examples=60)
FINE = 1e-9  # of h: the accuracy at which rules are tested
RULES = [(0.5, 1.0), (1.0, 0.0)]


def _transition(W: np.ndarray, rule: tuple[float, float]) -> sp.csr_array:
    return saturated(sp.csr_array(W), alpha=rule[0], kappa=rule[1])


def _reach(W: np.ndarray, rule: tuple[float, float] = RULES[0]) -> np.ndarray:
    return first_visit_reach(_transition(W, rule), tolerance=1e-13).value


@PROPERTY
@given(graphs(), st.sampled_from(RULES), st.sampled_from([0.5, 0.85, 0.97]), st.integers(0, 3))
def test_dense_solves_lie_in_the_bracket(
    W: np.ndarray, rule: tuple[float, float], damping: float, exact: int
) -> None:
    assert (W.sum(axis=1) == 0).mean() >= 0.5
    P = _transition(W, rule)
    start = np.resize([1.0, 0.0, 1.0, 2.0], len(W))
    for v in (np.ones(len(W)), start):
        reach = first_visit_reach(P, damping=damping, start=v, exact=exact)
        h = first_visits_dense(P.toarray(), damping=damping, start=v)
        slack = 1e-12 * (1 + h)
        assert (reach.low <= h + slack).all()
        assert (h <= reach.high + slack).all()
        assert (reach.high - reach.low <= 0.01 * reach.value + 1e-8).all()


@PROPERTY
@given(graphs(), st.randoms(use_true_random=False))
def test_relabelling_permutes(W: np.ndarray, random: object) -> None:
    order = np.array(random.sample(range(len(W)), len(W)))
    assert np.abs(_reach(W)[order] - _reach(W[np.ix_(order, order)])).max() <= 1e-12


@PROPERTY
@given(graphs(), st.integers(0, 11), st.integers(0, 11), st.sampled_from([1e-3, 1.0, 50.0]))
def test_an_added_endorsement_never_lowers_the_endorsed(
    W: np.ndarray, who: int, whom: int, weight: float
) -> None:
    who, whom = who % len(W), whom % len(W)
    more = W.copy()
    more[who, whom] += weight
    for rule in RULES:
        assert _reach(more, rule)[whom] >= _reach(W, rule)[whom] * (1 - FINE)


@PROPERTY
@given(graphs(), graphs(), st.integers(0, 11))
def test_what_one_does_oneself_changes_nothing(W: np.ndarray, V: np.ndarray, who: int) -> None:
    who %= len(W)
    other = W.copy()
    other[who] = np.resize(V.sum(axis=0), len(W))
    other[who, who] = 0.0
    before, after = _reach(W)[who], _reach(other)[who]
    assert abs(after - before) <= FINE * before


@PROPERTY
@given(graphs(), st.sampled_from([0.5, 0.01, 1e-6]))
def test_when_all_weights_fade_nobody_rises(W: np.ndarray, fade: float) -> None:
    before, after = _reach(W), _reach(W * fade)
    assert (after <= before * (1 + FINE)).all()


@PROPERTY
@given(graphs(), st.integers(0, 11))
def test_when_one_fades_nobody_rises_and_the_endorsed_fall(W: np.ndarray, who: int) -> None:
    who %= len(W)
    faded = W.copy()
    faded[who] /= 2
    before, after = _reach(W), _reach(faded)
    assert (after <= before * (1 + FINE)).all()
    assert (after[W[who] > 1e-3] < before[W[who] > 1e-3]).all()


@PROPERTY
@given(graphs(), graphs())
def test_strangers_change_nobody(W: np.ndarray, V: np.ndarray) -> None:
    both = np.zeros((len(W) + len(V),) * 2)
    both[: len(W), : len(W)], both[len(W) :, len(W) :] = W, V
    assert np.abs(_reach(both)[: len(W)] - _reach(W)).max() <= 1e-12


@PROPERTY
@given(graphs(), st.integers(0, 11))
def test_reasons_are_exact_and_count_everyone_at_most_once(W: np.ndarray, target: int) -> None:
    target %= len(W)
    reasons = reach_reasons(_transition(W, RULES[0]), target)
    assert ((reasons.value >= 0.0) & (reasons.value <= 1.0)).all()
    assert reasons.value[target] == 1.0
    assert abs(reasons.value.sum() - _reach(W)[target]) <= reasons.error_bound + 1e-11
