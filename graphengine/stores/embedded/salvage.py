"""What a published file holds, read back for the file that follows it: scores, accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ladybug
import polars as pl

from graphengine.errors import GraphengineError
from graphengine.model import NODES
from graphengine.stores.embedded.files import faults
from graphengine.stores.embedded.reader import open_file
from graphengine.stores.ports import RunScores
from graphengine.stores.run_tables import RUN_TABLES, columns_of

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.stores.embedded.current import Current, Entry
    from graphengine.stores.run_tables import RunTable

__all__ = ["accounts_in", "salvaged"]


def salvaged(folder: Path, current: Current, run: str) -> RunScores | None:
    """The scores of ``run`` from the first whole file that holds them; None when there is none."""
    for entry in current.entries:
        if run in (entry.run, entry.previous) and not faults(folder, entry):
            try:
                return _read(folder, entry, job=current.job, run=run)
            except GraphengineError:
                continue
    return None


def accounts_in(folder: Path, entry: Entry) -> pl.Series:
    """The keys of all accounts in a published file."""
    connection = ladybug.Connection(open_file(folder, entry))
    try:
        found: Any = connection.execute("MATCH (a:Account) RETURN a.key AS key")
        return pl.Series("key", found.get_as_pl()["key"], dtype=pl.String)
    finally:
        connection.close()


def _read(folder: Path, entry: Entry, *, job: str, run: str) -> RunScores:
    connection = ladybug.Connection(open_file(folder, entry))
    try:
        properties = [p.name for p in _node("Run") if p.name not in ("key", "state")]
        returns = ", ".join(f"r.{name} AS {name}" for name in properties)
        found: Any = connection.execute(
            f"MATCH (r:Run {{key: $run}}) RETURN {returns}", {"run": run}
        )
        return RunScores(
            job=job,
            run=run,
            properties=dict(zip(properties, found.get_all()[0], strict=True)),
            **{table.name: _links(connection, table, run) for table in RUN_TABLES},
        )
    finally:
        connection.close()


def _node(label: str) -> Any:
    return next(n.properties for n in NODES if n.label == label)


def _links(connection: ladybug.Connection, table: RunTable, run: str) -> pl.DataFrame:
    """The rows of ``run``; null in columns, and none of tables, that the file is too old for."""
    columns = columns_of(table)
    declared = _declared(connection, table.type)
    there = [name for name in columns if name in table.people or name in declared]
    if not declared:
        return pl.DataFrame(schema=columns)
    keys = {table.source: "source.key", table.target: "target.key", "topic": "s.topic"}
    returns = ", ".join(f"{keys.get(name, f's.{name}')} AS {name}" for name in there)
    found: Any = connection.execute(
        f"MATCH (source:Account)-[s:{table.type}]->(target) WHERE s.run = $run RETURN {returns}",
        {"run": run},
    )
    rows = pl.DataFrame(found.get_all(), schema={n: columns[n] for n in there}, orient="row")
    late = {name: pl.lit(None, dtype=columns[name]) for name in columns if name not in there}
    return rows.with_columns(**late).select(*columns)


def _declared(connection: ladybug.Connection, kind: str) -> set[str]:
    """The properties of a relationship type in a file; none where the file does not have it."""
    tables: Any = connection.execute("CALL show_tables() RETURN name")
    if [kind] not in tables.get_all():
        return set()
    properties: Any = connection.execute(f"CALL table_info('{kind}') RETURN name")
    return {name for (name,) in properties.get_all()}
