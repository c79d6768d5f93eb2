"""Graph Data Science from its own store, and at its best for topics; both beside our snapshot.

Load + compute: the server's native projection of what it has stored and a run, both as the server
measures them; ours reads the saved structure and solves. Topics: one projection with a relationship
type a topic, one filtered run a topic. The projection is not counted, in its favour; ours sorts,
builds and solves.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from graphengine.graph.structure import load_structure, save_structure
from graphengine.influence.ranking import pagerank
from graphengine.influence.ranking.topics import TopicTable, pagerank_topics
from tests.bench.neo4j.timing import faster, of
from tests.bench.ranking import ours
from tests.bench.ranking.sides import REPEATS, distance, in_turns
from tests.bench.record import Row

if TYPE_CHECKING:
    import neo4j

    from graphengine.influence.ranking.topics import Topic
    from tests.bench.ranking.graphs import Graph

__all__ = ["from_its_store", "many_topics"]

ERROR, CORES, TOPICS = 1e-8, 2, 32
STORED_GOAL, TOPICS_GOAL, MEMORY_GOAL = 5.0, 15.0, 5.0
_PEOPLE = (
    "UNWIND range(0, $n - 1) AS i CALL (i) { CREATE (:BenchPerson {i: i}) } "
    "IN TRANSACTIONS OF 50000 ROWS"
)
_INDEX = "CREATE CONSTRAINT bench_person IF NOT EXISTS FOR (p:BenchPerson) REQUIRE p.i IS UNIQUE"
_EDGES = (
    "LOAD CSV FROM $file AS row CALL (row) { "
    "MATCH (a:BenchPerson {i: toInteger(row[0])}) MATCH (b:BenchPerson {i: toInteger(row[1])}) "
    "CREATE (a)-[:BENCH {w: toFloat(row[2])}]->(b) } IN TRANSACTIONS OF 20000 ROWS"
)
_NATIVE = (
    "CALL gds.graph.project('stored', 'BenchPerson', {BENCH: {properties: 'w'}}, "
    "{readConcurrency: $cores}) YIELD projectMillis, nodeCount, relationshipCount "
    "RETURN projectMillis, nodeCount, relationshipCount"
)
_TYPED = (
    "LOAD CSV FROM $file AS row WITH gds.graph.project('topics', toInteger(row[0]), "
    "toInteger(row[1]), {relationshipProperties: {w: toFloat(row[2])}, relationshipType: row[3]}, "
    "{readConcurrency: 1}) AS g RETURN g.relationshipCount"
)


@dataclass(frozen=True)
class _Server:
    driver: neo4j.Driver

    def rows(self, text: str, **parameters: Any) -> list[list[Any]]:
        """In a transaction of its own kind: some statements commit as they go."""
        with self.driver.session() as session:
            return [list(record.values()) for record in session.run(text, parameters)]

    def drop(self, name: str) -> None:
        """Forget a projection, if there is one."""
        self.rows(f"CALL gds.graph.drop('{name}', false) YIELD graphName RETURN graphName")

    def millis(self, name: str, config: dict[str, Any]) -> int:
        """What one PageRank took, as the server measures it."""
        text = (
            f"CALL gds.pageRank.stats('{name}', $config) YIELD computeMillis RETURN computeMillis"
        )
        return int(self.rows(text, config=config)[0][0])

    def scores(self, name: str, own: str, config: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
        """Ids (``own`` says how they come from nodeId) and scores."""
        text = (
            f"CALL gds.pageRank.stream('{name}', $config) YIELD nodeId, score "
            f"RETURN collect({own}), collect(score)"
        )
        ids, values = self.rows(text, config=config)[0]
        return np.array(ids), np.array(values)


def from_its_store(
    graph: Graph, driver: neo4j.Driver, folder: Path, *, config: dict[str, Any]
) -> list[Row]:
    """``config`` reaches the error on this graph; the edges are written into the store first."""
    server = _Server(driver)
    for text in (_INDEX, _PEOPLE):
        server.rows(text, n=graph.n)
    _write(folder / "stored.csv", [graph.u, graph.v, graph.w])
    server.rows(_EDGES, file="file:///stored.csv")
    taken = []
    for _ in range(REPEATS + 1):
        server.drop("stored")
        millis, nodes, pairs = server.rows(_NATIVE, cores=CORES)[0]
        if (nodes, pairs) != (graph.n, graph.m):
            raise SystemExit(f"GDS has {nodes} people and {pairs} pairs of {graph.n}, {graph.m}")
        taken.append((millis + server.millis("stored", config)) / 1000)
    with tempfile.TemporaryDirectory() as held:
        snapshot = Path(held)
        save_structure(ours.structure(graph.matrix), snapshot)
        found = pagerank(load_structure(snapshot), tolerance=ERROR).value
        ids, scores = server.scores("stored", "gds.util.asNode(nodeId).i", config)
        theirs = np.zeros(graph.n)
        theirs[ids] = scores / scores.sum()
        agree = distance(theirs, found) <= 2 * ERROR
        mine, _ = in_turns(
            lambda: pagerank(load_structure(snapshot), tolerance=ERROR), lambda: None
        )
    work = f"{graph.name}, load + compute, L1 {ERROR:g}, ours from the snapshot, 1 thread"
    peer = f"GDS, native projection and run, {CORES} threads"
    return [faster(work, peer, mine, of(taken[1:]), goal=STORED_GOAL, agree=agree)]


def many_topics(graph: Graph, driver: neo4j.Driver, folder: Path) -> list[Row]:
    """32 topics by Zipf's law; all runs at the tolerance that the largest topic needs."""
    share = 1.0 / np.arange(1, TOPICS + 1)
    topic = np.random.default_rng(2).choice(TOPICS, size=graph.m, p=share / share.sum())
    server = _Server(driver)
    table = TopicTable(topic, graph.u, graph.v, graph.w, threads=CORES)
    names = np.array([f"T{k}" for k in range(TOPICS)])
    _write(folder / "topics.csv", [graph.u, graph.v, graph.w, names[topic]])
    server.drop("topics")
    server.rows(_TYPED, file="file:///topics.csv")
    found = pagerank_topics(table, tolerance=ERROR, threads=CORES)
    config, agree = _fine_enough(server, found)
    mine, _ = in_turns(
        lambda: pagerank_topics(
            TopicTable(topic, graph.u, graph.v, graph.w, threads=CORES),
            tolerance=ERROR,
            threads=CORES,
        ),
        lambda: None,
    )
    sums = [sum(server.millis("topics", config | {"relationshipTypes": [k]}) for k in names) / 1000
            for _ in range(3)]  # fmt: skip
    size = server.rows("CALL gds.graph.list('topics') YIELD sizeInBytes RETURN sizeInBytes")[0][0]
    held = sum(table.structure(k)[1].nbytes for k in range(TOPICS))
    work = f"{TOPICS} topics, {graph.name}"
    peer = f"GDS, one projection with {TOPICS} types"
    return [
        faster(
            f"{work}, L1 {ERROR:g}, ours with the build, {CORES} threads",
            f"{peer}, filtered runs, tolerance {config['tolerance']:g}, {CORES} threads",
            mine, of(sums[1:]), goal=TOPICS_GOAL, agree=agree,
        ),
        Row(f"{work}, memory of all structures", peer, held / 2**20, size / 2**20, "MiB",
            size / held, MEMORY_GOAL, agree, None),
    ]  # fmt: skip


def _fine_enough(server: _Server, found: list[Topic]) -> tuple[dict[str, Any], bool]:
    """The loosest tolerance of GDS that is right in the first topic and in the last."""
    for power in range(6, 17):
        config = {"relationshipWeightProperty": "w", "concurrency": CORES,
                  "dampingFactor": ours.DAMPING, "maxIterations": 2000,
                  "tolerance": 10.0**-power}  # fmt: skip
        if all(_error(server, config, found[k], k) <= 2 * ERROR for k in (0, len(found) - 1)):
            return config, True
    return config, False


def _error(server: _Server, config: dict[str, Any], topic: Topic, k: int) -> float:
    """Beside ours, among the topic's people."""
    ids, scores = server.scores("topics", "nodeId", config | {"relationshipTypes": [f"T{k}"]})
    by_id = np.zeros(1 + int(max(ids.max(), topic.people.max())))
    by_id[ids] = scores
    theirs = by_id[topic.people]
    return distance(theirs / theirs.sum(), topic.solution.value)


def _write(path: Path, columns: list[np.ndarray]) -> None:
    pl.DataFrame({str(i): c for i, c in enumerate(columns)}).write_csv(path, include_header=False)
