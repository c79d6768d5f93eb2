"""32 and 256 topics over one table of events: from its columns to everyone's share in each topic.

Both sides start from the same columns topic, endorser, endorsed, weight, in no order of topics,
and end with ids and shares. A peer sorts by topic, gives a topic's people numbers of their own
(``numpy.unique``), builds its graph and ranks it; ours is ``pagerank_topics``, two threads.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from graphengine.influence.ranking.topics import Topic, TopicTable, pagerank_topics
from tests.bench.neo4j.timing import alone, faster
from tests.bench.ranking.graphs import SCALES, Graph, rmat
from tests.bench.ranking.peers import PEERS, power_iteration, reference, transposed
from tests.bench.ranking.sides import distance, in_turns, loosest, missing

if TYPE_CHECKING:
    from tests.bench.ranking.peers import Peer
    from tests.bench.record import Row

__all__ = ["measure"]

ERROR, THREADS, REPEATS = 1e-8, 2, 5
GOALS = {
    32: {"SciPy": 12.0, "igraph": 50.0, "networkit": 50.0},
    256: {"SciPy": 15.0},
}
YARDSTICK = 0.15  # all topics together, of one yardstick on the same edges


def measure(size: str) -> list[Row]:
    """Topics by Zipf's law over the pairs of one R-MAT graph; peers topic after topic."""
    whole = rmat(SCALES[size])
    rows = []
    for count in (32, 256):
        share = 1.0 / np.arange(1, count + 1)
        topic = np.random.default_rng(2).choice(count, size=whole.m, p=share / share.sum())
        print(f" {count} topics, {whole.m:,} pairs", flush=True)
        rows += _beside(whole, topic.astype(np.int16), count)
    return rows


def _numbered(whole: Graph, topic: np.ndarray, count: int) -> list[tuple[np.ndarray, Graph]]:
    """What a peer needs of each topic: its people, and its graph by numbers of their own."""
    order = np.argsort(topic, kind="stable")
    cuts = np.searchsorted(topic[order], np.arange(count + 1))
    found = []
    for a, b in pairwise(cuts):
        u, v, w = (column[order[a:b]] for column in (whole.u, whole.v, whole.w))
        people, place = np.unique(np.concatenate([u, v]), return_inverse=True)
        found.append((people, Graph("topic", len(people), place[: b - a], place[b - a :], w)))
    return found


def _ranked(whole: Graph, topic: np.ndarray) -> list[Topic]:
    table = TopicTable(topic, whole.u, whole.v, whole.w, threads=THREADS)
    return pagerank_topics(table, tolerance=ERROR, threads=THREADS)


def _right(found: list[Topic], exact: list[np.ndarray], people: list[np.ndarray]) -> bool:
    """Whether every topic has the right people, and shares within the error."""
    for topic, x, ids in zip(found, exact, people, strict=True):
        order = np.argsort(topic.people)
        if not np.array_equal(topic.people[order], ids):
            return False
        if distance(topic.solution.value[order], x) > ERROR:
            return False
    return True


def _theirs(whole: Graph, topic: np.ndarray, count: int, *, peer: Peer, tolerance: float) -> None:
    for _, graph in _numbered(whole, topic, count):
        peer.load(graph).rank(tolerance)


def _beside(whole: Graph, topic: np.ndarray, count: int) -> list[Row]:
    numbered = _numbered(whole, topic, count)
    exact = [reference(graph) for _, graph in numbered]
    agree = _right(_ranked(whole, topic), exact, [people for people, _ in numbered])
    PT, dangling = transposed(whole)
    table = TopicTable(topic, whole.u, whole.v, whole.w)
    mine, kept, yardstick = in_turns(
        lambda: _ranked(whole, topic),
        lambda: pagerank_topics(table, tolerance=ERROR, threads=THREADS),
        lambda: power_iteration(PT, dangling, change=-np.inf, iterations=50),
        repeats=REPEATS,
    )
    work = f"{count} topics, {whole.name}, build and solve, L1 {ERROR:g}, {THREADS} threads"
    rows = [
        alone(
            f"{count} topics, {whole.name}, build and solve from the sorted table, {THREADS} "
            f"threads (goal: {YARDSTICK:g} on the same edges)",
            kept.seconds / yardstick.seconds,
            "yardsticks",
        )
    ]
    for peer in PEERS:
        goal = GOALS[count].get(peer.name)
        if goal is None:
            continue
        if not peer.installed:
            rows.append(missing(work, peer, "not installed", goal))
            continue
        tolerance = loosest(peer.load(numbered[0][1]), exact[0], error=ERROR)
        if tolerance is None:
            rows.append(missing(work, peer, "does not get there", goal))
            continue
        theirs, _ = in_turns(
            lambda p=peer, t=tolerance: _theirs(whole, topic, count, peer=p, tolerance=t),
            lambda: None,
            repeats=2,
        )
        rows.append(faster(work, peer.label, mine, theirs, goal=goal, agree=agree))
    return rows
