"""Graph Data Science on a real Neo4j: projected from the same edges, asked for the same true error.

Its edges come by LOAD CSV into a projection, so nothing is stored that it would not read. Its
tolerance bounds no error: it is made finer until the true L1 distance is small enough, and one more
row has its default, which stops unconverged. Its PageRank drops what the dangling hold; divided by
their sum its scores solve the same system as ours. Compute is what the server itself measures.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.influence.ranking import article_rank, hits
from graphengine.influence.ranking.teams import threads
from tests.bench.neo4j.bed import GDS_SETTINGS
from tests.bench.neo4j.timing import Timing, faster, of
from tests.bench.ranking import gds_more, ours
from tests.bench.ranking.graphs import SCALES, real, rmat
from tests.bench.ranking.ours import DAMPING
from tests.bench.ranking.peers import reference
from tests.bench.ranking.sides import REPEATS, distance, in_turns
from tests.bench.record import Row
from tests.support.neo4j_jars import fetched_gds
from tests.support.neo4j_machines import Setup
from tests.support.neo4j_server import NoNeo4j, running_server

if TYPE_CHECKING:
    import neo4j

    from tests.bench.ranking.graphs import Graph

__all__ = ["measure"]

ERROR, CORES = 1e-8, 2
MEMORY = {"small": ("1g", "128m"), "full": ("8g", "512m")}
GOALS = {"R-MAT": (80.0, 10.0), "real": (40.0, 8.0)}  # at the same error, beside its default
HITS_GOAL, ARTICLE_GOAL = 40.0, 15.0
_PROJECT = """
LOAD CSV FROM $file AS row
WITH gds.graph.project('bench', toInteger(row[0]), toInteger(row[1]),
     {relationshipProperties: {w: toFloat(row[2])}}, {readConcurrency: 1}) AS g
