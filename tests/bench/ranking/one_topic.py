"""One topic: compute at one true error, load + compute, and the sweeps it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.influence.ranking.teams import threads
from tests.bench.neo4j.timing import alone
from tests.bench.ranking import ours
from tests.bench.ranking.graphs import SCALES, rmat
from tests.bench.ranking.peers import PEERS, reference
from tests.bench.ranking.sides import distance, loosest, missing, versus

if TYPE_CHECKING:
    import numpy as np

    from graphengine.influence.ranking.pagerank import Surfer
    from tests.bench.ranking.graphs import Graph
    from tests.bench.ranking.peers import Peer
    from tests.bench.record import Row

__all__ = ["beside_peers", "measure"]

GOALS = {
    "R-MAT": {"igraph": 12.0, "networkit": 12.0, "SciPy": 6.0},
    "real": {"igraph": 5.0, "SciPy": 4.0, "networkit": 15.0, "networkx": 50.0},
}
LOADED = {"igraph": 10.0, "networkit": 10.0}
FINE = {"igraph": 8.0}  # at 1e-12, where igraph always goes
ERROR, FINER, SWEEPS = 1e-8, 1e-12, 16.0
LARGE = 1_000_000  # edges from which a second thread is worth its while


def measure(size: str) -> list[Row]:
    """All peers on R-MAT."""
    return beside_peers(rmat(SCALES[size]))


def beside_peers(graph: Graph) -> list[Row]:
    """All peers on one graph."""
    print(f" {graph.name}: {graph.n:,} people, {graph.m:,} pairs", flush=True)
    goals = GOALS["R-MAT" if graph.name.startswith("R-MAT") else "real"]
    exact, surfers = reference(graph), {1: ours.ready(graph.matrix)}
    with threads(2):
        surfers[2] = ours.ready(graph.matrix)
    found = ours.solve(surfers[1], ERROR)
    if any(distance(ours.solve(s, ERROR).value, exact) > ERROR for s in surfers.values()):
        raise SystemExit(f"{graph.name}: ours is wrong, nothing is timed")
    rows = [
        alone(
            f"{graph.name}, sweeps to {ERROR:g} (goal: at most {SWEEPS:g})", found.sweeps, "sweeps"
        )
    ]
    for peer in PEERS:
        rows += _beside(graph, peer, surfers, exact, goals=goals)
    return rows


def _beside(
    graph: Graph,
    peer: Peer,
    surfers: dict[int, Surfer],
    exact: np.ndarray,
    *,
    goals: dict[str, float],
) -> list[Row]:
    work, goal = f"{graph.name}, compute, L1 {ERROR:g}", goals.get(peer.name)
    if not peer.installed:
        return [missing(work, peer, "not installed", goal)]
    if graph.m > peer.most:
        return [missing(work, peer, f"not tried above {peer.most:,} edges", goal)]
    theirs = peer.load(graph)
    tolerance = loosest(theirs, exact, error=ERROR)
    if tolerance is None:
        return [missing(work, peer, "does not get there", goal)]
    print(f"  {peer.name}", flush=True)
    surfer = surfers[peer.threads]
    rows = [
        versus(
            f"{work}{', ours on 2 threads' if own == 2 else ''}", peer,
            [lambda own=own: ours.solve(surfers[own], ERROR), lambda: theirs.rank(tolerance)],
            goal=goal if own == peer.threads else None,
        )
        for own in sorted({peer.threads, 2} if graph.m > LARGE else {peer.threads})
    ]  # fmt: skip
    fine = loosest(theirs, exact, error=FINER) if peer.name in FINE else None
    if fine is not None:
        rows.append(
            versus(
                f"{graph.name}, compute, L1 {FINER:g}", peer,
                [lambda: ours.solve(surfer, FINER), lambda: theirs.rank(fine)],
                goal=FINE[peer.name] if goals is GOALS["R-MAT"] else None,
            )
        )  # fmt: skip
    if peer.name in LOADED:
        rows.append(
            versus(
                f"{graph.name}, load + compute, L1 {ERROR:g}", peer,
                [
                    lambda: ours.solve(ours.ready_from_arrays(graph), ERROR),
                    lambda: peer.load(graph).rank(tolerance),
                ],
                goal=LOADED[peer.name],
            )
        )  # fmt: skip
    return rows
