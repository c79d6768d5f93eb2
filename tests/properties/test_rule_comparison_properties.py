"""Rules that compare two people, other things equal: they react to nobody and are endorsed alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from support.rule_worlds import (
    MODELS,
    NOW,
    PEOPLE,
    PROPERTY,
    RULE,
    Act,
    Post,
    World,
    acts,
    named,
    scores_of,
    worlds,
)

if TYPE_CHECKING:
    from graphengine.scoring.model import ScoreModel

MODEL = st.sampled_from(MODELS)
ONE, TWO, FRESH = 100, 101, 1_000  # the two compared; the first of people who did nothing before
HOURS = st.one_of(st.none(), st.integers(0, 30 * 24))
KIND = st.sampled_from(["retweet", "reply", "mention", "like"])


def _alike(world: World, praise: list[Act], posts: list[int | None]) -> World:
    """The two with the same endorsers, at the same times, and the same posts."""
    both = [act._replace(target=who) for act in praise for who in (ONE, TWO)]
    told = [Post(who, None, hour, "reply", 1.0) for hour in posts for who in (ONE, TWO)]
    return world.plus(*both, posts=tuple(told))


def _hundred(hours: list[int | None]) -> list[int | None]:
    return [hours[i % len(hours)] for i in range(100)]


ALIKE = st.builds(_alike, worlds(), st.lists(acts(), max_size=4), st.lists(HOURS, max_size=3))


@PROPERTY
@given(ALIKE, MODEL)
def test_two_who_are_alike_have_the_same_score(world: World, model: ScoreModel) -> None:
    found = scores_of(world, model)
    assert abs(found.of(ONE) - found.of(TWO)) <= RULE


@PROPERTY
@given(ALIKE, st.lists(HOURS, min_size=1, max_size=20), KIND, st.booleans(), MODEL)
def test_a_hundred_people_once_beat_one_person_a_hundred_times(
    world: World, hours: list[int | None], kind: str, original: bool, model: ScoreModel
) -> None:
    once = [Act(FRESH + i, ONE, h, kind, 1.0, original) for i, h in enumerate(_hundred(hours))]
    often = [Act(FRESH + 100, TWO, hour, kind, 1.0, original) for hour in _hundred(hours)]
    found = scores_of(world.plus(*once, *often), model)
    assert found.of(ONE) > found.of(TWO) + 0.1


@PROPERTY
@given(ALIKE, st.integers(1, 9), HOURS, MODEL)
def test_a_hundred_reactions_to_ten_posts_beat_as_many_to_a_thousand(
    world: World, days: int, posted: int | None, model: ScoreModel
) -> None:
    """The same people react at the same times; all the posts are as old as each other."""
    reactions = [
        Act(FRESH + i, who, NOW // 3_600 - 24 * (1 + i % days), "like", 1.0, original=True)
        for i in range(100)
        for who in (ONE, TWO)
    ]
    posts = [Post(who, None, posted, "reply", 1.0) for who, n in ((ONE, 10), (TWO, 1_000)) for _ in range(n)]  # fmt: skip
    found = scores_of(world.plus(*reactions, posts=tuple(posts)), model)
    # a post so old that nothing is left of it is no post: then they are alike
    assert found.of(ONE) >= found.of(TWO) - RULE
    if posted is None or posted >= 20 * 24:
        assert found.of(ONE) > found.of(TWO) + 0.01


@PROPERTY
@given(ALIKE, st.integers(1, 40), HOURS, KIND, st.sampled_from([0.5, 1.0, 3.0]), MODEL)
def test_a_reaction_of_somebody_who_reacts_to_everything_counts_less(
    world: World, others: int, hour: int | None, kind: str, weight: float, model: ScoreModel
) -> None:
    """Of two newcomers one reacts to one person, one to many others as well, who are nobody."""
    select = Act(FRESH, ONE, hour, kind, weight, original=False)
    every = [
        select._replace(actor=FRESH + 1, target=who)
        for who in (TWO, *range(FRESH + 2, FRESH + 2 + others))
    ]
    found = scores_of(world.plus(select, *every), model)
    assert found.of(ONE) >= found.of(TWO) - RULE
    if hour is None or hour >= 20 * 24:
        assert found.of(ONE) > found.of(TWO) + 1e-6


@PROPERTY
@given(worlds(), st.lists(acts(), min_size=1, max_size=6), st.integers(0, PEOPLE - 1), MODEL)
def test_whoever_is_endorsed_more_in_every_way_never_stands_below(
    world: World, praise: list[Act], who: int, model: ScoreModel
) -> None:
    """What a second person gets beside everything that the first gets."""
    more = [act._replace(target=TWO) for act in praise]
    found = scores_of(_alike(world, praise[:2], []).plus(*more), model)
    assert found.of(TWO) >= found.of(ONE) - RULE
    assert named(TWO) in found or all(act.actor == act.target for act in more)
