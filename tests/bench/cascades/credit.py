"""Credit, direct and total, from a log in arrays: by named parents, latent, shared, distributed."""

from __future__ import annotations

import numpy as np

from graphengine.influence.cascades import (
    credit_among_seen,
    credit_distribution,
    direct_credit,
    latent_credit,
    share_credit,
    total_credit,
)
from tests.bench.cascades.logs import SIZES, Log, made, rate
from tests.bench.record import Row

__all__ = ["measure"]

GOAL = 5.0


def measure(size: str) -> list[Row]:
    """Millions of events a second a thread, and the largest log against the smallest."""
    rates: dict[str, list[float]] = {}
    rows = []
    for events in SIZES[size]:
        log = made(events)
        for name, work in _works(log).items():
            speed, spread = rate(events, work)
            rates.setdefault(name, []).append(speed)
            rows.append(
                Row(f"credit, {name}, {events:,} events", "goal", speed, GOAL, "M events/s",
                    speed / GOAL, 1.0, _agree(log), spread)
            )  # fmt: skip
    return rows + [
        Row(f"credit, {name}: speed at the largest over the smallest", "", speeds[-1] / speeds[0],
            None, "ratio", None, None, None, None)
        for name, speeds in rates.items()
    ]  # fmt: skip


def _works(log: Log) -> dict:
    a, seen = log.adoptions, log.seen()
    indptr = np.concatenate([[0], np.cumsum(log.parent >= 0)])
    indices = log.parent[log.parent >= 0]

    def named() -> None:
        shares = share_credit(indptr, indices, a.at, rule="last")
        direct_credit(shares)
        total_credit(shares)

    return {
        "parents named": named,
        "everybody earlier, decay": lambda: latent_credit(a, rate=1e-4),
        "everybody seen, split": lambda: credit_among_seen(a, seen),
        "everybody seen, distributed": lambda: credit_distribution(a, seen),
    }


def _agree(log: Log) -> bool:
    """The first of each cascade has the cascade's size."""
    _, total = latent_credit(log.adoptions, rate=1e-4)
    first = log.adoptions.first
    return bool(np.allclose(total[first[:-1]], np.diff(first)))
