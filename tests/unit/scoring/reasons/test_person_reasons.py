"""One person's reasons: they add up, and what they say of removals is what making it anew gives."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from support.reason_worlds import MODEL, NOW, REACH_ALONE, log_scores, reduced, world

from graphengine.influence.ranking import reach_reasons, saturated
from graphengine.scoring import load_anchors
from graphengine.scoring.parts import DAY, Evidence, PartKey
from graphengine.scoring.reasons import explain_numbered, explain_person, number_evidence

if TYPE_CHECKING:
    from graphengine.scoring.reasons import Reasons

ANCHORS = load_anchors()
H = PartKey("h", 8.0)


def _explained(evidence: Evidence, model: object = MODEL) -> list[Reasons]:
    numbered = number_evidence(evidence, model=model, as_of=NOW)  # type: ignore[arg-type]
    return [explain_numbered(numbered, who, anchors=ANCHORS) for who in numbered.accounts]


@pytest.mark.parametrize("seed", range(3))
def test_the_score_explained_is_the_score_made(seed: int) -> None:
    evidence = world(seed)
    expected = log_scores(evidence)
    explained = _explained(evidence)
    assert [r.account for r in explained] == list(expected)
    for reasons in explained:
        assert reasons.log_score == pytest.approx(expected[reasons.account], abs=1e-9)
        assert reasons.error <= 1e-9
    assert max(r.score for r in explained) > 30


@pytest.mark.parametrize("seed", range(3))
def test_people_sum_to_h_and_parts_to_the_log_score(seed: int) -> None:
    for reasons in _explained(world(seed)):
        people = reasons.people()["part"]
        assert people.sum() == pytest.approx(reasons.values[H], rel=1e-9)
        assert people.max() == 1.0
        assert people.min() > 0.0
        parts = reasons.parts()
        assert parts["contribution"].sum() == pytest.approx(reasons.log_score, abs=1e-12)
        through = reasons.by_endorser()["through"]
        assert through.sum() + 1.0 == pytest.approx(reasons.values[H], rel=1e-6)


def test_people_are_those_of_the_plain_solver() -> None:
    evidence = world(1)
    numbered = number_evidence(evidence, model=MODEL, as_of=NOW)
    W = np.zeros((numbered.n, numbered.n))
    np.add.at(W, (numbered.actor, numbered.target), numbered.weight * np.exp2(-numbered.age / 8.0))
    import scipy.sparse as sp

    P = saturated(sp.csr_array(W), alpha=0.5, kappa=1.0)
    for place, who in enumerate(numbered.accounts):
        told = explain_numbered(numbered, who, anchors=ANCHORS).people()
        known = dict(told.select("account", "part").iter_rows())
        plain = reach_reasons(P, place).value
        # events of 800 days have left: nothing passes on over them, and they weigh below 1e-29
        for name, part in zip(numbered.accounts, plain, strict=True):
            assert known.get(name, 0.0) == pytest.approx(part, abs=1e-6)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("model", [MODEL, REACH_ALONE])
def test_without_an_endorser_it_is_what_making_it_anew_gives(seed: int, model: object) -> None:
    evidence = world(seed)
    for reasons in _explained(evidence, model):
        who = reasons.account
        for row in reasons.by_endorser().iter_rows(named=True):
            u = row["account"]
            gone = (pl.col("actor") == u) & (pl.col("target") == who)
            anew = log_scores(reduced(evidence, gone), model=model)  # type: ignore[arg-type]
            left = reasons.without(endorsers=[u])
            assert left.log_score == pytest.approx(anew.get(who, 0.0), abs=1e-9)
            assert left.events == reasons.events - row["events"]
            assert left.endorsers == reasons.endorsers - 1
            assert abs(reasons.score - left.score - row["points"]) <= row["error"] + 1e-7


@pytest.mark.parametrize("seed", range(2))
def test_without_posts_kinds_and_events_too(seed: int) -> None:
    evidence = world(seed, people=9)
    for reasons in _explained(evidence):
        who = pl.col("target") == reasons.account
        for row in reasons.by_post().iter_rows(named=True):
            gone = who & (pl.col("parent") == row["post"])
            anew = log_scores(reduced(evidence, gone)).get(reasons.account, 0.0)
            left = reasons.without(posts=[row["post"]])
            assert left.log_score == pytest.approx(anew, abs=1e-9)
            assert abs(reasons.score - left.score - row["points"]) <= row["error"] + 1e-7
        for row in reasons.by_kind().iter_rows(named=True):
            gone = who & (pl.col("kind") == row["kind"])
            ids = evidence.events.filter(gone & (pl.col("actor") != pl.col("target")))["event_id"]
            left = reasons.without(events=ids.to_list())
            anew = log_scores(reduced(evidence, gone)).get(reasons.account, 0.0)
            assert left.log_score == pytest.approx(anew, abs=1e-9)
            assert abs(reasons.score - left.score - row["points"]) <= row["error"] + 1e-7


@pytest.mark.parametrize("model", [MODEL, REACH_ALONE])
def test_the_first_ten_are_those_whose_removal_lowers_most(model: object) -> None:
    evidence = world(2, people=25, events=300)
    reasons = max(_explained(evidence, model), key=lambda r: r.endorsers)
    top = reasons.by_endorser(10)
    assert top.height == 10
    exact = {
        u: reasons.score - reasons.without(endorsers=[u]).score
        for u in reasons.by_endorser()["account"]
    }
    best = sorted(exact.values(), reverse=True)[:10]
    for row, points in zip(top.iter_rows(named=True), best, strict=True):
        assert exact[row["account"]] == pytest.approx(points, abs=0.011)
        assert exact[row["account"]] == pytest.approx(row["points"], abs=row["error"] + 1e-7)
    assert top["error"].max() <= 0.005


@pytest.mark.parametrize("seed", range(3))
def test_shares_add_up_to_the_whole(seed: int) -> None:
    for reasons in _explained(world(seed)):
        if reasons.log_score > 0.0:
            for table in (reasons.by_endorser(), reasons.by_post(), reasons.by_kind()):
                assert table["share"].sum() == pytest.approx(1.0, abs=1e-6)


def test_counts_of_the_tables() -> None:
    evidence = world(0)
    reasons = max(_explained(evidence), key=lambda r: r.events)
    own = evidence.events.filter(
        (pl.col("target") == reasons.account) & (pl.col("actor") != reasons.account)
    )
    assert reasons.events == own.height
    assert reasons.endorsers == own["actor"].n_unique()
    for row in reasons.by_endorser().iter_rows(named=True):
        mine = own.filter(pl.col("actor") == row["account"])
        assert row["events"] == mine.height
        words = dict(part.split(" ")[::-1] for part in row["kinds"].split(", "))
        assert {k: int(n) for k, n in words.items()} == dict(
            mine["kind"].value_counts().iter_rows()
        )
        assert row["credit"] == mine.height
    for row in reasons.by_post().iter_rows(named=True):
        mine = own.filter(pl.col("parent") == row["post"])
        assert (row["reactions"], row["people"]) == (mine.height, mine["actor"].n_unique())
    kinds = reasons.by_kind()
    assert kinds["events"].sum() == own.height


def test_evidence_without_ids_kinds_posts_or_credit_is_enough() -> None:
    bare = Evidence(world(3).events.select("actor", "target", "at", "weight"))
    for reasons in _explained(bare):
        assert reasons.log_score == pytest.approx(log_scores(bare)[reasons.account], abs=1e-9)
        assert reasons.by_post().is_empty()
        assert reasons.by_kind()["kind"].to_list() == ["event"] * bool(reasons.events)


def test_somebody_whom_nobody_endorsed() -> None:
    events = pl.DataFrame(
        {"actor": ["b"], "target": ["a"], "at": [0], "weight": [1.0], "kind": ["like"]}
    )
    reasons = explain_person(Evidence(events), "b", model=MODEL, anchors=ANCHORS, as_of=0)
    assert (reasons.log_score, reasons.score, reasons.endorsers) == (0.0, 1.0, 0)
    assert reasons.people().select("account", "part").rows() == [("b", 1.0)]
    assert reasons.by_endorser().is_empty()
    assert reasons.by_post().is_empty()
    assert reasons.by_kind().is_empty()


def test_what_is_later_does_not_count() -> None:
    evidence = world(1)
    early = NOW - int(3 * DAY)
    past = Evidence(
        evidence.events.filter(pl.col("at").is_null() | (pl.col("at") <= early)),
        evidence.posts, evidence.credit,
    )  # fmt: skip
    one, two = (
        explain_person(e, "x:01", model=MODEL, anchors=ANCHORS, as_of=early)
        for e in (evidence, past)
    )
    assert one.log_score == two.log_score > 0.0
    assert one.events < explain_person(
        evidence, "x:01", model=MODEL, anchors=ANCHORS, as_of=NOW
    ).events  # fmt: skip


def test_a_model_of_several_half_lives_of_h_and_one_of_none() -> None:
    evidence = world(2)
    several = replace(MODEL, weights={PartKey("h", 2.0): 0.3, PartKey("h", math.inf): 0.7})
    none = replace(MODEL, weights={PartKey("R", 8.0): 1.0})
    for model in (several, none):
        expected = log_scores(evidence, model=model)
        for reasons in _explained(evidence, model):
            assert reasons.log_score == pytest.approx(expected[reasons.account], abs=1e-9)
            people = reasons.people()
            for half_life in reasons.trails:
                of_it = people.filter(pl.col("half_life") == half_life)["part"].sum()
                assert of_it == pytest.approx(reasons.values[PartKey("h", half_life)], rel=1e-9)


def test_bad_input_is_refused() -> None:
    evidence = world(0)
    with pytest.raises(ValueError, match="nothing is known of 'x:99'"):
        explain_person(evidence, "x:99", model=MODEL, anchors=ANCHORS, as_of=NOW)
    bad = Evidence(evidence.events.with_columns(weight=pl.lit(-1.0)))
    with pytest.raises(ValueError, match="finite number >= 0"):
        explain_person(bad, "x:01", model=MODEL, anchors=ANCHORS, as_of=NOW)
