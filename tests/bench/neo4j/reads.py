"""Neo4j read out to arrays: ours against records through the driver and against GDS' projections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from tests.bench.neo4j.arrays import read_arrays, read_rows
from tests.bench.neo4j.bed import TYPES
from tests.bench.neo4j.timing import faster, in_turn

if TYPE_CHECKING:
    from tests.bench.neo4j.arrays import Arrays
    from tests.bench.neo4j.bed import Bed
    from tests.bench.record import Row

__all__ = ["drop", "measure", "native"]

RECORDS = "records through the driver"
_RECORDS = "MATCH (a:Account)-[r:{types}]->(b:Account) RETURN a.key, b.key, type(r), r.w"
_COLUMNS = {"actor": pl.String, "target": pl.String, "type": pl.String, "w": pl.Float64}
_CYPHER = """
MATCH (a:Account)-[r:{types}]->(b:Account)
WITH gds.graph.project('bench', a, b,
     {{relationshipType: type(r), relationshipProperties: {{w: r.w}}}}) AS g
RETURN g.relationshipCount
"""
_NATIVE = """
CALL gds.graph.project('bench', 'Account', $types, {relationshipProperties: 'w'})
YIELD relationshipCount RETURN relationshipCount
"""


def measure(bed: Bed) -> list[Row]:
    """One row a peer. The pairs are in the database."""
    agree = _agree(bed)
    work = f"read out {bed.data.name}, {len(bed.data.pairs):,} relationships, to arrays"
    peers = {
        RECORDS: (lambda: _records(bed), 5.0),
        "GDS Cypher projection": (lambda: _cypher(bed), 1.5),
        "GDS native projection": (lambda: native(bed), 0.6),
    }
    rows = []
    for peer, (theirs, goal) in peers.items():
        works = {"ours": lambda: read_arrays(bed), peer: theirs}
        if peer == RECORDS:
            works["job"] = lambda: read_rows(bed)
        times = in_turn(works, repeats=bed.repeats, before=lambda: drop(bed))
        rows.append(faster(work, peer, times["ours"], times[peer], goal=goal, agree=agree))
        if peer == RECORDS:
            checked = (
                f"the same as a job's source: checked, in order, {len(bed.data.pairs):,} events"
            )
            rows.append(faster(checked, peer, times["job"], times[peer]))
    drop(bed)
    return rows


def drop(bed: Bed) -> None:
    """Remove the projection, if there is one."""
    bed.rows("CALL gds.graph.drop('bench', false) YIELD graphName RETURN graphName")


def native(bed: Bed) -> int:
    """GDS' native projection: a relationship type a topic, the number on it. Relationships."""
    count: int = bed.one(_NATIVE, types=list(TYPES))[0]
    return count


def _cypher(bed: Bed) -> int:
    count: int = bed.one(_CYPHER.format(types="|".join(TYPES)))[0]
    return count


def _records(bed: Bed) -> pl.DataFrame:
    text = _RECORDS.format(types="|".join(TYPES))
    with bed.driver.session(database=bed.server.database, fetch_size=10_000) as session:
        return pl.DataFrame(session.run(text).values(), schema=_COLUMNS, orient="row")


def _agree(bed: Bed) -> bool:
    """Every way reads as many relationships; ours and the records are those that were written."""
    want = bed.data.pairs.select("actor", "target", pl.format("TOPIC_{}", "topic"), "w")
    want.columns = list(_COLUMNS)
    drop(bed)
    counts = {native(bed)}
    drop(bed)
    counts.add(_cypher(bed))
    drop(bed)
    ours, records = _frame(read_arrays(bed)), _records(bed)
    order = ["actor", "target", "type", "w"]
    return counts == {len(want)} and all(
        frame.sort(order).equals(want.sort(order)) for frame in (ours, records)
    )


def _frame(arrays: Arrays) -> pl.DataFrame:
    keys, names = arrays.keys, pl.Series(TYPES)
    columns = (keys[arrays.actor], keys[arrays.target], names[arrays.topic], arrays.w)
    return pl.DataFrame(dict(zip(_COLUMNS, columns, strict=True)))
