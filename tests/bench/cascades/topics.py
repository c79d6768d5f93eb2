"""Thirty-two topics at once with shared coins, beside one topic and beside as many single runs."""

from __future__ import annotations

import numpy as np

from graphengine.influence.diffusion.graph import DiffusionGraph, weighted_cascade
from graphengine.influence.diffusion.questions import SeedQuestion
from graphengine.influence.diffusion.seeds import choose_seeds
from graphengine.influence.diffusion.seeds_by_topic import choose_seeds_by_topic
from tests.bench.cascades.graphs import netphy
from tests.bench.neo4j.timing import Timing, of
from tests.bench.record import Row

__all__ = ["measure"]

TOPICS, K, SHARE, REPEATS, THREADS = 32, 50, 0.70, 3, 2
DENSE, SPARSE = 2.0, 16.0  # the goals: of one topic's time, of single runs


def measure(size: str) -> list[Row]:
    """Dense: every topic has nearly every edge; sparse: a tenth of them each."""
    u, v, n = netphy()
    whole, question = weighted_cascade(u, v, n=n), SeedQuestion(k=K, share=SHARE)
    one = _timed(lambda r: choose_seeds(whole, question, random_state=r, threads=THREADS).seconds)
    draw = np.random.default_rng(0)
    rows = []
    for name, keep, goal in (("dense", 1.0, DENSE), ("sparse", 0.1, SPARSE)):
        topics = {f"t{t:02}": _part(whole, draw, keep=keep) for t in range(TOPICS)}
        many = _timed(lambda r, topics=topics: _all_at_once(topics, question, r))
        single = (
            one
            if name == "dense"
            else _timed(
                lambda r, topics=topics: (
                    choose_seeds(topics["t00"], question, random_state=r, threads=THREADS).seconds
                )
            )
        )
        times = many.seconds / single.seconds
        rows.append(
            Row(f"{TOPICS} topics at once, {name}, netphy, k = {K}, share {SHARE}",
                "the goal: of one topic's time", times, goal, "times", goal / times, 1.0, None,
                many.spread)
        )  # fmt: skip
    return rows


def _part(graph: DiffusionGraph, draw: np.random.Generator, *, keep: float) -> DiffusionGraph:
    """The graph with each chance scaled a little and, where asked for, most edges left out."""
    chance = graph.probability * draw.uniform(0.8, 1.0, graph.m)
    chance[draw.random(graph.m) >= keep] = 0.0
    return DiffusionGraph(graph.indptr, graph.indices, chance)


def _all_at_once(
    topics: dict[str, DiffusionGraph], question: SeedQuestion, random_state: int
) -> float:
    found = choose_seeds_by_topic(topics, question, random_state=random_state, threads=THREADS)
    return max(one.seconds for one in found.values())


def _timed(work: object) -> Timing:
    return of([work(r) for r in range(REPEATS + 1)][1:])  # type: ignore[operator]
