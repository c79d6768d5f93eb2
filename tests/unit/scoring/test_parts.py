"""Parts of a score: each against a slow, obvious count, and the traps of time."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest

from graphengine.influence.ranking import first_visit_reach, saturated
from graphengine.scoring.parts import DAY, Evidence, PartKey, Passing, score_parts

KEYS = [PartKey(name, h) for name in "hRSCA" for h in (2.0, math.inf)]


def _world(seed: int, people: int = 12, events: int = 80) -> Evidence:
    rng = np.random.default_rng(seed)
    names = np.array([f"x:{i:02d}" for i in range(people)])
    day = int(DAY)
    frame = pl.DataFrame(
        {
            "actor": names[rng.integers(0, people, events)],
            "target": names[rng.zipf(1.7, events) % people],
            "at": rng.integers(0, 10 * day, events),
            "weight": rng.choice([1.0, 0.5, 2.0], events),
            "original": rng.random(events) < 0.5,
        }
    )
    posts = pl.DataFrame({"account": names[:5], "at": rng.integers(0, 10 * day, 5)})
    credit = pl.DataFrame({"account": names[:6], "at": [0, day, day, 0, 5 * day, 0]})
    return Evidence(frame, posts, credit.with_columns(amount=pl.lit(3.0)))


def _slow(evidence: Evidence, as_of: int, half_life: float) -> dict[str, dict[str, float]]:
    """Every part but h, person by person, event by event."""
    rows = [r for r in evidence.events.rows(named=True) if r["at"] <= as_of]
    rows = [r for r in rows if r["actor"] != r["target"]]

    def left(at: int) -> float:
        return 2.0 ** (-(as_of - at) / DAY / half_life)

    pairs: dict[tuple[str, str], list[dict]] = {}
    for r in rows:
        pairs.setdefault((r["actor"], r["target"]), []).append(r)
    power = {p: math.sqrt(sum(r["weight"] * left(r["at"]) for r in rs)) for p, rs in pairs.items()}
    found: dict[str, dict[str, float]] = {name: {} for name in "RSCA"}
    for who in {name for pair in pairs for name in pair}:
        by = [u for u, v in pairs if v == who]
        given = {u: 1.0 + sum(w for (a, _), w in power.items() if a == u) for u in by}
        found["R"][who] = sum(left(max(r["at"] for r in pairs[u, who])) for u in by)
        found["S"][who] = sum(power[u, who] / given[u] for u in by)
        found["C"][who] = sum(
            r["amount"] * left(r["at"])
            for r in evidence.credit.rows(named=True)  # type: ignore[union-attr]
            if r["account"] == who and r["at"] <= as_of
        )
        reactions = sum(left(r["at"]) for r in rows if r["target"] == who and r["original"])
        posts = sum(
            left(r["at"])
            for r in evidence.posts.rows(named=True)  # type: ignore[union-attr]
            if r["account"] == who and r["at"] <= as_of
        )
        found["A"][who] = reactions / (posts + 5.0)
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("half_life", [2.0, math.inf])
def test_parts_are_what_one_counts_by_hand(seed: int, half_life: float) -> None:
    evidence, as_of = _world(seed), int(7 * DAY)
    parts = score_parts(evidence, as_of=as_of, wanted=KEYS)
    slow = _slow(evidence, as_of, half_life)
    assert parts.accounts.to_list() == sorted(slow["R"])
    for name, expected in slow.items():
        values = parts.values[PartKey(name, half_life)]
        assert values == pytest.approx([expected[a] for a in parts.accounts], rel=1e-12), name
        assert values.max() > 0.0


def test_h_is_first_visit_reach_of_the_decayed_weights_and_carries_its_bracket() -> None:
    evidence, as_of = _world(1), int(20 * DAY)
    key = PartKey("h", 2.0)
    parts = score_parts(evidence, as_of=as_of, wanted=[key], passing=Passing(precision=1e-3))
    place = {a: i for i, a in enumerate(parts.accounts)}
    W = np.zeros((len(place),) * 2)
    for r in evidence.events.filter(pl.col("actor") != pl.col("target")).rows(named=True):
        share = r["weight"] * 2.0 ** (-(as_of - r["at"]) / DAY / 2.0)
        W[place[r["actor"]], place[r["target"]]] += share
    import scipy.sparse as sp

    exact = first_visit_reach(saturated(sp.csr_array(W), alpha=0.5, kappa=1.0)).value
    assert (parts.h_low[key] <= exact + 1e-9).all()
    assert (exact <= parts.h_high[key] + 1e-9).all()
    assert exact.max() > 1.01


def test_order_of_rows_changes_no_bit() -> None:
    evidence = _world(3)
    turned = Evidence(
        evidence.events.sample(fraction=1.0, shuffle=True, seed=5), evidence.posts, evidence.credit
    )
    one, two = (score_parts(e, as_of=int(9 * DAY), wanted=KEYS) for e in (evidence, turned))
    assert all((one.values[key] == two.values[key]).all() for key in KEYS)


def test_half_lives_are_days_whatever_the_end_of_the_data() -> None:
    """Trap: a half-life taken as a fraction of the data's end would know the future."""
    evidence, as_of = _world(2), int(5 * DAY)
    past = Evidence(evidence.events.filter(pl.col("at") <= as_of), evidence.posts, evidence.credit)
    one, two = (score_parts(e, as_of=as_of, wanted=KEYS) for e in (evidence, past))
    assert evidence.events["at"].max() > as_of
    assert all((one.values[key] == two.values[key]).all() for key in KEYS)


def test_untimed_events_stay_and_the_long_gone_leave() -> None:
    events = pl.DataFrame(
        {"actor": ["b", "c"], "target": ["a", "a"], "at": [None, 0], "weight": [1.0, 1.0]}
    )
    key = PartKey("R", 1.0)
    parts = score_parts(Evidence(events), as_of=int(81 * DAY), wanted=[key])
    assert parts.values[key].tolist() == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("key", [PartKey("X", 1.0), PartKey("R", 0.0), PartKey("R", math.nan)])
def test_unknown_parts_and_half_lives_are_refused(key: PartKey) -> None:
    with pytest.raises(ValueError, match="needs a part of h, R, S, C, A and a half-life above 0"):
        score_parts(_world(1), as_of=0, wanted=[key])


@pytest.mark.parametrize("weight", [-1.0, math.nan, math.inf])
def test_bad_weights_are_refused(weight: float) -> None:
    events = pl.DataFrame({"actor": ["b"], "target": ["a"], "at": [0], "weight": [weight]})
    with pytest.raises(ValueError, match="finite number >= 0"):
        score_parts(Evidence(events), as_of=1, wanted=[PartKey("R", 1.0)])


def test_nobody() -> None:
    events = _world(1).events.clear()
    parts = score_parts(Evidence(events), as_of=1, wanted=KEYS)
    assert len(parts.accounts) == 0
    assert all(len(v) == 0 for v in parts.values.values())
