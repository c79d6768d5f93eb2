"""The sets of several topics have the law that every world of live edges gives, topic by topic."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from oracles.diffusion import reached
from scipy.stats import chi2

from graphengine.influence.diffusion.graph import DiffusionGraph, diffusion_graph
from graphengine.influence.diffusion.topic_sampling import TopicSampler
from graphengine.influence.kernels import COMPILED

if TYPE_CHECKING:
    from graphengine.influence.diffusion.graph import Model

ROOT = Path(__file__).parents[4]
MODELS: list[Model] = ["independent_cascade", "linear_threshold"]
N, SETS = 5, 60_000
EDGES = [(0, 1), (1, 0), (0, 2), (1, 2), (3, 2), (2, 3), (4, 3), (2, 4), (0, 4)]


def topics(*, sparse: bool) -> list[list[float]]:
    """Of each topic the probabilities of EDGES; sparse: each edge in one topic or two of nine."""
    draw = np.random.default_rng(11)
    if not sparse:
        rows = [draw.random(len(EDGES)) for _ in range(3)]
        rows[1][:3], rows[2][4:6] = (1.0, 0.0, 0.01), (0.0, 1.0)
        return [row.tolist() for row in rows]
    rows = [np.zeros(len(EDGES)) for _ in range(9)]
    for e in range(len(EDGES)):
        for t in (e % 4, 4 + e % 5)[: 1 + e % 2]:
            rows[t][e] = 1.0 if e == 3 else draw.random()
    return [row.tolist() for row in rows]


def law(chances: list[float]) -> Counter[tuple[int, frozenset[int]]]:
    """How likely each root is with each set, over all worlds; roots are all alike."""
    found: Counter[tuple[int, frozenset[int]]] = Counter()
    for world in product([True, False], repeat=len(EDGES)):
        chance = float(np.prod([p if x else 1.0 - p for p, x in zip(chances, world, strict=True)]))
        back = [(v, u, 1.0) for (u, v), x in zip(EDGES, world, strict=True) if x]
        for root in range(N):
            found[root, frozenset(reached(back, [root]))] += chance / N  # type: ignore[assignment]
    return found


WITHOUT = """
import sys
sys.modules["numba"] = None  # every import of it fails
sys.path.insert(0, "tests")
from graphengine.influence import kernels
from unit.influence.diffusion.test_topic_law import drawn
assert not kernels.COMPILED
print(drawn())
"""


def drawn() -> list[list[int]]:
    """Members of some sets, and hits, of both models and both ways to keep chances."""
    found = []
    for sparse, model in product([False, True], MODELS):
        scale = 1.0 if model == "independent_cascade" else 0.25
        u, v = zip(*EDGES, strict=True)
        graphs = [diffusion_graph(u, v, [scale * x for x in p], n=N) for p in topics(sparse=sparse)]
        sampler = TopicSampler(graphs, model=model, random_state=4, roots=[None, [1, 2, 0, 1, 3]]
                               + [None] * (len(graphs) - 2))  # fmt: skip
        found += [c.members.tolist() for c in sampler.draw(300)]
        found.append(sampler.hits(300, np.array([1, 0, 3, 2, 0], np.uint32), topics=3).tolist())
    return found


@pytest.mark.skipif(not COMPILED, reason="both are the same loop")
def test_same_sets_in_a_process_without_numba() -> None:
    told = subprocess.run(
        [sys.executable, "-c", WITHOUT], cwd=ROOT, check=True, capture_output=True
    )
    assert json.loads(told.stdout) == drawn()


@pytest.mark.parametrize("sparse", [False, True])
def test_sets_of_each_topic_come_as_often_as_their_worlds(sparse: bool) -> None:
    given = topics(sparse=sparse)
    u, v = zip(*EDGES, strict=True)
    graphs: list[DiffusionGraph] = [diffusion_graph(u, v, p, n=N) for p in given]
    sampler = TopicSampler(graphs, random_state=4)
    assert (sampler._tables[1][0].size == 0) == sparse  # both ways to keep chances are tried
    seen: list[Counter[tuple[int, frozenset[int]]]] = [Counter() for _ in graphs]
    for c in sampler.draw(SETS):
        people, bits = c.people.tolist(), c.bits.tolist()
        for a, z in zip(c.first[:-1].tolist(), c.first[1:].tolist(), strict=True):
            for t in range(len(graphs)):
                held = [p for p, b in zip(people[a:z], bits[a:z], strict=True) if b >> t & 1]
                seen[t][people[a], frozenset(held)] += 1
    for t, chances in enumerate(given):
        expected = {s: SETS * p for s, p in law(chances).items() if p > 0.0}
        assert seen[t].keys() <= expected.keys()
        often = {s for s, count in expected.items() if count >= 5.0}
        parts = [(seen[t][s], expected[s]) for s in often]
        parts.append((SETS - sum(a for a, _ in parts), SETS - sum(b for _, b in parts)))
        z = sum((a - b) ** 2 / b for a, b in parts if b > 1e-6)
        assert z < chi2.ppf(1.0 - 1e-6, len(parts) - 1)
