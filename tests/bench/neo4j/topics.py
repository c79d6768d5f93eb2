"""All topics, Neo4j to Neo4j: read, PageRank of every topic to one true error, written back.

GDS in its best practice: one native projection with a relationship type a topic, a filtered run a
topic, as many iterations as the error needs. Its scores drop the share of who endorses nobody;
divided by their sum over the topic's people they solve the same system as ours. Ours publishes a
run beside the old one, everyone with evidence, verified, and ends when the pointer has moved; that
an old run goes is timed apart. GDS sets a property on everyone, in place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import scipy.sparse as sp

from graphengine.influence.ranking import pagerank
from tests.bench.neo4j.arrays import Arrays, positions, read_arrays, read_late
from tests.bench.neo4j.bed import TYPES
from tests.bench.neo4j.ours import Watch
from tests.bench.neo4j.publications import keep_publishing, remove_old
from tests.bench.neo4j.reads import drop, native
from tests.bench.neo4j.timing import alone, faster, in_turn, of

if TYPE_CHECKING:
    from graphengine.stores.ports import RunScores
    from tests.bench.neo4j.bed import Bed
    from tests.bench.record import Row

__all__ = ["measure"]

ERROR, REFERENCE = 1e-9, 1e-13  # of ours as certified, of what both are held against; in L1
DAMPING, MIN_ENDORSERS = 0.85, 3
_CONFIG = {"relationshipWeightProperty": "w", "dampingFactor": DAMPING, "maxIterations": 1000}
_WRITE = """
CALL gds.pageRank.write('bench', $config) YIELD nodePropertiesWritten, writeMillis, computeMillis,
     ranIterations, didConverge RETURN nodePropertiesWritten, writeMillis, computeMillis, didConverge
"""
_STREAM = """
CALL gds.pageRank.stream('bench', $config) YIELD nodeId, score
WITH gds.util.asNode(nodeId).key AS key, score RETURN collect(key), collect(score)
"""


@dataclass(frozen=True)
class Topic:
    """One topic's people (positions in the keys), who endorses whom by how much, and its ranking."""

    people: np.ndarray
    weights: sp.csr_array
    rank: np.ndarray

    @property
    def endorsers(self) -> np.ndarray:
        """How many others endorse each."""
        return np.diff(self.weights.tocsc().indptr)


def measure(bed: Bed) -> list[Row]:
    """Nothing cached, then a snapshot of 99 in 100 kept. The pairs are in the database."""
    arrays = read_arrays(bed)
    exact = [_solved(arrays, number, tolerance=REFERENCE) for number in range(len(TYPES))]
    tolerance, agree = _gds_tolerance(bed, arrays, exact)
    numbers = iter(range(0x10000, 0x20000))
    parts: dict[str, list[float]] = {}
    kept = _kept(bed, arrays)
    written: list[int] = []
    times = in_turn(
        {
            "GDS": lambda: written.append(_gds(bed, tolerance, parts, turn=len(written))),
            "ours": lambda: _ours(bed, next(numbers), parts),
            "kept": lambda: _from_kept(bed, kept, next(numbers), parts),
            "removal": lambda: _remove_old(bed, parts),
        },
        repeats=bed.repeats,
        before=lambda: drop(bed),
    )
    drop(bed)
    theirs, ours, again = (times[name] for name in ("GDS", "ours", "kept"))
    work = f"all {len(TYPES)} topics, {bed.data.name}, Neo4j to Neo4j, L1 error {ERROR:g}"
    peer = f"GDS, tolerance {tolerance:g}"
    agree = agree and _right(_solved(arrays, 0), exact[0])
    return [
        faster(f"{work}, nothing cached", peer, ours, theirs, goal=2.5, agree=agree),
        faster(f"{work}, snapshot kept, 1 % new", peer, again, theirs, goal=15.0, agree=agree),
        *(
            alone(f"  of it: {name}", of(seconds[1:]).seconds, "s")  # the first time warms
            for name, seconds in parts.items()
        ),
        alone("  of it: GDS, values written in place", written[-1], "values"),
    ]


def _ours(bed: Bed, number: int, parts: dict[str, list[float]]) -> None:
    watch = Watch(parts)
    arrays = read_arrays(bed)
    watch.lap("ours, read")
    topics = [_solved(arrays, number) for number in range(len(TYPES))]
    watch.lap("ours, rank")
    keep_publishing(bed, _as_run(bed, arrays.keys, topics, number=number))
    watch.lap("ours, publish and verify")


def _kept(bed: Bed, arrays: Arrays) -> tuple[Arrays, list[Topic]]:
    """The snapshot of the night before: all but the last hundredth, with its ranking."""
    pairs = bed.data.pairs.filter(pl.col("at") < bed.data.late)
    early = Arrays(arrays.keys, *positions(pairs, arrays.keys))
    return early, [_solved(early, number) for number in range(len(TYPES))]


def _from_kept(
    bed: Bed, kept: tuple[Arrays, list[Topic]], number: int, parts: dict[str, list[float]]
) -> None:
    watch = Watch(parts)
    early, before = kept
    now = _patched(early, read_late(bed, bed.data.late))
    watch.lap("snapshot, read and patch")
    topics = [_solved(now, n, start=before[n]) for n in range(len(TYPES))]
    watch.lap("snapshot, rank")
    keep_publishing(bed, _as_run(bed, now.keys, topics, number=number))
    watch.lap("snapshot, publish and verify")


