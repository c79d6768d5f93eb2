"""Trees, statistics and counts from a log in arrays, parents named and parents by exposure."""

from __future__ import annotations

import numpy as np

from graphengine.influence.cascades import adoptions, exposed_parents, measure_trees
from graphengine.influence.kernels.distribution import first_adoptions
from tests.bench.cascades.logs import SIZES, Log, made, rate
from tests.bench.record import Row

__all__ = ["measure"]

GOAL = 10.0


def measure(size: str) -> list[Row]:
    """Millions of events a second a thread; the last two rows: the largest against the smallest."""
    rows = []
    for name, work in (("parents named", _named), ("parents by exposure", _exposed)):
        rates = []
        for events in SIZES[size]:
            log = made(events)
            seen = log.seen() if work is _exposed else None
            speed, spread = rate(events, lambda log=log, seen=seen, work=work: work(log, seen))
            rates.append(speed)
            rows.append(
                Row(f"trees, statistics, counts, {name}, {events:,} events", "goal", speed, GOAL,
                    "M events/s", speed / GOAL, 1.0, _agree(log), spread)
            )  # fmt: skip
        rows.append(
            Row(f"{name}: speed at the largest over the smallest", "", rates[-1] / rates[0], None,
                "ratio", None, None, None, None)
        )  # fmt: skip
    return rows


def _named(log: Log, _: object) -> None:
    a = log.adoptions
    adoptions(np.repeat(np.arange(len(a.first) - 1), np.diff(a.first)), a.person, a.at)
    measure_trees(log.parent)
    first_adoptions(a.arrays, log.people)


def _exposed(log: Log, seen: object) -> None:
    measure_trees(exposed_parents(log.adoptions, seen))
    first_adoptions(log.adoptions.arrays, log.people)


def _agree(log: Log) -> bool:
    """Sizes by counting, and the widest levels never above them."""
    shapes = measure_trees(log.parent)
    sizes = np.diff(log.adoptions.first)
    return bool(np.array_equal(shapes.size, sizes) and (shapes.breadth <= sizes).all())
