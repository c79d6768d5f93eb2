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

SAMPLE, MAPS, PART = 2_000, 1_000, 200_000
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
    (part,) = bed.data.graph.since(0)
    events, name = part.interactions, bed.data.name
    large = name == "large"
    few = events.gather_every(max(1, len(events) // SAMPLE))[:SAMPLE]
    some = events.gather_every(max(1, len(events) // PART))[:PART] if large else events
    agree = _same(bed, part)
    repeats = 1 if large else bed.repeats
    single = timed(lambda: _one_by_one(bed, few), repeats=repeats, before=lambda: _bare(bed))
    usual = timed(
        lambda: _by_maps(bed, some), repeats=repeats, before=lambda: _bare(bed), warm=not large
    )
    ours = timed(
        lambda: load(bed, bed.data.graph), repeats=repeats, before=bed.empty, warm=not large
    )
    lone = timed(
        lambda: load(bed, bed.data.graph, writers=1),
        repeats=repeats, before=bed.empty, warm=False,
    )  # fmt: skip
    log = timed(lambda: list(bed.data.graph.since(0)), repeats=repeats)
    mine = (len(events), ours)
    work = f"stream load {name}, {len(events):,} events"
    return [
        rates(work, f"one statement a row, of {len(few):,}", mine, (len(few), single),
              goal=60.0, agree=agree),
        rates(work, "UNWIND $rows MERGE, 1,000 maps", mine, (len(some), usual),
              goal=2.0, agree=agree),
        faster(f"{work}: two writers", "ours, one writer", ours, lone),
        bound(f"{work}: client", ours.cpu / len(events) * 1e6, 1.5, "us/row", spread=ours.spread),
        bound(f"{work}: client, one writer", lone.cpu / len(events) * 1e6, 1.5, "us/row", spread=lone.spread),
        alone(f"  of it: {name}, the log read as nodes and relationships",
              log.cpu / len(events) * 1e6, "us/row"),
        *_offline(bed, len(events), ours),
        _nights(bed, ours),
    ]  # fmt: skip


def _offline(bed: Bed, events: int, stream: Timing) -> list[Row]:
    """The bulk road: files, import, constraints, counts; what the server's stop and start take."""
    parts: dict[str, list[float]] = {}
    for _ in range(1 if bed.data.name == "large" else bed.repeats):
        load_offline(bed, parts)
    servers = [parts.pop("server, stop"), parts.pop("server, start")]
    whole = of([sum(lap) for lap in zip(*parts.values(), strict=True)])
    name = bed.data.name
    return [
        faster(f"offline load {name}, {events:,} events, constraints and counts included",
               "ours, stream", whole, stream, goal=2.5 if name == "large" else 2.0, agree=True),
        *(alone(f"  of it: {what}", of(seconds).seconds, "s") for what, seconds in parts.items()),
        alone("  beside it: stop and start of the server", sum(of(s).seconds for s in servers), "s"),
    ]  # fmt: skip


def _nights(bed: Bed, whole: Timing) -> Row:
    """Loads of a hundredth more each, against the load of everything."""
    bed.empty()
    last = bed.data.batches
    load(bed, Until(bed.data.graph, last - 3))
    nights = [
        timed(lambda upto=upto: load(bed, Until(bed.data.graph, upto)), repeats=1, warm=False)
        for upto in range(last - 2, last + 1)
    ]
    night = of([one.seconds for one in nights])
    work = f"nightly increment of 1 %, {bed.data.name}"
    return faster(work, "ours, everything", night, whole, goal=1 / 0.03)


def _same(bed: Bed, part: GraphTables) -> bool:
    """Ours and the maps leave the same relationships, and those are the log's."""
    bed.empty()
    load(bed, bed.data.graph)
    mine = bed.one(_TOTALS)
    rows = part.interactions
    known = (len(rows), rows["share"].sum(), rows["at"].sum())
    if mine[:3] != list(known):
        return False
    if bed.data.name == "large":  # hours of MERGE for a comparison that Higgs makes
        return True
    _bare(bed)
    _by_maps(bed, rows)
    return bed.one(_TOTALS) == mine


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
