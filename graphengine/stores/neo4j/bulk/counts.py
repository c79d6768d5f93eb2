"""After an import: what the database holds is what the files held."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.bolt.quoting import quoted
from graphengine.errors import InputError

if TYPE_CHECKING:
    from graphengine.bolt.link import Link
    from graphengine.stores.neo4j.bulk.files import Manifest

__all__ = ["check_counts"]


def check_counts(link: Link, manifest: Manifest) -> None:
    """Compare the number of nodes of each label, and relationships of each type, with the files'.

    The server keeps these numbers; no node is looked at.

    Raises:
        InputError: some differ; the message names them.
    """
    wrong = []
    for label, rows in manifest.nodes.items():
        name = quoted(label, what="label")
        wrong += _differing(label, rows, link.rows(f"MATCH (x:{name}) RETURN count(x) AS rows"))
    for kind, rows in manifest.relationships.items():
        name = quoted(kind, what="type")
        found = link.rows(f"MATCH ()-[x:{name}]->() RETURN count(x) AS rows")
        wrong += _differing(kind, rows, found)
    if wrong:
        raise InputError(
            f"{link.address} does not hold what was imported: {'; '.join(wrong)}. Somebody else "
            "wrote there, or it is another database. Stop the server, remove the database, and "
            "import again: graphengine load --offline."
        )


def _differing(name: str, rows: int, found: list[dict[str, int]]) -> list[str]:
    there = found[0]["rows"]
    return [] if there == rows else [f"{there:,} of {name}, where the files had {rows:,}"]
