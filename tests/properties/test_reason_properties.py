"""Laws of reasons, over generated worlds: with several half-lives, decay, saturation and credit on."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.scoring.anchors import load_anchors
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY, Evidence, PartKey, score_parts
from graphengine.scoring.reasons import Reasons, explain_numbered, number_evidence

MODEL, ANCHORS, NOW = load_model(), load_anchors(), int(20 * DAY)
PROPERTY = settings(max_examples=10)
ROW = st.tuples(
    st.integers(0, 6), st.integers(0, 6), st.integers(0, 20 * 24), st.sampled_from([0.5, 1.0, 3.0]),
    st.sampled_from(["like", "reply"]),
)  # fmt: skip
Rows = list[tuple[int, int, int, float, str]]
WORLDS = st.lists(ROW, min_size=1, max_size=20)


def _evidence(rows: Rows) -> Evidence:
    events = pl.DataFrame(
        {
            "event_id": [f"e{n}" for n in range(len(rows))],
            "actor": [f"x:{u}" for u, *_ in rows],
            "target": [f"x:{v}" for _, v, *_ in rows],
            "at": [hour * 3_600 for _, _, hour, *_ in rows],
            "weight": [w for *_, w, _ in rows],
            "kind": [kind for *_, kind in rows],
            "post": [f"p{n}" for n in range(len(rows))],
            "parent": [f"o{n % 3}" for n in range(len(rows))],
        },
        schema_overrides={"at": pl.Int64},
    ).with_columns(original=pl.lit(value=True))
    others = events.filter(pl.col("actor") != pl.col("target"))
    credit = others.select(
        "at", "post", account="target", amount=pl.lit(1.0), under=pl.col("parent")
    )
    return Evidence(events, None, credit)


def _reasons(rows: Rows) -> dict[str, Reasons]:
    numbered = number_evidence(_evidence(rows), model=MODEL, as_of=NOW)
    return {who: explain_numbered(numbered, who, anchors=ANCHORS) for who in numbered.accounts}


@PROPERTY
@given(WORLDS)
def test_everybody_counts_once_and_parts_sum_to_the_score(world: Rows) -> None:
    evidence = _evidence(world)
    parts = score_parts(
        evidence, as_of=NOW, wanted=MODEL.wanted, passing=replace(MODEL.passing, precision=1e-9)
    )
    known = dict(zip(parts.accounts, MODEL.log_score(parts.values), strict=True))
    for who, reasons in _reasons(world).items():
        people = reasons.people()["part"]
        assert people.max() <= 1.0
        assert people.sum() == pytest.approx(reasons.values[PartKey("h", 8.0)], rel=1e-9)
        assert reasons.parts()["contribution"].sum() == pytest.approx(known[who], abs=1e-8)


@PROPERTY
@given(WORLDS)
def test_taking_an_endorser_away_never_raises_and_lies_in_its_bracket(world: Rows) -> None:
    for reasons in _reasons(world).values():
        for row in reasons.by_endorser().iter_rows(named=True):
            left = reasons.without(endorsers=[row["account"]])
            assert left.log_score <= reasons.log_score + 1e-9
            assert abs(reasons.score - left.score - row["points"]) <= row["error"] + 1e-7


@PROPERTY
@given(WORLDS)
def test_taking_more_away_leaves_less(world: Rows) -> None:
    for reasons in _reasons(world).values():
        last = reasons.log_score
        gone: list[str] = []
        for event in reasons.case.column("event_id"):
            gone.append(event)
            left = reasons.without(events=gone)
            assert left.log_score <= last + 1e-9
            last = left.log_score
        if gone:
            assert left.endorsers == left.events == 0


@PROPERTY
@given(WORLDS)
def test_shares_are_a_whole(world: Rows) -> None:
    for reasons in _reasons(world).values():
        if reasons.log_score > 0.0:
            for table in (reasons.by_endorser(), reasons.by_post(), reasons.by_kind()):
                assert table["share"].min() >= 0.0
                assert table["share"].sum() == pytest.approx(1.0, abs=1e-6)


@PROPERTY
@given(WORLDS, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_nothing(world: Rows, order: object) -> None:
    turned = list(world)
    order.shuffle(turned)  # type: ignore[attr-defined]
    one, two = _reasons(world), _reasons(turned)
    for who, reasons in one.items():
        tables = [
            dict(r.by_endorser().select("account", "points").iter_rows())
            for r in (reasons, two[who])
        ]
        assert tables[0].keys() == tables[1].keys()
        # a post's number goes with the row, so posts are other ones; endorsers are not
        assert all(tables[1][u] == pytest.approx(p, abs=0.011) for u, p in tables[0].items())


@PROPERTY
@given(WORLDS, WORLDS)
def test_strangers_are_nobody_s_reason(world: Rows, strangers: Rows) -> None:
    far = [(u + 50, v + 50, *rest) for u, v, *rest in strangers]
    one, two = _reasons(world), _reasons([*world, *far])  # type: ignore[list-item]
    for who, reasons in one.items():
        assert two[who].log_score == pytest.approx(reasons.log_score, abs=1e-8)
        assert set(two[who].people()["account"]) == set(reasons.people()["account"])
