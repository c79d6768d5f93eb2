"""Weights learned from a topic's own past: what is looked at, what stands in the way, what is kept."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.rule_worlds import (
    PROPERTY,
    RULE,
    Act,
    World,
    acts,
    evidence_of,
    scores_of,
    worlds,
)

from graphengine.pipeline.learning import TopicModel, model_for_topic
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY, Evidence, PartKey

MODEL = load_model()
END = int(60 * DAY)
SCHEMA = {"actor": pl.String, "target": pl.String, "at": pl.Int64, "weight": pl.Float64}


def _story(seed: int = 1, people: int = 160, events: int = 5_000, days: int = 60) -> Evidence:
    """People with lasting rates, and a crowd that reacts."""
    rng = np.random.default_rng(seed)
    rate = rng.lognormal(0.0, 1.3, people)
    frame = pl.DataFrame(
        {
            "actor": [f"f:{i:04d}" for i in rng.integers(0, 800, events)],
            "target": [f"x:{i:03d}" for i in rng.choice(people, events, p=rate / rate.sum())],
            "at": np.sort(rng.integers(0, int(days * DAY), events)),
            "parent": [f"p{i}" for i in range(events)],
            "original": rng.random(events) < 0.7,
        }
    ).with_columns(weight=pl.lit(1.0))
    posts = frame.select(account="target", at=pl.col("at") - 60, post="parent")
    return Evidence(frame, posts, frame.select("at", account="target", amount=pl.lit(1.0)))


def _learned(evidence: Evidence, *, as_of: int | None = END, fewest: int = 1) -> TopicModel:
    return model_for_topic(evidence, MODEL, as_of=as_of, min_endorsers=fewest)


STORY = _story()


def test_weights_are_learned_from_seventy_per_cent_of_the_events_on() -> None:
    found = _learned(STORY)
    assert found.model.learned
    assert found.why == ""
    assert math.isclose(math.fsum(found.model.weights.values()), 1.0)
    assert all(beta >= 0.0 for beta in found.model.weights.values())
    assert found.model.weights != MODEL.weights
    assert found.cut == STORY.events["at"][int(0.7 * 5_000) - 1]
    before, after = (
        set(STORY.events.filter(side)["target"])
        for side in (pl.col("at") <= found.cut, pl.col("at") > found.cut)
    )
    assert (found.people, found.with_outcome) == (len(before), len(before & after))


def test_what_a_run_notes_down_is_plain_and_tells_the_weights() -> None:
    said = _learned(STORY).said()
    assert json.loads(json.dumps(said, allow_nan=False)) == said
    assert (said["learned"], said["why_not"]) == (True, None)
    assert {name for name, _, _ in said["weights"]} == set("hRSCA")
    forever = replace(MODEL, weights={PartKey("R", math.inf): 1.0})
    told = TopicModel(forever, "because").said()
    assert told["weights"] == [["R", None, 1.0]]
    assert (told["learned"], told["why_not"], told["cut"]) == (False, "because", None)


def test_people_with_too_few_endorsers_are_not_learned_from() -> None:
    assert _learned(STORY, fewest=12).people < _learned(STORY, fewest=3).people


def test_what_comes_after_as_of_is_not_looked_at() -> None:
    """Trap: a model of the past that knows the future."""
    as_of = int(45 * DAY)
    early = Evidence(
        *(f.filter(pl.col("at") <= as_of) for f in (STORY.events, STORY.posts, STORY.credit))  # type: ignore[union-attr]
    )
    assert _learned(STORY, as_of=as_of) == _learned(early, as_of=as_of)
    assert _learned(STORY, as_of=as_of).cut < int(45 * DAY)  # type: ignore[operator]


def test_features_are_those_of_the_cut() -> None:
    """Trap: credit, posts and reactions of the outcome's own period among the features."""
    found = _learned(STORY)
    cut = found.cut
    assert cut is not None
    events, posts, credit = STORY.events, STORY.posts, STORY.credit
    assert posts is not None
    assert credit is not None
    winners = events.filter(pl.col("at") > cut).select("at", account="target", amount=pl.lit(99.0))
    later = posts.filter(pl.col("at") > cut)
    leaky = Evidence(events, pl.concat([posts, later, later]), pl.concat([credit, winners]))
    assert _learned(leaky) == found
    undated = winners.with_columns(at=pl.lit(None, pl.Int64))
    assert _learned(replace(STORY, credit=pl.concat([credit, undated]))) == found
    # the same credit before the cut is a feature, and a good one
    before = winners.with_columns(at=pl.lit(cut, pl.Int64))
    known = _learned(replace(STORY, credit=pl.concat([credit, before])))
    assert known.model.weights[PartKey("C", 8.0)] > found.model.weights[PartKey("C", 8.0)]


