"""Scores into Neo4j: a verified, atomic publication against SET in place, and the pointer's steps.

Every night's values differ from those that are there (Neo4j writes nothing where a property has
the value already); ranks and other counts stay. A publication is over when the pointer has moved;
the run that falls out goes after the grace, and that is timed apart. So are reasons: they lie between
two people, and there is no usual way to have them as properties.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import polars as pl

from graphengine.stores.neo4j import Neo4jStore, Terms
from graphengine.stores.neo4j.ledger import Ledger
from graphengine.stores.neo4j.retire import prune
from tests.bench.neo4j import in_place
from tests.bench.neo4j.ours import link_to, publish, serve, store_of
from tests.bench.neo4j.reads import drop, native
from tests.bench.neo4j.timing import alone, bound, in_turn, of, rates

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.ports import RunScores
    from tests.bench.neo4j.bed import Bed
    from tests.bench.neo4j.timing import Timing
    from tests.bench.record import Row

__all__ = ["keep_publishing", "measure", "remove_old"]

FLIPS, ROLLBACKS = 30, 5
_GRACE_S = 1e9
_OURS, _REMOVAL = "ours", "removal"
_ALL, _ONE, _GDS = (
    "UNWIND $rows SET in place, 1,000 maps, as many values",
    "UNWIND $rows SET in place, 1,000 maps, one value a row",
    "GDS nodeProperties.write, one value of everyone in every topic, in place",
)


@dataclass
class _Nights:
    """The run of each night, other values in each."""

    bed: Bed
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 1000)))
    run: RunScores = field(init=False)
    written: int = 0

    def next(self) -> None:
        """Another night: its run, and as much for GDS."""
        number = next(self.numbers)
        self.run = _changed(self.bed.data.renamed(number), number)
        in_place.ranked_by_gds(self.bed, number)

    def gds(self) -> None:
        """What GDS writes; how much is noted."""
        self.written = in_place.by_gds(self.bed)


def measure(bed: Bed) -> list[Row]:
    """One publication against the usual ones; the flip; the rollback. The graph is loaded."""
    drop(bed)
    native(bed)
    nights = _Nights(bed)
    times = in_turn(
        {
            _OURS: lambda: keep_publishing(bed, nights.run),
            _ALL: lambda: in_place.all_values(bed, nights.run),
            _ONE: lambda: in_place.one_value(bed, nights.run),
            _GDS: nights.gds,
            _REMOVAL: lambda: remove_old(bed),
        },
        repeats=bed.repeats,
        before=nights.next,
    )
    drop(bed)
    return [
        *_rows(bed, times, written=nights.written, agree=_agree(bed, nights.run)),
        *_reasons(bed, nights.numbers),
        *_steps(bed, nights.numbers),
    ]


def keep_publishing(bed: Bed, run: RunScores) -> None:
    """Publish a run, verified, until the pointer has moved; what falls out stays for the grace."""
    server = bed.server
    store = Neo4jStore.connect(
        server.uri,
        user=server.user,
        password=server.password,
        database=server.database,
        terms=Terms(grace_s=_GRACE_S),
    )
    try:
        store.publish(run, bed.data.graph, previous=None, keep=2, verify=True)
    finally:
        store.close()


def remove_old(bed: Bed) -> None:
    """Remove the runs that are kept no longer, as a publication does once their grace is over."""
    with link_to(bed) as link:
        ledger = Ledger(link, bed.data.job.name)
        kept = tuple(ledger.entry.published.split())
        prune(ledger, kept=kept, now=time.time(), grace_s=0.0)


def _changed(run: RunScores, number: int) -> RunScores:
    """The run with other values, by so little that nothing changes place."""
    scores = run.scores.with_columns(pl.col(pl.Float64) * (1.0 - number * 1e-9))
    few = run.unrated.with_columns(pl.col("endorsers") + number % 2)
    return replace(run, scores=scores, unrated=few, reasons=None)


def _rows(bed: Bed, times: dict[str, Timing], *, written: int, agree: bool) -> list[Row]:
    run = bed.data.run
    rows = run.scores.height + run.unrated.height
    ours = (rows, times[_OURS])
    work = f"publish {bed.data.name}, {rows:,} people with evidence in a topic, atomic, verified"
    both = times[_OURS].seconds + times[_REMOVAL].seconds
    after = (rows, replace(times[_OURS], seconds=both))
    removed = rates(f"{work}, an old run removed", _ALL, after, (rows, times[_ALL]), agree=agree)
    return [
        rates(work, _ALL, ours, (rows, times[_ALL]), goal=1.0, agree=agree),
        rates(work, _ONE, ours, (rows, times[_ONE]), agree=agree),
        rates(work, _GDS, ours, (written, times[_GDS])),
        *([removed] if bed.repeats > 1 else []),  # as many are kept as there were
    ]


def _agree(bed: Bed, run: RunScores) -> bool:
    """The published run and both kinds of properties in place hold the same, account by account."""
    text = """
    MATCH (p:Pointer {key: $job}) MATCH (a:Account)-[s:SCORED]->(t:Topic)
    WHERE s.run = p.run AND s.topic = $topic AND s.rank >= 0
    RETURN count(s), sum(CASE WHEN a[$one] = s.score AND a[$all + 'run'] = s.run
        AND all(n IN $names WHERE a[$all + n] = s[n] OR a[$all + n] IS NULL AND s[n] IS NULL)
        THEN 1 ELSE 0 END)
    """
    few = """
    MATCH (p:Pointer {key: $job}) MATCH (a:Account)-[u:UNRATED]->(t:Topic)
    WHERE u.run = p.run AND u.topic = $topic
    RETURN count(u), sum(CASE WHEN a[$one] = u.endorsers AND a[$all + 'run'] = u.run
        AND a[$all + 'endorsers'] = u.endorsers THEN 1 ELSE 0 END)
    """
    names = [*in_place.carried(run), "method_version", "anchors_version"]
    held = [0, 0]
    for n, topic in enumerate(sorted({*run.scores["topic"], *run.unrated["topic"]})):
        asked = {"job": bed.data.job.name, "topic": topic, "names": names}
        for place, question in enumerate((text, few)):
            both, same = bed.one(question, **asked, one=f"one_{n}", all=f"all_{n}_")
            if both != same:
                return False
            held[place] += both
    return held == [run.scores.height, run.unrated.height]


def _reasons(bed: Bed, numbers: Iterator[int]) -> list[Row]:
    """A publication with the reasons that the job keeps, against the same without."""
    reasons = bed.data.run.reasons

    def night(*, with_them: bool) -> None:
        number = next(numbers)
        run = _changed(bed.data.renamed(number), number)
        keep_publishing(bed, replace(run, reasons=reasons) if with_them else run)

    if reasons is None or reasons.is_empty():
        return []
    times = in_turn(
        {"with": lambda: night(with_them=True), "without": lambda: night(with_them=False)},
        repeats=bed.repeats,
        before=lambda: remove_old(bed),
    )
    more = times["with"].seconds - times["without"].seconds
    return [alone(f"  beside it: {reasons.height:,} reasons, verified", more, "s")]


def _steps(bed: Bed, numbers: Iterator[int]) -> list[Row]:
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
