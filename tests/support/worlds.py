"""Worlds whose rates are known: who sees whom, how often each reacts, and the events that came.

Three generators, each from one seed: rates that differ widely between people (lognormal and
Pareto), bursts (a post moves many at once, by a common size of its own) and communities (people
react to their own kind many times as often). Times are whole seconds; each world lasts SPAN days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.intervals.known import parts_at_rates
from graphengine.scoring.parts import DAY, Evidence

if TYPE_CHECKING:
    from graphengine.scoring.model import ScoreModel

__all__ = ["GENERATORS", "SPAN", "World", "bursts", "communities", "heavy"]

SPAN = 60


@dataclass(frozen=True)
class World:
    """evidence and exposure as a run has them; rates and people as ``parts_at_rates`` takes them."""

    evidence: Evidence
    exposure: pl.DataFrame
    rates: pl.DataFrame
    people: pl.DataFrame
    as_of: int

    def true_log_score(self, model: ScoreModel) -> dict[str, float]:
        """The log-score of everybody at the true rates."""
        parts = parts_at_rates(
            self.rates, self.people, as_of=self.as_of, wanted=model.wanted, passing=model.passing
        )
        return dict(zip(self.people["account"], model.log_score(parts).tolist(), strict=True))


def heavy(seed: int, *, n: int = 400, audience: int = 20, events: float = 8.0) -> World:
    """People's rates are Pareto, endorsers' lognormal, pairs' a Gamma around both."""
    rng = np.random.default_rng((1, seed))
    source, target = _audiences(rng, n, audience)
    x = rng.pareto(1.8, n) + 0.1
    y = rng.lognormal(0.0, 0.7, n)
    rate = x[source] * y[target] * rng.gamma(1.0, 1.0, len(source))
    return _steady(rng, n, source, target, rate * n * events / rate.sum() / SPAN)


def communities(seed: int, *, n: int = 400, audience: int = 20, events: float = 8.0) -> World:
    """Eight groups; a pair within one reacts twenty times as often as one across."""
    rng = np.random.default_rng((2, seed))
    source, target = _audiences(rng, n, audience)
    group = rng.integers(0, 8, n)
    # half of the audience comes from one's own group
    own = rng.random(len(source)) < 0.5
    for g in range(8):
        mine = own & (group[source] == g)
        target[mine] = rng.choice(np.flatnonzero(group == g), int(mine.sum()))
    source, target = _pairs(source, target, n)
    near = np.where(group[source] == group[target], 20.0, 1.0)
    rate = near * rng.lognormal(0.0, 0.5, n)[source]
    return _steady(rng, n, source, target, rate * n * events / rate.sum() / SPAN)


def bursts(seed: int, *, n: int = 400, audience: int = 20, events: float = 8.0) -> World:
    """Posts move their audience: everybody who sees one reacts with a chance that the post decides.

    A post's size is exponential, so some move most who see them and many nobody; the reactions of
    one post are one cascade, within hours.
    """
    rng = np.random.default_rng((3, seed))
    source, target = _audiences(rng, n, audience)
    posts = rng.lognormal(0.0, 0.7, n) * 6.0 / SPAN
    likes = np.minimum(rng.lognormal(0.0, 0.7, n)[target], 4.0)
    appeal = rng.lognormal(0.0, 0.5, n)
    chance = likes * appeal[source]
    chance *= n * events / (chance * posts[source] * SPAN).sum()
    chance = np.minimum(chance, 0.2)
    number = rng.poisson(posts * SPAN)
    author = np.repeat(np.arange(n), number)
    when = rng.random(len(author)) * SPAN
    size = np.minimum(rng.exponential(1.0, len(author)), 5.0)
    starts = np.searchsorted(source, np.arange(n + 1))
    rows = [
        (c, e)
        for c, u in enumerate(author)
        for e in range(starts[u], starts[u + 1])
        if rng.random() < chance[e] * size[c]
    ]
    cascade, pair = np.array(rows, dtype=np.int64).reshape(-1, 2).T
    at = when[cascade] + rng.exponential(0.1, len(cascade))
    kept = at < SPAN
    mean_size = 1.0 - np.exp(-5.0)
    return _world(
        n, source, target, chance * mean_size * posts[source],
        events=(pair[kept], at[kept], cascade[kept]), posts=(author, when, posts),
    )  # fmt: skip


GENERATORS = {"heavy": heavy, "bursts": bursts, "communities": communities}


def _audiences(rng: np.random.Generator, n: int, audience: int) -> tuple[np.ndarray, np.ndarray]:
    size = np.clip(rng.lognormal(np.log(audience) - 0.3, 0.8, n), 4, n / 3).astype(int)
    source = np.repeat(np.arange(n), size)
    return _pairs(source, rng.integers(0, n, len(source)), n)


def _pairs(source: np.ndarray, target: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    key = np.unique((source * n + target)[source != target])
    return key // n, key % n


def _steady(
    rng: np.random.Generator, n: int, source: np.ndarray, target: np.ndarray, rate: np.ndarray
) -> World:
    count = rng.poisson(rate * SPAN)
    pair = np.repeat(np.arange(len(source)), count)
    posts = rng.lognormal(0.0, 0.7, n) * 6.0 / SPAN
    author = np.repeat(np.arange(n), rng.poisson(posts * SPAN))
    when = rng.random(len(author)) * SPAN
    at = rng.random(len(pair)) * SPAN
    return _world(n, source, target, rate, events=(pair, at, None), posts=(author, when, posts))


def _world(
    n: int, source: np.ndarray, target: np.ndarray, rate: np.ndarray, *, events: tuple, posts: tuple
) -> World:
    pair, at, cascade = events
    author, when, posting = posts
    name = np.array([f"x:{k:05}" for k in range(n)])
    seconds = 1 + (at * DAY).astype(np.int64)
    rows = pl.DataFrame(
        {
            "actor": name[target[pair]], "target": name[source[pair]], "at": seconds,
            "weight": np.ones(len(pair)), "original": np.ones(len(pair), np.bool_),
        }
    )  # fmt: skip
    if cascade is not None:
        rows = rows.with_columns(cascade=pl.Series([f"c{c}" for c in cascade], dtype=pl.String))
    credit = rows.select("at", account="target", amount=pl.lit(1.0))
    written = pl.DataFrame({"account": name[author], "at": (when * DAY).astype(np.int64)})
    since = np.zeros(len(source), np.int64)
    return World(
        Evidence(rows, written, credit),
        pl.DataFrame({"source": name[source], "target": name[target], "since": since}),
        pl.DataFrame(
            {"source": name[source], "target": name[target], "since": since, "rate": rate}
        ),
        pl.DataFrame(
            {"account": name, "since": 0, "posts": posting, "original": 1.0, "credit": 1.0}
        ),
        SPAN * int(DAY),
    )
