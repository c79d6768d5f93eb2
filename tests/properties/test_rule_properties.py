"""Rules that always hold, at the level of the score: praise, time, strangers, names, order."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from support.rule_worlds import (
    CLOSE,
    HOUR,
    MODELS,
    NOW,
    PEOPLE,
    PROPERTY,
    RULE,
    Act,
    Post,
    World,
    acts,
    evidence_of,
    merged,
    parts_of,
    renamed,
    scores_of,
    worlds,
)

from graphengine.scoring.parts import Evidence

if TYPE_CHECKING:
    from graphengine.scoring.model import ScoreModel

MODEL = st.sampled_from(MODELS)
WHO = st.integers(0, PEOPLE - 1)


@PROPERTY
@given(worlds(), acts(), MODEL)
def test_an_added_endorsement_never_lowers_the_endorsed(
    world: World, act: Act, model: ScoreModel
) -> None:
    before, after = scores_of(world, model), scores_of(world.plus(act), model)
    assert after.of(act.target) >= before.of(act.target) - RULE


@PROPERTY
@given(worlds(), WHO, st.integers(0, 7), st.sampled_from(["reply", "retweet"]), MODEL)
def test_an_added_answer_lowers_nobody_above_it(
    world: World, who: int, above: int, kind: str, model: ScoreModel
) -> None:
    """It names its parent: its author is endorsed, and whoever stands further up gets credit."""
    if world.posts:
        above %= len(world.posts)
        parent = world.posts[above]
        before = scores_of(world, model)
        after = scores_of(world.plus(posts=(Post(who, above, 29 * 24, kind, 1.0),)), model)
        assert after.of(parent.author) >= before.of(parent.author) - RULE
        assert after.of(who) >= before.of(who) - RULE


@PROPERTY
@given(worlds(), st.lists(acts(), min_size=1, max_size=5), WHO, MODEL)
def test_praising_others_never_lowers_whoever_does(
    world: World, praise: list[Act], who: int, model: ScoreModel
) -> None:
    """Once or often, one person or many, now or long ago."""
    own = [act._replace(actor=who) for act in praise]
    before, after = scores_of(world, model), scores_of(world.plus(*own), model)
    assert after.of(who) >= before.of(who) - RULE


@PROPERTY
@given(worlds(mixed=False), st.sampled_from([1, 20, 24 * 40, 24 * 400, 24 * 9_000]), MODEL)
def test_time_without_events_raises_nobody(world: World, hours: int, model: ScoreModel) -> None:
    before = scores_of(world, model)
    after = scores_of(world, model, as_of=NOW + hours * HOUR)
    assert all(after[who] <= score + RULE for who, score in before.items())


@PROPERTY
@given(worlds(), st.sampled_from([0.999, 0.5, 1e-3, 1e-12]), MODEL)
def test_when_all_weights_fade_nobody_rises(world: World, left: float, model: ScoreModel) -> None:
    evidence = evidence_of(world)
    faded = replace(evidence, events=evidence.events.with_columns(pl.col("weight") * left))
    before, after = scores_of(evidence, model), scores_of(faded, model)
    assert all(after[who] <= score + RULE for who, score in before.items())


@PROPERTY
@given(worlds(), worlds(), MODEL, st.sampled_from([1e-9, 0.01]))
def test_strangers_change_nobody(
    world: World, strangers: World, model: ScoreModel, precision: float
) -> None:
    before = scores_of(world, model, precision=precision)
    both = merged(world, renamed(strangers, lambda person: person + 50))
    after = scores_of(both, model, precision=precision)
    assert all(abs(after[who] - score) <= CLOSE for who, score in before.items())


@PROPERTY
@given(worlds(), st.permutations(range(PEOPLE)), MODEL)
def test_other_names_change_nothing(world: World, names: list[int], model: ScoreModel) -> None:
    before, after = (
        scores_of(world, model),
        scores_of(renamed(world, lambda person: names[person]), model),
    )
    assert all(abs(after.of(names[p]) - before.of(p)) <= CLOSE for p in range(PEOPLE))


@PROPERTY
@given(worlds(), st.integers(0, 1_000), st.integers(1, 5), MODEL)
def test_order_of_rows_changes_no_bit(
    world: World, seed: int, batches: int, model: ScoreModel
) -> None:
    """Shuffled, and put together from several frames: the same rows give the same bytes."""
    told = evidence_of(world)
    turned = Evidence(*(_dealt(f, seed, batches) for f in (told.events, told.posts, told.credit)))
    one, two = (parts_of(evidence, model) for evidence in (told, turned))
    assert one.accounts.equals(two.accounts)
    for key, values in one.values.items():
        assert values.tobytes() == two.values[key].tobytes(), key


def _dealt(frame: pl.DataFrame, seed: int, batches: int) -> pl.DataFrame:
    rows = list(range(frame.height))
    random.Random(seed).shuffle(rows)
    return pl.concat([frame[rows[first::batches]] for first in range(batches)])


@PROPERTY
@given(worlds(), MODEL)
def test_the_same_input_gives_the_same_bytes_within_1_and_100(
    world: World, model: ScoreModel
) -> None:
    one, two = scores_of(world, model), scores_of(world, model)
    assert list(one.items()) == list(two.items())
    assert all(1.0 <= score <= 100.0 for score in one.values())
    endorsed = {f"x:{a.target}" for a in world.acts if a.target != a.actor}
    assert all(one[who] > 1.0 for who in endorsed)
