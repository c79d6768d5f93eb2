"""The log becomes a run: graphs, ranking, cascades, scores, one immutable folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine import __version__
from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.graph import Snapshot, TopicGraph, build_graphs
from graphengine.influence.ranking import Solution, pagerank, saturated, trail_visits
from graphengine.model import NO_TOPIC, OVERALL, topic_key
from graphengine.pipeline.cascades import Cascades, cascade_influence
from graphengine.pipeline.reports import MissingReshares, Progress, ScoreReport, TopicReport
from graphengine.projection import topics_of
from graphengine.runs import Run, list_runs, load_run, run_id, write_run
from graphengine.scoring import (
    METHOD_VERSION,
    Anchors,
    ScoreTable,
    load_anchors,
    percentile_table,
    score_table,
)

if TYPE_CHECKING:
    from graphengine.job import Job
    from graphengine.workspace import Workspace

__all__ = ["score_log"]

_EVENTS = ("interactions", "exposure")  # tables that can hold endorsements


@dataclass(frozen=True, slots=True)
class _Scored:
    """One topic's graph, its two solutions and its table."""

    graph: TopicGraph
    raw: Solution
    pagerank: Solution
    table: ScoreTable


def score_log(
    job: Job, workspace: Workspace, *, as_of: int | None, progress: Progress
) -> ScoreReport:
    """Make the run of the log as it stands, or find that it was made before."""
    log = EventLog(workspace.log)
    if not any(batch.accepted for batch in log.batches() if batch.table in _EVENTS):
        raise InputError(
            f'The event log of the job "{job.name}" holds no interaction; scores need some. '
            f"Look at the counts of graphengine ingest --job {job.path}, and at what was rejected."
        )
    anchors = load_anchors(job.folder / job.method.anchors if job.method.anchors else None)
    inputs = _inputs(job, log, as_of=log.latest_time if as_of is None else as_of, anchors=anchors)
    identity = _identity(inputs)
    if identity in {run.id for run in list_runs(workspace)}:
        return _report(load_run(workspace, identity), created=False, reused=frozenset())
    progress.stage("build the graphs of the topics")
    snapshot = build_graphs(log, workspace, job=job, as_of=inputs["as_of"])
    progress.stage("follow the cascades")
    cascades = cascade_influence(log, job=job, as_of=inputs["as_of"])
    scored = _score_topics(snapshot, cascades, job=job, anchors=anchors, progress=progress)
    found = {
        "topics": _topic_rows(scored, log, job=job),
        "cascades": cascades.counts,
        "missing_reshares": cascades.missing,
    }
    run = write_run(
        workspace, id=identity, manifest=inputs | found, tables=_tables(scored, cascades=cascades)
    )
    return _report(run, created=True, reused=frozenset(snapshot.reused))


def _inputs(job: Job, log: EventLog, *, as_of: int | None, anchors: Anchors) -> dict[str, Any]:
    """What a run is made of: everything its numbers depend on, and the version that made it."""
    return {
        "job": job.name,
        "parameters": job.method_parameters(),
        "method_version": METHOD_VERSION,
        "anchors_version": anchors.version,
        "anchors": [list(point) for point in anchors.points],
        "code_version": __version__,
        "watermark": log.watermark,
        "last_batch": log.last_batch,
        "as_of": as_of,
        "data_from": log.earliest_time,
        "data_to": log.latest_time,
    }


def _identity(inputs: dict[str, Any]) -> str:
    return run_id(
        as_of=inputs["as_of"],
        job=inputs["job"],
        params=inputs["parameters"],
        method_version=inputs["method_version"],
        anchors_version=inputs["anchors_version"],
        watermark=inputs["watermark"],
    )


def _score_topics(
    snapshot: Snapshot, cascades: Cascades, *, job: Job, anchors: Anchors, progress: Progress
) -> list[_Scored]:
    skipped = topic_key(job.topic_scheme, NO_TOPIC)
    keys = sorted(key for key in snapshot.graphs if key != skipped)
    progress.stage("rank")
    result = []
    for done, key in enumerate(keys):
        progress.advance(done, len(keys), "topics")
        result.append(_score_topic(snapshot.graphs[key], cascades, job=job, anchors=anchors))
    progress.advance(len(keys), len(keys), "topics")
    return result


def _score_topic(graph: TopicGraph, cascades: Cascades, *, job: Job, anchors: Anchors) -> _Scored:
    method = job.method
    weights = graph.endorsement_matrix()
    raw = trail_visits(
        saturated(weights, alpha=method.alpha, kappa=method.kappa),
        damping=method.damping, tolerance=method.tolerance,
    )  # fmt: skip
    ranked = pagerank(weights, damping=method.damping, tolerance=method.tolerance)
    table = score_table(
        topic=graph.topic, accounts=graph.accounts, raw=raw.value, pagerank=ranked.value,
        credit=cascades.credit_of(graph.accounts, topic=graph.topic),
        endorsers=np.diff(graph.indptr), anchors=anchors, min_endorsers=method.min_endorsers,
    )  # fmt: skip
    return _Scored(graph, raw, ranked, table)


def _topic_rows(scored: list[_Scored], log: EventLog, *, job: Job) -> list[dict[str, Any]]:
    names = dict(topics_of(log, job.topic_scheme).select("key", "name").iter_rows())
    return [
        {
            "key": s.graph.topic,
            "name": names.get(s.graph.topic, OVERALL),
            "people": s.graph.n,
            "edges": s.graph.m,
            "scored": s.table.scores.height,
            "unrated": s.table.unrated.height,
            "certificates": {"raw": _certificate(s.raw), "pagerank": _certificate(s.pagerank)},
        }
        for s in scored
    ]


def _certificate(solution: Solution) -> dict[str, float | int]:
    """What travels with a vector: how far from the exact answer it can be, in L1, and its cost."""
    size = float(np.abs(solution.value).sum())
    return {
        "residual": solution.residual,
        "error_bound": solution.error_bound,
        "relative_error_bound": solution.error_bound / size if size else 0.0,
        "sweeps": solution.sweeps,
    }


def _tables(scored: list[_Scored], *, cascades: Cascades) -> dict[str, pl.DataFrame]:
    scores = pl.concat([s.table.scores for s in scored])
    return {
        "scores": scores,
        "unrated": pl.concat([s.table.unrated for s in scored]),
        "percentiles": percentile_table(scores),
        "trees": cascades.trees,
    }


def _report(run: Run, *, created: bool, reused: frozenset[str]) -> ScoreReport:
    manifest = run.manifest
    topics = manifest["topics"]
    bounds = [c["relative_error_bound"] for topic in topics for c in topic["certificates"].values()]
    missing = manifest["missing_reshares"]
    cascades = manifest["cascades"]
    return ScoreReport(
        run=run.id,
        created=created,
        as_of=manifest["as_of"],
        topics=tuple(
            TopicReport(
                t["key"], t["name"], t["people"], t["scored"], t["unrated"], t["key"] in reused
            )
            for t in topics
        ),
        error_bound=max(bounds, default=0.0),
        trees=cascades["trees"],
        repairs={k: v for k, v in cascades["repairs"].items() if v},
        missing=MissingReshares(**missing) if missing else None,
    )
