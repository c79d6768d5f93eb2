"""The graph model as Ladybug's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.model import NODES, RELATIONSHIPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphengine.model import Property

__all__ = ["MACROS", "POLARS_TYPES", "ddl"]

POLARS_TYPES: dict[str, pl.DataType] = {
    "STRING": pl.String(),
    "INT64": pl.Int64(),
    "DOUBLE": pl.Float64(),
}

MACROS = ("CREATE MACRO type(r) AS label(r)",)  # type(r) is Neo4j's word, label(r) the engine's


def ddl() -> tuple[str, ...]:
    """One CREATE statement per label and relationship type of the model, labels first.

    >>> ddl()[4]
    'CREATE NODE TABLE Pointer(key STRING, run STRING, previous STRING, PRIMARY KEY(key))'
    >>> ddl()[-3]
    'CREATE REL TABLE UNRATED(FROM Account TO Topic, run STRING, topic STRING, endorsers INT64)'
    """
    nodes = (
        f"CREATE NODE TABLE {n.label}({_columns(n.properties)}, PRIMARY KEY({n.key}))"
        for n in NODES
    )
    relationships = (
        f"CREATE REL TABLE {r.type}(FROM {r.start} TO {r.end}, {_columns(r.properties)})"
        for r in RELATIONSHIPS
    )
    return (*nodes, *relationships)


def _columns(properties: Iterable[Property]) -> str:
    return ", ".join(f"{p.name} {p.type}" for p in properties)
