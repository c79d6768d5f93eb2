"""Laws of learned influence: names, order and dates do not matter; more of the same is surer."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.influence.cascades.adoptions import adoptions, exposures
from graphengine.influence.diffusion.learning.choose import Estimator, learn

PEOPLE = 5
CASCADE = st.dictionaries(st.integers(0, PEOPLE - 1), st.integers(0, 6), min_size=1)
LOG = st.lists(CASCADE, min_size=1, max_size=12)
PAIRS = st.sets(
    st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)).filter(
        lambda e: e[0] != e[1]
    ),
    min_size=1,
)
KIND = st.sampled_from(
    ["em", "bernoulli", "bernoulli_credit", "jaccard", "jaccard_credit", "uniform"]
)
PROPERTY = settings(max_examples=30)


def _learn(log: list[dict[int, int]], pairs, kind: str, *, name=None, shift: int = 0):
    """Pairs → (probability, successes, trials, error, low, high), by the names before ``name``."""
    name = list(range(PEOPLE)) if name is None else name
    rows = [(c, name[who], t + shift) for c, acts in enumerate(log) for who, t in acts.items()]
    rows.sort(key=lambda row: (row[0], row[2]))
    listed = sorted(pairs)
    u, v = np.array([(name[a], name[b]) for a, b in listed]).T
    found = learn(
        adoptions(*np.array(rows).T),
        exposures(v, u, n=PEOPLE),
        estimator=Estimator(kind),
    )
    back = np.argsort(name)
    columns = (
        found.probability,
        found.successes,
        found.trials,
        found.standard_error,
        found.low,
        found.high,
    )
    keys = zip(back[found.source].tolist(), back[found.target].tolist(), strict=True)
    return dict(zip(keys, zip(*(c.tolist() for c in columns), strict=True), strict=True))


def _same(one, two, *, within: float) -> None:
    assert one.keys() == two.keys()
    for pair, row in one.items():
        assert row[:3] == pytest.approx(two[pair][:3], abs=within, nan_ok=True)


@PROPERTY
@given(LOG, PAIRS, KIND, st.permutations(range(PEOPLE)), st.integers(0, 99), st.randoms())
def test_names_order_and_dates_do_not_matter(log, pairs, kind, name, shift, random) -> None:
    before = _learn(log, pairs, kind)
    _same(before, _learn(log, pairs, kind, name=name), within=1e-4)
    assert repr(before) == repr(_learn(log, pairs, kind, shift=shift))
    shuffled = list(log)
    random.shuffle(shuffled)
    _same(before, _learn(shuffled, pairs, kind), within=1e-4)


@PROPERTY
@given(LOG, PAIRS, KIND)
def test_twice_the_same_is_the_same_and_surer(log, pairs, kind) -> None:
    once, twice = _learn(log, pairs, kind), _learn(log + log, pairs, kind)
    for pair, (p, successes, trials, error, low, high) in once.items():
        again = twice[pair]
        assert again[0] == pytest.approx(p, abs=1e-4, nan_ok=True)
        assert again[1:3] == pytest.approx((2 * successes, 2 * trials), abs=1e-2)
        if np.isfinite(error) and np.isfinite(again[3]) and error < 1e3:
            assert again[3] == pytest.approx(error / np.sqrt(2), rel=1e-2)
        assert again[5] - again[4] <= high - low + 2e-3
        if trials:
            assert low - 2e-3 <= p <= high + 2e-3
            assert 0 <= low <= high <= 1
