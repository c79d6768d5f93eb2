"""Small worlds whose scores can be made anew without some of their events."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY, Evidence, PartKey, score_parts

if TYPE_CHECKING:
    from graphengine.scoring.model import ScoreModel

__all__ = ["MODEL", "NOW", "REACH_ALONE", "log_scores", "reduced", "world"]

NOW = int(900 * DAY)
MODEL = load_model()
REACH_ALONE = replace(MODEL, weights={key: float(key == PartKey("h", 8.0)) for key in MODEL.wanted})


def world(seed: int, people: int = 14, events: int = 120) -> Evidence:
    """Events of a few kinds by people who mostly endorse the first; some very old, some without a time.

    Every event has a post of its own, a reaction to one of eight, and makes credit for whom it names.
    """
    draw = np.random.default_rng(seed)
    names = np.array([f"x:{n:02d}" for n in range(people)])
    age = np.where(draw.random(events) < 0.8, draw.exponential(6.0, events), 800.0)
    frame = pl.DataFrame(
        {
            "event_id": [f"e{n}" for n in range(events)],
            "actor": names[draw.integers(0, people, events)],
            "target": names[draw.zipf(1.6, events) % people],
            "at": NOW - (age * DAY).astype(np.int64),
            "weight": draw.choice([1.0, 0.5, 3.0], events),
            "kind": draw.choice(["retweet", "like", "reply"], events),
            "post": [f"p{n}" for n in range(events)],
            "parent": [f"o{n}" for n in draw.integers(0, 8, events)],
            "original": draw.random(events) < 0.5,
        }
    ).with_columns(at=pl.when(pl.Series(draw.random(events) < 0.9)).then("at"))
    others = frame.filter(pl.col("actor") != pl.col("target"))
    credit = others.select(
        "at", "post", account="target", amount=pl.lit(1.0), under=pl.col("parent")
    )
    posts = pl.DataFrame({"account": names[:5], "post": [f"q{n}" for n in range(5)]})
    return Evidence(frame, posts.with_columns(at=pl.Series(NOW - draw.integers(0, 9, 5))), credit)


def log_scores(evidence: Evidence, as_of: int = NOW, model: ScoreModel = MODEL) -> dict[str, float]:
    """Everybody's log-score, made from the beginning, h to 1e-9."""
    passing = replace(model.passing, precision=1e-9)
    parts = score_parts(evidence, as_of=as_of, wanted=model.wanted, passing=passing)
    return dict(zip(parts.accounts.to_list(), model.log_score(parts.values).tolist(), strict=True))


def reduced(evidence: Evidence, gone: pl.Expr) -> Evidence:
    """The world without the events that ``gone`` picks, and without the credit of their posts."""
    posts = evidence.events.filter(gone)["post"]
    assert evidence.credit is not None
    return Evidence(
        evidence.events.filter(~gone),
        evidence.posts,
        evidence.credit.filter(~pl.col("post").is_in(posts.implode())),
    )
