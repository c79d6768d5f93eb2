"""Topics that ask different things at once: each certificate is below the truth, worked out whole."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from oracles.diffusion import exact_reach

from graphengine.influence.diffusion.graph import DiffusionGraph, Model, diffusion_graph
from graphengine.influence.diffusion.questions import SeedQuestion
from graphengine.influence.diffusion.seeds import SeedSet, choose_seeds
from graphengine.influence.diffusion.seeds_by_topic import choose_seeds_by_topic
from graphengine.influence.diffusion.topic_sampling import TopicSampler

Edges = list[tuple[int, int, float]]

N = 5
MODELS: list[Model] = ["independent_cascade", "linear_threshold"]


def edges_of(rng: np.random.Generator) -> Edges:
    """Seven edges among five people, into nobody more than 1 in all."""
    pairs = [(u, v) for u in range(N) for v in range(N) if u != v]
    kept = [pairs[i] for i in rng.choice(len(pairs), 7, replace=False)]
    weight = rng.choice([0.2, 0.5, 0.9, 1.0], len(kept))
    into = [max(1.0, weight[[b == v for _, b in kept]].sum()) for _, v in kept]
    return [(u, v, float(w / t)) for (u, v), w, t in zip(kept, weight, into, strict=True)]


def graph_of(edges: Edges) -> DiffusionGraph:
    u, v, p = zip(*edges, strict=True)
    return diffusion_graph(u, v, p, n=N)


QUESTIONS = {
    "plain": SeedQuestion(k=2),
    "must": SeedQuestion(k=2, include=[3]),
    "must not": SeedQuestion(k=1, exclude=[0, 1], share=0.8),
    "bought": SeedQuestion(budget=3.0, cost=[2.0, 1.0, 1.5, 1.0, 0.5]),
    "bought, must": SeedQuestion(k=3, budget=3.0, cost=[2.0, 1.0, 1.5, 1.0, 0.5], include=[1]),
    "whom": SeedQuestion(k=1, roots=[0.0, 3.0, 1.0, 0.5, 0.0]),
}


def allowed(question: SeedQuestion) -> list[tuple[int, ...]]:
    """Every set that the question may be answered by."""
    free = [v for v in range(N) if v not in question.exclude]
    sizes = range(1, 1 + (question.k or N)) if question.budget else [question.k or 0]
    sets = [c for k in sizes for c in combinations(free, k) if set(question.include) <= set(c)]
    if question.budget is None:
        return sets
    cost = np.asarray(question.cost, float)
    return [c for c in sets if cost[list(c)].sum() <= question.budget]


def asked_together(seed: int, model: Model) -> tuple[dict[str, Edges], dict[str, SeedSet]]:
    rng = np.random.default_rng(seed)
    edges = {topic: edges_of(rng) for topic in QUESTIONS}
    graphs = {topic: graph_of(e) for topic, e in edges.items()}
    limited = {t: SeedQuestion(**{**_given(q), "max_sets": 1 << 13}) for t, q in QUESTIONS.items()}
    found = choose_seeds_by_topic(graphs, limited, model=model, random_state=seed)
    return edges, found


def _given(question: SeedQuestion) -> dict[str, object]:
    return {name: getattr(question, name) for name in question.__slots__}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("seed", range(6))
def test_each_certificate_is_below_the_true_share(seed: int, model: Model) -> None:
    edges, found = asked_together(seed, model)
    assert list(found) == list(QUESTIONS)
    for topic, question in QUESTIONS.items():
        weight = [1.0] * N if question.roots is None else list(np.asarray(question.roots, float))
        choices = allowed(question)
        reach = exact_reach(N, edges[topic], choices, model=model, weight=weight)
        truth, best, mine = dict(zip(choices, reach, strict=True)), max(reach), found[topic]
        spread = truth[tuple(sorted(mine.seeds.tolist()))]  # one of those allowed, or KeyError
        assert spread >= (1 - 1 / np.e) * best
        assert 0 < mine.share <= spread / best + 1e-12
        assert mine.low - 0.05 * spread <= spread <= mine.high + 0.05 * spread  # wide: 72 are tried
        assert mine.asked == question.share
        assert mine.gain.sum() == pytest.approx(mine.spread)
        if question.budget is not None:
            assert mine.cost is not None
            assert mine.cost <= question.budget
        assert mine.seeds[: len(question.include)].tolist() == list(question.include)


@pytest.mark.parametrize("model", MODELS)
def test_members_of_sets_are_those_of_all_worlds(model: Model) -> None:
    """u is a member as often as u reaches a root: the expected weight reached, by enumeration."""
    rng, sets = np.random.default_rng(8), 40_000
    edges, weights = (
        [edges_of(rng) for _ in range(3)],
        [None, [0.0, 3, 1, 0.5, 0], [1.0, 0, 0, 0, 9]],
    )
    sampler = TopicSampler(
        [graph_of(e) for e in edges], model=model, random_state=2, roots=weights
    )  # fmt: skip
    drawn = sampler.draw(sets)
    for t, (topic, weight) in enumerate(zip(edges, weights, strict=True)):
        count = sum(
            np.bincount(c.people[c.bits >> np.uint32(t) & 1 == 1], minlength=N) for c in drawn
        )
        each = [[v] for v in range(N)]
        exact = exact_reach(N, topic, each, model=model, weight=weight or [1.0] * N)
        p = np.array(exact) / sampler.weight[t]
        error = np.sqrt(p * (1 - p) / sets) + 1e-12
        assert np.abs(count / sets - p).max() <= 4.5 * error.max()
        assert (np.abs(count / sets - p) <= 4.5 * error).all()


@pytest.mark.parametrize("model", MODELS)
def test_topics_that_are_alike_share_every_coin(model: Model) -> None:
    graph = graph_of(edges_of(np.random.default_rng(2)))
    heard = TopicSampler([graph, graph], model=model, random_state=1, roots=[[1, 2, 3, 4, 5]] * 2)
    assert all((chunk.bits == 0b11).all() for chunk in heard.draw(3_000))
    found = choose_seeds_by_topic({"a": graph, "b": graph}, 2, model=model, random_state=1)
    assert found["a"].seeds.tolist() == found["b"].seeds.tolist()
    assert found["a"].gain.tolist() == found["b"].gain.tolist()


def test_one_question_for_all_and_the_same_for_each_are_one() -> None:
    rng = np.random.default_rng(5)
    graphs = {topic: graph_of(edges_of(rng)) for topic in "ab"}
    question = SeedQuestion(budget=2.0, cost=[1.0, 1.0, 2.0, 1.0, 1.0], max_sets=1 << 13)
    one = choose_seeds_by_topic(graphs, question, random_state=1)
    each = choose_seeds_by_topic(graphs, dict.fromkeys("ba", question), random_state=1, threads=2)
    for topic in "ab":
        assert one[topic].seeds.tolist() == each[topic].seeds.tolist()
        assert one[topic].spread == each[topic].spread
        alone = choose_seeds(graphs[topic], question, random_state=1)
        assert abs(one[topic].spread - alone.spread) < 0.06 * alone.spread
        assert one[topic].cost == alone.cost