def test_what_was_known_at_the_cut_may_be_given() -> None:
    asked = []

    def then(cut: int) -> Evidence:
        asked.append(cut)
        return replace(STORY, credit=None, posts=None)

    found = model_for_topic(STORY, MODEL, as_of=END, min_endorsers=1, then=then)
    assert asked == [found.cut]
    bare = _learned(replace(STORY, credit=None, posts=None))
    assert found.model.learned
    # posts that were there before the cut still part the sides
    assert found.people == bare.people


def test_reactions_to_what_was_there_before_the_cut_are_no_outcome() -> None:
    """Trap: a post that straddles the cut."""
    told = STORY.events.with_columns(parent=pl.lit("one post"))
    found = _learned(replace(STORY, events=told, posts=None))
    assert found.model is MODEL
    assert "1500 on posts from before are left out" in found.why
    cut = found.cut
    known = pl.DataFrame({"account": ["x:001"], "at": [cut], "post": ["later"]})
    late = STORY.events.with_columns(
        parent=pl.when(pl.col("at") > cut).then(pl.lit("later")).otherwise("parent")
    )
    assert _learned(replace(STORY, events=late, posts=None)).why == ""
    assert "left out" in _learned(replace(STORY, events=late, posts=known)).why


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "no event has a time"),
        ([("b", "a", None, 1.0)], "no event has a time"),
        ([("b", "a", 5, 1.0)], "1 event lies before the moment to learn from and none after it"),
        ([("b", "a", 5, 1.0)] * 9, "9 events lie before the moment to learn from and none after"),
        ([("b", "a", 5, 1.0), ("c", "a", 6, 1.0), ("b", "a", 7, 1.0), ("c", "a", 8, 1.0)],
         "1 of 1 people had an outcome, 100 are needed"),
        ([("a", "a", at, 1.0) for at in range(9)], "0 of 0 people had an outcome"),
        ([("a", "b", 5, 1.0), ("b", "a", 6, 1.0)] * 3, "none after it"),
    ],
)  # fmt: skip
def test_where_nothing_can_be_learned_the_published_weights_stand(rows: list, why: str) -> None:
    events = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    found = _learned(Evidence(events))
    assert found.model is MODEL
    assert why in found.why
    assert found.said()["learned"] is False


def test_without_a_moment_nothing_has_a_time() -> None:
    found = _learned(STORY, as_of=None)
    assert (found.model, found.why) == (MODEL, "no event has a time")


def test_a_past_against_the_score_teaches_nothing() -> None:
    """Later on only people react who are praised least: no weights ≥ 0 say so."""
    counts = STORY.events.group_by("target").len().sort("len", "target")["target"].to_list()
    other = {who: counts[-1 - place] for place, who in enumerate(counts)}
    cut = int(STORY.events["at"][3_499])
    turned = STORY.events.with_columns(
        target=pl.when(pl.col("at") > cut)
        .then(pl.col("target").replace_strict(other))
        .otherwise("target")
    )
    found = _learned(replace(STORY, events=turned))
    assert found.model is MODEL
    assert found.with_outcome >= 100
    assert found.why == "the published score did not rise with the outcome"


LEARNED = _learned(STORY).model


@PROPERTY
@given(worlds(), acts())
def test_more_endorsement_never_lowers_a_score_of_learned_weights(world: World, act: Act) -> None:
    before, after = (scores_of(evidence_of(w), LEARNED) for w in (world, world.plus(act)))
    assert after.of(act.target) >= before.of(act.target) - RULE
    assert after.of(act.actor) >= before.of(act.actor) - RULE


@PROPERTY
@given(st.data())
def test_a_score_of_learned_weights_rises_with_every_feature(data: st.DataObject) -> None:
    least = {key: 1.0 if key.name == "h" else 0.0 for key in LEARNED.wanted}
    part = st.floats(0.0, 1e9)
    values = {key: np.array([least[key] + data.draw(part)]) for key in LEARNED.wanted}
    key = data.draw(st.sampled_from(LEARNED.wanted))
    more = values | {key: values[key] * 1.5 + 0.1}
    assert LEARNED.log_score(more) >= LEARNED.log_score(values)
