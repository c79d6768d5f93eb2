"""Events into Neo4j: ours against one statement a row, and against maps of 1,000 rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.stores.neo4j.schema import prepare
from tests.bench.neo4j.data import Until
from tests.bench.neo4j.ours import link_to, load, load_offline
from tests.bench.neo4j.timing import Timing, alone, bound, faster, of, rates, timed

if TYPE_CHECKING:
    import polars as pl

    from graphengine.stores.ports import GraphTables
    from tests.bench.neo4j.bed import Bed
    from tests.bench.record import Row

__all__ = ["measure"]

SAMPLE, MAPS, PART, NIGHTS = 2_000, 1_000, 200_000, 3
_NEEDS = "event_id: row.event_id, topic: row.topic"
_ROW = """
MERGE (a:Account {{key: row.actor}})
MERGE (b:Account {{key: row.target}})
MERGE (a)-[r:{type} {{{needs}}}]->(b)
SET r.share = row.share, r.at = row.at, r.weight = row.weight, r.post = row.post
"""
_TOTALS = """
MATCH (a:Account)-[r:RETWEETED|REPLIED|MENTIONED|LIKED]->(b:Account)
RETURN count(r), sum(r.share), sum(r.at), count(DISTINCT a), count(DISTINCT b)
"""


def measure(bed: Bed) -> list[Row]:
    """Rows of the stream load, its cost in the client, and three nights; ends with all loaded."""
    return _large(bed) if bed.data.name == "large" else _usual(bed)


def _usual(bed: Bed) -> list[Row]:
    (part,) = bed.data.graph.since(0)
    events, name, repeats = part.interactions, bed.data.name, bed.repeats
    few = _every(events, SAMPLE)
    agree = _same(bed, part)
    single = timed(lambda: _one_by_one(bed, few), repeats=repeats, before=lambda: _bare(bed))
    usual = timed(lambda: _by_maps(bed, events), repeats=repeats, before=lambda: _bare(bed))
    ours = timed(lambda: load(bed, bed.data.graph), repeats=repeats, before=bed.empty)
    lone = timed(
        lambda: load(bed, bed.data.graph, writers=1),
        repeats=repeats, before=bed.empty, warm=False,
    )  # fmt: skip
    log = timed(lambda: list(bed.data.graph.since(0)), repeats=repeats)
    mine, work = (len(events), ours), _work(bed, len(events))
    return [
        *_beside(work, mine, single=(len(few), single), maps=(len(events), usual), agree=agree),
        faster(f"{work}: two writers", "ours, one writer", ours, lone),
        _client(work, mine),
        _client(f"{work}: one writer", (len(events), lone)),
        alone(f"  of it: {name}, the log read as nodes and relationships",
              log.cpu / len(events) * 1e6, "us/row"),
        *_offline(bed, mine, goal=2.0),
        _nights(bed, ours, _base(bed)),
    ]  # fmt: skip


def _large(bed: Bed) -> list[Row]:
    """Once each, the maps on a part; our load is that of the first batch, with the nights after it."""
    (part,) = bed.data.graph.since(0)
    few, some = _every(part.interactions, SAMPLE), _every(part.interactions, PART)
    _bare(bed)
    single = timed(lambda: _one_by_one(bed, few), repeats=1, warm=False)
    _bare(bed)
    usual = timed(lambda: _by_maps(bed, some), repeats=1, warm=False)
    bed.empty()
    base = _base(bed)
    ours = timed(lambda: load(bed, base), repeats=1, warm=False)
    night = _nights(bed, ours, None)
    agree = bed.one(_TOTALS)[:3] == _known(part.interactions)
    mine = (sum(len(one.interactions) for one in base.since(0)), ours)
    work = _work(bed, mine[0])
    return [
        *_beside(work, mine, single=(len(few), single), maps=(len(some), usual), agree=agree),
        _client(work, mine),
        *_offline(bed, mine, goal=2.5),
        night,
    ]


def _every(events: pl.DataFrame, many: int) -> pl.DataFrame:
    """So many of the events, from all of the time."""
    return events.gather_every(max(1, len(events) // many))[:many]


def _work(bed: Bed, events: int) -> str:
    return f"stream load {bed.data.name}, {events:,} events"


def _beside(
    work: str,
    ours: tuple[int, Timing],
    *,
    single: tuple[int, Timing],
    maps: tuple[int, Timing],
    agree: bool,
) -> list[Row]:
    statement = f"one statement a row, of {single[0]:,}"
    usual = f"UNWIND $rows MERGE, 1,000 maps, of {maps[0]:,}"
    return [
        rates(work, statement, ours, single, goal=60.0, agree=agree),
        rates(work, usual, ours, maps, goal=2.0, agree=agree),
    ]


def _client(work: str, ours: tuple[int, Timing]) -> Row:
    events, timing = ours
    return bound(f"{work}: client", timing.cpu / events * 1e6, 1.5, "us/row", spread=timing.spread)


def _offline(bed: Bed, stream: tuple[int, Timing], *, goal: float) -> list[Row]:
    """The bulk road: files, import, constraints, counts; what the server's stop and start take."""
    parts: dict[str, list[float]] = {}
    for _ in range(bed.repeats):
        load_offline(bed, parts)
    servers = [parts.pop("server, stop"), parts.pop("server, start")]
    whole = of([sum(lap) for lap in zip(*parts.values(), strict=True)])
    work = (
        f"offline load {bed.data.name}, {bed.data.events:,} events, constraints and counts included"
    )
    return [
        rates(work, "ours, stream", (bed.data.events, whole), stream, goal=goal, agree=True),
        *(alone(f"  of it: {what}", of(seconds).seconds, "s") for what, seconds in parts.items()),
        alone("  beside it: stop and start of the server", sum(of(s).seconds for s in servers), "s"),
    ]  # fmt: skip


