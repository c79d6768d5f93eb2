"""Edge files: which format a name tells, and how many edges a file holds before it is read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graphengine.edges.columnar import (
    parquet_edges,
    parquet_size,
    parquet_table,
    parquet_texts,
)
from graphengine.edges.edge_list import numbered
from graphengine.edges.matrix_market import matrix_market_edges, matrix_market_size
from graphengine.edges.names import Columns
from graphengine.edges.text import text_columns, text_size, text_table
from graphengine.errors import InputError, UsageError, did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from graphengine.edges.edge_list import Edges

__all__ = ["FORMATS", "file_format", "file_size", "read_edges", "read_table"]

FORMATS = ("csv", "tsv", "space", "parquet", "mtx")
_ENDINGS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "space",
    ".edgelist": "space",
    ".edges": "space",
    ".el": "space",
    ".wel": "space",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".mtx": "mtx",
}


def file_format(path: Path, form: str | None = None) -> str:
    """One of FORMATS: ``form`` where it is given, else what the name ends in.

    Raises:
        UsageError: Neither tells.
        InputError: There is no such file, or it is a folder.

    >>> file_format(Path(__file__), "csv")
    'csv'
    """
    if path.is_dir():
        raise InputError(f"{path} is a directory. One file of edges is needed: name it.")
    if not path.exists():
        near = sorted(p.name for p in path.parent.iterdir()) if path.parent.is_dir() else []
        raise InputError(
            f"There is no file {path}.{did_you_mean(path.name, near)} A file of edges is needed: "
            "correct the name."
        )
    if form is not None and form not in FORMATS:
        raise UsageError(f'"{form}" is no format of edges; there are {", ".join(FORMATS)}.')
    bare = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    found = form or _ENDINGS.get(Path(bare).suffix)
    if found is None:
        raise UsageError(
            f"The name of {path} does not tell its format. Name it with --format "
            f"({', '.join(FORMATS)}), or let it end in one of {', '.join(_ENDINGS)}."
        )
    return found


def file_size(path: Path, *, form: str | None = None) -> tuple[int | None, int]:
    """How many people (None: the file does not say) and about how many edges a file holds.

    Raises:
        InputError: The file cannot be read.
    """
    kind = file_format(path, form)
    if kind == "mtx":
        return matrix_market_size(path)
    return None, parquet_size(path) if kind == "parquet" else text_size(path)


def read_edges(
    path: Path,
    *,
    columns: Columns | None = None,
    form: str | None = None,
    header: bool | None = None,
    nodes: pl.Series | None = None,
) -> Edges:
    """All edges of a file; plain, gzip and zstd are told apart by the name.

    ``header`` says whether a text file's first row names columns; None: look at it.

    Raises:
        InputError: The file is damaged, cut short, or has a row or column that cannot be used.
    """
    kind, columns = file_format(path, form), columns or Columns()
    if kind == "mtx":
        return matrix_market_edges(path)
    if kind == "parquet":
        found = parquet_texts(path, columns=columns) if nodes is None else None
        if found is not None:
            return found
        source, target, weight = parquet_edges(path, columns=columns)
    else:
        source, target, weight = text_columns(path, kind=kind, columns=columns, header=header)
    return numbered(source, target, weight, nodes=nodes)


def read_table(path: Path, *, least: int) -> pl.DataFrame:
    """A small table beside the edges (restarts, people, topics), ``least`` columns or more.

    Raises:
        InputError: The file is damaged, or has fewer columns.
    """
    kind = file_format(path)
    if kind == "mtx":
        raise UsageError(f"{path} is a matrix. A table is needed: CSV, TSV or Parquet.")
    table = parquet_table(path) if kind == "parquet" else text_table(path, kind=kind)
    if len(table.columns) < least:
        raise InputError(
            f"{path} has {len(table.columns)} columns. It needs {least} or more. Add what is "
            "missing."
        )
    return table
