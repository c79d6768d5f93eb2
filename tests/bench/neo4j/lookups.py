"""Two look-ups through the pointer, against the same on a literal run; hits of small and large runs."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.stores.lookups import CARD
from graphengine.stores.neo4j.store import TOP_BY_INDEX
from tests.bench.neo4j.data import Until
from tests.bench.neo4j.ours import publish
from tests.bench.neo4j.timing import Timing, faster, of
from tests.bench.record import Row

if TYPE_CHECKING:
    from graphengine.stores.ports import RunScores
    from tests.bench.neo4j.bed import Bed

__all__ = ["measure"]

ASKED, TOP_N = 200, 20
CROWDS = (10_000, 450_000)
_POINTER = "MATCH (p:Pointer {key: $job})\nWITH p.run AS run\n"


def measure(bed: Bed) -> list[Row]:
    """Through the pointer against a literal run; then hits with few and with many scored people."""
    publish(bed, bed.data.renamed(0xFFFF))
    job = bed.data.job.name
    topic = bed.data.run.scores["topic"].sort()[0]
    best = bed.data.run.scores.sort("rank")["account"][0]
    asked = {"job": job, "topic": topic, "n": TOP_N, "account": best}
    asked["run"] = bed.one("MATCH (p:Pointer {key: $job}) RETURN p.run", job=job)[0]
    rows = []
    for work, text in (("top 20 of a topic", TOP_BY_INDEX), ("one person's card", CARD)):
        literal = text.replace(_POINTER, "WITH $run AS run\n")
        if literal == text:
            raise SystemExit(f"the question does not begin at the pointer: {text}")
        agree = bed.rows(text, **asked) == bed.rows(literal, **asked)
        ours, theirs = (_each(bed, query, asked) for query in (text, literal))
        rows.append(
            faster(f"{work}, {bed.data.name}", "the same on a literal run", ours, theirs,
                   goal=0.5, agree=agree)
        )  # fmt: skip
    return rows + _growth(bed)


def _each(bed: Bed, text: str, asked: dict[str, Any]) -> Timing:
    """One question many times in one session, after as many that warm."""
    seconds = []
    with bed.driver.session(database=bed.server.database) as session:
        for turn in range(2 * ASKED):
            began = time.perf_counter()
            session.run(text, asked).values()
            if turn >= ASKED:
                seconds.append(time.perf_counter() - began)
    return of(seconds)


def _growth(bed: Bed) -> list[Row]:
    """Database hits of both look-ups where few and where many people have scores."""
    crowds = (200, 2_000) if bed.data.name == "small" else CROWDS
    _people(bed, crowds[-1])
    hits: dict[str, list[int]] = {"top 20 of a topic": [], "one person's card": []}
    for people in crowds:
        job = f"crowd-{people}"
        run = _crowd(bed, job, people)
        publish(bed, run, graph=Until(bed.data.graph, 0))
        asked = {
            "job": job,
            "topic": run.scores["topic"][0],
            "n": TOP_N,
            "account": f"x:crowd-{people}",
        }
        hits["top 20 of a topic"].append(_hits(bed, TOP_BY_INDEX, asked))
        hits["one person's card"].append(_hits(bed, CARD, asked))
    rows = []
    for work, (few, many) in hits.items():
        name = f"{work}: hits with {crowds[-1]:,} people"
        peer = f"ours with {crowds[0]:,}"
        rows.append(Row(name, peer, many, few, "hits", few / many, 1.0, None, None))
    return rows


def _people(bed: Bed, count: int) -> None:
    for low in range(1, count + 1, 10_000):
        bed.rows(
            "UNWIND range($low, $high) AS i MERGE (:Account {key: 'x:crowd-' + toString(i)})",
            low=low,
            high=min(count, low + 9_999),
        )


def _crowd(bed: Bed, job: str, people: int) -> RunScores:
    """A run of a job of its own in which so many people have a score in one topic."""
    model = bed.data.run
    places = pl.DataFrame({"rank": range(1, people + 1)})
    scores = places.select(
        account=pl.format("x:crowd-{}", "rank"),
        topic=pl.lit(model.scores["topic"].sort()[0]),
        rank=pl.col("rank"),
        score=100.0 - 99.0 * pl.col("rank") / people,
        pct=1.0 - pl.col("rank") / people,
        endorsers=pl.lit(3, pl.Int64),
        raw=1.0 / pl.col("rank"),
        pagerank=1.0 / pl.col("rank"),
        credit=pl.lit(None, pl.Float64),
    )
    properties = dict(model.properties) | {"job": job}
    run = f"{model.run[:10]}-{people:012x}"
    return replace(
        model, job=job, run=run, properties=properties, scores=scores,
        unrated=model.unrated.clear(), seeds=None,
    )  # fmt: skip


def _hits(bed: Bed, text: str, asked: dict[str, Any]) -> int:
    """Database hits of the second time a question is asked."""
    with bed.driver.session(database=bed.server.database) as session:
        session.run(text, asked).consume()
        plan: Any = session.run("PROFILE " + text, asked).consume().profile
    return _sum(plan)


def _sum(step: dict[str, Any]) -> int:
    return int(step.get("dbHits", 0)) + sum(map(_sum, step.get("children", ())))
