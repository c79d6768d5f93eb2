"""Builds a file from frames: tables, COPY, the macro, a checkpoint; then has a child check it."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ladybug
import polars as pl

from graphengine.errors import CannotWriteError, GraphengineError
from graphengine.model import NODES
from graphengine.stores.embedded import check
from graphengine.stores.embedded.schema import MACROS, ddl

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["build", "check_in_child", "expectations"]

_POOL_BYTES = 1 << 30  # a limit, not a reservation
_ADDRESS_BYTES = 1 << 38  # of the file at its largest; the engine reserves addresses, no memory
_FULL_OR_CLOSED = tuple(
    os.strerror(number)
    for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS, errno.EIO)
)
_LABELS = {node.label for node in NODES}


def build(path: Path, frames: Mapping[str, pl.DataFrame]) -> None:
    """Write ``frames``, as content.tables gives them, into a fresh file at ``path``, complete.

    One thread, so that rows lie in the order of the frames.

    Raises:
        CannotWriteError: the disk refused.
        GraphengineError: the engine refused, or left a log beside the file.
    """
    try:
        database = ladybug.Database(
            path, buffer_pool_size=_POOL_BYTES, max_db_size=_ADDRESS_BYTES, max_num_threads=1
        )
        connection = ladybug.Connection(database)
        try:
            _load(connection, frames)
            connection.execute("CHECKPOINT")
        finally:
            connection.close()
            database.close()
    except RuntimeError as refused:
        raise _named(refused, path) from refused
    if beside := sorted(p.name for p in path.parent.iterdir() if p != path):
        raise GraphengineError(f"The engine left {beside} beside {path}; it is not complete.")


def _load(connection: ladybug.Connection, frames: Mapping[str, pl.DataFrame]) -> None:
    for statement in ddl():
        connection.execute(statement)
    for table, frame in frames.items():
        properties = [c for c in frame.columns if table in _LABELS or c not in ("source", "target")]
        connection.execute(f"COPY {table}({', '.join(properties)}) FROM $frame", {"frame": frame})
    for statement in MACROS:
        connection.execute(statement)


def _named(refused: RuntimeError, path: Path) -> GraphengineError:
    said = str(refused).strip().partition("\n")[0]
    if any(text in said for text in _FULL_OR_CLOSED):
        return CannotWriteError(
            f"The published file could not be written at {path.parent.parent}: {said} "
            "Space for one more copy of the graph and permission to write are needed there. "
            "Free some space and repeat the command; what was served before still is."
        )
    return GraphengineError(f"The embedded engine could not build the published file: {said}")


def expectations(frames: Mapping[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """What check.py is to find: per table the rows, and per column how many and how much.

    Texts count by their bytes in UTF-8, numbers by their sum; the pointer is compared itself.
    """
    questions = [_question(table, frame) for table, frame in frames.items()]
    pointer = frames["Pointer"]
    questions.append({
        "match": "MATCH (x:Pointer)",
        "returns": [f"x.{name}" for name in pointer.columns],
        "expected": list(pointer.row(0)),
    })  # fmt: skip
    return questions


def _question(table: str, frame: pl.DataFrame) -> dict[str, Any]:
    node = table in _LABELS
    returns, expected = ["count(*)"], [frame.height]
    for name, kind in frame.schema.items():
        is_end = not node and name in ("source", "target")
        value = f"{name}.key" if is_end else f"x.{name}"
        column = frame[name]
        amount = column.str.len_bytes().cast(pl.Int64) if kind == pl.String else column
        measure = f"octet_length(encode({value}))" if kind == pl.String else value
        returns += [f"count({value})", f"sum({measure})"]
        present = column.len() - column.null_count()
        expected += [present, amount.sum() if present else None]
    match = f"MATCH (x:{table})" if node else f"MATCH (source)-[x:{table}]->(target)"
    return {"match": match, "returns": returns, "expected": expected}


def check_in_child(path: Path, questions: list[dict[str, Any]]) -> None:
    """Have a fresh process read ``path`` and compare.

    Raises:
        GraphengineError: something differs, or the process died of the file.
    """
    child = subprocess.run(  # noqa: S603  (our own interpreter, our own file)
        [sys.executable, "-P", str(Path(check.__file__)), str(path)],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if child.returncode:
        said = child.stderr.strip() or f"the checking process ended with {child.returncode}"
        raise GraphengineError(
            f"The published file was built, but does not hold what was written: {said}. "
            "It was thrown away, and what was served before still is. Repeat the command."
        )
