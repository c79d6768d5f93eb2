"""Which events count: the strongest of each act, topics apart, decay, exposure."""

from __future__ import annotations

import polars as pl
import pytest
from support.data import dataset
from support.event_rows import ALL, interactions

from graphengine.errors import InputError
from graphengine.events import KINDS, Exposure, Interactions
from graphengine.graph import (
    exposure_as_interactions,
    faded,
    influence_events,
    topic_events,
    weighted,
)

DAY = 86_400


def _kept(*rows: dict[str, object], **method: object) -> list[str]:
    return sorted(influence_events(interactions(*rows), **{**ALL, **method})["event_id"])


def test_of_one_post_the_strongest_kind_counts() -> None:
    rows = [{"kind": kind, "post": "p", "at": i} for i, kind in enumerate(reversed(KINDS))]
    assert _kept(*rows) == [f"e{len(KINDS) - 1:06}"]


def test_without_a_post_the_second_tells_acts_apart() -> None:
    assert _kept({"at": 5}, {"at": 5, "kind": "like"}, {"at": 6, "kind": "like"}) == [
        "e000000", "e000002",
    ]  # fmt: skip


def test_without_both_every_event_is_an_act() -> None:
    assert len(_kept({}, {"kind": "like"}, {"kind": "like"})) == 3


def test_others_posts_actors_and_targets_are_other_acts() -> None:
    post = {"post": "p", "at": 1}
    rows = [post, {**post, "post": "q"}, {**post, "actor": "c"}, {**post, "target": "c"}]
    assert len(_kept(*rows)) == 4


def test_the_largest_weight_of_kind_or_word_is_the_strongest() -> None:
    rows = [{"post": "p"}, {"post": "p", "kind": "like", "word": "superlike"}]
    assert _kept(*rows, weights={"superlike": 2.0}) == ["e000001"]
    assert _kept(*rows, weights={"like": 2.0}) == ["e000001"]
    assert _kept(*rows, weights={"like": 2.0, "superlike": 0.5}) == ["e000000"]


def test_ties_end_at_the_sources_weight_and_then_the_id() -> None:
    assert _kept({"post": "p"}, {"post": "p", "weight": 3.0}, {"post": "p"}) == ["e000001"]
    assert _kept({"post": "p"}, {"post": "p"}) == ["e000000"]


def test_kinds_that_are_not_listed_and_weights_of_0_do_not_hide_others() -> None:
    rows = [{"post": "p"}, {"post": "p", "kind": "mention"}]
    assert _kept(*rows, endorsements=["mention"]) == ["e000001"]
    assert _kept(*rows, weights={"retweet": 0.0}) == ["e000001"]
    assert _kept({"weight": 0.0}) == []


def test_weights_multiply() -> None:
    events = weighted(interactions({"weight": 3.0}), weights={"retweet": 0.5}, endorsements=KINDS)
    assert events["weight"].to_list() == [1.5]


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_impossible_weights_are_named(weight: float) -> None:
    with pytest.raises(InputError, match=r"1 events .* e000001 .* `skip`"):
        influence_events(interactions({}, {"weight": weight}), **ALL)


def test_order_of_events_changes_nothing() -> None:
    rows = [{"post": f"p{i % 3}", "kind": KINDS[i % 5], "weight": 1.0 + i % 2} for i in range(40)]
    frame = interactions(*rows)
    expected = influence_events(frame, **ALL).sort("event_id")
    for seed in range(3):
        shuffled = frame.sample(fraction=1.0, shuffle=True, seed=seed)
        assert influence_events(shuffled, **ALL).sort("event_id").equals(expected)


def _by_topic(*rows: dict[str, object]) -> list[tuple[str, str, float]]:
    topics = pl.DataFrame({"word": ["A", "a", "B"], "topic": ["t/a", "t/a", "t/b"]})
    shared = topic_events(weighted(interactions(*rows), **ALL), topics)
    return sorted(shared.select("topic", "event_id", "share").rows())


def test_an_event_of_several_topics_is_shared() -> None:
    assert _by_topic({"topics": ["A", "B"]}, {"topics": ["B"]}, {"topics": []}) == [
        ("t/a", "e000000", 0.5), ("t/b", "e000000", 0.5), ("t/b", "e000001", 1.0),
    ]  # fmt: skip


