"""The log becomes a run: graphs, ranking, cascades, scores, one immutable folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine import __version__
from graphengine.errors import GraphengineError, InputError
from graphengine.eventlog import EventLog
from graphengine.graph import Snapshot, build_graphs
from graphengine.pipeline.cascades import Cascades, cascade_influence
from graphengine.pipeline.evidence import model_of
from graphengine.pipeline.gating import recent_volume
from graphengine.pipeline.reports import MissingReshares, Progress, ScoreReport, TopicReport
from graphengine.pipeline.solutions import (
    STARTED_FROM,
    Kept,
    keep_solutions,
    last_solutions,
    tidy_solutions,
    without_start,
)
from graphengine.pipeline.solving import solve_topics, threads_for
from graphengine.pipeline.told import told
from graphengine.pipeline.topic_scores import Scorer
from graphengine.pipeline.validation import draw_validation, validation_table
from graphengine.runs import Run, list_runs, run_id, write_run
from graphengine.scoring import (
    METHOD_VERSION,
    Anchors,
    load_anchors,
    percentile_table,
)
from graphengine.scoring.model import checked_anchors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from graphengine.job import Job
    from graphengine.pipeline.solutions import Before
    from graphengine.pipeline.topic_scores import TopicScores
    from graphengine.workspace import Workspace

__all__ = ["score_log"]

_EVENTS = ("interactions", "exposure")  # tables that can hold endorsements
_SAME = ("as_of", "job", "method_version", "anchors_version", "watermark")  # beside parameters


@dataclass(frozen=True, slots=True)
class _Work:
    """What was done for a run: its graphs, and sweeps by topic key."""

    snapshot: Snapshot
    sweeps: dict[str, int]

    @classmethod
    def of(cls, snapshot: Snapshot, solved: Mapping[str, Kept]) -> _Work:
        return cls(snapshot, {k: v.visits.sweeps + v.pagerank.sweeps for k, v in solved.items()})


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
    own = job.folder / job.method.anchors if job.method.anchors else None
    anchors = checked_anchors(model_of(job), load_anchors(own))
    inputs = _inputs(job, log, as_of=log.latest_time if as_of is None else as_of, anchors=anchors)
    runs = list_runs(workspace)
    made = _made_before(runs, inputs)
    if made is None:
        run, work = _new_run(job, workspace, log, inputs=inputs, anchors=anchors, progress=progress)
    else:
        run, work = made, None
    # here too where nothing was made: whoever made the run may have been killed before this
    tidy_solutions(workspace, {run.id for run in list_runs(workspace)})
    return _report(run, work)


def _made_before(runs: Sequence[Run], inputs: dict[str, Any]) -> Run | None:
    """The run of the same inputs, wherever it started from."""
    identity = _identity(inputs)
    same = [run for run in runs if run.id == identity]
    day = [run for run in runs if run.id.startswith(identity[:-12])]
    return next(iter(same), None) or next((run for run in day if _is_of(run, inputs)), None)


def _is_of(run: Run, inputs: dict[str, Any]) -> bool:
    try:
        manifest = run.manifest
    except GraphengineError:  # damaged: verify says so, and so does making it again
        return False
    parameters = without_start(manifest["parameters"])
    return parameters == inputs["parameters"] and all(manifest[k] == inputs[k] for k in _SAME)


def _new_run(
    job: Job,
    workspace: Workspace,
    log: EventLog,
    *,
    inputs: dict[str, Any],
    anchors: Anchors,
    progress: Progress,
) -> tuple[Run, _Work]:
    progress.stage("build the graphs of the topics")
    snapshot = build_graphs(log, workspace, job=job, as_of=inputs["as_of"])
    last = last_solutions(workspace, {run.id for run in list_runs(workspace)})
    before = last if last and not snapshot.looks_back and last.serves(inputs, log) else None
    inputs = _started_from(before, inputs)
    progress.stage("follow the cascades")
    threads = threads_for(job.threads)
    known = told(log, as_of=inputs["as_of"])
    cascades = cascade_influence(log, known, job=job, threads=threads)
    progress.stage("rank")
    solved = solve_topics(
        snapshot, before.topics() if before else {}, method=job.method,
        threads=threads, progress=progress,
    )  # fmt: skip
    scored = Scorer(log, job, anchors, cascades, threads, model_of(job)).every(
        known, snapshot.graphs, solved, progress=progress
    )
    if not snapshot.looks_back:
        after = last.generation if last else 0
        keep_solutions(workspace, _identity(inputs), topics=solved, inputs=inputs, after=after)
    foretold = validation_table(log, job=job, as_of=inputs["as_of"], known=known, progress=progress)
    noted = inputs | {"volume": recent_volume(log, as_of=known.as_of)}
    run = _written(workspace, noted, scored, cascades=cascades, foretold=foretold)
    return run, _Work.of(snapshot, solved)


def _written(
    workspace: Workspace, inputs: dict[str, Any], scored: Sequence[TopicScores], *,
    cascades: Cascades, foretold: pl.DataFrame,
) -> Run:  # fmt: skip
    topics = [{"key": s.key, "name": s.name, **s.said} for s in scored]
    return write_run(
        workspace, id=_identity(inputs), manifest=inputs | cascades.said() | {"topics": topics},
        tables=_tables(scored, cascades=cascades) | {"validation": foretold},
        pictures=_pictures(foretold),
    )  # fmt: skip


def _started_from(before: Before | None, inputs: dict[str, Any]) -> dict[str, Any]:
    if before is None:
        return inputs
    return inputs | {"parameters": inputs["parameters"] | {STARTED_FROM: before.run}}


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


def _tables(scored: Sequence[TopicScores], *, cascades: Cascades) -> dict[str, pl.DataFrame]:
    scores = pl.concat([s.table.scores for s in scored])
    return {
        "scores": scores,
        "unrated": pl.concat([s.table.unrated for s in scored]),
        "percentiles": percentile_table(scores),
        "reasons": pl.concat([s.reasons for s in scored]),
        "seeds": cascades.seeds,
        "trees": cascades.trees,
    }


def _pictures(foretold: pl.DataFrame) -> dict[str, bytes]:
    """What was judged, drawn; nothing where there were too few to judge."""
    if foretold["value"].null_count() == foretold.height:
        return {}
    with TemporaryDirectory() as folder:
        return {file.name: file.read_bytes() for file in draw_validation(foretold, Path(folder))}


def _report(run: Run, work: _Work | None) -> ScoreReport:
    """What the run says of itself, and, where it was made now, what it took."""
    manifest = run.manifest
    topics = manifest["topics"]
    bounds = [
        topic["certificates"][name]["relative_error_bound"]
        for topic in topics
        for name in ("visits", "pagerank")
    ]
    missing = manifest["missing_reshares"]
    cascades = manifest["cascades"]
    return ScoreReport(
        run=run.id,
        created=work is not None,
        as_of=manifest["as_of"],
        topics=tuple(_topic_report(topic, work) for topic in topics),
        error_bound=max(bounds, default=0.0),
        trees=cascades["trees"],
        repairs={k: v for k, v in cascades["repairs"].items() if v},
        missing=MissingReshares(**missing) if missing else None,
    )


def _topic_report(topic: dict[str, Any], work: _Work | None) -> TopicReport:
    key = topic["key"]
    return TopicReport(
        key, topic["name"], topic["people"], topic["scored"], topic["unrated"],
        reused=work is not None and key in work.snapshot.reused,
        patched=work is not None and key in work.snapshot.patched,
        sweeps=0 if work is None else work.sweeps[key],
    )  # fmt: skip
