"""Rules at their edges: what leaves by decay, what has no time, who is solved more exactly."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from support.rule_worlds import ANCHORS, MODELS, NOW, Act, World, parts_of, scores_of

from graphengine.scoring.parts import DAY, Evidence, PartKey, Passing, score_parts

H, S, A = (PartKey(name, 1.0) for name in "hSA")


def _events(rows: list[tuple[str, str, int | None]], *, original: bool = False) -> pl.DataFrame:
    schema = {"actor": pl.String, "target": pl.String, "at": pl.Int64}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return frame.with_columns(weight=pl.lit(1.0), original=pl.lit(original))


def _value(evidence: Evidence, key: PartKey, who: str, *, as_of: float) -> float:
    fine = Passing(precision=1e-9)
    parts = score_parts(evidence, as_of=int(as_of), wanted=[key], passing=fine)
    return float(parts.values[key][parts.accounts.to_list().index(who)])


@pytest.mark.parametrize("key", [H, S])
def test_when_old_endorsements_leave_the_others_of_their_endorser_do_not_rise(key: PartKey) -> None:
    """1,001 were endorsed by one person: a thousand 80 half-lives ago, one just now."""
    old = [("u", f"old{i}", 0) for i in range(1_000)]
    evidence = Evidence(_events([*old, ("u", "new", int(80 * DAY))]))
    still, gone = (_value(evidence, key, "new", as_of=80 * DAY + second) for second in (0, 1))
    assert gone <= still
    assert _value(evidence, key, "old7", as_of=80 * DAY) > (1.0 if key is H else 0.0)
    assert _value(evidence, key, "old7", as_of=80 * DAY + 1) == (1.0 if key is H else 0.0)


def test_reactions_without_a_time_do_not_rise_as_posts_fade() -> None:
    told = _events([("u", "a", None), ("v", "a", 0)], original=True)
    evidence = Evidence(told, pl.DataFrame({"account": ["a"] * 20, "at": [0] * 20}))
    found = [_value(evidence, A, "a", as_of=day * DAY) for day in range(0, 100, 3)]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(2 / 25)
    assert found[-1] == pytest.approx(1 / 25)


def test_amplification_without_any_times_is_reactions_over_posts() -> None:
    told = _events([("u", "a", None)] * 6, original=True)
    posts = pl.DataFrame({"account": ["a"], "at": [None]}, schema_overrides={"at": pl.Int64})
    assert _value(Evidence(told, posts), A, "a", as_of=0) == 1.0


def test_what_has_no_time_gets_the_share_of_what_the_same_person_let_fade() -> None:
    """The one limit of "time raises nobody": somebody who acts both with and without times.

    What has no time cannot fade, so it ends at its share of what it would have alone; no rule for
    shares lets it start there and also lets nobody rise when every weight fades.
    """
    evidence = Evidence(_events([("u", "a", None), ("u", "b", 0)]))
    assert _value(evidence, S, "a", as_of=0) == pytest.approx(1 / 3)
    assert _value(evidence, S, "a", as_of=30 * DAY) == pytest.approx(1 / 2, abs=1e-4)
    apart = Evidence(_events([("u", "a", None), ("v", "b", 0)]))
    assert _value(apart, S, "a", as_of=0) == _value(apart, S, "a", as_of=30 * DAY) == 0.5


@pytest.mark.parametrize("model", MODELS[:2])
def test_strangers_who_outshine_everybody_change_no_score(model) -> None:
    """With the bracket of a run: who is solved exactly, who is pushed, must not hang on them."""
    rng = np.random.default_rng(4)

    def crowd(first: int, people: int, acts: int) -> list[Act]:
        pairs = first + rng.integers(0, people, (acts, 2))
        return [Act(int(u), int(v), 700, "reply", 1.0, original=True) for u, v in pairs]

    home, strangers = crowd(0, 40, 160), crowd(1_000, 300, 3_000)
    precision = model.passing.precision
    alone = scores_of(World((), tuple(home)), model, precision=precision)
    beside = scores_of(World((), (*home, *strangers)), model, precision=precision)
    assert max(abs(beside[who] - score) for who, score in alone.items()) <= 1e-6
    assert all(round(beside[who], 1) == round(score, 1) for who, score in alone.items())


def test_untimed_endorsements_last() -> None:
    """What has no time is as strong after a century; what has one is gone."""
    world = World((), (Act(1, 0, None, "reply", 1.0, original=False),))
    century = NOW + int(36_525 * DAY)
    for model in MODELS:
        assert scores_of(world, model).of(0) == scores_of(world, model, as_of=century).of(0) > 1.0


def test_a_score_of_nothing_is_1() -> None:
    parts = parts_of(Evidence(_events([("a", "b", 0)])), MODELS[0], as_of=int(9_000 * DAY))
    assert ANCHORS(np.exp(MODELS[0].log_score(parts.values))).tolist() == [1.0, 1.0]
