"""Topics together answer what each answers alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from oracles.seeds import plain_greedy

from graphengine.influence.diffusion import seeds_by_topic as by_topic
from graphengine.influence.diffusion.graph import (
    DiffusionGraph,
    Model,
    diffusion_graph,
    uniform,
)
from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.search import TIMES, Search
from graphengine.influence.diffusion.seeds import choose_seeds, marked
from graphengine.influence.diffusion.seeds_by_topic import choose_seeds_by_topic
from graphengine.influence.diffusion.selection import Selection
from graphengine.influence.diffusion.topic_sampling import TopicSampler
from graphengine.influence.diffusion.topic_selection import TopicChoosingSets

N = 60


def graphs(topics: int, *, dense: bool, seed: int = 1) -> dict[str, DiffusionGraph]:
    """Into nobody more than .95 in all, so that both models read them."""
    rng = np.random.default_rng(seed)
    u, v = rng.integers(0, N, 240), rng.integers(0, N, 240)
    made = {}
    for t in range(topics):
        p = rng.random(240) * 0.4
        kept = np.ones(240, bool) if dense else rng.random(240) < 0.3
        whole = diffusion_graph(u[kept], v[kept], p[kept], n=N, parallel="independent")
        into = np.bincount(whole.targets(), whole.probability, minlength=N)
        scale = np.minimum(1.0, 0.95 / np.maximum(into, 1e-9))[whole.targets()]
        made[f"t{t}"] = replace(whole, probability=whole.probability * scale)
    return made


def sets_of(sampler: TopicSampler, sets: int, topic: int) -> list[list[int]]:
    return [
        [int(u) for u, b in zip(c.people[a:z], c.bits[a:z], strict=True) if b >> topic & 1]
        for c in sampler.draw(sets)
        for a, z in zip(c.first[:-1].tolist(), c.first[1:].tolist(), strict=True)
    ]


MODELS: list[Model] = ["independent_cascade", "linear_threshold"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("weighed", [True, False])
def test_each_topic_has_the_law_that_it_has_alone(dense: bool, model: Model, weighed: bool) -> None:
    parts, sets = list(graphs(3, dense=dense).values()), 60_000
    draw = np.random.default_rng(3)
    roots = [draw.exponential(size=N), None, draw.random(N) < 0.2] if weighed else []
    sampler = TopicSampler(parts, model=model, random_state=5, roots=roots)
    count = np.zeros((3, N))
    for c in sampler.draw(sets):
        for t in range(3):
            count[t] += np.bincount(c.people[(c.bits >> np.uint32(t)) & 1 == 1], minlength=N)
    for t, graph in enumerate(parts):
        alone = np.zeros(N)
        single = SetSampler(graph, model=model, random_state=6, roots=(roots or [None] * 3)[t])
        assert single.weight == sampler.weight[t]
        for chunk in single.draw(sets):
            alone += np.bincount(chunk.people, minlength=N)
        z = (count[t] - alone) / np.sqrt(np.maximum(count[t] + alone, 1))
        assert np.abs(z).max() < 4.5
        assert (z**2).mean() < 1.8


@pytest.mark.parametrize("model", MODELS)
def test_hits_are_what_the_sets_would_hold(model: Model) -> None:
    parts, sets = list(graphs(4, dense=False).values()), 40_000
    sampler = TopicSampler(parts, model=model, random_state=5, threads=2)
    chosen = np.zeros(N, np.uint32)
    chosen[[3, 8, 20]] = [0b0011, 0b0101, 0b1110]
    found = sampler.hits(sets, chosen, topics=0b0111)
    assert found[3] == 0  # not asked
    for t in range(3):
        seeds = np.flatnonzero((chosen >> np.uint32(t)) & 1)
        single = SetSampler(parts[t], model=model, random_state=8)
        alone = single.hits(sets, marked(seeds, N))
        assert abs(found[t] - alone) < 4.5 * np.sqrt(found[t] + alone)


def test_greedy_of_each_topic_is_plain_greedy() -> None:
    parts = list(graphs(5, dense=False).values())
    rules = rules_for(SeedQuestion(k=4, include=[7], exclude=[2]), N, edges=1)
    half = TopicChoosingSets(TopicSampler(parts, random_state=3))
    half.add(TopicSampler(parts, random_state=3).draw(300))
    for t, selection in half.select([rules] * 5, [0, 2, 4]).items():
        sets = sets_of(TopicSampler(parts, random_state=3), 300, t)
        assert selection.people.tolist() == plain_greedy(sets, 4, N, include=[7], exclude=[2])


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("dense", [True, False])
def test_answers_agree_with_those_of_each_topic_alone(dense: bool, model: Model) -> None:
    asked, question = graphs(3, dense=dense), SeedQuestion(k=3, max_sets=1 << 16)
    together = choose_seeds_by_topic(asked, question, model=model, random_state=1, threads=2)
    assert list(together) == list(asked)
    for topic, graph in asked.items():
        alone = choose_seeds(graph, question, model=model, random_state=2)
        found = together[topic]
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


class _Told:
    """Fresh sets of which it is told beforehand how many hold a seed, of each topic."""

    n = N

    def __init__(self, *hits: list[int]) -> None:
        self.hits_left, self.calls = list(hits), list[tuple[int, int]]()

    def hits(self, sets: int, chosen: np.ndarray, *, topics: int) -> np.ndarray:
        self.calls.append((sets, topics))
        assert set(chosen.tolist()) <= {0, topics}
        return np.array(self.hits_left.pop(0))


def test_a_topic_near_its_share_is_checked_by_more_sets() -> None:
    question, size = SeedQuestion(k=1, share=0.7), 8_192
    rules = rules_for(question, N, edges=1)
    searches = [Search(question, rules) for _ in range(3)]
    ready = {t: Selection(np.array([5]), 1_000, 1_000.0) for t in range(3)}
    # certified at once, near, and far
    told = _Told([990, 880, 600], [0, 1_700, 0])
    found = by_topic._hits_of(told, ready, searches, size)  # type: ignore[arg-type]
    times = TIMES
    assert found == {0: (990, 1), 1: (2_580, times), 2: (600, 1)}
    assert told.calls == [(size, 0b111), ((times - 1) * size, 0b010)]
    assert by_topic._hits_of(told, {}, searches, size) == {}  # type: ignore[arg-type]


def test_more_topics_than_bits() -> None:
    star = {f"t{t}": uniform([t] * 3, [40, 41, 42], 1.0, n=43) for t in range(35)}
    found = choose_seeds_by_topic(star, 1, random_state=1)
    assert [s.seeds.tolist() for s in found.values()] == [[t] for t in range(35)]
    assert sum(s.low <= 4.0 <= s.high for s in found.values()) >= 29  # 95 % of 35, less chance


def test_bad_questions_name_the_topic() -> None:
    with pytest.raises(ValueError, match="no topic"):
        choose_seeds_by_topic({}, 1, random_state=1)
    empty = {"tea": uniform([0], [1], 0.5), "sport": uniform([], [], 0.5, n=2)}
    with pytest.raises(ValueError, match=r"topic sport: .* 0 edges"):
        choose_seeds_by_topic(empty, 1, random_state=1)
    over = {"tea": uniform([0, 2], [1, 1], 0.4), "sport": uniform([0, 2], [1, 1], 0.8)}
    with pytest.raises(ValueError, match=r"topic sport: under linear_threshold"):
        choose_seeds_by_topic(over, 1, model="linear_threshold", random_state=1)
    one, nobody = SeedQuestion(k=1), SeedQuestion(k=1, roots=[0, 0, 0])
    with pytest.raises(ValueError, match="topic sport: the weights of roots are all 0"):
        choose_seeds_by_topic(over, {"tea": one, "sport": nobody}, random_state=1)
    with pytest.raises(ValueError, match="but sport has only one"):
        choose_seeds_by_topic(over, {"tea": one}, random_state=1)
    fewer = SeedQuestion(k=1, max_sets=99)
    with pytest.raises(ValueError, match="max_sets is that of the common search"):
        choose_seeds_by_topic(over, {"tea": one, "sport": fewer}, random_state=1)
    differ = {"tea": uniform([0], [1], 0.5), "sport": uniform([0], [1], 0.5, n=9)}
    with pytest.raises(ValueError, match=r"same people, got \[2, 9\]"):
        choose_seeds_by_topic(differ, 1, random_state=1)
