"""The graph's tables as what neo4j-admin imports: one table a label or type, and its header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from graphengine.errors import GraphengineError
from graphengine.model import BOOKKEEPING, SAID_BY
from graphengine.stores.merge import merged
from graphengine.stores.neo4j.load import mark_of
from graphengine.stores.neo4j.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphengine.stores.ports import Edges, GraphSource, GraphTables

__all__ = ["Element", "elements"]

_NODES = {"accounts": "Account", "topics": "Topic", "posts": "Post"}
_ACCOUNTS = (("actor", "Account"), ("target", "Account"))
# table -> (its type, "" where a column says it; the ends' columns and labels)
_PAIRS: dict[str, tuple[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "exposure": ("", _ACCOUNTS),
    "posted": ("POSTED", (("account", "Account"), ("post", "Post"))),
    "post_links": ("", (("child", "Post"), ("parent", "Post"))),
    "about": ("ABOUT", (("post", "Post"), ("topic", "Topic"))),
}


@dataclass(frozen=True)
class Element:
    """All nodes of a label, or all relationships of a type.

    header: the columns of ``frame`` in neo4j-admin's words, such as "key:ID(Account)" or
    "at:long".
    """

    name: str
    kind: Literal["nodes", "relationships"]
    header: tuple[str, ...]
    frame: pl.DataFrame


def elements(
    graph: GraphSource, *, job: str, edges: Edges = "event", prefix: str = ""
) -> tuple[Element, ...]:
    """Every label and type of ``graph`` that has rows, and the bookkeeping that goes with it.

    ``edges``: relationships an event, or sums by "day" or in "total". ``prefix`` stands before
    each label and type. Nothing, where the source is empty.

    Raises:
        GraphengineError: a table has a column of a type that the model does not know.
    """
    whole = merged(graph.since(0))
    if whole is None:
        return ()
    acts = whole.interactions
    if edges != "event":
        acts = graph.sums(0, whole.batch, by=edges).now
    schemes = whole.topics["scheme"].unique()
    said = {
        "key": job,
        "batch": whole.batch,
        "scheme": schemes[0] if len(schemes) == 1 else "",
        "log": graph.identity(whole.batch),
        "edges": edges,
    }
    return (
        *(part for table in _NODES for part in _nodes(prefix, table, whole)),
        *_typed("", acts, ends=_ACCOUNTS, prefix=prefix),
        *(part for table in _PAIRS for part in _pairs(prefix, table, whole, job=job)),
        *_bookkeeping(prefix, said),
    )


def _nodes(prefix: str, table: str, graph: GraphTables) -> Iterator[Element]:
    frame: pl.DataFrame = getattr(graph, table)
    if frame.height:
        yield _node(prefix + _NODES[table], frame)


def _node(label: str, frame: pl.DataFrame) -> Element:
    header = (f"key:ID({label})", *_header(frame.drop("key")))
    return Element(label, "nodes", header, frame.select("key", pl.exclude("key")))


def _pairs(prefix: str, table: str, graph: GraphTables, *, job: str) -> Iterator[Element]:
    name, ends = _PAIRS[table]
    frame = getattr(graph, table).with_columns(pl.lit(mark_of(job)).alias(SAID_BY))
    yield from _typed(name, frame, ends=ends, prefix=prefix)


def _typed(
    name: str, frame: pl.DataFrame, *, ends: tuple[tuple[str, str], tuple[str, str]], prefix: str
) -> Iterator[Element]:
    """The relationships of ``frame``, a type at a time where ``name`` does not say it."""
    (start, from_label), (end, to_label) = ends
    for rows in [frame] if name else frame.partition_by("type", maintain_order=True):
        if not rows.height:
            continue
        properties = rows.drop(start, end, "type", strict=False)
        header = (
            f":START_ID({prefix}{from_label})",
            *_header(properties),
            f":END_ID({prefix}{to_label})",
        )
        yield Element(
            prefix + (name or str(rows["type"][0])),
            "relationships",
            header,
            rows.select(start, *properties.columns, end),
        )


def _header(frame: pl.DataFrame) -> Iterator[str]:
    for name, kind in frame.schema.items():
        if kind == pl.String():
            yield f"{name}:string"
        elif kind.is_integer() or kind.is_float():
            yield f"{name}:{'long' if kind.is_integer() else 'double'}"
        else:
            raise GraphengineError(
                f"The column {name} holds {kind}. The graph's properties are text, whole numbers "
                "or fractions. Declare it so in graphengine.model."
            )


def _bookkeeping(prefix: str, said: dict[str, Any]) -> Iterator[Element]:
    """The job's ledger as it stands after a load of everything, and the schema's version."""
    ledger, _, schema = BOOKKEEPING  # a claim makes the lanes
    values = {
        p.name: [said.get(p.name, "" if p.type == "STRING" else 0)] for p in ledger.properties
    }
    yield _node(prefix + ledger.label, pl.DataFrame(values))
    yield _node(
        prefix + schema.label, pl.DataFrame({"key": ["schema"], "version": [SCHEMA_VERSION]})
    )
