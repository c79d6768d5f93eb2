"""Whom to ask in a topic: a seed set chosen on what the log's cascades teach, with its guarantee."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.eventlog.topics import topics_of
from graphengine.influence.diffusion.questions import SeedQuestion
from graphengine.influence.diffusion.seeds import choose_seeds
from graphengine.model import NO_TOPIC, account_key
from graphengine.pipeline.cascades import forest_of, links_of
from graphengine.pipeline.diffusion import Influence, exposed_pairs, learned_influence
from graphengine.pipeline.reports import SeedReport
from graphengine.pipeline.solving import threads_for
from graphengine.pipeline.topics import named_topic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model
    from graphengine.influence.diffusion.seeds import SeedSet
    from graphengine.job import Job
    from graphengine.pipeline.reports import Progress
    from graphengine.workspace import Workspace

__all__ = ["SeedWish", "choose_for_topic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedWish:
    """What is asked: a topic (slug, name or key), how many or for how much, and who (not).

    ``costs`` is a CSV file with the columns account and cost; without it each costs 1. People in
    ``include`` and ``exclude`` are named by key, or by id in the job's network.
    """

    topic: str
    k: int | None = None
    budget: float | None = None
    costs: Path | None = None
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    share: float = 0.9
    model: Model = "independent_cascade"
    random_state: int = 0
    seconds: float | None = None


def choose_for_topic(
    job: Job, workspace: Workspace, *, wish: SeedWish, as_of: int | None, progress: Progress
) -> SeedReport:
    """Learn who moves whom in the topic from all cascades up to ``as_of``, then choose.

    Raises:
        InputError: no such topic or person, nothing to learn from, costs that cannot be read, or
            a question that cannot be met.
    """
    log = EventLog(workspace.log)
    key = _topic(log, wish.topic, job=job)
    progress.stage(f"learn who moves whom in {key}")
    influence = _influence(log, key, job=job, as_of=as_of)
    graph = influence.graph
    if wish.model == "linear_threshold":
        graph = _at_most_one(graph)
    progress.stage("choose seeds")
    try:
        found = choose_seeds(
            graph, _question(wish, influence, job=job), model=wish.model,
            random_state=wish.random_state, threads=threads_for(job.threads),
        )  # fmt: skip
    except ValueError as impossible:
        raise InputError(f"Seeds for {key}: {impossible}.") from impossible
    return _report(found, influence, topic=key, model=wish.model)


def _topic(log: EventLog, name: str, *, job: Job) -> str:
    """The key of a topic; the events without a topic are none."""
    known = topics_of(log, job.topic_scheme).filter(pl.col("slug") != NO_TOPIC)
    return named_topic(known.select("key", "slug", "name").iter_rows(), name, job=job.name)[0]


def _influence(log: EventLog, topic: str, *, job: Job, as_of: int | None) -> Influence:
    events = log.interactions(upto_time=as_of).frame
    links = links_of(log.posts().frame, events, as_of=as_of)
    forest = forest_of(links, topic=topic, job=job)
    found: Influence | str = "it has no posts"
    if forest is not None:
        found = learned_influence(
            forest, exposed_pairs(log, events, job=job, as_of=as_of),
            settings=job.diffusion, threads=threads_for(job.threads),
        )  # fmt: skip
    if isinstance(found, str):
        raise InputError(
            f"Who moves whom in {topic} cannot be learned: {found}. Seeds need posts with parents, "
            "and follows or earlier reactions that show who sees whom. Map `parent` of posts or "
            "interactions in the job file, or ask for the topic overall."
        )
    return found


def _at_most_one(graph: DiffusionGraph) -> DiffusionGraph:
    """The same influence as weights: scaled down at each person whom more than 1 in all reaches."""
    total = np.bincount(graph.targets(), weights=graph.probability, minlength=graph.n)
    scale = np.maximum(total, 1.0)
    return replace(graph, probability=graph.probability / scale[graph.targets()])


def _question(wish: SeedWish, influence: Influence, *, job: Job) -> SeedQuestion:
    people = influence.people
    include, exclude = (_people(names, people, job=job) for names in (wish.include, wish.exclude))
    never = np.flatnonzero(~influence.acted)
    return SeedQuestion(
        k=wish.k,
        share=wish.share,
        budget=wish.budget,
        cost=None if wish.budget is None else _costs(wish.costs, people),
        include=include,
        exclude=[*exclude, *np.setdiff1d(never, [*include, *exclude]).tolist()],
        max_seconds=wish.seconds,
    )


def _people(names: Sequence[str], people: pl.Series, *, job: Job) -> list[int]:
    keys = [name if ":" in name else account_key(job.network, name) for name in names]
    places = {key: n for n, key in enumerate(people)} if keys else {}
    for key in keys:
        if key not in places:
            raise InputError(
                f'"{key}" takes no part in the cascades of this topic, so nothing is known of whom '
                "they move. Name accounts by key or by id in the job's network."
            )
    return [places[key] for key in keys]


def _costs(file: Path | None, people: pl.Series) -> np.ndarray:
    if file is None:
        return np.ones(len(people))
    try:
        table = pl.read_csv(file, schema_overrides={"account": pl.String, "cost": pl.Float64})
        costs = table.select("account", "cost")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"The costs in {file} cannot be read: {str(error).splitlines()[0]}. Needed is a CSV "
            "file with the columns account (a key) and cost (a number above 0)."
        ) from error
    joined = people.to_frame("account").join(
        costs.unique("account"), on="account", how="left", maintain_order="left"
    )
    missing = joined.filter(pl.col("cost").is_null())["account"]
    if len(missing):
        raise InputError(
            f"{file} has no cost for {len(missing)} people of the topic, the first "
            f'"{missing[0]}". Give one for each; people who must not be asked go to --exclude.'
        )
    return joined["cost"].to_numpy()


def _report(found: SeedSet, influence: Influence, *, topic: str, model: Model) -> SeedReport:
    keys = influence.people.gather(found.seeds).to_list()
    return SeedReport(
        topic=topic,
        model=model,
        estimator=influence.said["estimator"],
        cascades=influence.said["cascades"],
        accounts=tuple(keys),
        gains=tuple(found.gain.tolist()),
        spread=found.spread,
        low=found.low,
        high=found.high,
        share=found.share,
        asked=found.asked,
        stop=found.stop,
        sets=found.sets,
        cost=found.cost,
        seconds=found.seconds,
    )