def _base(bed: Bed) -> Until:
    """The log as it stood three nights ago."""
    return Until(bed.data.graph, bed.data.batches - NIGHTS)


def _nights(bed: Bed, whole: Timing, base: Until | None) -> Row:
    """Loads of a hundredth more each, against the load of everything; first of ``base``, if given."""
    if base is not None:
        bed.empty()
        load(bed, base)
    last = bed.data.batches
    nights = [
        timed(lambda upto=upto: load(bed, Until(bed.data.graph, upto)), repeats=1, warm=False)
        for upto in range(last - NIGHTS + 1, last + 1)
    ]
    night = of([one.seconds for one in nights])
    work = f"nightly increment of 1 %, {bed.data.name}"
    return faster(work, "ours, everything", night, whole, goal=1 / 0.03)


def _same(bed: Bed, part: GraphTables) -> bool:
    """Ours and the maps leave the same relationships, and those are the log's."""
    bed.empty()
    load(bed, bed.data.graph)
    mine = bed.one(_TOTALS)
    if mine[:3] != _known(part.interactions):
        return False
    _bare(bed)
    _by_maps(bed, part.interactions)
    return bed.one(_TOTALS) == mine


def _known(events: pl.DataFrame) -> list[Any]:
    return [len(events), events["share"].sum(), events["at"].sum()]


def _bare(bed: Bed) -> None:
    """An empty database with the rules: without them MERGE has no index."""
    bed.empty()
    with link_to(bed) as link:
        prepare(link)


def _one_by_one(bed: Bed, events: pl.DataFrame) -> None:
    with bed.driver.session(database=bed.server.database) as session:
        for row in events.iter_rows(named=True):
            text = "WITH $row AS row" + _text(row["type"])
            session.run(text, row={k: v for k, v in row.items() if k != "type"}).consume()


def _by_maps(bed: Bed, events: pl.DataFrame) -> None:
    """The usual loader: one session, managed transactions, lists of maps."""
    with bed.driver.session(database=bed.server.database) as session:
        for rows in events.partition_by("type", maintain_order=True):
            text = "UNWIND $rows AS row" + _text(rows["type"][0])
            for some in rows.drop("type").iter_slices(MAPS):
                session.execute_write(_send, text, some.to_dicts())


def _send(tx: Any, text: str, rows: list[dict[str, Any]]) -> None:
    tx.run(text, rows=rows).consume()


def _text(kind: str) -> str:
    return _ROW.format(type=kind, needs=_NEEDS)
