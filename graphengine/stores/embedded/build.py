"""Has a child build a file from frames and another check it; children, for both may crash."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import polars as pl
import pyarrow as pa

from graphengine.errors import CannotWriteError, GraphengineError
from graphengine.model import NODES
from graphengine.stores.embedded import check, loader
from graphengine.stores.embedded.schema import MACROS, ddl
from graphengine.stores.run_tables import RUN_TABLES, unknown_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.stores.ports import Watch

__all__ = ["build", "check_in_child", "checksums", "expectations"]

_DISK = (  # in what the engine says when the disk is full or closed
    "IO exception",
    *(os.strerror(n) for n in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EROFS)),
)
_ENDS = ("source", "target")
_LABELS = {node.label for node in NODES}


def build(path: Path, frames: Mapping[str, pl.DataFrame], *, watch: Watch | None = None) -> None:
    """Write ``frames``, as content.tables gives them, into a fresh file at ``path``, complete.

    Raises:
        CannotWriteError: the disk refused.
        GraphengineError: the engine refused, or left a log beside the file.
    """
    with subprocess.Popen(  # noqa: S603  (our own interpreter, our own file)
        [sys.executable, "-P", loader.__file__, str(path)],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        try:
            with contextlib.suppress(BrokenPipeError):  # a child that dies says why on stderr
                _send(child.stdin, frames, watch=watch)
            with contextlib.suppress(BrokenPipeError):
                child.stdin.close()
            said = child.stderr.read().decode("utf-8", "replace")
        except BaseException:
            child.kill()
            raise
    if child.returncode:
        raise _named(said, child.returncode, path)
    if beside := sorted(p.name for p in path.parent.iterdir() if p != path):
        raise GraphengineError(f"The engine left {beside} beside {path}; it is not complete.")


def _send(orders: IO[bytes], frames: Mapping[str, pl.DataFrame], *, watch: Watch | None) -> None:
    sent, total = 0, sum(frame.height for frame in frames.values())
    for statement in ddl():
        _order(orders, statement)
    for table, frame in frames.items():
        if frame.is_empty():
            continue
        known = frame.drop(unknown_in(frame))  # a column that is not copied is null
        properties = [c for c in known.columns if table in _LABELS or c not in _ENDS]
        _order(orders, f"COPY {table}({', '.join(properties)}) FROM $frame", known)
        sent += frame.height
        if watch is not None:
            watch(sent, total)
    for statement in MACROS:
        _order(orders, statement)
    orders.write(json.dumps({"end": True}).encode() + b"\n")


def _order(orders: IO[bytes], statement: str, frame: pl.DataFrame | None = None) -> None:
    order = {"statement": statement, "frame": frame is not None}
    orders.write(json.dumps(order).encode() + b"\n")
    if frame is not None:
        arrow = frame.to_arrow()
        with pa.ipc.new_stream(orders, arrow.schema) as stream:
            stream.write_table(arrow, max_chunksize=1 << 20)


def _named(said: str, status: int, path: Path) -> GraphengineError:
    reason = " ".join(said.split())[:500] or f"its process ended with {status}"
    if any(words in reason for words in _DISK):
        return CannotWriteError(
            f"The published file could not be written in {path.parent.parent}: the disk refused. "
            "Space for one more copy of the graph and permission to write are needed there. "
            "Free some space and repeat the command; what was served before still is."
        )
    if "Buffer manager" in reason:
        return GraphengineError(
            "The graph is too large for the embedded store on this machine: building its file needs "
            "more than half of the memory. Publish to Neo4j, or use a machine with more memory."
        )
    return GraphengineError(f"The embedded engine could not build the published file: {reason}.")


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


def checksums(frames: Mapping[str, pl.DataFrame]) -> list[dict[str, Any]]:
    """What check.py is to find bit by bit: every row of the runs' tables, added up per topic.

    Of a column without any value `expectations` say enough: how many values it has.
    """
    questions = []
    for table in (t.type for t in RUN_TABLES):
        frame = frames[table]
        said = frame.drop("topic", *_ENDS, *unknown_in(frame)).columns
        rows = frame.select("topic", *_ENDS, *said).iter_rows()
        questions.append({
            "match": f"MATCH (source)-[x:{table}]->(target)",
            "returns": ["x.topic", "source.key", "target.key", *(f"x.{name}" for name in said)],
            "sums": check.sums_of(rows),
        })  # fmt: skip
    return questions


def _question(table: str, frame: pl.DataFrame) -> dict[str, Any]:
    node = table in _LABELS
    returns = ["count(*)"]
    expected: list[Any] = [frame.height]
    for name, kind in frame.schema.items():
        is_end = not node and name in _ENDS
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
