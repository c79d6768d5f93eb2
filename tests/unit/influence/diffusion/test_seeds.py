"""Seed sets: known answers, honest certificates, and who must or must not be in them."""

from __future__ import annotations

import gzip
import inspect
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from support.data import dataset

from graphengine.influence.diffusion import seeds as module
from graphengine.influence.diffusion.graph import (
    DiffusionGraph,
    diffusion_graph,
    uniform,
    weighted_cascade,
)
from graphengine.influence.diffusion.questions import SeedQuestion
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.search import Search, Watch
from graphengine.influence.diffusion.seeds import SeedSet, choose_seeds
from graphengine.influence.diffusion.selection import ChoosingSets, Selection

NAMES = ["Jack", "Alice", "Jimmy", "Ethan", "Lara", "Amir", "Willie", "Ceri", "Michael", "Mohammed"]
MOVES = {
    "Jack": "Alice",
    "Alice": "Jimmy Ethan Lara Amir Willie",
    "Ceri": "Ethan",
    "Michael": "Mohammed Ethan",
    "Ethan": "Jimmy Jack Lara Mohammed",
    "Lara": "Amir",
}
PAIRS = [(NAMES.index(u), NAMES.index(v)) for u in MOVES for v in MOVES[u].split()]


def friends() -> DiffusionGraph:
    return uniform(*zip(*PAIRS, strict=True), 0.1)


def exact_spreads(graph: DiffusionGraph, k: int) -> dict[tuple[int, ...], float]:
    """The spread of every choice of k, by all live-edge worlds."""
    n, m = graph.n, graph.m
    who, whom = graph.indices.astype(int), graph.targets().astype(int)
    choices = list(combinations(range(n), k))
    total = dict.fromkeys(choices, 0.0)
    for world in range(1 << m):
        live = (world >> np.arange(m)) & 1 == 1
        chance = np.where(live, graph.probability, 1 - graph.probability).prod()
        if chance == 0:
            continue
        reach = np.eye(n, dtype=bool)
        reach[who[live], whom[live]] = True
        for _ in range(n.bit_length()):
            reach = reach @ reach
        for choice in choices:
            total[choice] += chance * reach[list(choice)].any(axis=0).sum()
    return total


def random_graph(seed: int) -> DiffusionGraph:
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 8))
    pairs = [(u, v) for u in range(n) for v in range(n) if u != v]
    kept = rng.choice(len(pairs), size=min(9, len(pairs)), replace=False)
    u, v = np.array([pairs[i] for i in kept]).T
    return diffusion_graph(u, v, rng.choice([0.0, 0.2, 0.5, 0.9, 1.0], kept.size), n=n)


def test_the_best_three_of_the_definitions() -> None:
    found = choose_seeds(friends(), 3, random_state=4)
    assert [NAMES[i] for i in found.seeds] == ["Alice", "Ethan", "Michael"]
    assert found.low <= 3.8871 <= found.high
    assert found.high - found.low < 0.12
    assert (found.stop, found.asked, found.cost) == ("certified", 0.9, None)
    assert 0.9 <= found.share <= 1.0
    assert found.gain.sum() == pytest.approx(found.spread)


@pytest.mark.parametrize("seed", range(40))
def test_the_certificate_is_below_the_true_share(seed: int) -> None:
    """Greedy keeps 1 − 1/e of the true optimum, and never less than it certifies."""
    graph, k = random_graph(seed), 1 + seed % 2
    truth = exact_spreads(graph, k)
    found = choose_seeds(graph, SeedQuestion(k=k, max_sets=1 << 14), random_state=seed)
    mine = truth[tuple(sorted(found.seeds.tolist()))]
    best = max(truth.values())
    assert mine >= (1 - 1 / np.e) * best
    assert 0 < found.share <= mine / best
    assert found.low - 0.05 * mine <= mine <= found.high + 0.05 * mine  # wide: 40 are tried


def test_intervals_hold_the_true_spread_as_often_as_they_say() -> None:
    truth = exact_spreads(uniform([0, 0, 1, 3, 4], [1, 2, 3, 4, 5], 0.5), 1)
    graph = uniform([0, 0, 1, 3, 4], [1, 2, 3, 4, 5], 0.5)
    question, held = SeedQuestion(k=1, share=0.5), 0
    for seed in range(200):
        found = choose_seeds(graph, question, random_state=seed)
        held += found.low <= truth[tuple(found.seeds.tolist())] <= found.high
    assert 180 <= held < 200