RETURN g.nodeCount, g.relationshipCount
"""


@dataclass(frozen=True)
class _Asked:
    """A procedure of GDS and its settings; ``result`` is the column of the score."""

    driver: neo4j.Driver
    procedure: str
    result: str = "score"

    def rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        return [list(r.values()) for r in self.driver.execute_query(text, parameters).records]

    def scores(self, n: int, config: dict[str, Any]) -> np.ndarray:
        """Its scores by id, scaled to sum 1."""
        text = (
            f"CALL gds.{self.procedure}.stream('bench', $config) YIELD nodeId, {self.result} AS s "
            "RETURN collect(nodeId), collect(s)"
        )
        ids, values = self.rows(text, config=config)[0]
        x = np.zeros(n)
        x[np.array(ids)] = [v if isinstance(v, float) else v["auth"] for v in values]
        return x / x.sum()

    def timing(self, config: dict[str, Any]) -> Timing:
        """What the server measures, the first run left out."""
        text = f"CALL gds.{self.procedure}.stats('bench', $config) YIELD computeMillis RETURN computeMillis"
        taken = [self.rows(text, config=config)[0][0] / 1000 for _ in range(REPEATS + 1)]
        return of(taken[1:]) if statistics.median(taken[1:]) else Timing(0.0005, 0.0)


def measure(size: str) -> list[Row]:
    """PageRank on R-MAT and the real graphs; HITS and ArticleRank on the largest real one."""
    plugins = fetched_gds()
    if plugins is None:
        return [
            Row("PageRank", "GDS: not installed (no mvn)", 0.0, None, "s", None, None, None, None)
        ]
    heap, cache = MEMORY[size]
    setup = Setup(plugins=plugins, settings=GDS_SETTINGS, heap=heap, page_cache=cache)
    try:
        with running_server(setup) as server, server.driver(
            notifications_min_severity="OFF"
        ) as driver:  # fmt: skip
            assert server.home is not None
            graphs = [rmat(SCALES[size]), *real()]
            rows = []
            for graph in graphs:
                print(f" {graph.name}", flush=True)
                rows += _projected(graph, driver, server.home / "import", last=graph is graphs[-1])
            return rows
    except NoNeo4j as missing:
        return [Row("PageRank", f"GDS: {missing}", 0.0, None, "s", None, None, None, None)]


def _projected(graph: Graph, driver: neo4j.Driver, folder: Any, *, last: bool) -> list[Row]:
    folder.mkdir(exist_ok=True)
    pl.DataFrame({"u": graph.u, "v": graph.v, "w": graph.w}).write_csv(
        folder / "edges.csv", include_header=False
    )
    ask = _Asked(driver, "pageRank")
    ask.rows("CALL gds.graph.drop('bench', false) YIELD graphName RETURN graphName")
    nodes, pairs = ask.rows(_PROJECT, file="file:///edges.csv")[0]
    if (nodes, pairs) != (graph.n, graph.m):
        raise SystemExit(f"GDS has {nodes} people and {pairs} pairs of {graph.n} and {graph.m}")
    rows = _pagerank(graph, ask)
    if graph.name.startswith("R-MAT"):
        return [*rows, *gds_more.many_topics(graph, driver, folder)]
    if not last:
        return rows
    config, _ = _fine_enough(graph, ask, reference(graph))
    rows += gds_more.from_its_store(graph, driver, folder, config=config)
    return [*rows, *_article_rank(graph, driver), *_hits(graph, driver)]


def _pagerank(graph: Graph, ask: _Asked) -> list[Row]:
    exact = reference(graph)
    with threads(CORES):
        surfer = ours.ready(graph.matrix)
    right = distance(ours.solve(surfer, ERROR).value, exact) <= ERROR
    config, error = _fine_enough(graph, ask, exact)
    same, default = GOALS["R-MAT" if graph.name.startswith("R-MAT") else "real"]
    plain = {"relationshipWeightProperty": "w", "concurrency": CORES}
    off = distance(ask.scores(graph.n, plain), exact)
    mine, _ = in_turns(lambda: ours.solve(surfer, ERROR), lambda: None)
    work = f"{graph.name}, compute"
    return [
        faster(
            f"{work}, L1 {ERROR:g}", f"GDS, tolerance {config['tolerance']:g}, {CORES} threads",
            mine, ask.timing(config), goal=same, agree=right and error <= ERROR,
        ),
        faster(
            f"{work}, L1 {ERROR:g} against its default",
            f"GDS' default, true L1 {off:.2g}, {CORES} threads",
            mine, ask.timing(plain), goal=default, agree=None,
        ),
    ]  # fmt: skip


def _fine_enough(graph: Graph, ask: _Asked, exact: np.ndarray) -> tuple[dict[str, Any], float]:
    """The loosest of its tolerances at which the true error is small enough, and that error."""
    for power in range(6, 17):
        config = {
            "relationshipWeightProperty": "w", "concurrency": CORES, "dampingFactor": DAMPING,
            "maxIterations": 2000, "tolerance": 10.0**-power,
        }  # fmt: skip
        error = distance(ask.scores(graph.n, config), exact)
        if error <= ERROR:
            break
    return config, error


def _article_rank(graph: Graph, driver: neo4j.Driver) -> list[Row]:
    ask, W = _Asked(driver, "articleRank"), ours.structure(graph.matrix)
    exact = article_rank(W, tolerance=1e-13).value
    config, error = _fine_enough(graph, ask, exact / exact.sum())
    mine, _ = in_turns(lambda: article_rank(W, tolerance=ERROR), lambda: None)
    return [
        faster(
            f"ArticleRank, {graph.name}, L1 {ERROR:g} of the sum",
            f"GDS, tolerance {config['tolerance']:g}, {CORES} threads",
            mine, ask.timing(config), goal=ARTICLE_GOAL, agree=error <= ERROR,
        )
    ]  # fmt: skip


def _hits(graph: Graph, driver: neo4j.Driver) -> list[Row]:
    """Without weights, which GDS' HITS does not know."""
    ask = _Asked(driver, "hits", result="values")
    ones = graph.matrix.copy()
    ones.data[:] = 1.0
    W = ours.structure(ones)
    exact = hits(W).authorities
    exact = exact / exact.sum()
    config, error = {"concurrency": CORES, "hitsIterations": 0}, np.inf
    for iterations in (10, 20, 40, 80, 160, 320):
        config["hitsIterations"] = iterations
        error = distance(ask.scores(graph.n, config), exact)
        if error <= ERROR:
            break
    mine, _ = in_turns(lambda: hits(W), lambda: None)
    return [
        faster(
            f"HITS, {graph.name}, no weights, L1 {ERROR:g} of the sum",
            f"GDS, {config['hitsIterations']} iterations, {CORES} threads",
            mine, ask.timing(config), goal=HITS_GOAL, agree=bool(error <= ERROR),
        )
    ]  # fmt: skip
