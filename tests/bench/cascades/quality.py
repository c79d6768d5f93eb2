"""How good the seeds are, and whether their intervals hold: netphy, weighted cascade, k = 50.

Every run's seeds are counted on 4 million sets that none of them has seen, beside greedy's on 4
million others; the first 30 runs are the ones whose mean is compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.graph import weighted_cascade
from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.seeds import choose_seeds, marked
from graphengine.influence.diffusion.selection import ChoosingSets
from tests.bench.cascades.graphs import netphy
from tests.bench.record import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph

__all__ = ["measure"]

K, SHARE, CHECK, BLOCK = 50, 0.78, 4_000_000, 250_000
RUNS, COMPARED = {"full": 100, "small": 10}, 30
QUALITY, COVERAGE = 0.995, 0.90


def greedy_on(graph: DiffusionGraph, sets: int, *, random_state: int) -> NDArray[np.int64]:
    """Greedy's seeds on so many sets, without a stop."""
    half, sampler = ChoosingSets(graph.n), SetSampler(graph, random_state=random_state)
    for _ in range(0, sets, BLOCK):
        half.add(sampler.draw(BLOCK))
    return half.select(rules_for(SeedQuestion(k=K), graph.n, edges=graph.m)).people


def spreads(
    graph: DiffusionGraph, choices: Sequence[NDArray[np.int64]], *, random_state: int
) -> NDArray[np.float64]:
    """The spread of each choice on the same 4 million sets."""
    sampler, hits = SetSampler(graph, random_state=random_state), np.zeros(len(choices))
    marks = [marked(seeds, graph.n) for seeds in choices]
    for _ in range(0, CHECK, BLOCK):
        for chunk in sampler.draw(BLOCK):
            first = chunk.first[:-1].astype(np.int64)
            for i, mark in enumerate(marks):
                hits[i] += np.count_nonzero(np.logical_or.reduceat(mark[chunk.people], first))
    return hits * (graph.n / CHECK)


def measure(size: str) -> list[Row]:
    """The spread of the seeds over greedy's, and how many of the stated intervals hold it."""
    runs = RUNS[size]
    u, v, n = netphy()
    graph, question = weighted_cascade(u, v, n=n), SeedQuestion(k=K, share=SHARE)
    found = [choose_seeds(graph, question, random_state=1_000 + r, threads=2) for r in range(runs)]
    best = greedy_on(graph, CHECK, random_state=1)
    value = spreads(graph, [best, *(f.seeds for f in found)], random_state=2)
    mean, greedy = float(np.mean(value[1 : 1 + COMPARED])), float(value[0])
    held = float(np.mean([f.low <= v <= f.high for f, v in zip(found, value[1:], strict=True)]))
    work = f"seeds, netphy, k = {K}, share {SHARE}"
    return [
        Row(f"{work}: spread, mean of {min(runs, COMPARED)} runs", "greedy on 4 M sets", mean,
            greedy, "people", mean / greedy, QUALITY, None, None),
        Row(f"{work}: 95 % intervals that hold the value on 4 M sets, {runs} runs",
            f"the goal: {COVERAGE}", held, None, "of all", None, None, held >= COVERAGE, None),
    ]  # fmt: skip
