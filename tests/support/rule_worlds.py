"""Worlds to try the score's rules on: posts, answers with named parents, and reactions to people.

A world is a list of posts, some of which answer an earlier one, and of acts that are aimed at a
person or at a post. Anything may lack a time. Every answer is an endorsement of the author above,
and gives credit to all authors above it, each once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl
from hypothesis import settings
from hypothesis import strategies as st

from graphengine import scoring
from graphengine.scoring.anchors import load_anchors
from graphengine.scoring.model import ScoreModel, load_model
from graphengine.scoring.parts import DAY, Evidence, PartKey, Passing, score_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.scoring.parts import Parts

__all__ = [
    "ANCHORS",
    "CLOSE",
    "HOUR",
    "MODELS",
    "NOW",
    "PEOPLE",
    "PROPERTY",
    "RULE",
    "Act",
    "Post",
    "World",
    "acts",
    "evidence_of",
    "merged",
    "named",
    "parts_of",
    "renamed",
    "scores_of",
    "worlds",
]

NOW, HOUR, PEOPLE = int(30 * DAY), 3_600, 8
PROPERTY = settings(max_examples=15)
RULE = 5e-8  # of a score: what 1e-9 in h can move it by is less
CLOSE = 1e-6  # of a score, where only the way of solving differs
# the file itself, whatever version a run takes
_PLACE = Path(scoring.__file__).parent / "anchors" / "2.toml"
_KINDS = {"retweet": 1.0, "reply": 1.0, "mention": 0.7, "like": 0.25}
_FINE = 1e-9  # the width of h's bracket


class Post(NamedTuple):
    """Somebody's post; ``above``: the number of the post that it answers, None for an original."""

    author: int
    above: int | None
    hour: int | None
    kind: str
    weight: float


class Act(NamedTuple):
    """``actor`` reacts to ``target``, to one of its original posts where ``original``."""

    actor: int
    target: int
    hour: int | None
    kind: str
    weight: float
    original: bool


@dataclass(frozen=True, slots=True)
class World:
    """Posts, an answer always after what it answers, and acts."""

    posts: tuple[Post, ...]
    acts: tuple[Act, ...]

    def plus(self, *acts: Act, posts: tuple[Post, ...] = ()) -> World:
        """The same world, and more."""
        return replace(self, acts=(*self.acts, *acts), posts=(*self.posts, *posts))


def _model(*rows: tuple[str, float, float], kappa: float = 1.0, alpha: float = 0.5) -> ScoreModel:
    weights = {PartKey(name, days): beta for name, days, beta in rows}
    return ScoreModel("t", "2", "test", Passing(alpha=alpha, kappa=kappa), weights, {})


# the released one, one that forgets soon and saturates otherwise, one that forgets nothing
MODELS = (
    load_model(),
    _model(("R", 0.2, 0.1), ("R", 3.0, 0.1), ("h", 1.0, 0.3), ("h", 9.0, 0.2), ("S", 1.0, 0.1),
           ("C", 2.0, 0.1), ("A", 2.0, 0.1), kappa=0.3, alpha=0.8),
    _model(("R", np.inf, 0.2), ("h", np.inf, 0.4), ("S", np.inf, 0.2), ("C", np.inf, 0.1),
           ("A", np.inf, 0.1), kappa=4.0, alpha=1.0),
)  # fmt: skip


ANCHORS = load_anchors(_PLACE).score


def _hours(*, timed: bool | None) -> st.SearchStrategy[int | None]:
    inside = st.integers(0, 30 * 24)
    if timed is None:
        return st.one_of(inside, inside, inside, st.none())
    return inside if timed else st.none()


def acts(*, timed: bool | None = None) -> st.SearchStrategy[Act]:
    """One act between two of PEOPLE; ``timed``: it has a time, it has none, or either (None)."""
    who = st.integers(0, PEOPLE - 1)
    weight = st.sampled_from([1.0, 1.0, 0.5, 3.0, 1e-4, 200.0])
    kind = st.sampled_from(sorted(_KINDS))
    return st.builds(Act, who, who, _hours(timed=timed), kind, weight, st.booleans())


