"""The rules that every release must keep, at the level of the score: several half-lives, decay on."""

from __future__ import annotations

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from graphengine.scoring.anchors import load_anchors
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY, Evidence, Passing, score_parts

MODEL, NOW = load_model(), int(20 * DAY)
FINE = Passing(precision=1e-9)
PROPERTY = settings(max_examples=25, deadline=None, derandomize=True)
HOUR = 3_600
ROW = st.tuples(
    st.integers(0, 7), st.integers(0, 7), st.integers(0, 20 * 24), st.sampled_from([0.5, 1.0, 3.0])
)
WORLDS = st.lists(ROW, min_size=1, max_size=25)
Rows = list[tuple[int, int, int, float]]


def _events(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "actor": [f"x:{u}" for u, *_ in rows],
            "target": [f"x:{v}" for _, v, *_ in rows],
            "at": [hour * HOUR for *_, hour, _ in rows],
            "weight": [w for *_, w in rows],
        },
        schema_overrides={"actor": pl.String, "target": pl.String, "at": pl.Int64},
    ).with_columns(original=pl.lit(value=True))


def _scores(rows: Rows, as_of: int = NOW, posts: pl.DataFrame | None = None) -> dict[str, float]:
    evidence = Evidence(
        events := _events(rows),
        posts,
        events.select("at", account="target", amount=pl.lit(1.0)),
    )
    parts = score_parts(evidence, as_of=as_of, wanted=MODEL.wanted, passing=FINE)
    raw = np.exp(MODEL.log_score(parts.values))
    return dict(zip(parts.accounts.to_list(), raw.tolist(), strict=True))


@PROPERTY
@given(WORLDS, ROW)
def test_an_added_endorsement_never_lowers_the_endorsed(world: Rows, extra: tuple) -> None:
    u, v, *_ = extra
    if u != v:
        before, after = _scores(world), _scores([*world, extra])
        assert after[f"x:{v}"] >= before.get(f"x:{v}", 1.0) - 1e-8


@PROPERTY
@given(WORLDS, ROW)
def test_praising_others_never_lowers_whoever_does(world: Rows, extra: tuple) -> None:
    u, v, *_ = extra
    if u != v:
        before, after = _scores(world), _scores([*world, extra])
        assert after[f"x:{u}"] >= before.get(f"x:{u}", 1.0) - 1e-8


@PROPERTY
@given(WORLDS, st.integers(1, 400))
def test_time_without_events_raises_nobody(world: Rows, hours: int) -> None:
    before, after = _scores(world), _scores(world, as_of=NOW + hours * HOUR)
    assert all(after[who] <= before[who] + 1e-8 for who in before)


@PROPERTY
@given(WORLDS, WORLDS)
def test_strangers_change_nobody(world: Rows, strangers: Rows) -> None:
    before = _scores(world)
    after = _scores([*world, *((u + 50, v + 50, hour, w) for u, v, hour, w in strangers)])
    assert all(abs(after[who] - score) <= 1e-6 for who, score in before.items())


@PROPERTY
@given(WORLDS, st.permutations(range(8)), st.randoms(use_true_random=False))
def test_names_and_order_of_events_change_nothing(world: Rows, names: list, order) -> None:
    before = _scores(world)
    turned = [(names[u], names[v], hour, w) for u, v, hour, w in world]
    order.shuffle(turned)
    after = _scores(turned)
    for old, new in enumerate(names):
        if f"x:{old}" in before:
            assert abs(after[f"x:{new}"] - before[f"x:{old}"]) <= 1e-6


def test_a_hundred_people_once_beat_one_person_a_hundred_times() -> None:
    many: Rows = [(100 + i, 0, 20, 1.0) for i in range(100)]
    one: Rows = [(300, 1, 20, 1.0)] * 100
    found = _scores(many + one)
    assert found["x:0"] > found["x:1"] * 1.05


def test_a_hundred_reactions_to_ten_posts_beat_as_many_to_a_thousand() -> None:
    rows: Rows = [(100 + i, who, 20 * 24, 1.0) for who in (0, 1) for i in range(100)]
    posts = pl.DataFrame({"account": ["x:0"] * 10 + ["x:1"] * 1000}).with_columns(at=NOW)
    found = _scores(rows, posts=posts)
    assert found["x:0"] > found["x:1"] * 1.05


def test_a_reaction_of_somebody_who_reacts_to_everything_counts_less() -> None:
    rows: Rows = [(10, 0, 400, 1.0), (11, 1, 400, 1.0)]
    rows += [(11, 100 + i, 400, 1.0) for i in range(50)]
    found = _scores(rows)
    assert found["x:0"] > found["x:1"]


@PROPERTY
@given(WORLDS)
def test_scores_lie_from_1_to_100_and_keep_the_order_of_what_they_are_made_of(world: Rows) -> None:
    raw = np.array(list(_scores(world).values()))
    if len(raw):
        scores = load_anchors().score(np.maximum(raw, 1.0))
        assert ((scores >= 1.0) & (scores <= 100.0)).all()
        assert (np.diff(scores[np.argsort(raw)]) >= 0.0).all()
