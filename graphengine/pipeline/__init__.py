"""The use cases: ingest, score, publish, read. The only place where stores and maths meet."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from graphengine import workspace as workspaces
from graphengine.errors import InputError
from graphengine.pipeline.reports import (
    IngestReport,
    Progress,
    PublishReport,
    RunInfo,
    RunReport,
    ScoreReport,
    SeedReport,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from graphengine.job import Job
    from graphengine.pipeline.explained import Explained
    from graphengine.pipeline.explaining import ExplainWish
    from graphengine.pipeline.loading import LoadReport
    from graphengine.pipeline.reports import Check, ComparisonReport
    from graphengine.pipeline.seed_sets import SeedWish
    from graphengine.stores.neo4j.roads import Road
    from graphengine.stores.ports import Answer
    from graphengine.stores.queries import NamedQuery
    from graphengine.workspace import Workspace

__all__ = [
    "compare",
    "doctor",
    "explain",
    "explain_score",
    "ingest",
    "load",
    "named_queries",
    "plan",
    "prune",
    "publish",
    "query",
    "rollback",
    "run",
    "runs",
    "score",
    "seeds",
    "show",
    "top",
    "verify",
]


@contextmanager
def _held(job: Job, who: str, *, create: bool = False) -> Iterator[Workspace]:
    """The job's workspace, held by us alone; the journal notes when it began and how it ended."""
    workspace = workspaces.open_workspace(job, create=create)
    with workspaces.exclusive(workspace, who=who):
        yield workspace


def ingest(job: Job, *, progress: Progress) -> IngestReport:
    """Take every file of the job into the event log; files known already are passed over."""
    from graphengine.pipeline.ingestion import ingest_files

    with _held(job, "ingest", create=True) as workspace:
        return ingest_files(job, workspace, progress=progress)


def score(job: Job, *, as_of: int | None, progress: Progress) -> ScoreReport:
    """Make a run of the log as it stands at ``as_of`` (epoch seconds; None: its latest event)."""
    from graphengine.pipeline.scored_run import score_log

    with _held(job, "score") as workspace:
        report = score_log(job, workspace, as_of=as_of, progress=progress)
        workspaces.journal(workspace, {"did": "score", "run": report.run, "new": report.created})
        return report


def load(
    job: Job, *, road: Road | None, anew: bool, print_only: bool, progress: Progress
) -> LoadReport:
    """Bring the graph in Neo4j up to date, by ``road`` (None: the job's), and publish nothing."""
    from graphengine.pipeline.loading import load_job

    with _held(job, "load") as workspace:
        report = load_job(
            job, workspace, road=road, anew=anew, print_only=print_only, progress=progress
        )
        workspaces.journal(workspace, {"did": "load", "road": report.road, "state": report.state})
        return report


def publish(
    job: Job,
    *,
    run: str | None,
    to: Sequence[str] | None,
    progress: Progress,
    verify: bool = False,
    accept: str | None = None,
) -> PublishReport:
    """Publish ``run`` (None: the newest) in the stores ``to`` (None: those of the job file).

    ``verify``: read back what was written before the pointer moves, whatever the job file says.
    ``accept``: why the run is to be served although the gate holds it back.
    """
    from graphengine.pipeline.publication import Wish, publish_run
    from graphengine.runs import list_runs, load_run

    if verify:
        job = job.model_copy(update={"publish": job.publish.model_copy(update={"verify": True})})
    with _held(job, "publish") as workspace:
        if run is None and not list_runs(workspace):
            raise InputError(
                f'The job "{job.name}" has no run to publish. Make one: graphengine score.'
            )
        chosen = load_run(workspace, run) if run else list_runs(workspace)[-1]
        wish = Wish(to or job.publish.to, by_hand=run is not None, accept=accept)
        report = publish_run(job, workspace, run=chosen, wish=wish, progress=progress)
        _note_gate(workspace, report, accept=accept)
        return report


def _note_gate(workspace: Workspace, report: PublishReport, *, accept: str | None) -> None:
    """The journal says what the gate held back, and what was accepted all the same."""
    if report.gated:
        broken = {gate.store: list(gate.broken) for gate in report.gated}
        workspaces.journal(workspace, {"did": "hold back", "run": report.run, "broken": broken})
    if accept is not None:
        workspaces.journal(workspace, {"did": "accept", "run": report.run, "why": accept})


def run(job: Job, *, as_of: int | None, progress: Progress, accept: str | None = None) -> RunReport:
    """The whole way: ingest, score, publish. Repeating it does nothing."""
    from graphengine.pipeline.ingestion import ingest_files
    from graphengine.pipeline.open_store import open_store
    from graphengine.pipeline.publication import Wish, publish_run
    from graphengine.pipeline.scored_run import score_log
    from graphengine.runs import load_run

    with _held(job, "run", create=True) as workspace:
        for name in job.publish.to:  # a store that is closed to us is told now, not after hours
            with open_store(name, job, workspace):
                progress.note(f"the store {name} answers")
        ingested = ingest_files(job, workspace, progress=progress)
        scored = score_log(job, workspace, as_of=as_of, progress=progress)
        published = publish_run(
            job, workspace, run=load_run(workspace, scored.run),
            wish=Wish(job.publish.to, accept=accept), progress=progress,
        )  # fmt: skip
        _note_gate(workspace, published, accept=accept)
        workspaces.journal(workspace, {"did": "run", "run": scored.run, "new": scored.created})
        return RunReport(ingest=ingested, score=scored, publish=published)


