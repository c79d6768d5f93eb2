"""Why somebody's score in a run is what it is, from the log as it stood when the run was made.

A run's number is explained only from what made it: the same batches, time, method and anchors. Where
these are no longer there, or were taken back since, the answer is an error that says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.errors import InputError
from graphengine.pipeline.evidence import model_of
from graphengine.pipeline.explain_evidence import Past, moment_of, numbered_of, past_of
from graphengine.pipeline.explained import (
    Changed,
    Explained,
    Named,
    Standing,
    Undone,
    account_named,
    handles_of,
)
from graphengine.pipeline.solutions import without_start
from graphengine.pipeline.topics import named_topic
from graphengine.runs import list_runs, load_run, read_publication
from graphengine.scoring import METHOD_VERSION
from graphengine.scoring.anchors import Anchors
from graphengine.scoring.parts import PartKey
from graphengine.scoring.reasons import explain_changes, explain_numbered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphengine.job import Job
    from graphengine.runs import Run
    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.reasons import Reasons
    from graphengine.workspace import Workspace

__all__ = ["ExplainWish", "explain_score"]

_CLOSE = 1e-6  # of the log-score: what order and rounding may change, beside h's own bracket


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainWish:
    """What is asked: whose score, in which topic (slug, name or key), of which run, without what.

    ``run`` None: the published one, else the newest. ``without``: endorsers, posts of the person or
    event ids whose events are imagined away, all together. ``since``: an earlier run, or "last" for the
    one before; what changed since then is told too. ``n``: rows of each table.
    """

    who: str
    topic: str
    run: str | None = None
    without: Sequence[str] = ()
    since: str | None = None
    n: int = 10


def explain_score(job: Job, workspace: Workspace, *, wish: ExplainWish) -> Explained:
    """The reasons of one person's score in one topic of a run.

    Raises:
        InputError: there is no such run, topic or person; what the run was made of has changed, or
            was taken back since.
    """
    run = _run(workspace, wish.run, job=job)
    past = _past(workspace, run, job=job)
    topic = _topic(run.manifest, wish.topic, job=job)
    tables = {name: _of(run.table(name), topic[0]) for name in ("scores", "unrated")}
    here = pl.concat([table["account"] for table in tables.values()])
    named = account_named(wish.who, past.view, scored=here, job=job)
    standing = _standing(run, named, topic, tables=tables, job=job)
    if standing.status == "nobody":
        return Explained(standing, None, None, None, wish.n)
    model, anchors = _model(job, run.manifest, topic[0]), _anchors(run.manifest)
    numbered = numbered_of(past, named.key, topic=topic[0], job=job, model=model)
    reasons = explain_numbered(numbered, named.key, anchors=model.anchored(anchors))
    _same_number(reasons, standing)
    undone = _without(reasons, wish.without, past, job=job) if wish.without else None
    changed = None
    if wish.since is not None:
        earlier = _past(workspace, _earlier(workspace, run, wish.since), job=job)
        before, after = (
            moment_of(one, named.key, topic=topic[0], job=job) for one in (earlier, past)
        )
        steps = explain_changes(
            before, after, named.key, model=model, anchors=anchors,
            earlier=_model(job, earlier.run.manifest, topic[0]),
        )  # fmt: skip
        changed = Changed(earlier.run.id, steps)
    found = Explained(standing, reasons, undone, changed, wish.n)
    return replace(found, handles=handles_of(found.endorsers["account"], past.view))


def _past(workspace: Workspace, run: Run, *, job: Job) -> Past:
    _same_method(job, run.id, run.manifest)
    return past_of(workspace, run)


def _earlier(workspace: Workspace, run: Run, name: str) -> Run:
    """The run called ``name``, or the one before for "last"."""
    if name != "last":
        return load_run(workspace, name)
    runs = list_runs(workspace)
    place = [one.id for one in runs].index(run.id)
    if not place:
        raise InputError(
            f"There is no run before {run.id}, so nothing can be compared. Leave --since out."
        )
    return runs[place - 1]


def _run(workspace: Workspace, name: str | None, *, job: Job) -> Run:
    """The run that is named, or served by the job's first store, or the newest."""
    if name is not None:
        return load_run(workspace, name)
    runs = {run.id: run for run in list_runs(workspace)}
    if not runs:
        raise InputError(
            f'The job "{job.name}" has no run to explain. Make one: graphengine score.'
        )
    served = read_publication(workspace)
    for store in (*job.publish.to, *served):
        if store in served and served[store].published in runs:
            return runs[served[store].published]
    return next(reversed(runs.values()))


