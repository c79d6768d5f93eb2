"""The gate between a run and the stores, and the comparison of any two runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import InputError, did_you_mean
from graphengine.model import slug, topic_key
from graphengine.pipeline.reports import ComparisonReport
from graphengine.runs import load_run
from graphengine.scoring.comparison import compare_scores, movers
from graphengine.scoring.gate import Bands, Volume, broken_rules, volume_of

if TYPE_CHECKING:
    from graphengine.eventlog import EventLog
    from graphengine.job import Job
    from graphengine.runs import Run
    from graphengine.workspace import Workspace

__all__ = ["broken_by", "compare_runs", "recent_volume"]

_WEEK_AND_DAY = 8 * 86_400


def recent_volume(log: EventLog, *, as_of: int | None) -> dict[str, Any] | None:
    """What the gate will want to know of a run's last day; None where nothing has a time."""
    if as_of is None:
        return None
    known = log.view()
    table = "interactions" if known.parts("interactions") else "exposure"
    weighed = ["weight"] if table == "interactions" else []
    events = known.select(
        table, ["at", "source", *weighed],
        where=pl.col("at").is_between(as_of - _WEEK_AND_DAY, as_of),
    )  # fmt: skip
    if not weighed:
        events = events.with_columns(weight=pl.lit(1.0))
    return asdict(volume_of(events, as_of=as_of))


def broken_by(run: Run, served: Run | None, *, job: Job) -> list[str]:
    """What ``run`` breaks beside the run that a store serves, a sentence each.

    Nothing where the gate is open, where the same run is served, or where there is none to compare
    with.
    """
    if not job.gate.hold or served is None or served.id == run.id:
        return []
    before, after = served.manifest, run.manifest
    if before["as_of"] is not None and (after["as_of"] or 0) < before["as_of"]:
        return []  # a look back is asked for by name
    bands = Bands(**job.gate.model_dump(exclude={"hold"}))
    broken = [
        f"{name.replace('_', ' ')} {after[name]} in the place of {before[name]}"
        for name in ("method_version", "anchors_version")
        if after[name] != before[name]
    ]
    changes = compare_scores(served.table("scores"), run.table("scores"), points=bands.moved_points)
    volumes = [_volume(manifest) for manifest in (before, after)]
    return broken + broken_rules(changes, before=volumes[0], after=volumes[1], bands=bands)


def _volume(manifest: dict[str, Any]) -> Volume | None:
    said = manifest.get("volume")
    return Volume.read(said) if said else None


def compare_runs(
    job: Job, workspace: Workspace, *, runs: tuple[str, str], topic: str | None, n: int
) -> ComparisonReport:
    """Two runs of the workspace side by side; ``topic`` (a slug or key, None: all) narrows it.

    Raises:
        InputError: there is no such run, or neither has the topic.
    """
    before, after = (load_run(workspace, name) for name in runs)
    tables = [run.table("scores") for run in (before, after)]
    if topic is not None:
        tables = _of_topic(tables, topic, job=job)
    changes = compare_scores(*tables, points=job.gate.moved_points)
    said = [run.manifest for run in (before, after)]
    return ComparisonReport(
        before=before.id,
        after=after.id,
        versions=tuple((m["method_version"], m["anchors_version"]) for m in said),
        points=job.gate.moved_points,
        topics=tuple(changes),
        movers=tuple(movers(*tables, n=n).iter_rows(named=True)),
        broken=tuple(broken_by(after, before, job=job)),
    )


def _of_topic(tables: list[pl.DataFrame], topic: str, *, job: Job) -> list[pl.DataFrame]:
    key = topic if "/" in topic else topic_key(job.topic_scheme, slug(topic))
    known = sorted({key for table in tables for key in table["topic"].unique()})
    if key not in known:
        raise InputError(
            f'Neither run has scores in the topic "{topic}".{did_you_mean(key, known)} '
            f"They have: {', '.join(known)}."
        )
    return [table.filter(pl.col("topic") == key) for table in tables]
