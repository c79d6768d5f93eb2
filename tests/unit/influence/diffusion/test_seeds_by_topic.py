"""Topics together answer what each answers alone."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.seeds import plain_greedy

from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph, uniform
from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.seeds import choose_seeds, marked
from graphengine.influence.diffusion.seeds_by_topic import choose_seeds_by_topic
from graphengine.influence.diffusion.topic_sampling import TopicSampler
from graphengine.influence.diffusion.topic_selection import TopicChoosingSets

N = 60


def graphs(topics: int, *, dense: bool, seed: int = 1) -> dict[str, DiffusionGraph]:
    rng = np.random.default_rng(seed)
    u, v = rng.integers(0, N, 240), rng.integers(0, N, 240)
    made = {}
    for t in range(topics):
        p = rng.random(240) * 0.4
        kept = np.ones(240, bool) if dense else rng.random(240) < 0.3
        made[f"t{t}"] = diffusion_graph(u[kept], v[kept], p[kept], n=N, parallel="independent")
    return made


def sets_of(sampler: TopicSampler, sets: int, topic: int) -> list[list[int]]:
    return [
        [int(u) for u, b in zip(c.people[a:z], c.bits[a:z], strict=True) if b >> topic & 1]
        for c in sampler.draw(sets)
        for a, z in zip(c.first[:-1].tolist(), c.first[1:].tolist(), strict=True)
    ]


@pytest.mark.parametrize("dense", [True, False])
def test_each_topic_has_the_law_that_it_has_alone(dense: bool) -> None:
    parts, sets = list(graphs(3, dense=dense).values()), 60_000
    sampler, count = TopicSampler(parts, random_state=5), np.zeros((3, N))
    for c in sampler.draw(sets):
        for t in range(3):
            count[t] += np.bincount(c.people[(c.bits >> np.uint32(t)) & 1 == 1], minlength=N)
    for t, graph in enumerate(parts):
        alone = np.zeros(N)
        for chunk in SetSampler(graph, random_state=6).draw(sets):
            alone += np.bincount(chunk.people, minlength=N)
        z = (count[t] - alone) / np.sqrt(np.maximum(count[t] + alone, 1))
        assert np.abs(z).max() < 4.5
        assert (z**2).mean() < 1.8


def test_hits_are_what_the_sets_would_hold() -> None:
    parts, sets = list(graphs(4, dense=False).values()), 40_000
    sampler = TopicSampler(parts, random_state=5, threads=2)
    chosen = np.zeros(N, np.uint32)
    chosen[[3, 8, 20]] = [0b0011, 0b0101, 0b1110]
    found = sampler.hits(sets, chosen, topics=0b0111)
    assert found[3] == 0  # not asked
    for t in range(3):
        seeds = np.flatnonzero((chosen >> np.uint32(t)) & 1)
        alone = SetSampler(parts[t], random_state=8).hits(sets, marked(seeds, N))
        assert abs(found[t] - alone) < 4.5 * np.sqrt(found[t] + alone)


def test_greedy_of_each_topic_is_plain_greedy() -> None:
    parts = list(graphs(5, dense=False).values())
    rules = rules_for(SeedQuestion(k=4, include=[7], exclude=[2]), N, edges=1)
    half = TopicChoosingSets(TopicSampler(parts, random_state=3))
    half.add(TopicSampler(parts, random_state=3).draw(300))
    for t, selection in half.select(rules, [0, 2, 4]).items():
        sets = sets_of(TopicSampler(parts, random_state=3), 300, t)
        assert selection.people.tolist() == plain_greedy(sets, 4, N, include=[7], exclude=[2])


@pytest.mark.parametrize("dense", [True, False])
def test_answers_agree_with_those_of_each_topic_alone(dense: bool) -> None:
    asked, question = graphs(3, dense=dense), SeedQuestion(k=3, max_sets=1 << 16)
    together = choose_seeds_by_topic(asked, question, random_state=1, threads=2)
    assert list(together) == list(asked)
    for topic, graph in asked.items():
        alone, found = choose_seeds(graph, question, random_state=2), together[topic]
        assert abs(found.spread - alone.spread) < 0.06 * alone.spread
        assert found.low <= alone.high
        assert alone.low <= found.high
        assert abs(found.share - alone.share) < 0.04
        assert found.gain.sum() == pytest.approx(found.spread)
        assert (np.diff(found.gain) <= 0.2).all()


def test_same_answer_whatever_the_threads() -> None:
    asked, question = graphs(3, dense=True), SeedQuestion(k=2, max_sets=1 << 13)
    one, two = (
        choose_seeds_by_topic(asked, question, random_state=1, threads=threads)
        for threads in (1, 3)
    )
    for topic in asked:
        assert one[topic].seeds.tolist() == two[topic].seeds.tolist()
        assert one[topic].gain.tolist() == two[topic].gain.tolist()
        assert one[topic].share == two[topic].share


def test_more_topics_than_bits() -> None:
    star = {f"t{t}": uniform([t] * 3, [40, 41, 42], 1.0, n=43) for t in range(35)}
    found = choose_seeds_by_topic(star, 1, random_state=1)
    assert [s.seeds.tolist() for s in found.values()] == [[t] for t in range(35)]
    assert sum(s.low <= 4.0 <= s.high for s in found.values()) >= 29  # 95 % of 35, less chance


@pytest.mark.parametrize("more", [{"budget": 2.0, "cost": np.ones(N)}, {"roots": np.ones(N)}])
def test_what_is_asked_of_each_topic_alone(more: dict[str, object]) -> None:
    asked = graphs(2, dense=False)
    question = SeedQuestion(k=2, max_sets=1 << 13, **more)
    for topic, found in choose_seeds_by_topic(asked, question, random_state=1).items():
        alone = choose_seeds(asked[topic], question, random_state=1)
        assert found.seeds.tolist() == alone.seeds.tolist()
        assert found.spread == alone.spread


def test_bad_questions_name_the_topic() -> None:
    with pytest.raises(ValueError, match="no topic"):
        choose_seeds_by_topic({}, 1, random_state=1)
    empty = {"tea": uniform([0], [1], 0.5), "sport": uniform([], [], 0.5, n=2)}
    with pytest.raises(ValueError, match=r"topic sport: .* 0 edges"):
        choose_seeds_by_topic(empty, 1, random_state=1)
    differ = {"tea": uniform([0], [1], 0.5), "sport": uniform([0], [1], 0.5, n=9)}
    with pytest.raises(ValueError, match=r"same people, got \[2, 9\]"):
        choose_seeds_by_topic(differ, 1, random_state=1)