def _same_method(job: Job, run: str, manifest: dict[str, Any]) -> None:
    """Refuse a run whose number this version and this job file would not make again."""
    if manifest["method_version"] != METHOD_VERSION:
        raise InputError(
            f"The run {run} was made by method {manifest['method_version']}; this graphengine explains "
            f"method {METHOD_VERSION}. Make a new run, or explain it with the version that made it "
            f"({manifest['code_version']})."
        )
    made, now = without_start(manifest["parameters"]), job.method_parameters()
    if made != now:
        changed = sorted(_differing(made, now))
        raise InputError(
            f"The job file says other things than when the run {run} was made: {', '.join(changed)}. "
            "Its number would come out otherwise. Undo the change, or make a new run: graphengine "
            "score."
        )


def _differing(one: dict[str, Any], other: dict[str, Any], under: str = "") -> list[str]:
    found = []
    for key in one.keys() | other.keys():
        a, b, name = one.get(key), other.get(key), f"{under}{key}"
        if isinstance(a, dict) and isinstance(b, dict):
            found += _differing(a, b, f"{name}.")
        elif a != b:
            found.append(name)
    return found


def _topic(manifest: dict[str, Any], name: str, *, job: Job) -> tuple[str, str]:
    """Key and name of a topic of the run."""
    rows = [(t["key"], t["key"].split("/", 1)[1], t["name"]) for t in manifest["topics"]]
    key, _, said = named_topic(rows, name, job=job.name)
    return key, said


def _standing(
    run: Run,
    named: Named,
    topic: tuple[str, str],
    *,
    tables: dict[str, pl.DataFrame],
    job: Job,
) -> Standing:
    """Where the run has the person in the topic."""
    manifest = run.manifest
    found: dict[str, Any] = {"status": "nobody", "endorsers": 0}
    for name, status in (("scores", "scored"), ("unrated", "unrated")):
        row = tables[name].filter(pl.col("account") == named.key)
        if row.height:
            found = {"status": status, **row.row(0, named=True)}
    return Standing(
        run=run.id, as_of=manifest["as_of"], topic=topic[0], topic_name=topic[1],
        account=named.key, handle=named.handle, name=named.name,
        status=found["status"], endorsers=found["endorsers"], needed=job.method.min_endorsers,
        people=tables["scores"].height,
        **{name: found.get(name) for name in ("rank", "score", "low", "high", "raw")},
    )  # fmt: skip


def _of(table: pl.DataFrame, topic: str) -> pl.DataFrame:
    return table.filter(pl.col("topic") == topic)


def _model(job: Job, manifest: dict[str, Any], topic: str) -> ScoreModel:
    """The model that made the run's numbers: the job's, with weights and level that the run notes."""
    model = model_of(job)
    said = {row["key"]: row.get("model") for row in manifest["topics"]}.get(topic)
    if said is None:
        return model
    weights = {
        PartKey(name, np.inf if days is None else days): beta
        for name, days, beta in said["weights"]
    }
    level = tuple((there, here) for there, here in said.get("level", []))
    return replace(model, weights=weights, learned=said["learned"], level=level)


def _anchors(manifest: dict[str, Any]) -> Anchors:
    points = tuple((float(part), float(score)) for part, score in manifest["anchors"])
    return Anchors(manifest["anchors_version"], "the run's own record", points)


def _same_number(reasons: Reasons, standing: Standing) -> None:
    """Refuse to explain another number than the one that the run shows."""
    if standing.raw is None:
        same = reasons.endorsers == standing.endorsers
    else:
        weights = reasons.case.numbered.model.weights
        bracket = sum(
            beta * reasons.case.numbered.model.passing.precision
            for key, beta in weights.items()
            if key.name == "h"
        )
        apart = abs(reasons.log_score - float(np.log(standing.raw)))
        same = reasons.endorsers == standing.endorsers and apart <= bracket + _CLOSE
    if not same:
        raise InputError(
            f"The run {standing.run} shows {standing.raw} from {standing.endorsers} endorsers for "
            f"{standing.account}, and the event log gives {reasons.raw:.10g} from "
            f"{reasons.endorsers}. What the run was made from has changed; graphengine verify says "
            "what. Make a new run: graphengine score."
        )


def _without(reasons: Reasons, names: Sequence[str], past: Past, *, job: Job) -> Undone:
    """The score if the events of these endorsers, to these posts, or of these ids were not."""
    chosen: dict[str, list[str]] = {"events": [], "posts": [], "endorsers": []}
    case = reasons.case
    known = {"events": case.column("event_id"), "posts": case.column("parent")}
    endorsers = case.numbered.accounts.gather(case.endorsers)
    for name in names:
        kind = next((k for k, values in known.items() if (values == name).any()), None)
        if kind is None:
            named = account_named(name, past.view, scored=endorsers, job=job)
            if not (endorsers == named.key).any():
                raise InputError(
                    f'"{name}" endorsed {reasons.account} nowhere in this topic, so nothing would '
                    "change. Name an endorser, a post of the person or an event id."
                )
            kind, name = "endorsers", named.key  # noqa: PLW2901
        chosen[kind].append(name)
    left = reasons.without(**chosen)
    return Undone(tuple(names), reasons.events - left.events, left)
