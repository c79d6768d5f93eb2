"""First-visit reach of everyone, in yardsticks of SciPy's power iteration on the same graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking import first_visit_reach, saturated
from tests.bench.ranking.graphs import dense_core, real
from tests.bench.ranking.peers import power_iteration, transposed
from tests.bench.ranking.sides import in_turns
from tests.bench.record import Row

if TYPE_CHECKING:
    from tests.bench.ranking.graphs import Graph

__all__ = ["measure"]

GOAL, PRECISION, ITERATIONS = 20.0, 0.01, 50


def measure(size: str) -> list[Row]:
    """Higgs and a dense core; small: a dense core of a tenth."""
    core = dense_core() if size == "full" else dense_core(3_000, 100_000)
    return [_one(graph) for graph in [*real()[-1:], core]]


def _one(graph: Graph) -> Row:
    P = saturated(graph.matrix, alpha=0.5, kappa=1.0)
    PT, dangling = transposed(graph)
    reach = first_visit_reach(P, precision=PRECISION)
    narrow = bool((reach.high - reach.low <= PRECISION * reach.value * (1 + 1e-9)).all())
    print(f" {graph.name}: {reach.steps:,} steps, {int(reach.exact.sum()):,} exact", flush=True)
    taken, yardstick = in_turns(
        lambda: first_visit_reach(P, precision=PRECISION),
        lambda: power_iteration(PT, dangling, change=-np.inf, iterations=ITERATIONS),
    )
    ratio = taken.seconds / yardstick.seconds
    return Row(
        f"first-visit reach of everyone, {graph.name}, brackets within 1 %",
        f"the goal; a yardstick is {yardstick.seconds:.3g} s",
        ratio, GOAL, "yardsticks", GOAL / ratio, 1.0, narrow, taken.spread,
    )  # fmt: skip
