"""What goes into a published file: the graph and two runs, as one frame per table of the model.

A node's frame has the properties of its label; a relationship's frame has ``source`` and
``target``, the keys of its ends, before the properties of its type. Order and types are exactly
the model's: the engine's COPY goes by position and never looks at names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import GraphengineError, InputError
from graphengine.model import (
    ENDORSEMENT_TYPES,
    EXPOSURE_TYPES,
    NODES,
    POST_LINK_TYPES,
    RELATIONSHIPS,
)
from graphengine.stores.embedded.schema import POLARS_TYPES
from graphengine.stores.run_tables import RUN_TABLES, STAMPS, frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from graphengine.model import Property
    from graphengine.stores.ports import GraphTables, RunScores

__all__ = ["COMPLETE", "Content", "tables"]

COMPLETE = "complete"  # the state of a run whose scores are all written


@dataclass(frozen=True, slots=True)
class Content:
    """The graph, the run to publish, and the run before it (None when there is none)."""

    graph: GraphTables
    run: RunScores
    previous: RunScores | None

    @property
    def runs(self) -> tuple[RunScores, ...]:
        """The run before, if any, and the run."""
        return (self.run,) if self.previous is None else (self.previous, self.run)


def tables(content: Content) -> dict[str, pl.DataFrame]:
    """Every table's frame by the table's name, in the order in which they are to be loaded.

    Raises:
        InputError: the run scores an account or a topic that the graph does not have.
        GraphengineError: the graph holds a type of relationship that the model does not name.
    """
    _check_ends(content)
    nodes = {
        "Account": content.graph.accounts,
        "Topic": content.graph.topics,
        "Post": content.graph.posts,
        "Run": _runs(content),
        "Pointer": _pointer(content),
    }
    links = _graph_links(content.graph) | _score_links(content)
    loaded = {n.label: _typed(nodes[n.label], n.properties) for n in NODES}
    for r in RELATIONSHIPS:
        loaded[r.type] = _typed(links[r.type], r.properties, before=("source", "target"))
    return loaded


def _typed(
    frame: pl.DataFrame, properties: Iterable[Property], *, before: tuple[str, ...] = ()
) -> pl.DataFrame:
    typed = [pl.col(p.name).cast(POLARS_TYPES[p.type]) for p in properties]
    return frame.select(*(pl.col(end).cast(pl.String) for end in before), *typed)


def _graph_links(graph: GraphTables) -> dict[str, pl.DataFrame]:
    shared = {
        "POSTED": _ends(graph.posted, "account", "post"),
        "ABOUT": _ends(graph.about, "post", "topic"),
    }
    return (
        shared
        | _by_type(_ends(graph.interactions, "actor", "target"), ENDORSEMENT_TYPES.values())
        | _by_type(_ends(graph.exposure, "actor", "target"), EXPOSURE_TYPES.values())
        | _by_type(_ends(graph.post_links, "child", "parent"), POST_LINK_TYPES.values())
    )


def _ends(frame: pl.DataFrame, source: str, target: str) -> pl.DataFrame:
    return frame.with_columns(source=pl.col(source), target=pl.col(target))


def _by_type(frame: pl.DataFrame, known: Iterable[str]) -> dict[str, pl.DataFrame]:
    found = frame.partition_by("type", as_dict=True, maintain_order=True)
    by_type = {str(kind): rows for (kind,), rows in found.items()}
    known = set(known)
    if strange := set(by_type) - known:
        raise GraphengineError(
            f"The graph holds relationships of the types {sorted(strange)}. "
            f"The model knows {sorted(known)}. Name the new ones in graphengine.model first."
        )
    return {kind: by_type.get(kind, frame.clear()) for kind in known}


def _score_links(content: Content) -> dict[str, pl.DataFrame]:
    """The tables of the runs, every row with its run's stamps."""
    return {
        table.type: pl.concat(
            _ends(
                _present(frame_of(run, table), content, people=table.people),
                table.source,
                table.target,
            ).with_columns(**_stamps(run))
            for run in content.runs
        )
        for table in RUN_TABLES
    }


def _stamps(run: RunScores) -> dict[str, pl.Expr]:
    said = {name: run.properties.get(name) for name in STAMPS} | {"run": run.run}
    return {name: pl.lit(value, dtype=pl.String) for name, value in said.items()}


def _present(frame: pl.DataFrame, content: Content, *, people: tuple[str, ...]) -> pl.DataFrame:
    """The rows whose ends exist: an account erased since stays erased in the run before, too."""
    for column, nodes in _nodes_of(content, people):
        frame = frame.join(nodes, left_on=column, right_on="key", how="semi", maintain_order="left")
    return frame


def _nodes_of(content: Content, people: tuple[str, ...]) -> list[tuple[str, pl.DataFrame]]:
    """The columns of a run's table that name nodes, and these."""
    return [*((who, content.graph.accounts) for who in people), ("topic", content.graph.topics)]


def _check_ends(content: Content) -> None:
    for table in RUN_TABLES:
        rows = frame_of(content.run, table)
        for column, nodes in _nodes_of(content, table.people):
            lost = rows.join(nodes, left_on=column, right_on="key", how="anti")
            if not lost.is_empty():
                raise InputError(
                    f"The run {content.run.run} names the {column} {lost[column][0]!r}, "
                    f"which the event log does not hold ({lost.height} rows are so). "
                    "A run goes with the log that it was computed from. "
                    "Compute a new one: graphengine run."
                )


def _runs(content: Content) -> pl.DataFrame:
    properties = next(n.properties for n in NODES if n.label == "Run")
    schema = {p.name: POLARS_TYPES[p.type] for p in properties}
    rows = [{**run.properties, "key": run.run, "state": COMPLETE} for run in content.runs]
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def _pointer(content: Content) -> pl.DataFrame:
    previous = content.previous.run if content.previous else ""
    return pl.DataFrame(
        {"key": [content.run.job], "run": [content.run.run], "previous": [previous]}
    )
