"""Options that several commands share, and how their help ends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from graphengine.cli.application import state

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "CONTEXT",
    "accept_option",
    "as_of_option",
    "examples",
    "job_option",
    "json_option",
    "store_option",
    "to_option",
]

F = TypeVar("F", bound="Callable[..., Any]")

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
STORES = ("embedded", "neo4j")


def examples(*lines: str) -> str:
    """The end of a command's help: lines to type, kept as they are."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


class _AsOf(click.ParamType[int]):
    """A point in time as epoch seconds; a date alone means its last second, in UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Epoch seconds of an ISO date or time."""
        if isinstance(value, int):
            return value
        from datetime import date

        from graphengine.job.times import iso_seconds

        text = str(value).strip()
        try:
            seconds = iso_seconds(text)
        except (ValueError, OverflowError):
            self.fail(
                f'"{text}" is no date or time; write 2026-11-22 (the whole of that day, UTC) or '
                "2026-11-22T18:00:00+01:00.",
                param,
                ctx,
            )
        try:
            date.fromisoformat(text)
        except ValueError:
            return seconds
        return seconds + 24 * 60 * 60 - 1


def _remember_json(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    state(ctx).as_json = value
    return value


def job_option(command: F) -> F:
    """Add --job: the file that find_job looks at first."""
    return click.option(
        "--job",
        "job_file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="The job file; else GRAPHENGINE_JOB, else the only one used in this folder.",
    )(command)


def json_option(command: F) -> F:
    """Add --json, which also decides how an early end is told."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        callback=_remember_json,
        is_eager=True,
        help="Print one JSON object on stdout, and nothing else there.",
    )(command)


def as_of_option(command: F) -> F:
    """Add --as-of: epoch seconds, or None."""
    return click.option(
        "--as-of",
        type=_AsOf(),
        metavar="TIME",
        help="Score what was known then: an ISO time, or a date, which takes in the whole of that "
        "day (UTC). Default: the latest accepted event, never the clock.",
    )(command)


def accept_option(command: F) -> F:
    """Add --accept: why a run is published although the gate would hold it back."""
    return click.option(
        "--accept",
        metavar="WHY",
        help="Publish although the gate would hold the run back, and keep WHY beside it.",
        callback=_reason,
    )(command)


def _reason(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise click.BadParameter("say why, in a few words.", ctx=ctx, param=param)
    return value


def store_option(command: F) -> F:
    """Add --store: which store answers."""
    return click.option(
        "--store",
        type=click.Choice(STORES),
        help="Which store answers; default: the first that the job publishes to.",
    )(command)


def to_option(command: F) -> F:
    """Add --to: the stores that are written."""
    return click.option(
        "--to",
        multiple=True,
        type=click.Choice(STORES),
        help="Only this store (may be repeated); default: all that the job names.",
    )(command)
