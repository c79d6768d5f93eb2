"""The rules in a run: events in batches of any order, topics beside each other, night after night."""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from support.rule_runs import Logged, rows_of, tellable
from support.rule_worlds import (
    CLOSE,
    HOUR,
    MODELS,
    NOW,
    PEOPLE,
    RULE,
    World,
    acts,
    named,
    renamed,
    scores_of,
    worlds,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.rule_runs import Row

EXAMPLES = pytest.mark.parametrize("examples", [3, pytest.param(30, marks=pytest.mark.soak)])
WHO = st.integers(0, PEOPLE - 1)
SEED = st.integers(0, 1_000)


@pytest.fixture
def new() -> Iterator[Callable[..., Logged]]:
    """Workspaces, as many as one likes."""
    with tempfile.TemporaryDirectory() as folder:
        numbers = itertools.count()
        yield lambda half_life=8.0: Logged(Path(folder) / str(next(numbers)), half_life)


def _try(examples: int, *given_by: st.SearchStrategy, holds: Callable[..., None]) -> None:
    often = settings(max_examples=examples, phases=(Phase.generate,))
    often(given(*given_by)(holds))()


def _of(scores: pl.DataFrame, topic: str = "t/a") -> dict[str, float]:
    kept = scores.filter(pl.col("topic") == topic)
    return dict(kept.select("account", "score").iter_rows())


@EXAMPLES
def test_a_run_gives_the_scores_of_the_library_whatever_the_order_and_batches(
    examples: int, new: Callable[..., Logged]
) -> None:
    def holds(world: World, seed: int, batches: int) -> None:
        world = tellable(world)
        rows = rows_of(world, topic="A")
        one = new().add(rows).scores()
        two = new().add(rows, batches=batches, seed=seed).scores()
        assert one.equals(two)
        expected = scores_of(world, MODELS[0])
        for topic in ("t/a", "t/overall"):
            for who, score in _of(one, topic).items():
                assert abs(score - expected[who]) <= 1e-7, (topic, who)

    _try(examples, worlds(), SEED, st.integers(2, 4), holds=holds)


@EXAMPLES
def test_what_happens_in_another_topic_changes_no_bit(
    examples: int, new: Callable[..., Logged]
) -> None:
    """Be it a topic that was there, or a new one; by the same people."""

    def holds(world: World, other: World, further: World) -> None:
        rows = rows_of(world, topic="A") + rows_of(other, topic="B")
        more = rows_of(further, topic="C") + rows_of(further, topic="B", network="y")
        before, after = new().add(rows).scores(), new().add(rows + more).scores()
        here = pl.col("topic") == "t/a"
        assert after.filter(here).equals(before.filter(here))
        was, now = _of(before, "t/b"), _of(after, "t/b")  # where strangers came in
        assert all(abs(now[who] - score) <= CLOSE for who, score in was.items())

    _try(examples, worlds(), worlds(), worlds(), holds=holds)


@EXAMPLES
def test_praising_and_following_lower_nobody_who_does_and_raise_whom_they_name(
    examples: int, new: Callable[..., Logged]
) -> None:
    def holds(world: World, praise: list, who: int, other: int) -> None:
        whom = other if other != who else PEOPLE
        own = [act._replace(actor=who, target=whom) for act in praise]
        follows: list[Row] = [
            ("exposure", {"actor": named(who), "target": named(other), "at": 9 * HOUR})
            for other in range(PEOPLE)
            if other != who
        ]
        before = new().add(rows_of(world, topic="A")).scores()
        after = new().add(rows_of(world.plus(*own), topic="A") + follows).scores()
        for topic in ("t/a", "t/overall"):
            was, now = _of(before, topic), _of(after, topic)
            for key in (named(who), named(whom)):
                assert now.get(key, 1.0) >= was.get(key, 1.0) - RULE, (topic, key)

    _try(examples, worlds(), st.lists(acts(), min_size=1, max_size=4), WHO, WHO, holds=holds)


@EXAMPLES
def test_strangers_change_nobody_in_a_run(examples: int, new: Callable[..., Logged]) -> None:
    def holds(world: World, strangers: World) -> None:
        rows = rows_of(world, topic="A")
        others = rows_of(renamed(strangers, lambda p: p + 50), topic="A", network="y")
        before, after = new().add(rows).scores(), new().add(rows + others).scores()
        for topic in ("t/a", "t/overall"):
            was, now = _of(before, topic), _of(after, topic)
            assert all(abs(now[who] - score) <= CLOSE for who, score in was.items())
            assert all(round(now[who], 1) == round(score, 1) for who, score in was.items())

    _try(examples, worlds(), worlds(), holds=holds)


@EXAMPLES
def test_nights_raise_nobody_and_end_where_one_night_would(
    examples: int, new: Callable[..., Logged]
) -> None:
    """Time passes between runs, then the rest of the events come in; each run starts at the last."""

    def holds(world: World, late: World, days: int, half_life: float | None) -> None:
        first = rows_of(world, topic="A")
        second = rows_of(late, topic="A", network="y") + rows_of(late, topic="B")
        nightly = new(half_life).add(first)
        end = NOW + days * 24 * HOUR
        evening, night = _of(nightly.scores()), _of(nightly.scores(as_of=end))
        assert all(night.get(who, 1.0) <= score + RULE for who, score in evening.items())
        whole = new(half_life).add(first + second).scores(as_of=end)
        patched = nightly.add(second).scores(as_of=end)
        assert patched.select("topic", "account").equals(whole.select("topic", "account"))
        for name, most in (("score", CLOSE), ("raw", CLOSE)):
            apart = patched[name].to_numpy() - whole[name].to_numpy()
            assert np.abs(apart).max(initial=0.0) <= most
        assert patched["score"].round(1).equals(whole["score"].round(1))

    days, half_lives = st.sampled_from([1, 30, 400]), st.sampled_from([8.0, 0.7, None])
    _try(examples, worlds(mixed=False), worlds(), days, half_lives, holds=holds)
