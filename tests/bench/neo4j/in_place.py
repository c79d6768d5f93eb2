"""The usual ways to have scores in Neo4j: properties of the nodes, set where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from tests.bench.neo4j.bed import TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.ports import RunScores
    from tests.bench.neo4j.bed import Bed

__all__ = ["all_values", "by_gds", "carried", "from_gds", "one_value", "ranked_by_gds", "values"]

MAPS = 1_000  # in a statement
_ONE = "UNWIND $rows AS row MATCH (a:Account {{key: row.key}}) SET a.one_{n} = row.score"
_ALL = "UNWIND $rows AS row MATCH (a:Account {{key: row.key}}) SET {sets}"
_RUN = ("run", "method_version", "anchors_version")
_RANK = "CALL gds.pageRank.mutate('bench', $config) YIELD nodePropertiesWritten RETURN 1"
_WRITE = """
CALL gds.graph.nodeProperties.write('bench', $names) YIELD propertiesWritten
RETURN propertiesWritten
"""


def carried(run: RunScores) -> tuple[str, ...]:
    """The values of a score: the columns of which the run knows any, in the table's order."""
    return tuple(
        column.name
        for column in run.scores.drop("account", "topic").iter_columns()
        if column.null_count() < len(column)
    )


def values(run: RunScores) -> list[tuple[pl.DataFrame, pl.DataFrame]]:
    """Of each topic what is set: [key, all values] of those with a score, [key, endorsers] of others."""
    topics = sorted({*run.scores["topic"].unique(), *run.unrated["topic"].unique()})
    return [
        (
            run.scores.filter(pl.col("topic") == topic).select("account", *carried(run)),
            run.unrated.filter(pl.col("topic") == topic).select("account", "endorsers"),
        )
        for topic in topics
    ]


def one_value(bed: Bed, run: RunScores) -> None:
    """One value a row: the score, and of who has none how many endorse."""
    for n, (scored, unrated) in enumerate(values(run)):
        few = unrated.select("account", score=pl.col("endorsers").cast(pl.Float64))
        rows = pl.concat([scored.select("account", "score"), few])
        _send(bed, _ONE.format(n=n), rows, {})


def all_values(bed: Bed, run: RunScores) -> None:
    """As many values as the run's rows carry, but the topic, which is in the properties' names."""
    constants = {name: run.properties.get(name) for name in _RUN} | {"run": run.run}
    for n, (scored, unrated) in enumerate(values(run)):
        _send(bed, _ALL.format(sets=_sets(n, carried(run), _RUN)), scored, constants)
        _send(bed, _ALL.format(sets=_sets(n, ("endorsers",), ("run",))), unrated, constants)


def _sets(n: int, row: tuple[str, ...], constants: tuple[str, ...]) -> str:
    return ", ".join(
        [*(f"a.all_{n}_{name} = row.{name}" for name in row),
         *(f"a.all_{n}_{name} = ${name}" for name in constants)]
    )  # fmt: skip


def _send(bed: Bed, text: str, rows: pl.DataFrame, constants: dict[str, Any]) -> None:
    """A thousand maps in a managed transaction, as the driver's manual has it."""
    with bed.driver.session(database=bed.server.database) as session:
        for some in rows.rename({"account": "key"}).iter_slices(MAPS):
            session.execute_write(_run, text, {"rows": some.to_dicts(), **constants})


def _run(tx: Any, text: str, parameters: dict[str, Any]) -> None:
    tx.run(text, parameters).consume()


def ranked_by_gds(bed: Bed, night: int) -> None:
    """Scores of every topic in GDS' projection, other ones every night; the projection is there."""
    for name in from_gds():
        bed.rows("CALL gds.graph.nodeProperties.drop('bench', [$name], {failIfMissing: false}) "
                 "YIELD propertiesRemoved RETURN 1", name=name)  # fmt: skip
    for kind, name in zip(TYPES, from_gds(), strict=True):
        config = {"relationshipTypes": [kind], "mutateProperty": name}
        bed.rows(_RANK, config=config | {"dampingFactor": 0.85 - night / 1000})


def by_gds(bed: Bed) -> int:
    """GDS writes its scores onto the nodes, everyone's in every topic; how many values.

    A topic at a time: the transaction of all is more than the server's memory where people are many.
    """
    return sum(int(bed.one(_WRITE, names=[name])[0]) for name in from_gds())


def from_gds() -> Iterator[str]:
    """The properties that GDS writes, a topic each."""
    return (f"gds_place_{n}" for n in range(len(TYPES)))
