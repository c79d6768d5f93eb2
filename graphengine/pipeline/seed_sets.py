"""Whom to ask in a topic: a seed set chosen on what the log's cascades teach, with its guarantee."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from graphengine.errors import InputError
from graphengine.eventlog import EventLog
from graphengine.eventlog.topics import topics_of
from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph
from graphengine.influence.diffusion.questions import SeedQuestion
from graphengine.influence.diffusion.seeds import choose_seeds
from graphengine.influence.diffusion.seeds_by_topic import choose_seeds_by_topic
from graphengine.model import NO_TOPIC, account_key
from graphengine.pipeline.cascades import forest_of, links_of, topic_forests
from graphengine.pipeline.diffusion import Influence, exposed_pairs, learned_influence
from graphengine.pipeline.reports import SeedReport
from graphengine.pipeline.solving import threads_for
from graphengine.pipeline.topics import named_topic

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from graphengine.influence.diffusion.graph import Model
    from graphengine.influence.diffusion.seeds import SeedSet
    from graphengine.job import Job
    from graphengine.pipeline.reports import Progress
    from graphengine.workspace import Workspace

__all__ = ["SeedWish", "choose_for_topics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedWish:
    """What is asked: topics (slug, name or key), how many or for how much, and who (not).

    A set is chosen for each topic. ``costs`` is a CSV file with the columns account and cost;
    without it each costs 1. People in ``include`` and ``exclude`` are named by key, or by id in
    the job's network; ``topic=person``, with a topic as it is called in ``topics``, speaks of that
    topic alone. ``audience`` is a CSV file with the columns account and weight, and perhaps topic
    (as it is called in ``topics``): how much it counts to reach each; whoever it does not name
    counts nothing.
    """

    topics: Sequence[str]
    k: int | None = None
    budget: float | None = None
    costs: Path | None = None
    audience: Path | None = None
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    share: float = 0.9
    model: Model = "independent_cascade"
    random_state: int = 0
    seconds: float | None = None

    def named(self, names: Sequence[str], topic: str) -> list[str]:
        """Those of ``names`` that speak of the topic, without its name in front."""
        mine = []
        for name in names:
            first, equals, rest = name.partition("=")
            if not (equals and first in self.topics):
                mine.append(name)
            elif first == topic:
                mine.append(rest)
        return mine


@dataclass(frozen=True, slots=True, eq=False)
class _Topic:
    """One of the topics asked for: its key, what it teaches, and the question it comes to."""

    key: str
    influence: Influence
    graph: DiffusionGraph
    question: SeedQuestion


def choose_for_topics(
    job: Job, workspace: Workspace, *, wish: SeedWish, as_of: int | None, progress: Progress
) -> tuple[SeedReport, ...]:
    """Learn who moves whom in each topic from all cascades up to ``as_of``, then choose.

    One topic is answered alone, several in one search with common coins; the answers mean the
    same, and their order is that of the topics.

    Raises:
        InputError: no such topic or person, a topic named twice, nothing to learn from, costs that
            cannot be read, or a question that cannot be met.
    """
    log = EventLog(workspace.log)
    keys = {_key(log, name, job=job): name for name in wish.topics}
    if len(keys) < len(wish.topics):
        raise InputError(f"One topic is named twice among {', '.join(wish.topics)}. Name it once.")
    progress.stage(f"learn who moves whom in {', '.join(keys)}")
    learned = _influences(log, list(keys), job=job, as_of=as_of)
    topics = []
    for key, influence in learned.items():
        graph = influence.graph
        graph = _at_most_one(graph) if wish.model == "linear_threshold" else graph
        question = _question(wish, influence, topic=keys[key], job=job)
        topics.append(_Topic(key, influence, graph, question))
    progress.stage("choose seeds")
    try:
        if len(topics) == 1:
            return (_alone(topics[0], wish, job=job),)
        return _together(topics, wish, job=job)
    except ValueError as impossible:
        raise InputError(f"Seeds for {', '.join(keys)}: {impossible}.") from impossible


def _alone(topic: _Topic, wish: SeedWish, *, job: Job) -> SeedReport:
    found = choose_seeds(
        topic.graph, topic.question, model=wish.model, random_state=wish.random_state,
        threads=threads_for(job.threads),
    )  # fmt: skip
    return _report(found, topic.influence.people, topic=topic, model=wish.model)


def _together(topics: Sequence[_Topic], wish: SeedWish, *, job: Job) -> tuple[SeedReport, ...]:
    """All topics over the people of all; whom a topic does not know counts nothing in it."""
    people = pl.concat([topic.influence.people for topic in topics]).unique().sort()
    graphs, questions = dict[str, DiffusionGraph](), dict[str, SeedQuestion]()
    for topic in topics:
        mine = people.search_sorted(topic.influence.people).to_numpy().astype(np.int64)
        graphs[topic.key] = diffusion_graph(
            mine[topic.graph.indices], mine[topic.graph.targets()], topic.graph.probability,
            n=len(people),
        )  # fmt: skip
        questions[topic.key] = _among(topic.question, mine, n=len(people))
    found = choose_seeds_by_topic(
        graphs, questions, model=wish.model, random_state=wish.random_state,
        threads=threads_for(job.threads),
    )  # fmt: skip
    return tuple(_report(found[t.key], people, topic=t, model=wish.model) for t in topics)


def _among(question: SeedQuestion, mine: np.ndarray, *, n: int) -> SeedQuestion:
    """The question of a topic whose people are ``mine`` of n, in the numbers of all."""
    known, cost = np.zeros(n), None
    known[mine] = 1.0
    counts = known.copy()
    if question.roots is not None:
        counts[mine] = np.asarray(question.roots)
    if question.cost is not None:
        cost = np.ones(n)
        cost[mine] = np.asarray(question.cost)
    others = np.flatnonzero(known == 0.0).tolist()
    return replace(
        question,
        delta=1.0 / mine.size,
        cost=cost,
        include=mine[list(question.include)].tolist(),
        exclude=[*mine[list(question.exclude)].tolist(), *others],
        roots=counts,
    )


def _key(log: EventLog, name: str, *, job: Job) -> str:
    """The key of a topic; the events without a topic are none."""
    known = topics_of(log, job.topic_scheme).filter(pl.col("slug") != NO_TOPIC)
    return named_topic(known.select("key", "slug", "name").iter_rows(), name, job=job.name)[0]


def _influences(
    log: EventLog, topics: Sequence[str], *, job: Job, as_of: int | None
) -> dict[str, Influence]:
    """What each topic (by key) teaches."""
    events = log.interactions(upto_time=as_of).frame
    links = links_of(log.posts().frame, events, as_of=as_of)
    exposed = exposed_pairs(log, events, job=job, as_of=as_of)
    if len(topics) == 1:
        forests = {topics[0]: forest_of(links, topic=topics[0], job=job)}
    else:
        forests = {key: trees for key, trees in topic_forests(links, job=job) if key in topics}
    learned = dict[str, Influence]()
    for topic in topics:
        forest = forests.get(topic)
        found: Influence | str = "it has no posts"
        if forest is not None:
            found = learned_influence(
                forest, exposed, settings=job.diffusion, threads=threads_for(job.threads)
            )
        if isinstance(found, str):
            raise InputError(
                f"Who moves whom in {topic} cannot be learned: {found}. Seeds need posts with "
                "parents, and follows or earlier reactions that show who sees whom. Map `parent` "
                "of posts or interactions in the job file, or ask for the topic overall."
            )
        learned[topic] = found
    return learned


def _at_most_one(graph: DiffusionGraph) -> DiffusionGraph:
    """The same influence as weights: scaled down at each person whom more than 1 in all reaches."""
    total = np.bincount(graph.targets(), weights=graph.probability, minlength=graph.n)
    scale = np.maximum(total, 1.0)
    return replace(graph, probability=graph.probability / scale[graph.targets()])


def _question(wish: SeedWish, influence: Influence, *, topic: str, job: Job) -> SeedQuestion:
    """The question about the topic that the wish calls ``topic``, in the numbers of its people."""
    people = influence.people
    include, exclude = (
        _people(wish.named(names, topic), people, topic=topic, job=job)
        for names in (wish.include, wish.exclude)
    )
    never = np.flatnonzero(~influence.acted)
    return SeedQuestion(
        k=wish.k,
        share=wish.share,
        budget=wish.budget,
        cost=None if wish.budget is None else _costs(wish.costs, people),
        roots=None if wish.audience is None else _audience(wish.audience, people, topic=topic),
        include=include,
        exclude=[*exclude, *np.setdiff1d(never, [*include, *exclude]).tolist()],
        max_seconds=wish.seconds,
    )


def _people(names: Sequence[str], people: pl.Series, *, topic: str, job: Job) -> list[int]:
    keys = [name if ":" in name else account_key(job.network, name) for name in names]
    places = {key: n for n, key in enumerate(people)} if keys else {}
    for key in keys:
        if key not in places:
            raise InputError(
                f'"{key}" takes no part in the cascades of {topic}, so nothing is known of whom '
                "they move. Name accounts by key or by id in the job's network."
            )
    return [places[key] for key in keys]


def _costs(file: Path | None, people: pl.Series) -> np.ndarray:
    if file is None:
        return np.ones(len(people))
    with _readable("costs", file, needed="account (a key) and cost (a number above 0)"):
        table = pl.read_csv(file, schema_overrides={"account": pl.String, "cost": pl.Float64})
        costs = table.select("account", "cost")
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


def _audience(file: Path, people: pl.Series, *, topic: str) -> np.ndarray:
    """How much it counts to reach each of the topic's people."""
    types = {"account": pl.String, "weight": pl.Float64, "topic": pl.String}
    needed = "account (a key), weight (a number, 0 or more) and, where it differs by topic, topic"
    with _readable("audience", file, needed=needed):
        table = pl.read_csv(file, schema_overrides=types)
        if "topic" in table.columns:
            table = table.filter(pl.col("topic") == topic)
        table = table.select("account", "weight")
    weight = pl.col("weight")
    for wrong in table.filter(~(weight.is_finite() & (weight >= 0)).fill_null(value=False)).rows():
        raise InputError(
            f'{file} gives "{wrong[0]}" the weight {wrong[1]}. It must be a number, 0 or more.'
        )
    for again in table.filter(pl.col("account").is_duplicated())["account"]:
        raise InputError(f'{file} names "{again}" more than once for {topic}. Name each once.')
    joined = people.to_frame("account").join(table, on="account", how="left", maintain_order="left")
    if not joined["weight"].sum():
        raise InputError(
            f"Nobody to whom {file} gives a weight above 0 takes part in the cascades of {topic}. "
            "Name accounts by key who do, and the topic as --topic does."
        )
    return joined["weight"].fill_null(0.0).to_numpy()


@contextmanager
def _readable(what: str, file: Path, *, needed: str) -> Iterator[None]:
    """InputError, with the columns that are needed, where the file cannot be read."""
    try:
        yield
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"The {what} in {file} cannot be read: {str(error).splitlines()[0]}. Needed is a CSV "
            f"file with the columns {needed}."
        ) from error


def _report(found: SeedSet, people: pl.Series, *, topic: _Topic, model: Model) -> SeedReport:
    keys, reached = people.gather(found.seeds).to_list(), topic.question.roots
    return SeedReport(
        topic=topic.key,
        model=model,
        estimator=topic.influence.said["estimator"],
        cascades=topic.influence.said["cascades"],
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
        audience=None if reached is None else int(np.count_nonzero(reached)),
    )