@st.composite
def worlds(draw: st.DrawFn, *, mixed: bool = True) -> World:
    """Up to 8 people, 14 acts and 8 posts; unless ``mixed`` nobody acts both with and without times."""
    untimed = set() if mixed else draw(st.sets(st.integers(0, PEOPLE - 1), max_size=3))
    told = draw(st.lists(acts(timed=None if mixed else True), min_size=1, max_size=14))
    found = [act._replace(hour=None) if act.actor in untimed else act for act in told]
    posts: list[Post] = []
    for place in range(draw(st.integers(0, 8))):
        author = draw(st.integers(0, PEOPLE - 1))
        above = draw(st.one_of(st.none(), st.integers(0, place - 1))) if place else None
        hour = draw(_hours(timed=None if mixed else author not in untimed))
        kind = draw(st.sampled_from(["retweet", "reply"]))
        posts.append(Post(author, above, hour, kind, draw(st.sampled_from([1.0, 0.5]))))
    return World(tuple(posts), tuple(found))


def named(person: int) -> str:
    """The key of a person."""
    return f"x:{person}"


def renamed(world: World, name: Callable[[int], int]) -> World:
    """The same world of other people."""
    return World(
        tuple(post._replace(author=name(post.author)) for post in world.posts),
        tuple(act._replace(actor=name(act.actor), target=name(act.target)) for act in world.acts),
    )


def merged(world: World, other: World) -> World:
    """Two worlds side by side."""
    first = len(world.posts)
    moved = (
        post if post.above is None else post._replace(above=post.above + first)
        for post in other.posts
    )
    return world.plus(*other.acts, posts=tuple(moved))


def evidence_of(world: World) -> Evidence:
    """What the score takes: endorsements of both sorts, original posts, credit of everybody above."""
    rows = [
        (named(a.actor), named(a.target), _at(a.hour), a.weight * _KINDS[a.kind], a.original)
        for a in world.acts
    ]
    credit = []
    for post in world.posts:
        if post.above is not None:
            parent = world.posts[post.above]
            weight = post.weight * _KINDS[post.kind]
            to = named(parent.author)
            rows.append((named(post.author), to, _at(post.hour), weight, parent.above is None))
            credit += [(named(who), _at(post.hour), 1.0) for who in _above(world.posts, post)]
    originals = [(named(p.author), _at(p.hour)) for p in world.posts if p.above is None]
    return Evidence(
        _frame(rows, {"actor": pl.String, "target": pl.String, "at": pl.Int64,
                      "weight": pl.Float64, "original": pl.Boolean}),
        _frame(originals, {"account": pl.String, "at": pl.Int64}),
        _frame(credit, {"account": pl.String, "at": pl.Int64, "amount": pl.Float64}),
    )  # fmt: skip


def _at(hour: int | None) -> int | None:
    return None if hour is None else hour * HOUR


def _frame(rows: list[tuple], schema: dict[str, type[pl.DataType]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=schema, orient="row")


def _above(posts: tuple[Post, ...], post: Post) -> list[int]:
    """Who wrote what lies above a post, oneself apart, each once."""
    found, above = set(), post.above
    while above is not None:
        found.add(posts[above].author)
        above = posts[above].above
    return sorted(found - {post.author})


def parts_of(
    evidence: Evidence, model: ScoreModel, *, as_of: int = NOW, precision: float = _FINE
) -> Parts:
    """The parts of everybody, h to 1e-9 unless a wider bracket is asked for."""
    passing = replace(model.passing, precision=precision)
    return score_parts(evidence, as_of=as_of, wanted=model.wanted, passing=passing)


class _Scores(dict[str, float]):
    """Scores by key; somebody without evidence has 1."""

    def __missing__(self, key: str) -> float:
        return 1.0

    def of(self, person: int) -> float:
        """The score of a person."""
        return self[named(person)]


def scores_of(
    world: World | Evidence, model: ScoreModel, *, as_of: int = NOW, precision: float = _FINE
) -> _Scores:
    """Everybody's score from 1 to 100, as a run makes it: parts, model, anchors."""
    evidence = evidence_of(world) if isinstance(world, World) else world
    parts = parts_of(evidence, model, as_of=as_of, precision=precision)
    scores = ANCHORS(np.exp(model.log_score(parts.values)))
    return _Scores(zip(parts.accounts.to_list(), scores.tolist(), strict=True))
