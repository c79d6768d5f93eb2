"""Synthetic logs of cascades, and the processor time of one thread."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.cascades import adoptions, exposures

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.influence.cascades import Adoptions, Exposures

__all__ = ["SIZES", "Log", "made", "rate", "seconds"]

SIZES = {"small": (200_000, 1_000_000), "full": (1_000_000, 10_000_000, 50_000_000)}
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Log:
    """Adoptions of many cascades, heavy-tailed up to 5,000, and a parent each (−1: a root)."""

    adoptions: Adoptions
    parent: np.ndarray
    people: int

    def seen(self, degree: int = 10) -> Exposures:
        """Whom each person follows, at random."""
        random, pairs = np.random.default_rng(1), self.people * degree
        who, whom = (random.integers(0, self.people, pairs) for _ in range(2))
        return exposures(who, whom, n=self.people)


def made(events: int) -> Log:
    """A log of so many events by a tenth as many people."""
    random = np.random.default_rng(events)
    sizes = np.minimum(1 + (random.pareto(1.2, events) * 3).astype(np.int64), 5_000)
    needed = int(np.searchsorted(np.cumsum(sizes), events)) + 1
    cascade = np.repeat(np.arange(needed), sizes[:needed])[:events]
    first = np.concatenate([[0], np.cumsum(np.bincount(cascade))])[cascade]
    place = np.arange(events) - first
    above = first + (random.random(events) * place).astype(np.int64)
    people = events // 10
    log = adoptions(cascade, random.integers(0, people, events), first + 13 * place)
    return Log(log, np.where(place > 0, above, -1), people)


def seconds(work: Callable[[], object], repeats: int = REPEATS) -> tuple[float, float]:
    """The median of a thread's processor seconds, warm, and (largest − smallest)/median."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.thread_time()
        work()
        taken.append(time.thread_time() - start)
    middle = float(np.median(taken))
    return middle, (max(taken) - min(taken)) / middle


def rate(events: int, work: Callable[[], object]) -> tuple[float, float]:
    """Millions of events a second of one thread, and the spread."""
    taken, spread = seconds(work)
    return events / taken / 1e6, spread