def test_same_answer_whatever_the_threads_and_the_order_of_edges() -> None:
    rng = np.random.default_rng(2)
    u, v, p = rng.integers(0, 300, 1_500), rng.integers(0, 300, 1_500), rng.random(1_500) * 0.3
    order = rng.permutation(1_500)
    question = SeedQuestion(k=5, max_sets=1 << 14)
    answers = [
        choose_seeds(
            diffusion_graph(u[o], v[o], p[o], n=300, parallel="independent"),
            question,
            random_state=9,
            threads=threads,
        )
        for o, threads in ((np.arange(1_500), 1), (order, 1), (order, 3))
    ]
    for other in answers[1:]:
        assert _same(answers[0], other)
    again = choose_seeds(
        diffusion_graph(u, v, p, n=300, parallel="independent"), question, random_state=10
    )
    assert again.spread != answers[0].spread


def _same(one: SeedSet, other: SeedSet) -> bool:
    numbers = ("spread", "low", "high", "share", "stop", "sets")
    return (
        one.seeds.tolist() == other.seeds.tolist()
        and one.gain.tolist() == other.gain.tolist()
        and all(getattr(one, name) == getattr(other, name) for name in numbers)
    )


def test_edges_that_are_certain_and_edges_that_never_are() -> None:
    u, v = [0, 1, 3], [1, 2, 4]
    sure = choose_seeds(uniform(u, v, 1.0), 2, random_state=1)
    assert (sure.seeds.tolist(), sure.stop) == ([0, 3], "certified")
    assert sure.spread == 5.0
    never = choose_seeds(uniform(u, v, 0.0), 2, random_state=1)
    assert never.low <= 2.0 <= never.high
    everybody = choose_seeds(uniform(u, v, 0.3), 5, random_state=1)
    assert sorted(everybody.seeds.tolist()) == [0, 1, 2, 3, 4]
    assert everybody.spread == everybody.high == 5.0


def test_who_must_and_who_must_not_be_in_it() -> None:
    found = choose_seeds(friends(), SeedQuestion(k=3, include=[6], exclude=[1]), random_state=1)
    assert [NAMES[i] for i in found.seeds] == ["Willie", "Ethan", "Michael"]
    assert found.stop == "certified"


def test_who_counts() -> None:
    """Only Mohammed counts: Michael and Ethan reach him, nobody else does better than himself."""
    counts = np.zeros(10)
    counts[9] = 40.0
    found = choose_seeds(friends(), SeedQuestion(k=1, roots=counts), random_state=1)
    assert (found.seeds.tolist(), found.spread) == ([9], 40.0)


def test_a_budget() -> None:
    cost = np.ones(10)
    cost[1] = 3.0
    found = choose_seeds(friends(), SeedQuestion(budget=3.0, cost=cost), random_state=1)
    assert 1 not in found.seeds
    assert found.cost == 3.0
    assert found.seeds.tolist() == [3, 8, 0]  # Ethan, Michael, Jack
    assert found.low - 0.02 <= 3.53871 <= found.high + 0.02
    assert found.share > 0.8


def test_linear_threshold() -> None:
    graph = weighted_cascade([0, 0, 0, 4, 4, 5], [1, 2, 3, 3, 5, 6])
    found = choose_seeds(graph, 2, model="linear_threshold", random_state=1)
    assert sorted(found.seeds.tolist()) == [0, 4]
    assert found.spread == found.high == 7.0


