"""Scores, ranks and percentiles of one topic."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphengine.errors import GraphengineError
from graphengine.scoring import ScoreTable, load_anchors, percentile_table, score_table
from graphengine.scoring.score import PERCENTILE_COLUMNS, SCORE_COLUMNS, UNRATED_COLUMNS

ANCHORS = load_anchors()


def table(
    accounts: list[str],
    raw: list[float],
    endorsers: list[int],
    *,
    min_endorsers: int = 3,
    beside: pl.DataFrame | None = None,
) -> ScoreTable:
    n = len(accounts)
    people = pl.DataFrame({
        "account": pl.Series(accounts, dtype=pl.String),
        "raw": np.array(raw, np.float64),
        "pagerank": np.full(n, 1 / max(n, 1)),
        "credit": np.arange(n, dtype=np.float64),
        "endorsers": np.array(endorsers, np.int64),
    })  # fmt: skip
    return score_table(
        people, topic="demo/a", anchors=ANCHORS, min_endorsers=min_endorsers, beside=beside
    )


@st.composite
def topics(draw: st.DrawFn) -> dict[str, Any]:
    n = draw(st.integers(0, 30))
    keys = draw(st.lists(st.text("abcx:1", min_size=1), min_size=n, max_size=n, unique=True))
    few = st.sampled_from([1.0, 1.5, 7.25, 110.0, 5e9]) | st.floats(1, 1e10)
    return {
        "accounts": keys,
        "raw": draw(st.lists(few, min_size=n, max_size=n)),
        "endorsers": draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)),
    }


def test_who_is_scored_who_is_unrated_and_who_is_in_neither() -> None:
    result = table(["x:d", "x:c", "x:b", "x:a"], [9.0, 2.0, 3.0, 1.0], [3, 2, 1, 0])
    assert result.scores["account"].to_list() == ["x:d"]
    assert result.unrated.rows() == [("x:b", "demo/a", 1), ("x:c", "demo/a", 2)]


def test_one_row_in_full() -> None:
    row = table(["x:1", "x:2"], [6.6, 1.0], [5, 0]).scores.row(0, named=True)
    assert row == {
        "account": "x:1", "topic": "demo/a", "rank": 1, "score": 50.0, "pct": 50.0,
        "endorsers": 5, "raw": 6.6, "pagerank": 0.5, "credit": 0.0,
        "low": None, "high": None, "rank_low": None, "rank_high": None, "rank_group": None,
        "evidence": None, "reach": None, "amplification": None, "network": None,
        "cascades": None, "cascade_size": None, "passed_on": None, "spread": None,
        "spread_low": None, "spread_high": None,
    }  # fmt: skip


def test_equals_share_a_percentile_and_rank_by_key() -> None:
    scores = table(["x:3", "x:1", "x:2", "x:0"], [5.0, 5.0, 9.0, 2.0], [3] * 4).scores
    assert scores["account"].to_list() == ["x:2", "x:1", "x:3", "x:0"]
    assert scores["rank"].to_list() == [1, 2, 3, 4]
    assert scores["pct"].to_list() == [87.5, 50.0, 50.0, 12.5]


@pytest.mark.parametrize("endorsers", [[], [0, 0], [1, 2]])
def test_nobody_with_evidence(endorsers: list[int]) -> None:
    result = table([f"x:{i}" for i in range(len(endorsers))], [1.0] * len(endorsers), endorsers)
    assert result.scores.height == 0
    assert result.scores.schema == pl.Schema(SCORE_COLUMNS)
    assert result.unrated.schema == pl.Schema(UNRATED_COLUMNS)
    assert percentile_table(result.scores).schema == pl.Schema(PERCENTILE_COLUMNS)
    assert percentile_table(result.scores).height == 0


def test_a_minimum_of_one_leaves_nobody_unrated() -> None:
    result = table(["x:1", "x:2"], [1.0, 1.5], [0, 1], min_endorsers=1)
    assert (result.scores["account"].to_list(), result.unrated.height) == (["x:2"], 0)


@given(topics())
def test_what_every_table_keeps(drawn: dict[str, Any]) -> None:
    result = table(**drawn)
    scores, unrated = result.scores, result.unrated
    endorsed = {a for a, e in zip(drawn["accounts"], drawn["endorsers"], strict=True) if e}
    assert set(scores["account"]) | set(unrated["account"]) == endorsed
    assert scores.height + unrated.height == len(endorsed)
    assert scores["rank"].to_list() == list(range(1, scores.height + 1))
    assert scores["raw"].is_sorted(descending=True)
    assert scores["score"].is_sorted(descending=True)
    assert scores["score"].is_between(1, 100).all()
    for row in scores.rows(named=True):
        below = (scores["raw"] < row["raw"]).sum()
        equal = (scores["raw"] == row["raw"]).sum()
        assert row["pct"] == pytest.approx(100 * (below + equal / 2) / scores.height)


@given(topics(), st.randoms(use_true_random=False))
def test_the_order_of_accounts_changes_nothing(drawn: dict[str, Any], random: Any) -> None:
    order = list(range(len(drawn["accounts"])))
    random.shuffle(order)
    shuffled = {name: [values[i] for i in order] for name, values in drawn.items()}
    without = pl.exclude("credit")  # which the helper numbers by place
    assert table(**shuffled).scores.select(without).equals(table(**drawn).scores.select(without))
    assert table(**shuffled).unrated.equals(table(**drawn).unrated)


@given(topics())
def test_newcomers_without_evidence_change_nobody(drawn: dict[str, Any]) -> None:
    more = {
        "accounts": [*drawn["accounts"], "new"],
        "raw": [*drawn["raw"], 1.0],
        "endorsers": [*drawn["endorsers"], 0],
    }
    before, after = table(**drawn).scores, table(**more).scores
    assert before.drop("pagerank").equals(after.drop("pagerank"))


FIGURES = ("cascades", "cascade_size", "passed_on", "spread", "spread_low", "spread_high")


def figures(*rows: tuple[Any, ...]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=["account", *FIGURES], orient="row")


def test_what_cascades_say_stands_beside_the_score() -> None:
    known = figures(("x:2", 12, 7.0, 140, 310.5, 280.0, 345.0), ("x:9", 1, 1.0, 0, 1.0, 1.0, 1.0))
    scores = table(["x:1", "x:2"], [5.0, 2.0], [3, 3], beside=known).scores
    assert scores.select("account", *FIGURES).rows() == [
        ("x:1", *[None] * 6), ("x:2", 12, 7.0, 140, 310.5, 280.0, 345.0),
    ]  # fmt: skip
    assert scores.schema == pl.Schema(SCORE_COLUMNS)


def test_columns_that_nobody_computed_are_null_and_not_zero() -> None:
    known = figures(("x:1", 0, 0.0, 0, 1.0, 1.0, 1.0)).select("account", "passed_on", "cascades")
    row = table(["x:1"], [5.0], [3], beside=known).scores.row(0, named=True)
    assert [row[name] for name in FIGURES] == [0, None, 0, None, None, None]


@given(topics(), st.data())
def test_figures_change_no_score(drawn: dict[str, Any], data: st.DataObject) -> None:
    some = data.draw(st.lists(st.sampled_from([*drawn["accounts"], "who"]), unique=True))
    known = pl.DataFrame({"account": some, "spread": [float(n) for n in range(len(some))]},
                         schema={"account": pl.String, "spread": pl.Float64})  # fmt: skip
    with_them, without = table(**drawn, beside=known), table(**drawn)
    assert with_them.scores.drop(FIGURES).equals(without.scores.drop(FIGURES))
    assert with_them.unrated.equals(without.unrated)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize("column", ["spread", "cascade_size"])
def test_a_figure_that_is_no_number_is_our_defect(column: str, value: float) -> None:
    known = figures(("x:1", 1, 1.0, 1, 1.0, 1.0, 1.0)).with_columns(pl.lit(value).alias(column))
    with pytest.raises(GraphengineError, match=r"demo/a have no finite number .* 'x:1'"):
        table(["x:1"], [5.0], [3], beside=known)


def test_figures_of_one_person_twice_are_our_defect() -> None:
    known = figures(*[("x:1", n, 1.0, 1, 1.0, 1.0, 1.0) for n in (1, 2)])
    with pytest.raises(GraphengineError, match="more than one row for 2 accounts"):
        table(["x:1"], [5.0], [3], beside=known)


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.floats(1, 1e9), min_size=1)))
def test_percentiles_by_their_definition(raw: dict[str, list[float]]) -> None:
    frame = pl.DataFrame(
        [(t, float(ANCHORS.score(np.array([x]))[0]), x) for t, xs in raw.items() for x in xs],
        schema=["topic", "score", "raw"],
        orient="row",
    )
    if not raw:
        frame = pl.DataFrame(schema={"topic": pl.String, "score": pl.Float64, "raw": pl.Float64})
    result = percentile_table(frame)
    assert result.select("topic", "pct").rows() == [
        (t, p) for t in sorted(raw) for p in range(1, 100)
    ]
    for topic, pct, score, value in result.rows():
        people = raw[topic]
        assert 100 * sum(x <= value for x in people) >= pct * len(people)
        assert 100 * sum(x < value for x in people) < pct * len(people)
        assert score == ANCHORS.score(np.array([value]))[0]
