"""Intervals: what they hold, what they do not depend on, and what bad input gets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from graphengine.scoring import load_anchors
from graphengine.scoring.intervals import (
    INTERVAL_COLUMNS,
    Intervals,
    Sampling,
    Scoring,
    score_intervals,
)
from graphengine.scoring.intervals.pairs import pairs_of
from graphengine.scoring.intervals.prior import fitted_prior
from graphengine.scoring.model import ScoreModel, load_model
from graphengine.scoring.parts import DAY, Evidence, PartKey, score_parts
from tests.bench.validation.intervals import covered
from tests.support.worlds import GENERATORS, World, bursts, heavy

MODEL, ANCHORS = load_model(), load_anchors()


def _parts(evidence: Evidence, as_of: int):
    return score_parts(evidence, as_of=as_of, wanted=MODEL.wanted, passing=MODEL.passing)


def _found(world: World, *, exposed: bool = True, draws: int = 40, **options: int) -> Intervals:
    return score_intervals(
        world.evidence,
        parts=_parts(world.evidence, world.as_of),
        scoring=Scoring(MODEL, ANCHORS),
        as_of=world.as_of,
        exposure=world.exposure if exposed else None,
        sampling=Sampling(draws=draws, **options),
    )


@pytest.fixture(scope="module")
def world() -> World:
    return bursts(5, n=80)


def _toy(rows: list[tuple[str, str, int | None]]) -> Evidence:
    actor, target, at = zip(*rows, strict=True)
    frame = {"actor": actor, "target": target, "at": at, "weight": [1.0] * len(rows)}
    return Evidence(pl.DataFrame(frame, schema_overrides={"at": pl.Int64}))


def _toy_found(evidence: Evidence, as_of: int, **more: object) -> Intervals:
    return score_intervals(
        evidence,
        parts=_parts(evidence, as_of),
        scoring=Scoring(MODEL, ANCHORS),
        as_of=as_of,
        **more,
    )


@pytest.mark.parametrize("name", GENERATORS)
def test_true_scores_lie_inside_about_nine_in_ten_times(name: str) -> None:
    found = [covered(GENERATORS[name](seed), draws=100) for seed in range(3)]
    inside, top, few = (np.concatenate([one[k] for one in found]) for k in range(3))
    # 400 to 800 people, who share their endorsers: three standard errors around 85 and 95
    assert 0.82 <= inside.mean() <= 0.975
    assert 0.80 <= inside[top].mean() <= 0.98
    assert 0.78 <= inside[few].mean() <= 0.99
    assert all(one.contained for one in found)


def test_intervals_are_of_some_use(world: World) -> None:
    table = _found(world).table
    width = (table["high"] - table["low"]).to_numpy()
    assert 0.0 < np.median(width) < 25.0
    assert table["rank_group"].max() > 1


@pytest.mark.parametrize("exposed", [True, False])
def test_score_and_rank_lie_inside(world: World, exposed: bool) -> None:
    table = _found(world, exposed=exposed).table
    parts = _parts(world.evidence, world.as_of)
    scored = parts.endorsers >= 3
    raw = np.exp(MODEL.log_score(parts.values))[scored]
    score = ANCHORS.score(pl.Series(raw).round_sig_figs(10).to_numpy())
    rank = np.empty(len(raw), np.int64)
    rank[np.argsort(-score, kind="stable")] = np.arange(1, len(raw) + 1)
    assert table["account"].to_list() == parts.accounts.gather(np.flatnonzero(scored)).to_list()
    assert dict(table.schema) == INTERVAL_COLUMNS
    assert ((table["low"].to_numpy() <= score) & (score <= table["high"].to_numpy())).all()
    assert ((table["rank_low"].to_numpy() <= rank) & (rank <= table["rank_high"].to_numpy())).all()
    assert (table["rank_low"] >= 1).all()
    assert (table["rank_high"] <= len(rank)).all()


def test_neither_threads_nor_the_order_of_rows_change_a_bit(world: World) -> None:
    events = world.evidence.events.sample(fraction=1.0, shuffle=True, seed=3)
    posts = world.evidence.posts
    assert posts is not None
    mixed = replace(
        world, evidence=replace(world.evidence, events=events, posts=posts.reverse()),
        exposure=world.exposure.reverse(),
    )  # fmt: skip
    assert _found(mixed, threads=2).table.equals(_found(world, threads=1).table)


def test_names_change_nothing(world: World) -> None:
    def other(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
        return frame.with_columns(pl.col(c).str.slice(2).str.reverse() for c in columns)

    evidence = Evidence(
        other(world.evidence.events, "actor", "target"),
        other(world.evidence.posts, "account"),
        other(world.evidence.credit, "account"),
    )
    renamed = replace(world, evidence=evidence, exposure=other(world.exposure, "source", "target"))
    expected = other(_found(world).table, "account").sort("account")
    # equals in what is known of them can swap their random numbers: none of the scored are equal
    assert _found(renamed).table.select("low", "high").to_numpy() == pytest.approx(
        expected.select("low", "high").to_numpy(), abs=1e-4
    )


def test_random_states_differ_by_no_more_than_independent_draws_would(world: World) -> None:
    lows = np.stack([_found(world, draws=200, random_state=k).table["low"] for k in range(10)])
    spread = np.sqrt(lows.var(axis=0, ddof=1).mean())
    told = _found(world, draws=200).error
    assert spread == pytest.approx(told, rel=0.35)
    assert not np.array_equal(lows[0], lows[1])


def test_no_exposure_widens(world: World) -> None:
    known, unknown = _found(world).table, _found(world, exposed=False).table
    width = [(t["high"] - t["low"]).median() for t in (known, unknown)]
    assert width[1] > width[0]
    assert _found(world, exposed=False).table.equals(
        score_intervals(
            world.evidence, parts=_parts(world.evidence, world.as_of),
            scoring=Scoring(MODEL, ANCHORS), as_of=world.as_of,
            exposure=world.exposure.clear(), sampling=Sampling(40),
        ).table
    )  # fmt: skip


def test_an_exposure_after_the_moment_of_the_score_is_none(world: World) -> None:
    later = world.exposure.with_columns(since=pl.lit(world.as_of + 5))
    assert _found(replace(world, exposure=later)).table.equals(_found(world, exposed=False).table)


def test_no_draws_give_no_intervals(world: World) -> None:
    found = _found(world, draws=0)
    assert found.table.drop("account").null_count().row(0) == (found.table.height,) * 5
    assert (found.unknown, found.widened) == (found.table.height, 0)


def test_an_exposure_before_time_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="negative time"):
        _found(replace(world, exposure=world.exposure.with_columns(since=pl.lit(-5))))
    with pytest.raises(ValueError, match="since"):
        _found(replace(world, exposure=world.exposure.drop("since")))


@pytest.mark.parametrize("bad", [{"draws": -1}, {"random_state": -1}, {"threads": 0}])
def test_sampling_out_of_range_is_refused(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="needs draws"):
        Sampling(**bad)


def test_a_topic_of_one_scored_person_and_one_of_two_people() -> None:
    rows = [("b", "a", 0), ("c", "a", 40_000), ("d", "a", 80_000), ("a", "b", 5)]
    one = _toy_found(_toy(rows), 86_400).table
    assert one.select("account", "rank_low", "rank_high", "rank_group").rows() == [("a", 1, 1, 1)]
    assert one["low"][0] < one["high"][0]
    assert _toy_found(_toy([("a", "b", 0), ("b", "a", 9)]), 86_400).table.is_empty()


def test_events_without_a_time_and_events_at_one_moment_are_drawn() -> None:
    rows = [("b", "a", None), ("c", "a", None), ("d", "a", None)]
    found = _toy_found(_toy(rows), 86_400).table
    assert found["low"][0] < found["high"][0]
    rows = [(who, "a", 7) for who in "bcd"]
    assert _toy_found(_toy(rows), 7).table["low"][0] < ANCHORS.points[-1][1]


def test_further_half_lives_of_h_change_no_draw(world: World) -> None:
    def found(weights: dict[PartKey, float]) -> Intervals:
        model = ScoreModel("toy", "1", "", MODEL.passing, weights, {})
        parts = score_parts(
            world.evidence, as_of=world.as_of, wanted=model.wanted, passing=model.passing
        )
        return score_intervals(
            world.evidence, parts=parts, scoring=Scoring(model, ANCHORS), as_of=world.as_of,
            exposure=world.exposure, sampling=Sampling(40),
        )  # fmt: skip

    alone = found({PartKey("R", 8.0): 1.0})
    several = {PartKey(name, days): 1e-9 for name in "hS" for days in (1.0, 8.0)}
    both = found({PartKey("R", 8.0): 1.0 - 4e-9, **several})
    for side in ("low", "high"):
        assert both.table[side].to_numpy() == pytest.approx(alone.table[side].to_numpy(), abs=1e-5)
    assert alone.table["low"].n_unique() > 20


def test_an_exposure_made_from_an_interaction_is_none() -> None:
    evidence = _toy([("b", "a", 10), ("b", "a", 20), ("c", "a", 0), ("d", "a", 30)])
    past = evidence.events.select(source="target", target="actor", since="at")
    pairs = pairs_of(evidence, as_of=int(DAY), exposure=past)
    assert (pairs.days.tolist(), pairs.events.inside.any()) == ([0.0] * 3, False)
    follow = pl.DataFrame({"source": ["a"], "target": ["b"], "since": [5]})
    pairs = pairs_of(evidence, as_of=int(DAY), exposure=pl.concat([past, follow]))
    assert sorted(pairs.days.tolist()) == [0.0, 0.0, pytest.approx(1 - 5 / DAY)]
    assert pairs.events.inside.sum() == 2


def test_exposures_made_from_interactions_alone_are_as_good_as_none(world: World) -> None:
    past = world.evidence.events.select(source="target", target="actor", since="at")
    assert _found(replace(world, exposure=past)).table.equals(_found(world, exposed=False).table)


def test_rates_are_pooled_where_counts_vary_no_more_than_chance() -> None:
    rng = np.random.default_rng(4)
    n, rows = 60, []
    for u in range(n):
        for v in range(n):
            rows += [(f"u{u}", f"v{v}", int(t)) for t in rng.integers(1, 86_400, rng.poisson(0.3))]
    seen = pl.DataFrame(
        [(f"v{v}", f"u{u}", 0) for u in range(n) for v in range(n)],
        schema=["source", "target", "since"], orient="row",
    )  # fmt: skip
    prior = fitted_prior(pairs_of(_toy(rows), as_of=86_400, exposure=seen))
    assert prior.pairs > 5.0
    assert prior.people > 20.0
    assert prior.rate == pytest.approx(0.3, rel=0.1)


def test_heavy_rates_are_not_pooled() -> None:
    world = heavy(3)
    prior = fitted_prior(pairs_of(world.evidence, as_of=world.as_of, exposure=world.exposure))
    assert prior.people < 3.0
    assert prior.pairs < 10.0


def test_a_weight_that_drowns_all_others_leaves_finite_intervals() -> None:
    evidence = _toy([(f"u{i % 9}", f"u{(i * 5 + 1) % 7}", i * 1_000) for i in range(120)])
    weight = pl.Series([1e300] + [1.0] * (evidence.events.height - 1))
    huge = replace(evidence, events=evidence.events.with_columns(weight=weight))
    found = _toy_found(huge, 200_000).table
    assert found["low"].is_finite().all()
    assert found["high"].is_between(1.0, 100.0).all()
