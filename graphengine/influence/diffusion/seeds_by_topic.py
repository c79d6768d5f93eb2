"""Seed sets of several topics at once, in one search a root instead of one a topic.

All topics share people, roots and, edge by edge, coins: an edge is live in the topics whose
probability is above its coin. Each topic's answer means what it means alone (``choose_seeds``),
with the same certificate and the same stops; only the work is shared.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.bounds import proportion_interval
from graphengine.influence.diffusion.questions import Rules, SeedQuestion, rules_for
from graphengine.influence.diffusion.search import Search, Watch, block_of, fresh_sets
from graphengine.influence.diffusion.seeds import Certificate, SeedSet, choose_seeds
from graphengine.influence.diffusion.topic_sampling import MOST_TOPICS, TopicSampler
from graphengine.influence.diffusion.topic_selection import TopicChoosingSets
from graphengine.influence.kernels.topic_cover import credit_topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model
    from graphengine.influence.diffusion.selection import Selection

__all__ = ["choose_seeds_by_topic"]


def choose_seeds_by_topic(
    graphs: Mapping[str, DiffusionGraph],
    question: SeedQuestion | int,
    *,
    model: Model = "independent_cascade",
    random_state: int,
    threads: int = 1,
) -> dict[str, SeedSet]:
    """For each topic (its graph, all over the same people) the answer to the same question.

    Work is shared, 32 topics at a time, for independent cascades without a budget; for linear
    thresholds, where a person listens to somebody else in each topic, for budgets and for roots
    each topic is asked alone. ``seconds`` is the time of all topics together.

    Raises:
        ValueError: There is no topic, the graphs differ in their people, or a graph cannot meet
            the question; the text names the topic.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> graphs = {
    ...     "tea": uniform([0, 0, 0], [1, 2, 3], 0.9, n=6),
    ...     "sport": uniform([4, 4, 4], [1, 2, 3], 0.9, n=6),
    ... }
    >>> {topic: s.seeds.tolist() for topic, s in
    ...  choose_seeds_by_topic(graphs, 1, random_state=1).items()}
    {'tea': [0], 'sport': [4]}
    """
    if not graphs:
        raise ValueError("there is no topic to choose seeds for; give one influence graph or more")
    asked = question if isinstance(question, SeedQuestion) else SeedQuestion(k=question)
    rules = {topic: _rules(topic, graph, asked) for topic, graph in graphs.items()}
    alone = asked.budget is not None or asked.roots is not None
    if alone or model != "independent_cascade":
        return {
            topic: choose_seeds(
                graph, asked, model=model, random_state=random_state, threads=threads
            )
            for topic, graph in graphs.items()
        }
    found, names = dict[str, SeedSet](), list(graphs)
    for at in range(0, len(names), MOST_TOPICS):
        part = names[at : at + MOST_TOPICS]
        sampler = TopicSampler(
            [graphs[t] for t in part], random_state=random_state + at, threads=threads
        )
        answers = _shared(sampler, asked, rules[part[0]])
        found |= dict(zip(part, answers, strict=True))
    return found


def _rules(topic: str, graph: DiffusionGraph, question: SeedQuestion) -> Rules:
    try:
        return rules_for(question, graph.n, edges=graph.m)
    except ValueError as wrong:
        raise ValueError(f"topic {topic}: {wrong}") from None


def _shared(sampler: TopicSampler, question: SeedQuestion, rules: Rules) -> list[SeedSet]:
    began = time.perf_counter()
    found = _certify(sampler, question, rules)
    credit, sets = _measure(sampler, found)
    seconds = time.perf_counter() - began
    return [
        _answer(f, c, n=sampler.n, sets=sets, asked=question.share, seconds=seconds)
        for f, c in zip(found, credit, strict=True)
    ]


def _answer(
    found: Certificate,
    credit: NDArray[np.int64],
    *,
    n: int,
    sets: int,
    asked: float,
    seconds: float,
) -> SeedSet:
    low, high = proportion_interval(int(credit.sum()), sets)
    seeds = found.selection.people
    return SeedSet(
        seeds=seeds,
        gain=(credit * (n / sets)).astype(np.float64),
        spread=float(credit.sum() * (n / sets)),
        low=max(n * low, float(seeds.size)),
        high=n * high,
        share=found.share,
        asked=asked,
        stop=found.stop,
        sets=found.sets,
        seconds=seconds,
        cost=None,
    )


def _certify(sampler: TopicSampler, question: SeedQuestion, rules: Rules) -> list[Certificate]:
    """All topics double together; each leaves with its own stop."""
    searches = [Search(question, rules) for _ in range(sampler.topics)]
    half, watch = TopicChoosingSets(sampler), Watch(question)
    found = dict[int, Certificate]()
    sizes = searches[0].sizes
    for size in sizes:
        going = [t for t in range(sampler.topics) if t not in found]
        half.add(sampler.draw(size - half.sets, topics=_bits(going)))
        selections = half.select(rules, going)
        last = size == sizes[-1] or watch.spent(half.members)
        ready = {
            t: s for t, s in selections.items() if searches[t].worth_checking(s, size, last=last)
        }
        chosen, each = _marked(ready, sampler.n), half.members / size
        hits = sampler.hits(size, chosen, topics=_bits(ready)) if ready else np.empty(0)
        for t, s in ready.items():
            stop = searches[t].judge(int(hits[t]), s, size, last=last)
            if stop is not None:
                found[t] = Certificate(s, searches[t].share, stop, size, int(hits[t]), each)
        if len(found) == sampler.topics:
            return [found[t] for t in range(sampler.topics)]
    raise AssertionError("the last round always ends the search")


def _measure(
    sampler: TopicSampler, found: list[Certificate]
) -> tuple[list[NDArray[np.int64]], int]:
    """How many fresh sets each topic's seeds are the first in, and of how many."""
    sets = max(fresh_sets(f.hits, f.sets) for f in found)
    block = block_of(max(f.members for f in found))
    most = max(f.selection.people.size for f in found)
    seed_bits = _marked({t: f.selection for t, f in enumerate(found)}, sampler.n)
    seeds = np.flatnonzero(seed_bits)
    place = np.zeros(sampler.n, np.uint32)
    place[seeds] = np.arange(seeds.size, dtype=np.uint32)
    order = np.zeros((seeds.size, sampler.topics), np.uint32)
    for t, f in enumerate(found):
        order[place[f.selection.people], t] = np.arange(f.selection.people.size)
    credit = np.zeros((sampler.topics, most), np.int64)
    for done in range(0, sets, block):
        for chunk in sampler.draw(min(block, sets - done)):
            parts = (chunk.first, chunk.people, chunk.bits)
            credit_topics(parts, seed_bits, place, order, credit)
    return [credit[t, : f.selection.people.size] for t, f in enumerate(found)], sets


def _bits(topics: Iterable[int]) -> int:
    return sum(1 << t for t in topics)


def _marked(chosen: Mapping[int, Selection], n: int) -> NDArray[np.uint32]:
    """For each person the topics in which they are chosen, as bits."""
    marked = np.zeros(n, np.uint32)
    for t, selection in chosen.items():
        marked[selection.people] |= np.uint32(1 << t)
    return marked
