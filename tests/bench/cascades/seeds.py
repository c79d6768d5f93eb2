"""Seed sets: how fast sets are drawn, and how long it takes to a certified share of the optimum."""

from __future__ import annotations

import math
import time

from graphengine.influence.diffusion.graph import DiffusionGraph, uniform, weighted_cascade
from graphengine.influence.diffusion.questions import SeedQuestion
from graphengine.influence.diffusion.sampling import SetSampler
from graphengine.influence.diffusion.seeds import choose_seeds
from graphengine.influence.diffusion.simulation import simulate_spread
from tests.bench.cascades.graphs import GRAPHS, edges, wiki_vote
from tests.bench.neo4j.timing import of
from tests.bench.record import Row

__all__ = ["measure"]

K, SETS, REPEATS, THREADS = 50, 200_000, 5, 2
SHARES = (0.70, 0.75, 1 - 1 / math.e - 0.1, 1 - 1 / math.e - 0.01)  # the last: eps .1 and .01
SMALL = ("netphy", "wiki-vote")


def measure(size: str) -> list[Row]:
    """Every graph: sets a second, then the shares asked for; wiki-vote, p = .1 to .90."""
    rows = []
    for name in SMALL if size == "small" else GRAPHS:
        u, v, n = edges(name)
        graph = weighted_cascade(u, v, n=n)
        rows.append(_rate(name, graph))
        rows += [_asked(f"{name}, weighted cascade", graph, K, share) for share in SHARES]
    u, v, n = wiki_vote()
    rows.append(_asked("wiki-vote, p = .1", uniform(u, v, 0.1, n=n), 10, 0.90))
    return rows


def _rate(name: str, graph: DiffusionGraph) -> Row:
    """Reverse-reachable sets a second of one thread, stored."""
    sampler = SetSampler(graph, random_state=1)
    sampler.draw(SETS)
    taken = []
    for _ in range(REPEATS):
        begun = time.thread_time()
        sampler.draw(SETS)
        taken.append(time.thread_time() - begun)
    lap = of(taken)
    work = f"reverse-reachable sets, {name} ({graph.n:,} people, {graph.m:,} edges)"
    return Row(work, "", SETS / lap.seconds, None, "sets/s", None, None, None, lap.spread)


def _asked(name: str, graph: DiffusionGraph, k: int, share: float) -> Row:
    """Seconds to the guarantee; agree: fresh simulation lies within the stated interval's reach."""
    found = [
        choose_seeds(graph, SeedQuestion(k=k, share=share), random_state=r, threads=THREADS)
        for r in range(REPEATS + 1)
    ][1:]
    lap, last = of([one.seconds for one in found]), found[-1]
    fresh = simulate_spread(graph, last.seeds, runs=4_000, random_state=99, threads=THREADS)
    agree = last.low <= fresh.high and fresh.low <= last.high
    work = f"seeds, {name}, k = {k}, share {share:.3f}: {last.share:.3f}, {last.stop}"
    return Row(work, f"{last.sets:,} sets, spread {last.spread:,.1f}", lap.seconds, None, "s",
               None, None, agree, lap.spread)  # fmt: skip
