"""Forward simulation of the independent cascade beside cynetdiff, one thread each."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np

from graphengine.influence.diffusion.graph import DiffusionGraph, uniform, weighted_cascade
from graphengine.influence.diffusion.simulation import simulate_spread
from tests.bench.cascades.graphs import wiki_vote
from tests.bench.neo4j.timing import faster, in_turn
from tests.bench.record import Row

__all__ = ["measure"]

GOAL, RUNS, SEEDS = 3.0, 2_000, 50


def measure(size: str) -> list[Row]:
    """The same seeds, graph and number of runs; the mean spreads agree within their errors."""
    u, v, n = wiki_vote()
    graphs = {"weighted cascade": weighted_cascade(u, v, n=n), "p = .1": uniform(u, v, 0.1, n=n)}
    rows = []
    for name, graph in graphs.items():
        work = f"forward simulation, wiki-vote, {name}, {SEEDS} seeds, {RUNS:,} runs"
        if find_spec("cynetdiff") is None:
            rows.append(
                Row(work, "cynetdiff: not installed", 0.0, None, "s", None, GOAL, None, None)
            )
            continue
        rows.append(_beside(work, graph))
    return rows


def _beside(work: str, graph: DiffusionGraph) -> Row:
    seeds = np.random.default_rng(1).choice(graph.n, SEEDS, replace=False)
    theirs = _cynetdiff(graph, seeds)
    mine = lambda: simulate_spread(graph, seeds, runs=RUNS, random_state=1)  # noqa: E731
    agree = abs(mine().mean - theirs()) <= 4 * (mine().high - mine().low)
    both = in_turn({"ours": mine, "theirs": theirs}, repeats=5)
    return faster(work, "cynetdiff, 1 thread", both["ours"], both["theirs"], goal=GOAL, agree=agree)


def _cynetdiff(graph: DiffusionGraph, seeds: np.ndarray):
    import array

    from cynetdiff.models import IndependentCascadeModel

    target = graph.targets()
    order = np.lexsort((target, graph.indices))
    starts = np.concatenate([[0], np.cumsum(np.bincount(graph.indices, minlength=graph.n))])
    model = IndependentCascadeModel(
        array.array("I", starts[:-1].astype(np.uint32).tobytes()),
        array.array("I", target[order].astype(np.uint32).tobytes()),
        activation_probs=array.array("f", graph.probability[order].astype(np.float32).tobytes()),
    )
    model.set_seeds(seeds.tolist())

    def run() -> float:
        total = 0
        for _ in range(RUNS):
            model.reset_model()
            model.advance_until_completion()
            total += model.get_num_activated_nodes()
        return total / RUNS

    return run
