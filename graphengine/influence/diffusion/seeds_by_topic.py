"""Seed sets of several topics at once, in one search a root instead of one a topic.

All topics share people and coins: under independent cascade an edge is live in the topics whose
probability is above its coin, under linear threshold a person picks in every topic, by the same
coins, the one they listen to; roots are drawn by the same coins too. Each topic's answer means
what it means alone (``choose_seeds``), with the same certificate and the same stops; only the
work is shared.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.graph import check_weights
from graphengine.influence.diffusion.questions import Rules, SeedQuestion, rules_for
from graphengine.influence.diffusion.sampling import root_table
from graphengine.influence.diffusion.search import TIMES, Search, Watch, block_of
from graphengine.influence.diffusion.seeds import Certificate, SeedSet
from graphengine.influence.diffusion.topic_sampling import MOST_TOPICS, TopicSampler
from graphengine.influence.diffusion.topic_selection import TopicChoosingSets
from graphengine.influence.kernels.topic_cover import credit_topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph, Model
    from graphengine.influence.diffusion.selection import Selection

__all__ = ["choose_seeds_by_topic"]

_LIMITS = ("max_sets", "max_members", "max_seconds")


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """One topic's question and what it comes to."""

    question: SeedQuestion
    rules: Rules


def choose_seeds_by_topic(
    graphs: Mapping[str, DiffusionGraph],
    question: SeedQuestion | int | Mapping[str, SeedQuestion],
    *,
    model: Model = "independent_cascade",
    random_state: int,
    threads: int = 1,
) -> dict[str, SeedSet]:
    """For each topic (its graph, all over the same people) the answer to its question.

    ``question`` is one for all topics, or one for each: k, share, δ, budget and costs, who must
    and who must not be in the set, and whom it counts to reach may all differ; only the limits
    (``max_sets``, ``max_members``, ``max_seconds``) are those of the common search. Work is
    shared 32 topics at a time, and ``seconds`` is the time of the 32 together. Each topic's
    certificate holds with probability 1 − δ of its own; all of them at once with 1 − Σδ at least.

    Raises:
        ValueError: There is no topic, the graphs differ in their people, the questions in their
            topics or limits, or a graph cannot meet its question; the text names the topic.

    >>> from graphengine.influence.diffusion.graph import uniform
    >>> graphs = {
    ...     "tea": uniform([0, 0, 0], [1, 2, 3], 0.9, n=6),
    ...     "sport": uniform([4, 4, 4], [1, 2, 3], 0.9, n=6),
    ... }
    >>> {topic: s.seeds.tolist() for topic, s in
    ...  choose_seeds_by_topic(graphs, 1, random_state=1).items()}
    {'tea': [0], 'sport': [4]}
    >>> asked = {"tea": SeedQuestion(k=1), "sport": SeedQuestion(k=2, include=[1])}
    >>> {topic: s.seeds.tolist() for topic, s in
    ...  choose_seeds_by_topic(graphs, asked, random_state=1).items()}
    {'tea': [0], 'sport': [1, 4]}
    """
    if not graphs:
        raise ValueError("there is no topic to choose seeds for; give one influence graph or more")
    asked = {t: _checked(t, graphs[t], q, model) for t, q in _each(graphs, question).items()}
    found, names = dict[str, SeedSet](), list(graphs)
    for at in range(0, len(names), MOST_TOPICS):
        part = names[at : at + MOST_TOPICS]
        sampler = TopicSampler(
            [graphs[t] for t in part],
            model=model,
            random_state=random_state + at,
            threads=threads,
            roots=[asked[t].question.roots for t in part],
        )
        found |= dict(zip(part, _shared(sampler, [asked[t] for t in part]), strict=True))
    return found


def _each(
    graphs: Mapping[str, DiffusionGraph], question: SeedQuestion | int | Mapping[str, SeedQuestion]
) -> dict[str, SeedQuestion]:
    """The question of each topic, in the order of the graphs."""
    if not isinstance(question, Mapping):
        one = question if isinstance(question, SeedQuestion) else SeedQuestion(k=question)
        return dict.fromkeys(graphs, one)
    if question.keys() != graphs.keys():
        odd = sorted(question.keys() ^ graphs.keys())
        raise ValueError(f"each topic needs a graph and a question, but {odd[0]} has only one")
    asked = {topic: question[topic] for topic in graphs}
    for name in _LIMITS:
        if len({getattr(q, name) for q in asked.values()}) > 1:
            raise ValueError(f"{name} is that of the common search; give every topic the same")
    return asked


def _checked(topic: str, graph: DiffusionGraph, question: SeedQuestion, model: Model) -> _Asked:
    try:
        if model == "linear_threshold":
            check_weights(graph)
        if question.roots is not None:
            root_table(question.roots, graph.n)
        return _Asked(question, rules_for(question, graph.n, edges=graph.m))
    except ValueError as wrong:
        raise ValueError(f"topic {topic}: {wrong}") from None


def _shared(sampler: TopicSampler, asked: list[_Asked]) -> list[SeedSet]:
    began = time.perf_counter()
    found = _certify(sampler, asked)
    credit, sets = _measure(sampler, found)
    answers = [
        f.answer(c, sets, asked=a.question, rules=a.rules, weight=weight)
        for f, c, a, weight in zip(found, credit, asked, sampler.weight.tolist(), strict=True)
    ]
    seconds = time.perf_counter() - began
    return [replace(answer, seconds=seconds) for answer in answers]


def _certify(sampler: TopicSampler, asked: list[_Asked]) -> list[Certificate]:
    """All topics double together; each leaves with its own stop."""
    searches, rules = [Search(a.question, a.rules) for a in asked], [a.rules for a in asked]
    half, watch = TopicChoosingSets(sampler), Watch(asked[0].question)
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
        for t, (hits, times) in _hits_of(sampler, ready, searches, size).items():
            judged = searches[t].judge(hits, ready[t], size, last=last, times=times)
            if judged is not None:
                share, each = searches[t].share, half.members / size
                found[t] = Certificate(ready[t], share, judged, size, hits, each, times)
        if len(found) == sampler.topics:
            return [found[t] for t in range(sampler.topics)]
    raise AssertionError("the last round always ends the search")


def _hits_of(
    sampler: TopicSampler, ready: Mapping[int, Selection], searches: Sequence[Search], size: int
) -> dict[int, tuple[int, int]]:
    """Of how many fresh sets each topic's choice holds a seed, and how many times ``size`` they are.

    Of many topics one is always unlucky, and the next round would draw for all: see ``nearly``.
    """
    if not ready:
        return {}
    hits = sampler.hits(size, _marked(ready, sampler.n), topics=_bits(ready)).tolist()
    found = {t: (hits[t], 1) for t in ready}
    near = {t: s for t, s in ready.items() if searches[t].nearly(hits[t], s, size)}
    if near:
        more = (TIMES - 1) * size
        further = sampler.hits(more, _marked(near, sampler.n), topics=_bits(near)).tolist()
        found |= {t: (hits[t] + further[t], TIMES) for t in near}
    return found


def _measure(
    sampler: TopicSampler, found: list[Certificate]
) -> tuple[list[NDArray[np.int64]], int]:
    """How many fresh sets each topic's seeds are the first in, and of how many."""
    sets = max(f.fresh for f in found)
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
            parts = (chunk.first, chunk.members)
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
