"""Import files in a folder, and a manifest beside them that says how many rows each has."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import CannotWriteError, ConfigurationError
from graphengine.workspace import make_folder, write_folder_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from graphengine.stores.neo4j.bulk.elements import Element

__all__ = ["Manifest", "read_manifest", "write_files"]

_NAME = "manifest.json"
_NODE_BYTES, _PAIR_BYTES = 300, 180  # in a database, about: 132 to 227 a relationship were seen


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a folder of import files holds.

    nodes, relationships: rows by label and type. multiline: some text breaks a line. files_bytes:
    of the files; store_bytes: an estimate of what the database will take.
    """

    job: str
    batch: int
    nodes: dict[str, int]
    relationships: dict[str, int]
    multiline: bool
    files_bytes: int
    store_bytes: int

    @property
    def rows(self) -> int:
        """Nodes and relationships together."""
        return sum(self.nodes.values()) + sum(self.relationships.values())


def write_files(folder: Path, parts: Sequence[Element], *, job: str, batch: int) -> Manifest:
    """Write one data file and one header a label or type into ``folder``, made anew, whole.

    Text is quoted and a quote in it doubled; nothing between two commas is a missing value, two
    quotes are the empty text.

    Raises:
        CannotWriteError: the disk refuses, or has visibly too little room.
    """
    if folder.exists():
        with writing_to(folder):
            shutil.rmtree(folder)
    make_folder(folder.parent)
    _check_room(folder.parent, sum(int(part.frame.estimated_size()) for part in parts))
    with write_folder_atomically(folder) as fresh:
        for part in parts:
            (fresh / f"{part.name}-header.csv").write_text(",".join(part.header) + "\n", "utf-8")
            part.frame.write_csv(
                fresh / f"{part.name}.csv", include_header=False, quote_style="non_numeric"
            )
        manifest = _manifest(parts, job=job, batch=batch, folder=fresh)
        (fresh / _NAME).write_text(json.dumps(asdict(manifest), sort_keys=True) + "\n", "utf-8")
    return manifest


def read_manifest(folder: Path) -> Manifest | None:
    """The manifest of ``folder``, None where there is none.

    Raises:
        ConfigurationError: it cannot be read.
    """
    file = folder / _NAME
    if not file.is_file():
        return None
    try:
        return Manifest(**json.loads(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError) as broken:
        raise ConfigurationError(
            f"{file} cannot be read ({broken}). It should say what was written for neo4j-admin. "
            f"Remove {folder}, then run graphengine load --offline again."
        ) from broken


def _manifest(parts: Sequence[Element], *, job: str, batch: int, folder: Path) -> Manifest:
    nodes, relationships = (
        {part.name: part.frame.height for part in parts if part.kind == kind}
        for kind in ("nodes", "relationships")
    )
    return Manifest(
        job=job,
        batch=batch,
        nodes=nodes,
        relationships=relationships,
        multiline=any(_breaks_lines(part) for part in parts),
        files_bytes=sum(file.stat().st_size for file in folder.iterdir()),
        store_bytes=_NODE_BYTES * sum(nodes.values()) + _PAIR_BYTES * sum(relationships.values()),
    )


def _breaks_lines(part: Element) -> bool:
    texts = part.frame.select(pl.col(pl.String).str.contains(r"[\r\n]").any())
    return texts.width > 0 and True in texts.row(0)


def _check_room(folder: Path, needed: int) -> None:
    with writing_to(folder):
        free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotWriteError(
            f"{folder} has {free:,} bytes free, and the files for neo4j-admin take about "
            f"{needed:,}. Free some space, or name another `workspace` in the job file."
        )
