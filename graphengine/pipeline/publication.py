"""A run goes out: each store gets the graph, then the scores, then one pointer moves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphengine.errors import NothingToDoError
from graphengine.eventlog import EventLog
from graphengine.pipeline.gating import broken_by
from graphengine.pipeline.loading import before_publication
from graphengine.pipeline.open_store import Store, open_store
from graphengine.pipeline.reports import GateReport, Progress, PublishReport, StoreReport
from graphengine.projection import LogGraph
from graphengine.runs import (
    Run,
    is_rolled_back,
    list_runs,
    record_published,
    record_rollback,
)
from graphengine.stores.ports import RunScores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphengine.job import Job
    from graphengine.stores.ports import Published
    from graphengine.workspace import Workspace

__all__ = ["Wish", "publish_run", "rollback_run", "run_scores"]


@dataclass(frozen=True, slots=True)
class Wish:
    """How a run is to go out.

    ``to``: the stores. ``by_hand``: the run was named. ``accept``: why it goes out although the
    gate would hold it back; None: it does not.
    """

    to: Sequence[str]
    by_hand: bool = False
    accept: str | None = None


def publish_run(
    job: Job,
    workspace: Workspace,
    *,
    run: Run,
    wish: Wish,
    progress: Progress,
) -> PublishReport:
    """Publish ``run`` where ``wish`` wants it, unless it was rolled back or the gate holds it."""
    reports: list[StoreReport] = []
    held_back: list[str] = []
    gated: list[GateReport] = []
    for name in wish.to:
        if not wish.by_hand and is_rolled_back(workspace, name, run.id):
            held_back.append(name)
            continue
        progress.stage(f"compare {run.id} with what {name} serves")
        with open_store(name, job, workspace) as store:
            served = _served(workspace, store.published(job.name))
            broken = broken_by(run, served, job=job)
            if served and broken and wish.accept is None:
                gated.append(GateReport(name, served.id, tuple(broken)))
                continue
            if name == "neo4j":
                before_publication(job, workspace, progress=progress)
            reports.append(_publish_in(store, name, workspace, run=run, job=job, progress=progress))
        record_published(workspace, name, run.id, accepted=wish.accept if broken else None)
    return PublishReport(run.id, tuple(reports), tuple(held_back), tuple(gated))


def _publish_in(
    store: Store, name: str, workspace: Workspace, *, run: Run, job: Job, progress: Progress
) -> StoreReport:
    graph = LogGraph(EventLog(workspace.log), scheme=job.topic_scheme)
    before = store.published(job.name)
    progress.stage(f"publish {run.id} to {name}")
    after = store.publish(
        run_scores(run, job=job),
        graph,
        previous=_previous_scores(_served(workspace, before), run=run, job=job),
        keep=job.publish.keep,
        watch=lambda done, total: progress.advance(done, total, "rows"),
        verify=job.publish.verify,
    )
    return StoreReport(
        store=name, published=after.run, previous=after.previous, changed=before != after
    )


def _served(workspace: Workspace, pointer: Published | None) -> Run | None:
    """The run that a store serves, if its folder is still here."""
    runs = list_runs(workspace) if pointer else []
    return next((run for run in runs if pointer and run.id == pointer.run), None)


def _previous_scores(served: Run | None, *, run: Run, job: Job) -> RunScores | None:
    """The scores of the run that is served, unless it is ``run`` itself."""
    return None if served is None or served.id == run.id else run_scores(served, job=job)


def rollback_run(
    job: Job, workspace: Workspace, *, to: Sequence[str], progress: Progress
) -> PublishReport:
    """Point each store of ``to`` back at the run before; a store that has none is left alone.

    Raises:
        NothingToDoError: none of them has an earlier run.
    """
    reports, refusals = [], []
    for name in to:
        progress.stage(f"roll back {name}")
        with open_store(name, job, workspace) as store:
            try:
                reports.append(_roll_back_in(store, name, workspace, job=job))
            except NothingToDoError as nothing:
                refusals.append(str(nothing))
    if not reports:
        raise NothingToDoError(" ".join(refusals))
    return PublishReport(run=reports[-1].published, stores=tuple(reports))


def _roll_back_in(store: Store, name: str, workspace: Workspace, *, job: Job) -> StoreReport:
    before = store.published(job.name)
    if before is None:
        raise NothingToDoError(
            f'Nothing was ever published in the store "{name}" by the job "{job.name}"; '
            "there is nothing to roll back. Publish a run first: graphengine publish."
        )
    if before.previous:  # first the wish: a run taken back must not come back by itself
        record_rollback(workspace, name, rolled_back=before.run, published=before.previous)
    after = store.rollback(job.name)
    return StoreReport(store=name, published=after.run, previous=after.previous, changed=True)


def run_scores(run: Run, *, job: Job) -> RunScores:
    """A run folder as the stores need it."""
    manifest = run.manifest
    return RunScores(
        job=job.name,
        run=run.id,
        properties={
            "job": job.name,
            "method_version": manifest["method_version"],
            "anchors_version": manifest["anchors_version"],
            "params_json": json.dumps(manifest["parameters"], sort_keys=True),
            "as_of": manifest["as_of"],
            "data_from": manifest["data_from"],
            "data_to": manifest["data_to"],
        },
        scores=run.table("scores"),
        unrated=run.table("unrated"),
        seeds=run.table("seeds") if run.has_table("seeds") else None,
        reasons=run.table("reasons") if run.has_table("reasons") else None,
    )