def _remove_old(bed: Bed, parts: dict[str, list[float]]) -> None:
    """The two runs that both of ours have driven out."""
    watch = Watch(parts)
    remove_old(bed)
    watch.lap("after the grace, two old runs removed")


def _patched(early: Arrays, late: pl.DataFrame) -> Arrays:
    """The pairs of before with those that are new; keys that nobody had follow the known ones."""
    ends = pl.concat([late["actor"], late["target"]]).unique().sort()
    keys = pl.concat([early.keys, ends.filter(~ends.is_in(early.keys.implode()))])
    old = (early.actor, early.target, early.topic, early.w)
    new = positions(late, keys)
    return Arrays(keys, *(np.concatenate(pair) for pair in zip(old, new, strict=True)))


def _solved(
    arrays: Arrays, topic: int, *, tolerance: float = ERROR, start: Topic | None = None
) -> Topic:
    """PageRank of one topic among the people that occur in it."""
    mine = np.flatnonzero(arrays.topic == topic)
    u, v, w = arrays.actor[mine], arrays.target[mine], arrays.w[mine]
    seen = np.zeros(len(arrays.keys), bool)
    seen[u] = seen[v] = True
    people, local = np.flatnonzero(seen), np.cumsum(seen) - 1
    weights = sp.csr_array((w, (local[u], local[v])), shape=(people.size, people.size))
    begin = None
    if start is not None:
        begin = np.full(people.size, 1.0 / people.size)
        begin[local[start.people]] = start.rank
    solution = pagerank(weights, damping=DAMPING, tolerance=tolerance, start=begin)
    return Topic(people, weights, solution.value)


def _as_run(bed: Bed, keys: pl.Series, topics: list[Topic], *, number: int) -> RunScores:
    """Everyone with evidence: scored from three endorsers on, unrated with fewer."""
    scored, unrated = [], []
    names = [key for key in sorted(bed.data.run.scores["topic"].unique()) if "overall" not in key]
    for name, topic in zip(names, topics, strict=True):
        frame = pl.DataFrame(
            {
                "account": keys[topic.people],
                "topic": name,
                "raw": topic.rank,
                "pagerank": topic.rank,
                "endorsers": topic.endorsers.astype(np.int64),
            }
        )
        scored.append(_ranked(frame.filter(pl.col("endorsers") >= MIN_ENDORSERS)))
        few = frame.filter(pl.col("endorsers").is_between(1, MIN_ENDORSERS - 1))
        unrated.append(few.select("account", "topic", "endorsers"))
    run = bed.data.renamed(number)
    return replace(run, scores=pl.concat(scored), unrated=pl.concat(unrated), reasons=None)


def _ranked(frame: pl.DataFrame) -> pl.DataFrame:
    order = frame.sort("raw", "account", descending=[True, False])
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
    share = 1.0 - (place - 1) / pl.len()
    return order.select(
        "account", "topic", rank=place, score=1.0 + 99.0 * share, pct=share,
        endorsers="endorsers", raw="raw", pagerank="pagerank", credit=pl.lit(None, pl.Float64),
    )  # fmt: skip


def _gds(bed: Bed, tolerance: float, parts: dict[str, list[float]], *, turn: int) -> int:
    """Project, rank, write; how many values were written.

    Each turn's values differ a little, as each night's do: where a property has the value already,
    Neo4j writes nothing.
    """
    watch = Watch(parts)
    native(bed)
    watch.lap("GDS, project")
    written, write_ms = 0, 0
    for name in TYPES:
        config = _config(name, tolerance) | {
            "writeProperty": f"gds_{name.lower()}",
            "dampingFactor": DAMPING - turn * 1e-6,
        }
        rows, millis, _, converged = bed.one(_WRITE, config=config)
        if not converged:
            raise SystemExit(f"GDS did not converge to {tolerance:g} in {name}")
        written, write_ms = written + rows, write_ms + millis
    watch.lap("GDS, rank and write")
    watch.note("GDS, write (within the line above)", write_ms / 1000)
    return written


def _config(name: str, tolerance: float) -> dict[str, Any]:
    return _CONFIG | {"relationshipTypes": [name], "tolerance": tolerance, "concurrency": 4}


def _gds_tolerance(bed: Bed, arrays: Arrays, exact: list[Topic]) -> tuple[float, bool]:
    """The largest tolerance with which every topic's true error is at most that of ours."""
    drop(bed)
    native(bed)
    place = {key: n for n, key in enumerate(arrays.keys.to_list())}
    for power in range(7, 16):
        worst = max(
            _error(bed, name, 10.0**-power, topic, place=place)
            for name, topic in zip(TYPES, exact, strict=True)
        )
        if worst <= ERROR:
            return 10.0**-power, True
    return 1e-15, False


def _error(bed: Bed, name: str, tolerance: float, topic: Topic, *, place: dict[str, int]) -> float:
    """The true L1 error of GDS' scores of one topic, divided by their sum over its people."""
    keys, scores = bed.one(_STREAM, config=_config(name, tolerance))
    value = np.zeros(len(place))
    for key, score in zip(keys, scores, strict=True):
        if key in place:  # else nobody's pair in any topic
            value[place[key]] = score
    mine = value[topic.people]
    return float(np.abs(mine / mine.sum() - topic.rank).sum())


def _right(topic: Topic, exact: Topic) -> bool:
    return bool(np.abs(topic.rank - exact.rank).sum() <= ERROR)
