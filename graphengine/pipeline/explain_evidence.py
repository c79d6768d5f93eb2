"""What is needed to explain one person's number in one topic of a run, read as cheaply as can be.

The whole topic's events say everything. Where the graph that the run was solved on is still there, and
nobody's posts are known, the events towards the person are enough: the graph says all of the others.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.eventlog.topics import topics_of
from graphengine.events import Exposure, Interactions, Posts
from graphengine.graph import load_graph
from graphengine.pipeline.evidence import evidence_of
from graphengine.pipeline.solutions import last_solutions
from graphengine.pipeline.told import Told, told
from graphengine.scoring.reasons import Moment, number_around, number_evidence, steps_of

if TYPE_CHECKING:
    from graphengine.eventlog.view import View
    from graphengine.influence.cascades import Forest
    from graphengine.job import Job
    from graphengine.runs import Run
    from graphengine.scoring.model import ScoreModel
    from graphengine.scoring.parts import Evidence
    from graphengine.scoring.reasons import Numbered, Steps
    from graphengine.workspace import Workspace

__all__ = ["Past", "credit_of", "moment_of", "numbered_of", "past_of"]


@dataclass(frozen=True, slots=True)
class Past:
    """A run, and the log as it saw it."""

    run: Run
    log: EventLog
    view: View
    workspace: Workspace


@dataclass(frozen=True, slots=True)
class _Graph:
    """Everybody in a topic, and where their trails go, as the run was solved."""

    accounts: pl.Series
    half_life: float
    steps: Steps


def past_of(workspace: Workspace, run: Run) -> Past:
    """The log as ``run`` saw it.

    Raises:
        InputError: the log was rewritten or replaced since.
    """
    manifest, log = run.manifest, EventLog(workspace.log)
    last = manifest["last_batch"]
    if last > log.last_batch or log.watermark_at(last) != manifest["watermark"]:
        raise InputError(
            f"The event log is no longer what the run {run.id} was made from: it was rewritten or "
            "replaced since. Its score cannot be explained any more. Make a new run: graphengine "
            "score."
        )
    return Past(run, log, log.view(last), workspace)


def numbered_of(past: Past, who: str, *, topic: str, job: Job, model: ScoreModel) -> Numbered:
    """The topic's evidence by number, as far as it takes to explain ``who``.

    Raises:
        InputError: the run knows no events there, or some of them were taken back since.
    """
    graph = _kept_graph(past, topic, job=job, model=model)
    if graph is None:
        moment = moment_of(past, who, topic=topic, job=job)
        return number_evidence(moment.evidence, model=model, as_of=moment.as_of)
    as_of = past.run.manifest["as_of"]
    evidence = _evidence(past, _told_of(past, who), topic=topic, job=job)
    own = replace(evidence, events=evidence.events.filter(pl.col("target") == who))
    return number_around(
        own, accounts=graph.accounts, steps={graph.half_life: graph.steps}, model=model,
        as_of=as_of or 0,
    )  # fmt: skip


def moment_of(past: Past, who: str, *, topic: str, job: Job) -> Moment:
    """The topic's whole evidence as the run saw it, with the person's credit post by post.

    Raises:
        InputError: the run knows no events there, or some of them were taken back since.
    """
    # only a log with posts needs cascades, and half a second for their libraries
    from graphengine.pipeline.cascades import forest_of, links_of

    as_of = past.run.manifest["as_of"]
    known = told(past.log, as_of=as_of, view=past.view)
    evidence = _evidence(past, known, topic=topic, job=job)
    _nothing_taken_back(past, evidence)
    links = links_of(known.posts, known.interactions, as_of=as_of)
    forest = forest_of(links, topic=topic, job=job)
    if forest is not None:
        evidence = replace(evidence, credit=credit_of(forest, links, who))
    return Moment(evidence, as_of or 0)


def _evidence(past: Past, known: Told, *, topic: str, job: Job) -> Evidence:
    words = dict(topics_of(past.log, job.topic_scheme).select("key", "name").iter_rows())
    roots = pl.DataFrame(schema={"post": pl.String, "cascade": pl.String})
    # all topics' words: an event is shared among all of its topics
    found = evidence_of(known, job=job, words=words, credit={}, roots=roots)
    evidence = next((one for key, one in found if key == topic), None)
    if evidence is None or evidence.events.is_empty():
        raise InputError(
            f"The run {past.run.id} knows no events of the topic {topic}, so there is nothing to "
            "explain or compare there."
        )
    return evidence


def _told_of(past: Past, who: str) -> Told:
    """What is told of events towards one person, where nobody's posts are known."""
    as_of = past.run.manifest["as_of"]
    past_only = pl.lit(value=True)
    if as_of is not None:
        past_only = pl.col("at").is_null() | (pl.col("at") <= as_of)
    where = (pl.col("target") == who) & past_only
    return Told(
        past.view.select("interactions", list(Interactions.SCHEMA), where=where),
        Posts.empty().frame,
        past.view.select("exposure", list(Exposure.SCHEMA), where=pl.col("target") == who).filter(
            past_only
        ),
        as_of,
    )


