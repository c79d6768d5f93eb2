"""Names of the job file that stand for nothing in the graph, each with the nearest that does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import InputError, did_you_mean
from graphengine.job.graph_path import field_of
from graphengine.readers.blocks import cell_name

if TYPE_CHECKING:
    from graphengine.bolt import Link
    from graphengine.readers.graph.statements import Statements
    from graphengine.readers.mapping import Mapping

__all__ = ["check_columns", "check_words", "matches_nothing"]

_WORDS = {
    "node": ("label", "CALL db.labels() YIELD label AS word"),
    "relationship": ("relationship type", "CALL db.relationshipTypes() YIELD relationshipType AS word"),
}  # fmt: skip
_SHOWN = 30


def check_words(link: Link, asked: Statements) -> None:
    """Raise ``InputError`` if the database knows no such label or relationship type."""
    for kind, (called, statement) in _WORDS.items():
        known = [row["word"] for row in link.rows(f"{statement} RETURN word ORDER BY word")]
        for word in asked.words(kind):
            if word not in known:
                raise InputError(
                    f'The database "{link.address.database}" of {link.address} has no {called} '
                    f'"{word}".{did_you_mean(word, known)} It has: {_listed(known)}. '
                    "Correct path in the job file, or neo4j.database."
                )


def check_columns(link: Link, asked: Statements, *, mapping: Mapping, cells: pl.DataFrame) -> None:
    """Raise ``InputError`` for a mapped property that no element of the path has.

    Properties that a file of JSON Lines may lack in every line may be missing here too, and so
    may all of the optional path.
    """
    for i, column in enumerate(mapping.wanted):
        name = field_of(column).name
        if column in mapping.rare or asked.own[name][0].startswith("o"):
            continue
        values = cells[cell_name(i)]
        if isinstance(values.dtype, pl.List) or values.null_count() < len(values):
            continue
        known = [row["k"] for row in link.rows(asked.keys_of(column))]
        raise InputError(
            f'No "{name}" of the source "{mapping.source.name}" has a property '
            f'"{field_of(column).key}", which the job maps.'
            f"{did_you_mean(str(field_of(column).key), known)} There are: {_listed(known)}. "
            "Correct columns in the job file."
        )


def matches_nothing(mapping: Mapping, counted: int) -> InputError:
    """The error for a path of which every part is there, but nowhere so in a row."""
    settings = mapping.source.neo4j
    return InputError(
        f'The path of the source "{mapping.source.name}" matches nothing, though {counted:,} of '
        f"its elements are there: {settings.path if settings else ''}. Check its directions and "
        "which label stands at which end; in Neo4j Browser, MATCH with it finds as little."
    )


def _listed(known: list[str]) -> str:
    shown = ", ".join(f'"{word}"' for word in known[:_SHOWN])
    return (shown + (", ..." if len(known) > _SHOWN else "")) or "none"
