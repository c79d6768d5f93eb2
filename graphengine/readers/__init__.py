"""Readers: one source a file of the job; a file becomes the rows of one table, or an error.

CSV, TSV, space-separated text, JSON Lines and Parquet, plain, gzip or zstd; ``congress`` reads the
files of one published data set that has a shape of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphengine.readers.congress import congress_blocks, congress_source
from graphengine.readers.delimited import delimited_blocks
from graphengine.readers.files import format_of, source_files
from graphengine.readers.jsonl import jsonl_blocks
from graphengine.readers.mapping import Mapping
from graphengine.readers.parquet import parquet_blocks
from graphengine.readers.table import RowReader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from graphengine.events import Reading
    from graphengine.job import Job, SourceSettings
    from graphengine.readers.blocks import Block

__all__ = ["read_source", "source_files"]


def read_source(
    source: SourceSettings,
    path: Path,
    *,
    job: Job,
    watch: Callable[[int, float], None] | None = None,
) -> Reading:
    """All rows of one file of a source, validated; rows that cannot be used are set apart.

    ``watch`` is told now and then how many rows, and which share of the file, have been read.

    Raises ``InputError`` for a file that cannot be used as a whole (see the readers), among them
    one whose every row was refused; ``ConfigurationError`` for a format or a time pattern that
    tells nothing. Nothing is returned then: a file is taken in whole or not at all.
    """
    if source.reader == "congress":
        source = congress_source(source, path)
    rows = RowReader(Mapping(source, job), path)
    seen = 0
    for block in _blocks(rows.mapping, path):
        rows.add(block)
        seen += len(block.lines) + len(block.refused)
        if watch is not None:
            watch(seen, block.share)
    return rows.reading()


def _blocks(mapping: Mapping, path: Path) -> Iterator[Block]:
    source, wanted = mapping.source, mapping.wanted
    if source.reader == "congress":
        return congress_blocks(path, source, wanted=wanted)
    kind = format_of(source, path)
    if kind == "jsonl":
        return jsonl_blocks(path, wanted=wanted, rare=mapping.rare, lists=mapping.lists)
    if kind == "parquet":
        return parquet_blocks(path, wanted=wanted, lists=mapping.lists)
    return delimited_blocks(path, source, kind=kind, wanted=wanted)
