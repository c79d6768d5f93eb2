"""Rows of an answer in the format asked for, on stdout or in a file: one decorator for all."""

from __future__ import annotations

import csv
import io
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphengine.cli.console import complain, jsonable, say_bytes
from graphengine.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.stores.ports import Answer

__all__ = ["FORMATS", "Output", "encode", "output_options", "save"]

F = TypeVar("F", bound="Callable[..., Any]")

FORMATS = ("table", "json", "jsonl", "csv", "parquet", "arrow")
_BINARY = ("parquet", "arrow")


@dataclass(frozen=True, slots=True)
class Output:
    """Where rows go and how: ``file`` None is stdout."""

    format: str
    file: Path | None

    def check(self) -> None:
        """Refuse, before any work, what cannot end well."""
        if self.format == "table" and self.file is not None:
            raise UsageError(
                f"A table is for the screen. Let {self.file} end in .json, .jsonl, .csv, .parquet "
                "or .arrow, or name one of these with --format."
            )
        if self.format in _BINARY and self.file is None and sys.stdout.isatty():
            raise UsageError(
                f"{self.format} is no text for a terminal. Add --output FILE, or send stdout into "
                "a file or a pipe."
            )

    def write(self, answer: Answer, *, table: Callable[[Answer], None]) -> None:
        """Write the rows; ``table`` prints them for people."""
        if self.format == "table" and self.file is None:
            table(answer)
        elif self.file is None:
            say_bytes(encode(answer, self.format))
        else:
            save(self.file, encode(answer, self.format))
            complain(f"{len(answer.rows):,} rows in {self.file}")
        if answer.truncated:
            complain(f"only the first {len(answer.rows):,} rows; ask for more with --limit")


def output_options(command: F) -> F:
    """Add --format and --output to a command, which gets them as ``output``."""
    import functools

    @functools.wraps(command)
    def wrapped(*args: Any, form: str | None, file: Path | None, **kwargs: Any) -> Any:
        chosen = form or _format_of(file)
        output = Output(chosen, file)
        output.check()
        return command(*args, output=output, **kwargs)

    described = click.option(
        "--output",
        "file",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write there instead of stdout; its ending names the format if --format does not.",
    )(wrapped)
    return click.option(  # type: ignore[return-value]
        "--format", "form", type=click.Choice(FORMATS), help="How rows are written; default: table."
    )(described)


def _format_of(file: Path | None) -> str:
    if file is None:
        return "table"
    ending = file.suffix.lstrip(".").lower()
    return ending if ending in FORMATS else "table"


def encode(answer: Answer, form: str) -> bytes:
    """The rows as a file of one of FORMATS but "table".

    json is an array of objects, jsonl one object a line, csv follows RFC 4180, parquet and arrow
    (an IPC file) keep the types. A column of mixed types becomes text in the last two.
    """
    if form in _BINARY:
        return _columnar(answer, form)
    if form == "csv":
        return _csv(answer)
    objects = [dict(zip(answer.columns, jsonable(row), strict=True)) for row in answer.rows]
    lines = [json.dumps(o, ensure_ascii=False, allow_nan=False) for o in objects]
    if form == "jsonl":
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")
    body = "[" + ",\n ".join(lines) + "]\n"
    return body.encode("utf-8", "backslashreplace")


def _csv(answer: Answer) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(answer.columns)
    writer.writerows([_cell(value) for value in row] for row in answer.rows)
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(jsonable(value), ensure_ascii=False) if isinstance(value, list) else value


def _columnar(answer: Answer, form: str) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    values = list(zip(*answer.rows, strict=True)) or [() for _ in answer.columns]
    table = pa.table([_array(column) for column in values], names=list(answer.columns))
    sink = pa.BufferOutputStream()
    if form == "parquet":
        parquet.write_table(table, sink)
    else:
        with pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    return bytes(sink.getvalue())


def _array(values: tuple[Any, ...]) -> Any:
    import pyarrow as pa

    kinds = {type(v) for v in values if v is not None}
    if kinds == {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    if len(kinds) == 1:
        with suppress(pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            return pa.array(values)
    return pa.array([_text(v) for v in values], pa.string())  # mixed, too large, or all null


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(jsonable(value), ensure_ascii=False)


def save(file: Path, data: bytes) -> None:
    """Write a file whole or not at all; a device or a pipe is written as it is."""
    from graphengine.workspace import write_atomically, writing_to

    if file.exists() and not file.is_file():  # a device or a named pipe is written, not replaced
        with writing_to(file):
            file.write_bytes(data)
        return
    write_atomically(file, data)