@pytest.mark.parametrize(
    ("shares", "asked", "last", "stop"),
    [
        ([0.4, 0.93], 0.9, False, "certified"),
        ([0.70, 0.704, 0.708], 0.9, False, "flat"),
        ([0.70, 0.704, 0.710], 0.9, False, None),
        ([0.70, 0.706, 0.708], 0.9, False, None),
        ([0.704, 0.708], 0.9, True, "spent"),
        ([0.0, 0.0, 0.0], 0.9, False, None),  # too few sets to say anything yet
    ],
)
def test_stops(
    shares: list[float], asked: float, last: bool, stop: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = module.rules_for(SeedQuestion(k=1), 5, edges=1)
    search, given = Search(SeedQuestion(k=1, share=asked), rules), iter(shares)
    name = "graphengine.influence.diffusion.search.certified_share"
    monkeypatch.setattr(name, lambda *_, **__: next(given))
    nobody = Selection(np.empty(0, np.int64), 0, 1.0)
    answers = [
        search.judge(1, nobody, 10, last=last and i == len(shares))
        for i in range(1, len(shares) + 1)
    ]
    assert answers[:-1] == [None] * (len(shares) - 1)
    assert (answers[-1], search.share) == (stop, shares[-1])


def test_how_soon_a_set_that_checks_ends() -> None:
    half = ChoosingSets(6)
    sets = SimpleNamespace(
        first=np.array([0, 4, 5, 8, 10]), people=np.array([0, 1, 2, 3, 4, 5, 0, 1, 1, 2], np.uint32)
    )
    half.add([sets])
    chosen = np.isin(np.arange(6), [1, 2])  # met at 2 of 4, never, at 3 of 3, at 1 of 2
    assert half.looked_at(chosen) == (2 + 1 + 3 + 1) / 10
    assert half.looked_at(np.zeros(6, np.bool_)) == 1.0


def test_four_times_as_many_sets_check_where_they_end_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """All listen to one person, whom two hundred may move: a set is large, and ends at its second."""
    drawn, hits = list[int](), SetSampler.hits
    monkeypatch.setattr(
        SetSampler, "hits", lambda self, sets, c: drawn.append(sets) or hits(self, sets, c)
    )
    leaves, feeders = np.arange(1, 301), np.arange(301, 501)
    hub = diffusion_graph(
        np.append(np.zeros(300, int), feeders), np.append(leaves, np.zeros(200, int)),
        np.repeat([0.3, 0.5], [300, 200]), n=501,
    )  # fmt: skip
    question = SeedQuestion(k=1, share=0.93)
    found = choose_seeds(hub, question, random_state=1)
    assert (found.seeds.tolist(), found.stop) == ([0], "certified")
    assert drawn[-1] == 4 * found.sets
    assert found.low < 91.0 < found.high
    monkeypatch.setattr(module, "CHECKS", 1)
    again = choose_seeds(hub, question, random_state=1)
    assert drawn[-1] == again.sets >= 2 * found.sets


def test_three_times_as_many_sets_check_what_is_just_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn, hits = list[int](), SetSampler.hits
    monkeypatch.setattr(
        SetSampler, "hits", lambda self, sets, c: drawn.append(sets) or hits(self, sets, c)
    )
    u, v = np.random.default_rng(0).integers(0, 300, (2, 900))
    graph = weighted_cascade(u[u != v], v[u != v], n=300)
    question = SeedQuestion(k=5, share=0.7)
    found = choose_seeds(graph, question, random_state=2)
    assert (found.stop, found.share >= 0.7) == ("certified", True)
    assert drawn[-2:] == [found.sets, 2 * found.sets]
    monkeypatch.setattr(Search, "nearly", lambda *_: False)
    again = choose_seeds(graph, question, random_state=2)
    assert drawn[-1] == again.sets >= 2 * found.sets


@pytest.mark.parametrize("limit", [{"max_sets": 5_000}, {"max_seconds": 1e-9}, {"max_members": 9}])
def test_what_is_spent_still_answers(limit: dict[str, float]) -> None:
    found = choose_seeds(friends(), SeedQuestion(k=3, **limit), random_state=1)
    assert (found.stop, found.sets) == ("spent", 4_096)
    assert 0 < found.share < 0.9
    assert found.seeds.size == 3


def test_time_is_what_the_next_round_would_take(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 2.0, 5.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    watch = Watch(SeedQuestion(k=1, max_seconds=7.0))
    assert not watch.spent(1)  # 2 s so far, 4 to come
    assert watch.spent(1)  # 5 s so far, 6 to come


def test_bad_questions_reach_the_caller() -> None:
    with pytest.raises(ValueError, match="k is 11, but only 10 people"):
        choose_seeds(friends(), 11, random_state=1)
    with pytest.raises(ValueError, match="3 people and 0 edges"):
        choose_seeds(uniform([], [], 0.5, n=3), 1, random_state=1)
    assert "random_state" in inspect.signature(choose_seeds).parameters


def netphy() -> DiffusionGraph:
    rows = gzip.decompress((dataset("netphy") / "phy.txt.gz").read_bytes()).split(b"\n", 1)[1]
    u, v = np.array(rows.split(), np.int64).reshape(-1, 2).T
    return weighted_cascade(np.append(u, v), np.append(v, u), n=37_154)


def test_netphy_reaches_what_greedy_reaches() -> None:
    graph = netphy()
    found = choose_seeds(graph, SeedQuestion(k=50, share=0.7), random_state=1)
    fresh, sets = SetSampler(graph, random_state=77), 300_000
    spread = graph.n * fresh.hits(sets, module.marked(found.seeds, graph.n)) / sets
    assert (found.stop, found.share >= 0.7) == ("certified", True)
    assert spread >= 1_435  # 1,450 less twice this sample's standard error
    assert found.low <= 1_482
    assert found.high >= 1_447


def test_wiki_vote_certifies_nine_tenths() -> None:
    text = gzip.decompress((dataset("wiki-vote") / "wiki-Vote.txt.gz").read_bytes())
    votes = np.array(text.split(b"ToNodeId", 1)[1].split(), np.int64)
    _, votes = np.unique(votes, return_inverse=True)
    u, v = votes.reshape(-1, 2).T
    graph, question = uniform(u, v, 0.1), SeedQuestion(k=10)
    rules = module.rules_for(question, graph.n, edges=graph.m)
    found = module.certify(SetSampler(graph, random_state=1), question, rules)
    assert (found.stop, found.share >= 0.9) == ("certified", True)
    assert found.sets <= 1 << 17
