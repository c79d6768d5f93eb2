"""What a published file holds, read back for the file that follows it: scores, accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ladybug
import polars as pl

from graphengine.errors import GraphengineError
from graphengine.model import NODES, RELATIONSHIPS
from graphengine.stores.embedded.files import faults
from graphengine.stores.embedded.reader import open_file
from graphengine.stores.embedded.schema import POLARS_TYPES
from graphengine.stores.ports import RunScores

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.stores.embedded.current import Current, Entry

__all__ = ["accounts_in", "salvaged"]

_STAMPS = ("run", "method_version", "anchors_version")  # on every row, from the run's properties


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
            scores=_links(connection, "SCORED", run),
            unrated=_links(connection, "UNRATED", run),
        )
    finally:
        connection.close()


def _node(label: str) -> Any:
    return next(n.properties for n in NODES if n.label == label)


def _links(connection: ladybug.Connection, kind: str, run: str) -> pl.DataFrame:
    link = next(r for r in RELATIONSHIPS if r.type == kind)
    schema = {p.name: POLARS_TYPES[p.type] for p in link.properties if p.name not in _STAMPS}
    returns = ", ".join(f"s.{name} AS {name}" for name in schema)
    found: Any = connection.execute(
        f"MATCH (a:Account)-[s:{kind}]->(:Topic) WHERE s.run = $run "
        f"RETURN a.key AS account, {returns}",
        {"run": run},
    )
    return pl.DataFrame(found.get_all(), schema={"account": pl.String(), **schema}, orient="row")
