"""Synthetic interactions: an R-MAT graph (Chakrabarti, Zhan & Faloutsos 2004) with times and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_events"]

KINDS = ("retweet", "reply", "mention", "like")
QUADRANTS = (0.57, 0.19, 0.19, 0.05)  # Graph500's a, b, c, d
TOPICS = 32


def write_events(path: Path, events: int, *, seed: int = 1) -> None:
    """Write a CSV of ``events`` rows: about events/16 people, 32 topics by Zipf's law, 30 days."""
    rng = np.random.default_rng(seed)
    scale = max(1, int(np.ceil(np.log2(events / 16))))
    actor, target = (np.zeros(events, np.int64) for _ in range(2))
    for _ in range(scale):
        quadrant = rng.choice(4, size=events, p=QUADRANTS)
        actor = 2 * actor + quadrant // 2
        target = 2 * target + quadrant % 2
    relabel = rng.permutation(1 << scale)
    popularity = 1.0 / np.arange(1, TOPICS + 1)
    frame = pl.DataFrame(
        {
            "event": np.arange(events),
            "actor": relabel[actor],
            "target": relabel[target],
            "kind": np.array(KINDS)[rng.choice(4, size=events, p=(0.5, 0.1, 0.2, 0.2))],
            "at": 1_700_000_000 + np.sort(rng.integers(0, 30 * 86_400, size=events)),
            "topic": np.char.add(
                "topic ",
                rng.choice(TOPICS, size=events, p=popularity / popularity.sum()).astype(str),
            ),
        }
    )
    frame.write_csv(path)