def _kept_graph(past: Past, topic: str, *, job: Job, model: ScoreModel) -> _Graph | None:
    """The graph that the run was solved on; None where it is gone, or does not say enough."""
    manifest = past.run.manifest
    solved = last_solutions(past.workspace, {past.run.id})
    half_life = job.method.half_life_days or np.inf
    if (
        solved is None
        or topic not in solved.record["topics"]
        or manifest["cascades"]["posts"]
        or any(key.half_life != half_life for key in model.wanted if key.name in "hS")
        or any(batch.retracts for batch in past.log.batches()[manifest["last_batch"] :])
    ):
        return None
    record = solved.record["topics"][topic]
    folder = next(past.workspace.snapshots.glob(f"*/{record['graph']}"), None)
    if folder is None:
        return None
    graph = load_graph(folder)
    W = graph.endorsement_matrix()
    W.data *= record["scale"]
    return _Graph(graph.accounts, half_life, steps_of(W, passing=model.passing))


def _nothing_taken_back(past: Past, evidence: Evidence) -> None:
    """Refuse to show what was taken back after the run was made."""
    gone = past.log.view().retracted_after(past.run.manifest["last_batch"])
    if gone.events.is_empty() and gone.accounts.is_empty():
        return
    people = gone.accounts["account"].implode()
    hit = evidence.events.filter(
        pl.col("event_id").is_in(gone.events["event_id"].implode())
        | pl.col("actor").is_in(people)
        | pl.col("target").is_in(people)
    ).height
    if hit:
        raise InputError(
            f"{hit:,} events that the run {past.run.id} counted in this topic were taken back since. Its "
            "scores cannot be explained without showing them. Make a new run: graphengine score."
        )


def credit_of(forest: Forest, links: pl.DataFrame, who: str) -> pl.DataFrame:
    """[account, at, amount, post, under]: others' posts below the posts of ``who``, each once.

    ``under`` is the highest post of the person above it; the amounts sum to the person's total
    credit (``credit_by_person``). What has no time in ``links`` has none here.
    """
    own = (forest.authors == who).fill_null(value=False).to_numpy()
    above = np.full(forest.n, -1, dtype=np.int64)  # the person's highest post above each
    for depth in range(1, int(forest.depth.max(initial=0)) + 1):
        here = np.flatnonzero(forest.depth == depth)
        parent = forest.parent[here]
        above[here] = np.where(above[parent] >= 0, above[parent], np.where(own[parent], parent, -1))
    rows = np.flatnonzero((above >= 0) & ~own)
    dated = links.group_by("post").agg(pl.col("at").min())
    return (
        pl.DataFrame({
            "account": pl.Series([who]).new_from_index(0, len(rows)),
            "post": forest.posts.gather(rows), "amount": forest.unit[rows],
            "under": forest.posts.gather(above[rows]),
        })
        .join(dated, on="post", how="left", maintain_order="left")
        .select("account", "at", "amount", "post", "under")
    )  # fmt: skip
