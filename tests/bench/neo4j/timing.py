"""Seconds of a piece of work, and rows that set ours against a peer's."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.record import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Timing", "alone", "bound", "faster", "in_turn", "of", "rates", "timed"]


@dataclass(frozen=True)
class Timing:
    """The median of the repetitions in seconds of the wall and of this process' cores, and spread."""

    seconds: float
    spread: float
    cpu: float = 0.0

    @property
    def ms(self) -> float:
        """The median in milliseconds."""
        return self.seconds * 1000


def of(seconds: list[float], cpu: list[float] | None = None) -> Timing:
    """The timing of repetitions that were measured one by one."""
    middle = statistics.median(seconds)
    spread = (max(seconds) - min(seconds)) / middle if middle else 0.0
    return Timing(middle, spread, statistics.median(cpu) if cpu else 0.0)


def timed(
    work: Callable[[], object],
    *,
    repeats: int,
    before: Callable[[], object] = lambda: None,
    warm: bool = True,
) -> Timing:
    """``work`` ``repeats`` times, each after ``before``, which is not counted; a first time warms."""
    works = {"": work}
    return in_turn(works, repeats=repeats, before=before, warm=warm)[""]


def in_turn(
    works: Mapping[str, Callable[[], object]],
    *,
    repeats: int,
    before: Callable[[], object] = lambda: None,
    warm: bool = True,
) -> dict[str, Timing]:
    """As `timed`, for works that are compared: one of each a round, each round after ``before``.

    So that what else the machine does at the time comes upon all of them.
    """
    laps: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(repeats + warm):
        before()
        for name, work in works.items():
            core, wall = time.process_time(), time.perf_counter()
            work()
            lap = (time.perf_counter() - wall, time.process_time() - core)
            if turn or not warm:
                laps[name].append(lap)
    return {name: of(*map(list, zip(*each, strict=True))) for name, each in laps.items()}


def faster(
    work: str,
    peer: str,
    ours: Timing,
    theirs: Timing,
    *,
    goal: float | None = None,
    agree: bool | None = None,
) -> Row:
    """Seconds against seconds."""
    ratio = theirs.seconds / ours.seconds
    return Row(work, peer, ours.seconds, theirs.seconds, "s", ratio, goal, agree, ours.spread)


def rates(
    work: str,
    peer: str,
    ours: tuple[int, Timing],
    theirs: tuple[int, Timing],
    *,
    goal: float | None = None,
    agree: bool | None = None,
) -> Row:
    """Rows and the time they took, against the same of the peer."""
    mine, other = (rows / timing.seconds for rows, timing in (ours, theirs))
    return Row(work, peer, mine, other, "rows/s", mine / other, goal, agree, ours[1].spread)


def bound(work: str, ours: float, goal: float, unit: str, *, spread: float | None = None) -> Row:
    """A figure against the bound that is the goal; ratio 1 keeps it just so."""
    return Row(work, "the goal", ours, goal, unit, goal / ours, 1.0, None, spread)


def alone(work: str, value: float, unit: str) -> Row:
    """A figure without a peer."""
    return Row(work, "", value, None, unit, None, None, None, None)
