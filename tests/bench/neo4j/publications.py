"""Scores into Neo4j: a verified, atomic publication against SET in place, and the pointer's steps."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import polars as pl

from tests.bench.neo4j.ours import link_to, publish, serve, store_of
from tests.bench.neo4j.timing import alone, bound, of, rates, timed

if TYPE_CHECKING:
    from tests.bench.neo4j.bed import Bed
    from tests.bench.record import Row

__all__ = ["measure"]

MAPS, FLIPS, ROLLBACKS = 1_000, 30, 5
_SET = "UNWIND $rows AS row MATCH (a:Account {{key: row.key}}) SET a.usual_{number} = row.score"


def measure(bed: Bed) -> list[Row]:
    """One publication against the usual one; the flip; the rollback. The graph is loaded."""
    numbers = iter(range(1, 1000))
    run = bed.data.run
    rows = run.scores.height + run.unrated.height
    ours = timed(lambda: publish(bed, bed.data.renamed(next(numbers))), repeats=bed.repeats)
    usual = timed(lambda: _set_in_place(bed), repeats=bed.repeats)
    work = f"publish {bed.data.name}, {rows:,} people with evidence in a topic, atomic, verified"
    peer = "UNWIND $rows SET in place, 1,000 maps, as many values"
    return [
        rates(work, peer, (rows, ours), (rows, usual), goal=1.0, agree=_agree(bed)),
        *_steps(bed, numbers),
    ]


def _values(bed: Bed) -> list[pl.DataFrame]:
    """[key, score] of each topic, everyone with evidence; who is unrated gets 0."""
    run = bed.data.run
    rows = pl.concat(
        [
            run.scores.select("topic", key="account", score="score"),
            run.unrated.select("topic", key="account", score=pl.lit(0.0)),
        ]
    )
    return [part.drop("topic") for part in rows.sort("topic", "key").partition_by("topic")]


def _set_in_place(bed: Bed) -> None:
    with bed.driver.session(database=bed.server.database) as session:
        for number, part in enumerate(_values(bed)):
            text = _SET.format(number=number)
            for some in part.iter_slices(MAPS):
                session.execute_write(_send, text, some.to_dicts())


def _send(tx: Any, text: str, rows: list[dict[str, Any]]) -> None:
    tx.run(text, rows=rows).consume()


def _agree(bed: Bed) -> bool:
    """The published run and the properties in place hold the same scores, account by account."""
    text = """
    MATCH (p:Pointer {key: $job}) MATCH (a:Account)-[s:SCORED]->(t:Topic)
    WHERE s.run = p.run AND s.topic = $topic AND s.rank >= 0
    RETURN count(s), sum(CASE WHEN a[$usual] = s.score THEN 1 ELSE 0 END)
    """
    held = 0
    for number, topic in enumerate(sorted(bed.data.run.scores["topic"].unique())):
        asked = {"job": bed.data.job.name, "topic": topic, "usual": f"usual_{number}"}
        both, same = bed.one(text, **asked)
        if both != same:
            return False
        held += both
    return held == bed.data.run.scores.height


def _steps(bed: Bed, numbers: Any) -> list[Row]:
    """Flip to and fro between two runs that are there; roll back from a third time."""
    job = bed.data.job.name
    names = [bed.data.renamed(next(numbers)) for _ in range(2)]
    for run in names:
        publish(bed, run)
    orders = [[names[0].run, names[1].run], [names[1].run, names[0].run]]
    flips, backs = [], []
    with link_to(bed) as link, store_of(bed) as store:
        for turn in range(FLIPS):
            began = time.perf_counter()
            serve(link, job, order=orders[turn % 2])
            flips.append(time.perf_counter() - began)
        for _ in range(ROLLBACKS):
            serve(link, job, order=orders[0])
            began = time.perf_counter()
            back = store.rollback(job)
            backs.append(time.perf_counter() - began)
            if back.run != orders[0][0]:
                raise SystemExit(f"the rollback serves {back.run}, not {orders[0][0]}")
    flip, back_s = of(flips), of(backs)
    return [
        bound("publication flip, claim of the ledger included", flip.ms, 50.0, "ms", spread=flip.spread),
        alone("publication flip, the slowest", max(flips) * 1000, "ms"),
        bound("rollback", back_s.seconds, 1.0, "s", spread=back_s.spread),
    ]  # fmt: skip
