"""Both sides of a row: the loosest setting that is right, then turns taken on one clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tests.bench.neo4j.timing import Timing, faster, in_turn
from tests.bench.record import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.bench.ranking.peers import Peer, Ready

__all__ = ["REPEATS", "distance", "in_turns", "loosest", "missing", "versus"]

REPEATS = 5


def distance(x: np.ndarray, exact: np.ndarray) -> float:
    """L1."""
    return float(np.abs(x - exact).sum())


def loosest(ready: Ready, exact: np.ndarray, *, error: float) -> float | None:
    """The loosest tolerance at which the true error is small enough; None: none is."""
    for tolerance in ready.tolerances:
        try:
            if distance(ready.rank(tolerance), exact) <= error:
                return tolerance
        except Exception as refused:  # noqa: BLE001  (each peer has its own way not to converge)
            print(f"    at {tolerance:g}: {type(refused).__name__}", flush=True)
    return None


def in_turns(*works: Callable[[], object], repeats: int = REPEATS) -> list[Timing]:
    """Each piece of work once to warm up, then ``repeats`` times, one after the other in turns."""
    return list(in_turn({str(n): work for n, work in enumerate(works)}, repeats=repeats).values())


def missing(work: str, peer: Peer, why: str, goal: float | None) -> Row:
    """The row of a peer that did not do this work."""
    return Row(work, f"{peer.name}: {why}", 0.0, None, "s", None, goal, None, None)


def versus(
    work: str,
    peer: Peer,
    sides: Sequence[Callable[[], object]],
    *,
    goal: float | None,
    agree: bool = True,
) -> Row:
    """Ours against theirs, in turns."""
    ours, theirs = in_turns(*sides)
    return faster(work, peer.label, ours, theirs, goal=goal, agree=agree)