def rollback(job: Job, *, to: Sequence[str] | None, progress: Progress) -> PublishReport:
    """Serve the run before the published one again."""
    from graphengine.pipeline.publication import rollback_run

    with _held(job, "rollback") as workspace:
        report = rollback_run(job, workspace, to=to or job.publish.to, progress=progress)
        workspaces.journal(workspace, {"did": "rollback", "run": report.run})
        return report


def plan(job: Job, *, as_of: int | None) -> list[str]:
    """What ``run`` would do, in sentences; nothing is written."""
    from graphengine.pipeline.ingestion import planned_files

    lines = [
        f'read {path} as {source.table} of the source "{source.name}"'
        for source, path in planned_files(job)
    ]
    when = "the latest accepted event" if as_of is None else _iso(as_of)
    lines.append(f"score every topic as of {when}")
    lines.extend(f"publish to {name}" for name in job.publish.to)
    lines.append(f"keep all of it in {job.workspace_path}")
    return lines


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def runs(job: Job) -> list[RunInfo]:
    """Every run of the workspace, oldest first."""
    from graphengine.pipeline.inventory import list_run_infos

    return list_run_infos(workspaces.open_workspace(job, create=False))


def compare(job: Job, *, runs: tuple[str, str], topic: str | None, n: int) -> ComparisonReport:
    """Two runs side by side: distributions, correlation, and the ``n`` movers of each topic."""
    from graphengine.pipeline.gating import compare_runs

    workspace = workspaces.open_workspace(job, create=False)
    return compare_runs(job, workspace, runs=runs, topic=topic, n=n)


def verify(job: Job, *, run: str | None) -> list[str]:
    """Every flaw found in the event log, the runs (or the one named) and the embedded store."""
    from graphengine.pipeline.inventory import find_flaws

    return find_flaws(workspaces.open_workspace(job, create=False), run=run)


def prune(job: Job, *, keep: int, progress: Progress) -> list[str]:
    """Remove all but the ``keep`` newest runs; a run that a store serves stays."""
    from graphengine.pipeline.inventory import prune_old_runs

    with _held(job, "prune") as workspace:
        progress.stage("prune")
        return prune_old_runs(workspace, keep=keep)


def top(job: Job, *, topic: str, n: int, store: str | None) -> Answer:
    """The ``n`` highest ranks of a topic in the published run."""
    from graphengine.pipeline.read import top_of_topic

    return top_of_topic(job, topic=topic, n=n, store=store)


def show(job: Job, *, person: str, store: str | None) -> Answer:
    """One person's card in the published run."""
    from graphengine.pipeline.read import show_person

    return show_person(job, person=person, store=store)


def seeds(
    job: Job, *, wish: SeedWish, as_of: int | None, progress: Progress
) -> tuple[SeedReport, ...]:
    """Whom to ask in each topic, learned from the cascades of the event log up to ``as_of``."""
    from graphengine.pipeline.seed_sets import choose_for_topics

    workspace = workspaces.open_workspace(job, create=False)
    return choose_for_topics(job, workspace, wish=wish, as_of=as_of, progress=progress)


def explain_score(job: Job, *, wish: ExplainWish) -> Explained:
    """Why somebody's score in a run is what it is, and what it would be without some events."""
    from graphengine.pipeline.explaining import explain_score as explained

    return explained(job, workspaces.open_workspace(job, create=False), wish=wish)


def query(
    job: Job,
    *,
    name_or_text: str,
    parameters: Mapping[str, str],
    store: str | None,
    timeout_s: float,
    row_limit: int,
) -> Answer:
    """Rows of a named query, or of one read-only Cypher statement."""
    from graphengine.pipeline.read import query_store

    return query_store(
        job, name_or_text=name_or_text, parameters=parameters, store=store,
        timeout_s=timeout_s, row_limit=row_limit,
    )  # fmt: skip


def explain(
    job: Job, *, name_or_text: str, parameters: Mapping[str, str], store: str | None
) -> Answer:
    """How the store would answer a named query or a statement; nothing is asked of the graph."""
    from graphengine.pipeline.read import explain_query

    return explain_query(job, name_or_text=name_or_text, parameters=parameters, store=store)


def named_queries() -> tuple[NamedQuery, ...]:
    """The named queries that ship with the package."""
    from graphengine.stores.queries import named_queries as shipped

    return shipped()


def doctor(job: Job | None) -> list[Check]:
    """What stands in the way of a run, and what to do about it."""
    from graphengine.pipeline.checkup import examine

    return examine(job)
