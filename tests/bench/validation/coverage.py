"""How often the true score of a synthetic world lies inside its 90 % interval."""

from __future__ import annotations

import numpy as np

from tests.bench.record import Row
from tests.bench.validation.intervals import covered
from tests.support.worlds import GENERATORS

__all__ = ["measure"]

WORLDS, LEAST, MOST = 50, 0.85, 0.95


def measure(worlds: int = WORLDS) -> list[Row]:
    """Everybody, the top 100, and people with fewer than 5 events, of each generator."""
    rows = []
    for name, made in GENERATORS.items():
        found = [covered(made(seed)) for seed in range(worlds)]
        inside, top, few = (np.concatenate([one[k] for one in found]) for k in range(3))
        groups = {"everybody": inside, "top 100": inside[top], "fewer than 5 events": inside[few]}
        for group, kept in groups.items():
            share = float(kept.mean())
            rows.append(
                Row(f"coverage, {name}, {group} ({len(kept):,} people, {worlds} worlds)",
                    "at least, of at most .95", share, LEAST, "share", share / LEAST, 1.0,
                    LEAST <= share <= MOST, None)
            )  # fmt: skip
    return rows
