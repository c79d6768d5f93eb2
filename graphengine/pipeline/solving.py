"""Every topic's vectors: as they were, from where they were, or from nothing.

One thread a topic, largest first. A solve runs on one thread and knows nothing of the others, so
the number of threads changes no bit; it bounds how many topics are in memory at a time.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking import pagerank, saturated
from graphengine.influence.ranking.first_visit import reach_from_visits
from graphengine.pipeline.solutions import Kept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.graph import Snapshot, TopicGraph
    from graphengine.job.settings import MethodSettings
    from graphengine.pipeline.reports import Progress

__all__ = ["solve_topics", "threads_for"]


@dataclass(frozen=True, slots=True)
class _Task:
    graph: TopicGraph
    fingerprint: str
    scale: float
    before: Kept | None


def threads_for(wanted: int | None) -> int:
    """How many threads solve: as many as ``wanted``, or one a processor that we may use."""
    if wanted is not None:
        return wanted
    ours = getattr(os, "sched_getaffinity", None)  # not on every system
    return len(ours(0)) if ours is not None else os.cpu_count() or 1


def solve_topics(
    snapshot: Snapshot,
    before: Mapping[str, Kept],
    *,
    method: MethodSettings,
    threads: int,
    progress: Progress,
) -> dict[str, Kept]:
    """The solutions of every graph, by topic key; ``before`` are those of an earlier run.

    A topic with the same graph at the same scale keeps its solutions and certificates, at 0
    sweeps. ``progress`` is told from the caller's own thread.

    Raises:
        NotConvergedError: The tolerance is below what float64 can certify.
    """
    tasks = [
        _Task(graph, snapshot.fingerprints[key], snapshot.scale[key], before.get(key))
        for key, graph in snapshot.graphs.items()
    ]
    tasks.sort(key=lambda task: (-task.graph.m, task.graph.topic))
    solved: dict[str, Kept] = {}
    progress.advance(0, len(tasks), "topics")
    with ThreadPoolExecutor(max_workers=threads, thread_name_prefix="rank") as pool:
        running = {pool.submit(_solved, task, method): task.graph.topic for task in tasks}
        try:
            for done in as_completed(running):
                solved[running[done]] = done.result()
                progress.advance(len(solved), len(tasks), "topics")
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return {key: solved[key] for key in sorted(solved)}


def _solved(task: _Task, method: MethodSettings) -> Kept:
    graph, before = task.graph, task.before
    same_graph = before is not None and before.graph == task.fingerprint
    if before is not None and same_graph and before.scale == task.scale:
        return before
    visits = shares = None
    if before is not None:
        same = (before.visits.value.copy(), before.pagerank.value.copy())
        visits, shares = same if same_graph else before.guesses(graph.accounts)
    # P of weights times a scale is P of the weights with another kappa
    kappa = method.kappa * task.scale**-method.alpha
    P = saturated(graph.endorsement_matrix(), alpha=method.alpha, kappa=kappa)
    reach = reach_from_visits(P, visits, damping=method.damping, tolerance=method.tolerance)
    ranked = pagerank(
        graph.structure(), damping=method.damping, tolerance=method.tolerance, start=shares
    )
    found = {"reach": reach.value, "reach_low": reach.low, "reach_high": reach.high}
    found["selective"] = np.asarray(P.sum(axis=0), dtype=np.float64)
    return Kept(task.fingerprint, task.scale, graph.accounts, reach.visits, ranked, found)
