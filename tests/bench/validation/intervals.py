"""python -m tests.bench.validation.intervals [WORLDS] [GENERATOR ...]: coverage of the intervals."""

from __future__ import annotations

import sys
from typing import NamedTuple

import numpy as np

from graphengine.scoring.anchors import load_anchors
from graphengine.scoring.intervals import Intervals, Sampling, Scoring, score_intervals
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import Parts, score_parts
from tests.support.worlds import GENERATORS, World

__all__ = ["Covered", "covered", "main"]

TOP, FEW = 100, 5


class Covered(NamedTuple):
    """Scored people of one world, in one order each: is the truth inside, where they belong."""

    inside: np.ndarray
    top: np.ndarray
    few: np.ndarray
    below: np.ndarray
    above: np.ndarray
    width: np.ndarray
    bias: np.ndarray
    widened: int
    contained: bool


def covered(world: World, *, exposed: bool = True, draws: int = 200) -> Covered:
    """Score a world, draw its intervals, and look where its true scores lie."""
    model, anchors = load_model(), load_anchors()
    parts = score_parts(
        world.evidence, as_of=world.as_of, wanted=model.wanted, passing=model.passing
    )
    found = score_intervals(
        world.evidence, parts=parts, scoring=Scoring(model, anchors), as_of=world.as_of,
        exposure=world.exposure if exposed else None, sampling=Sampling(draws=draws),
    )  # fmt: skip
    truth = world.true_log_score(model)
    true = anchors.score(np.exp([truth[a] for a in found.table["account"]]))
    return _judged(found, parts, true, score=anchors.score(np.exp(model.log_score(parts.values))))


def _judged(found: Intervals, parts: Parts, true: np.ndarray, *, score: np.ndarray) -> Covered:
    scored = parts.endorsers >= 3
    score, received = score[scored], parts.received[scored]
    low, high = (found.table[c].fill_null(np.nan).to_numpy() for c in ("low", "high"))
    top = np.zeros(len(score), np.bool_)
    top[np.argsort(-score, kind="stable")[:TOP]] = True
    return Covered(
        (low <= true) & (true <= high), top, received < FEW, true < low, true > high,
        high - low, score - true, found.widened,
        bool(((low <= score + 1e-7) & (score <= high + 1e-7)).all()),
    )  # fmt: skip


def main(worlds: int, names: list[str]) -> None:
    """Print one row a generator, exposures known and not."""
    print(
        "| generator | exposures | people | all | top 100 | < 5 events | below | above | widened | width | bias |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in names:
        for exposed in (True, False):
            _row(
                name,
                exposed,
                [covered(GENERATORS[name](s), exposed=exposed) for s in range(worlds)],
            )


def _row(name: str, exposed: bool, found: list[Covered]) -> None:
    if not all(one.contained for one in found):
        raise SystemExit(f"{name}: a score lies outside its interval")
    inside, top, few, below, above, width, bias = (
        np.concatenate([one[k] for one in found]) for k in range(7)
    )
    shares = (100 * x.mean() for x in (inside, inside[top], inside[few], below, above))
    widened = 100 * sum(one.widened for one in found) / len(inside)
    print(
        f"| {name} | {'known' if exposed else 'none'} | {len(inside)} | "
        + " | ".join(f"{s:.1f}" for s in shares)
        + f" | {widened:.0f} | {width.mean():.1f} | {bias.mean():.2f} | few {few.sum()}",
        flush=True,
    )


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    main(count, sys.argv[2:] or list(GENERATORS))
