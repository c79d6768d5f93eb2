"""A run becomes a page: what its folder, the run before it and the log say, gathered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.model import OVERALL, topic_key
from graphengine.pipeline.data_quality import people_shown, quality_of
from graphengine.pipeline.gating import compare_runs
from graphengine.pipeline.topics import named_topic
from graphengine.report import Movement, RunRecord, TopicRecord, page
from graphengine.report.blocks import count, number, utc
from graphengine.runs import list_runs, load_run
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from graphengine.job import Job
    from graphengine.pipeline.reports import ComparisonReport
    from graphengine.runs import Run
    from graphengine.workspace import Workspace

__all__ = ["ReportPage", "report_page"]

_MOVERS = 10  # of each topic


@dataclass(frozen=True, slots=True)
class ReportPage:
    """The page of ``run``, compared with the run ``before`` (None: there was none): ``html``."""

    run: str
    before: str | None
    html: str


def report_page(
    job: Job, *, run: str | None, against: str | None, topics: Sequence[str] = (), n: int = 20
) -> ReportPage:
    """The page of the run called ``run`` (None: the newest), with top lists of ``n``.

    ``against`` is the run to compare with (None: the one made before it, where there is one);
    ``topics``, by slug, name or key, come first, and so are among those shown in full.

    Raises:
        InputError: there is no such run or topic, or the run is damaged.
    """
    workspace = open_workspace(job, create=False)
    runs = list_runs(workspace)
    if run is None and not runs:
        raise InputError(f'The job "{job.name}" has no run to report. Make one: graphengine score.')
    chosen = load_run(workspace, run) if run else runs[-1]
    earlier = load_run(workspace, against) if against else _before(chosen, runs)
    tables = [None if one is None else one.table("scores") for one in (earlier, chosen)]
    found = _topics(chosen, tables, job=job, n=n)
    first = [named_topic(_called(found), name, job=job.name)[0] for name in topics]
    found.sort(key=lambda topic: first.index(topic.key) if topic.key in first else len(first))
    record = _record(job, workspace, run=chosen, earlier=earlier, topics=tuple(found))
    return ReportPage(chosen.id, earlier.id if earlier else None, page(record))


def _called(topics: Iterable[TopicRecord]) -> list[tuple[str, str, str]]:
    return [(topic.key, topic.key.rpartition("/")[2], topic.name) for topic in topics]


def _before(run: Run, runs: list[Run]) -> Run | None:
    place = [one.id for one in runs].index(run.id)
    return runs[place - 1] if place else None


def _record(
    job: Job,
    workspace: Workspace,
    *,
    run: Run,
    earlier: Run | None,
    topics: tuple[TopicRecord, ...],
) -> RunRecord:
    manifest = run.manifest
    log = EventLog(workspace.log, rejects=workspace.rejects)
    movement = _movement(job, workspace, run=run, earlier=earlier) if earlier else None
    seeds = run.table("seeds") if run.has_table("seeds") else None
    shown = [topic.top["account"] for topic in topics]
    shown += [] if seeds is None else [seeds["account"]]
    shown += [] if movement is None else [movement.movers["account"]]
    known = people_shown(log, shown, as_of=manifest["as_of"])
    return RunRecord(
        run=run.id,
        job=manifest["job"],
        facts=_facts(manifest, people=run.table("scores")["account"].n_unique()),
        parameters=manifest["parameters"],
        topics=topics,
        quality=quality_of(manifest, log),
        names=known.names,
        gone=known.gone,
        movement=movement,
        validation=run.table("validation") if run.has_table("validation") else None,
        seeds=seeds,
    )


def _facts(manifest: dict[str, Any], *, people: int) -> dict[str, str]:
    bounds = [
        c["relative_error_bound"]
        for topic in manifest.get("topics", [])
        for c in topic.get("certificates", {}).values()
        if "relative_error_bound" in c
    ]
    facts = {
        "run": manifest["run"],
        "as of": utc(manifest["as_of"]),
        "events of the log": f"{utc(manifest.get('data_from'))} to {utc(manifest.get('data_to'))}",
        "people with a score": count(people),
        "method": f"version {manifest['method_version']}",
        "anchors": f"version {manifest['anchors_version']}",
        "made by": f"graphengine {manifest.get('code_version', '')}",
        "input": f"{count(manifest.get('last_batch'))} batches, watermark {manifest['watermark']}",
    }
    cascades = manifest.get("cascades", {})
    if "posts" in cascades:
        facts["cascades"] = f"{count(cascades['trees'])} trees of {count(cascades['posts'])} posts"
    if bounds:
        facts["certificate"] = (
            f"every vector within {number(max(bounds), 2)} of exact (relative L1)"
        )
    return facts


def _topics(run: Run, tables: list[pl.DataFrame | None], *, job: Job, n: int) -> list[TopicRecord]:
    """Overall first, then by the number of people with a score; empty ones too.

    ``tables``: the scores of the run before (None: there is none) and of this one.
    """
    told = {topic["key"]: topic for topic in run.manifest.get("topics", [])}
    old, mine = (_by_topic(table) for table in tables)
    none = run.table("scores").clear()
    overall = topic_key(job.topic_scheme, OVERALL)
    keys = sorted({*told, *mine}, key=lambda k: (k != overall, -mine.get(k, none).height, k))
    return [
        TopicRecord(
            key=key,
            name=told.get(key, {}).get("name", key.rpartition("/")[2]),
            scores=mine.get(key, none)["score"].to_numpy(),
            top=mine.get(key, none).sort("rank").head(n),
            people=told.get(key, {}).get("people"),
            unrated=told.get(key, {}).get("unrated"),
            before=old[key]["score"].to_numpy() if key in old else None,
            said=told.get(key, {}),
        )
        for key in keys
    ]


def _by_topic(table: pl.DataFrame | None) -> dict[str, pl.DataFrame]:
    if table is None:
        return {}
    return {str(key): rows for (key,), rows in table.partition_by("topic", as_dict=True).items()}


def _movement(job: Job, workspace: Workspace, *, run: Run, earlier: Run) -> Movement:
    found = compare_runs(job, workspace, runs=(earlier.id, run.id), topic=None, n=_MOVERS)
    rows = [
        {
            "topic": t.topic, "both": t.both, "came": t.came, "left": t.left, "moved": t.moved,
            "correlation": t.correlation, "churn": t.churn,
        }
        for t in found.topics
    ]  # fmt: skip
    return Movement(
        before=earlier.id,
        points=found.points,
        versions=found.versions[0],
        topics=pl.DataFrame(rows),
        movers=_movers(found, [one.table("scores") for one in (earlier, run)]),
        broken=found.broken,
    )


def _movers(found: ComparisonReport, tables: list[pl.DataFrame]) -> pl.DataFrame:
    """The movers, and whether the intervals of the two runs lie apart, where both have some."""
    if not found.movers:
        return pl.DataFrame(schema={"topic": pl.String, "account": pl.String})
    movers = pl.DataFrame(list(found.movers), infer_schema_length=None)
    who = ["topic", "account"]
    if not all({"low", "high"} <= set(table.columns) for table in tables):
        return movers
    for table, side in zip(tables, ("_old", "_new"), strict=True):
        ends = table.select(*who, pl.col("low", "high").name.suffix(side))
        movers = movers.join(ends, on=who, how="left", maintain_order="left")
    apart = (pl.col("high_old") < pl.col("low_new")) | (pl.col("high_new") < pl.col("low_old"))
    ends_known = pl.all_horizontal(pl.col("^(low|high)_(old|new)$").is_not_null())
    return movers.with_columns(sure=pl.when(ends_known).then(apart))