def test_two_words_of_one_topic_are_one_and_unknown_words_none() -> None:
    assert _by_topic({"topics": ["A", "a"]}, {"topics": ["A", "outlier"]}) == [
        ("t/a", "e000000", 1.0), ("t/a", "e000001", 1.0),
    ]  # fmt: skip


def test_a_stronger_event_of_another_topic_hides_nothing() -> None:
    weak = {"kind": "mention", "post": "p", "topics": ["A"]}
    strong = {"kind": "retweet", "post": "p", "topics": ["B"]}
    assert _by_topic(weak, strong) == [("t/a", "e000000", 1.0), ("t/b", "e000001", 1.0)]
    assert _by_topic(weak, {**strong, "topics": ["A"]}) == [("t/a", "e000001", 1.0)]


def test_decay() -> None:
    events = pl.DataFrame({"at": [0, 45 * DAY, 46 * DAY, None], "weight": [1.0, 1.0, 1.0, 1.0]})
    left = faded(events, as_of=45 * DAY, half_life=30.0 * DAY)["weight"].to_list()
    assert left == [pytest.approx(0.35355339, abs=5e-9), 1.0, 1.0]  # the last has no time
    assert faded(events, as_of=45 * DAY, half_life=None)["weight"].to_list() == [1.0] * 3
    assert faded(events, as_of=None, half_life=None).height == 4
    with pytest.raises(ValueError, match="as_of"):
        faded(events, as_of=None, half_life=1.0)


def test_what_has_decayed_below_two_to_the_minus_eighty_has_left() -> None:
    events = pl.DataFrame({"at": [0, 1], "weight": [1.0, 1e30]})
    assert faded(events, as_of=81, half_life=1.0)["at"].to_list() == [1]


def test_exposure_becomes_events_of_no_topic() -> None:
    rows = [{"kind": "follow", "actor": "a", "target": "b", "at": None, "source": "s"},
            {"kind": "seen", "actor": "a", "target": "b", "at": 3, "source": "s"}]  # fmt: skip
    exposure = Exposure(pl.DataFrame(rows, schema=Exposure.SCHEMA))
    events = Interactions(exposure_as_interactions(exposure.frame)).frame
    assert events["event_id"].to_list() == ["follow:a:b", "seen:a:b"]
    kept = influence_events(events, weights={"follow": 0.1}, endorsements=["follow", "retweet"])
    assert kept.select("kind", "weight").rows() == [("follow", 0.1)]


def test_higgs() -> None:
    words = {"RT": "retweet", "MT": "mention", "RE": "reply"}
    raw = pl.read_csv(
        dataset("higgs") / "higgs-activity_time.txt.gz", separator=" ", has_header=False,
        new_columns=["actor", "target", "at", "word"], infer_schema=False,
    )  # fmt: skip
    frame = raw.select(
        pl.concat_str(["word", "actor", "target", "at"], separator=":").alias("event_id"),
        pl.col("word").replace_strict(words).alias("kind"), "word", "actor", "target",
        pl.col("at").cast(pl.Int64), pl.lit([], dtype=pl.List(pl.String)).alias("topics"),
        pl.lit(None, dtype=pl.String).alias("post"), pl.lit(None, dtype=pl.String).alias("parent"),
        pl.lit(1.0).alias("weight"), pl.lit("higgs").alias("source"),
    )  # fmt: skip
    events = influence_events(Interactions(frame).frame, **ALL)
    assert events.height == 522_618
    counts = dict(events["word"].value_counts().iter_rows())
    assert counts == {"RT": 354_930, "MT": 130_787, "RE": 36_901}


def test_a_further_telling_of_an_act_makes_it_neither_older_nor_lighter() -> None:
    like = {"kind": "like", "post": "p", "at": 90, "weight": 10.0}
    older = {"kind": "retweet", "post": "p", "at": 5, "weight": 1.0}
    both = influence_events(interactions(like, older), weights={"like": 0.5}, endorsements=KINDS)
    assert both.select("kind", "at", "weight").rows() == [("retweet", 90, 5.0)]
    untimed = {**older, "at": None}
    found = influence_events(interactions(like, untimed), weights={}, endorsements=KINDS)
    assert found.select("kind", "at", "weight").rows() == [("retweet", None, 10.0)]
