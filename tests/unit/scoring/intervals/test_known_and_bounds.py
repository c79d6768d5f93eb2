"""Parts at known rates against simulated events; quantiles and groups against slow definitions."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from graphengine.scoring.intervals.bounds import quantiles, quantiles_and_errors, rank_groups
from graphengine.scoring.intervals.known import parts_at_rates
from graphengine.scoring.parts import DAY, Evidence, PartKey, score_parts


def test_expected_endorsers_are_the_mean_over_many_worlds() -> None:
    rng = np.random.default_rng(1)
    rate = np.array([0.02, 0.1, 0.5, 2.0])
    keys = [PartKey("R", days) for days in (1.0, 8.0, np.inf)]
    total = np.zeros(len(keys))
    for _ in range(300):
        pair = np.repeat(np.arange(4), rng.poisson(rate * 20))
        events = pl.DataFrame(
            {
                "actor": [f"u{k}" for k in [*pair, 0]], "target": ["a"] * len(pair) + ["z"],
                "at": [*(rng.random(len(pair)) * 20 * DAY).astype(int), 0],
                "weight": np.ones(len(pair) + 1),
            }
        )  # fmt: skip
        parts = score_parts(Evidence(events), as_of=20 * int(DAY), wanted=keys)
        place = parts.accounts.to_list()
        total += [parts.values[key][place.index("a")] if "a" in place else 0.0 for key in keys]
    rates = pl.DataFrame(
        {"source": "a", "target": [f"u{k}" for k in range(4)], "since": 0, "rate": rate}
    )
    people = pl.DataFrame({"account": ["a", "u0", "u1", "u2", "u3"], "since": 0}).with_columns(
        posts=0.0, original=0.0, credit=0.0
    )
    found = parts_at_rates(rates, people, as_of=20 * int(DAY), wanted=keys)
    assert total / 300 == pytest.approx([found[key][0] for key in keys], abs=0.12)


def test_h_and_s_at_rates_are_those_of_events_of_the_expected_weight() -> None:
    rates = pl.DataFrame(
        {"source": ["a", "b", "a"], "target": ["b", "a", "c"], "since": 0, "rate": [1.0, 2.0, 0.5]}
    )
    people = pl.DataFrame({"account": ["a", "b", "c"], "since": 0}).with_columns(
        posts=1.0, original=0.5, credit=2.0
    )
    keys = [PartKey(name, np.inf) for name in "hSCA"]
    found = parts_at_rates(rates, people, as_of=4 * int(DAY), wanted=keys)
    events = rates.select(actor="target", target="source", at=pl.lit(0), weight=pl.col("rate") * 4)
    same = score_parts(Evidence(events), as_of=0, wanted=keys[:2])
    for key in keys[:2]:
        assert found[key] == pytest.approx(same.values[key])
    assert found[keys[2]].tolist() == [12.0, 16.0, 0.0]
    assert found[keys[3]] == pytest.approx([3.0 / 9.0, 4.0 / 9.0, 0.0])


def test_quantiles_of_a_known_distribution() -> None:
    draws = np.random.default_rng(2).normal(size=(200, 2000))
    (low, high), errors = quantiles_and_errors(draws)
    assert low.mean() == pytest.approx(-1.645, abs=0.03)
    assert high.mean() == pytest.approx(1.645, abs=0.03)
    single = np.quantile(draws, 0.05, axis=0).std()
    assert low.std() <= single
    assert errors[0].mean() == pytest.approx(low.std(), rel=0.2)


def test_one_draw_is_its_own_quantile() -> None:
    low, high = quantiles(np.array([[3.0]]))
    assert (low.tolist(), high.tolist()) == ([3.0], [3.0])


@pytest.mark.parametrize("seed", range(5))
def test_groups_follow_their_definition(seed: int) -> None:
    rng = np.random.default_rng(seed)
    score = np.sort(rng.random(30))[::-1]
    low, high = score - 0.2 * rng.random(30), score + 0.2 * rng.random(30)
    shuffled = rng.permutation(30)
    rank = np.arange(1, 31)[shuffled]
    found = rank_groups(rank, low[shuffled], high[shuffled])
    expected, group = {}, 0
    for person in range(30):
        if person not in expected:
            group += 1
            for other in range(person, 30):
                if other not in expected and high[other] >= low[person]:
                    expected[other] = group
    assert found.tolist() == [expected[r - 1] for r in rank]
