"""Which stored graphs can be patched, with what: the pairs whose events came, changed or went.

Everything that decides a weight lies between two people, so of every pair with a changed event all
events are taken, as they stood and as they stand, through the one code that builds graphs. What
comes out replaces what went in; sums are made anew, never corrected, so nothing is lost by
subtraction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.graph.decay import step_of
from graphengine.graph.patch import patched
from graphengine.graph.plans import Plan, origins
from graphengine.graph.topic_graph import TopicGraph, load_graph

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from graphengine.graph.kept_events import KeptEvents

__all__ = ["Stored", "patches"]

Stored = list[tuple["Path", dict[str, Any]]]  # folders of one topic, and the record in each
_NEVER = -(1 << 40)  # a step before all


@dataclass(frozen=True, slots=True)
class _Base:
    """A stored graph that a plan can start from; ``current``: it knows the latest batches."""

    plan: Plan
    folder: Path
    left: int | None
    reference: int | None
    current: bool

    @property
    def before(self) -> Plan:
        """What was planned then, against the reference of now."""
        return replace(self.plan, left=self.left)

    @property
    def shift(self) -> int:
        if self.reference is None or self.plan.reference is None:
            return 0
        return self.reference - self.plan.reference


def patches(
    plans: Sequence[Plan],
    stored: Mapping[str, Stored],
    *,
    kept: KeptEvents,
    events_of: Callable[[pl.DataFrame, Sequence[str]], dict[str, pl.DataFrame]],
) -> Iterator[tuple[Plan, TopicGraph]]:
    """The graphs of those ``plans`` that follow from a stored one, with their plans.

    ``events_of`` turns rows into the events that count in each topic asked for.
    """
    bases = [base for plan in plans for base in [_base(plan, stored[plan.key], kept)] if base]
    if not bases:
        return
    before, now = kept.of_pairs(_pairs(bases, kept))
    old = events_of(before, [base.plan.key for base in bases if not base.current])
    new = events_of(now, [base.plan.key for base in bases])
    for base in bases:
        key = base.plan.key
        drop = base.before.graph(new[key] if base.current else old[key])
        put = base.plan.graph(new[key])
        graph = patched(load_graph(base.folder), drop=drop, put=put, shift=base.shift)
        if graph is not None:
            yield base.plan, graph


def _base(plan: Plan, stored: Stored, kept: KeptEvents) -> _Base | None:
    if plan.as_of is not None or plan.steady:
        return None
    known = {
        origins([b for b in plan.batches if b.number <= kept.before_news]): False,
        origins(plan.batches): True,
    }
    for folder, record in stored:
        fits = record["patchable"] and record["stated"] == plan.stated
        if fits and record["origins"] in known:
            current = known[record["origins"]]
            return _Base(plan, folder, record["left"], record["reference"], current)
    return None


def _pairs(bases: Sequence[_Base], kept: KeptEvents) -> pl.DataFrame:
    """[actor, target] with an event that changed, or that has left by decay."""
    rows = [kept.news()]
    fading = [base for base in bases if base.left != base.plan.left]
    half_life = fading[0].plan.half_life if fading else None
    if half_life is not None:
        first = min(_NEVER if base.left is None else base.left for base in fading)
        last = max(_NEVER if base.plan.left is None else base.plan.left for base in fading)
        step = step_of(pl.col("at"), half_life)
        leaving = kept.old_rows().filter((step > first) & (step <= last))
        rows.append(leaving.select("actor", "target").collect())
    return pl.concat(rows).unique()
