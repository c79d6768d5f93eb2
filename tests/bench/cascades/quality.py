"""How good the seeds are, and whether their intervals hold: netphy, weighted cascade, k = 50.

Run with ``python -m tests.bench.cascades.quality [RUNS]``. Every run's seeds are counted on 4
million sets of their own stream, beside greedy's on 4 million others.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.diffusion.graph import weighted_cascade
from graphengine.influence.diffusion.questions import SeedQuestion, rules_for
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.seeds import choose_seeds, marked
from graphengine.influence.diffusion.selection import ChoosingSets
from tests.bench.cascades.graphs import netphy
from tests.bench.record import Row, write_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from graphengine.influence.diffusion.graph import DiffusionGraph

__all__ = ["main"]

K, CHECK, BLOCK = 50, 4_000_000, 250_000
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


def main(runs: int = 100, share: float = 0.78) -> None:
    """Print and keep the two rows; the first 30 runs are the ones whose mean is compared."""
    u, v, n = netphy()
    graph, began = weighted_cascade(u, v, n=n), time.perf_counter()
    question = SeedQuestion(k=K, share=share)
    found = [choose_seeds(graph, question, random_state=1_000 + r, threads=2) for r in range(runs)]
    choosing = time.perf_counter() - began
    best = greedy_on(graph, CHECK, random_state=1)
    value = spreads(graph, [best, *(f.seeds for f in found)], random_state=2)
    quality = float(np.mean(value[1:31]) / value[0])
    held = float(np.mean([f.low <= v <= f.high for f, v in zip(found, value[1:], strict=True)]))
    print(f"  {runs} runs, {choosing / runs:.2f} s each, share {share}, {found[0].sets} sets")
    write_rows(
        "seed-quality",
        [
            Row(
                "spread of 30 runs' seeds",
                "greedy on 4 M sets",
                float(np.mean(value[1:31])),
                float(value[0]),
                "people",
                quality,
                QUALITY,
                None,
                None,
            ),
            Row(
                "intervals that hold the value on 4 M sets",
                "",
                held,
                None,
                "of all runs",
                None,
                COVERAGE,
                held >= COVERAGE,
                None,
            ),
        ],
    )


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]), *(float(a) for a in sys.argv[2:3]))
