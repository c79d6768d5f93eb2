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

from graphengine.pipeline.learning import TopicModel, learned_until, model_for_topic
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


STEP = 3_596  # of its 5,000 events are learned from
UNTIL = learned_until(STORY.events["at"])
TOLD = STORY.events.head(STEP)


def _moment(share: float) -> int:
    return int(TOLD["at"][math.ceil(share * STEP) - 1])


def test_weights_stay_until_the_topic_has_grown_by_half() -> None:
    """What happens in between, strangers or not, changes nobody's weights."""
    at = STORY.events["at"]
    assert at[STEP - 1] == UNTIL
    found = _learned(STORY)
    for rows in (STEP, 4_000, 5_000):
        early = STORY.events.head(rows)
        assert _learned(replace(STORY, events=early)) == found
    more = STORY.events.with_columns(pl.col("at") + END)
    grown = replace(STORY, events=pl.concat([STORY.events, more.head(394)]))
    assert learned_until(grown.events["at"]) == grown.events["at"][5_393]
    assert _learned(grown, as_of=2 * END).model != found.model
    assert _learned(grown) == found  # nothing of it is known yet
    steps = [learned_until(pl.Series(range(1, n + 1))) for n in range(1, 19)]
    assert sorted(set(steps)) == [1, 2, 3, 5, 8, 12, 18]


def test_weights_are_learned_from_several_moments() -> None:
    found = _learned(STORY)
    assert found.model.learned
    assert found.why == ""
    assert math.isclose(math.fsum(found.model.weights.values()), 1.0)
    assert all(beta >= 0.0 for beta in found.model.weights.values())
    assert found.model.weights != MODEL.weights
    counts = {}
    for cut in (_moment(share) for share in (0.5, 0.7, 0.85)):
        before, after = (
            set(TOLD.filter(side)["target"]) for side in (pl.col("at") <= cut, pl.col("at") > cut)
        )
        counts[cut] = (len(before), len(before & after))
    assert found.cut is not None
    assert (found.people, found.with_outcome) == counts[found.cut]
    assert found.with_outcome == max(some for _, some in counts.values())


def test_each_moment_has_its_say() -> None:
    """One period of a burst tells little of the next: what follows every moment counts."""
    late = _moment(0.85)
    dull = STORY.events.with_columns(
        target=pl.when(pl.col("at") > late).then(pl.lit("x:000")).otherwise("target")
    )
    found = _learned(replace(STORY, events=dull))
    assert found.model.learned
    assert found.cut is not None
    assert found.cut < late
    assert found.model.weights != _learned(STORY).model.weights


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


def test_features_are_those_of_the_moments() -> None:
    """Trap: credit, posts and reactions of the outcome's own period among the features."""
    found = _learned(STORY)
    cut = _moment(0.85)
    events, posts, credit = STORY.events, STORY.posts, STORY.credit
    assert posts is not None
    assert credit is not None
    winners = events.filter(pl.col("at") > cut).select("at", account="target", amount=pl.lit(99.0))
    later = posts.filter(pl.col("at") > cut)
    leaky = Evidence(events, pl.concat([posts, later, later]), pl.concat([credit, winners]))
    assert _learned(leaky) == found
    undated = winners.with_columns(at=pl.lit(None, pl.Int64))
    assert _learned(replace(STORY, credit=pl.concat([credit, undated]))) == found
    # the same credit before the moments is a feature, and a good one
    before = winners.with_columns(at=pl.lit(_moment(0.5), pl.Int64))
    known = _learned(replace(STORY, credit=pl.concat([credit, before])))
    assert known.model.weights[PartKey("C", 8.0)] > found.model.weights[PartKey("C", 8.0)]


def test_what_was_known_at_the_moments_may_be_given() -> None:
    asked = []

    def then(cut: int) -> Evidence:
        asked.append(cut)
        return replace(STORY, credit=None, posts=None)

    found = model_for_topic(STORY, MODEL, as_of=END, min_endorsers=1, then=then)
    assert asked == [_moment(share) for share in (0.5, 0.7, 0.85)]
    bare = _learned(replace(STORY, credit=None, posts=None))
    assert found.model.learned
    # posts that were there before the moment still part the sides
    assert found.people == bare.people


def test_reactions_to_what_was_there_before_a_moment_are_no_outcome() -> None:
    """Trap: a post that straddles the moment."""
    told = STORY.events.with_columns(parent=pl.lit("one post"))
    found = _learned(replace(STORY, events=told, posts=None))
    assert found.model is MODEL
    assert "1798 on posts from before are left out" in found.why
    cut = _moment(0.5)
    known = pl.DataFrame({"account": ["x:001"], "at": [cut], "post": ["later"]})
    late = STORY.events.with_columns(
        parent=pl.when(pl.col("at") > cut).then(pl.lit("later")).otherwise("parent")
    )
    found = _learned(replace(STORY, events=late, posts=None))
    assert (found.why, found.cut) == ("", cut)  # at the other moments it is there already
    assert "left out" in _learned(replace(STORY, events=late, posts=known)).why


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], "no event has a time"),
        ([("b", "a", None, 1.0)], "no event has a time"),
        ([("b", "a", 5, 1.0)], "1 event lies before the moment to learn from and none after it"),
        ([("b", "a", 5, 1.0)] * 9, "9 events lie before the moment to learn from and none after"),
        ([("b", "a", 5, 1.0), ("c", "a", 6, 1.0), ("b", "a", 7, 1.0), ("c", "a", 8, 1.0)],
         "1 of 1 people had an outcome, 50 are needed"),
        ([("a", "a", at, 1.0) for at in range(9)], "0 of 0 people had an outcome"),
        ([("a", "b", 5, 1.0), ("b", "a", 6, 1.0)] * 3, "0 of 1 people had an outcome"),
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
    cut = _moment(0.85)
    turned = STORY.events.with_columns(
        parent=pl.when(pl.col("at") > cut).then(pl.lit("x")).otherwise(pl.lit("one post")),
        target=pl.when(pl.col("at") > cut)
        .then(pl.col("target").replace_strict(other))
        .otherwise("target"),
    )
    found = _learned(replace(STORY, events=turned, posts=None))
    assert found.model is MODEL
    assert found.with_outcome >= 20
    assert found.why == "the published score did not rise with the outcome"


LEARNED = _learned(STORY).model


def test_no_part_is_left_without_weight() -> None:
    """Each carries a rule: praise from whoever praises everything, posts that nobody minds."""
    told = [LEARNED.weights[key] / MODEL.weights[key] for key in MODEL.wanted]
    assert min(told) > 0.02
    assert max(told) > 1.2


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
