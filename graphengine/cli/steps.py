"""The steps of a run, one by one: ingest, score, publish, and rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from graphengine.cli.console import complain, say_json
from graphengine.cli.find_job import find_job, option_for, remember
from graphengine.cli.gate import end_if_held_back
from graphengine.cli.options import (
    accept_option,
    as_of_option,
    examples,
    job_option,
    json_option,
    to_option,
)
from graphengine.errors import NothingToDoError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["ingest", "publish", "rollback", "score"]


@click.command(
    epilog=examples(
        "graphengine ingest --job jobs/demo.toml",
        "graphengine ingest --json",
    )
)
@job_option
@json_option
def ingest(job_file: Path | None, as_json: bool) -> None:
    """Take the job's new files into the event log.

    Files taken in before are passed over. Exits with 99 when every file had been taken in before.
    """
    from graphengine import pipeline
    from graphengine.cli.progress import reporting
    from graphengine.cli.reports import print_ingest, print_next

    job = find_job(job_file)
    remember(job)
    with reporting() as progress:
        report = pipeline.ingest(job, progress=progress)
    _print(report, as_json, print_ingest)
    if report.nothing_new:
        _nothing_to_do("every file was taken in before", as_json)
    if not as_json:
        print_next([f"score{option_for(job)}"])


@click.command(
    epilog=examples(
        "graphengine score",
        "graphengine score --job jobs/demo.toml --as-of 2014-12-31",
    )
)
@job_option
@as_of_option
@json_option
def score(job_file: Path | None, as_of: int | None, as_json: bool) -> None:
    """Score every topic of the event log.

    A run holds influence per topic, as scores from 1 to 100. The same log and parameters give the same run; when it is there already, exits with 99.
    """
    from graphengine import pipeline
    from graphengine.cli.progress import reporting
    from graphengine.cli.reports import print_next, print_score

    job = find_job(job_file)
    remember(job)
    with reporting() as progress:
        report = pipeline.score(job, as_of=as_of, progress=progress)
    _print(report, as_json, print_score)
    if not report.created:
        _nothing_to_do(f"the run {report.run} was made before", as_json)
    if not as_json:
        print_next([f"publish{option_for(job)}"])


@click.command(
    epilog=examples(
        "graphengine publish",
        "graphengine publish 2014-11-28-0123456789ab --to neo4j --verify",
    )
)
@click.argument("run", required=False)
@to_option
@click.option(
    "--verify",
    is_flag=True,
    help="Read back what was written, counts and checksums of every topic, before readers see it.",
)
@accept_option
@job_option
@json_option
def publish(
    run: str | None,
    to: tuple[str, ...],
    verify: bool,
    accept: str | None,
    job_file: Path | None,
    as_json: bool,
) -> None:
    """Publish RUN, or the newest run.

    Readers of the job's stores see the run before until the last moment, then the new one, never a mixture. A run
    that was rolled back is published again only when it is named. Exits with 99 when every store
    serves the run already, and with 3 when the gate held the run back: compare it with the
    published one, then --accept it or leave it.
    """
    from graphengine import pipeline
    from graphengine.cli.progress import reporting
    from graphengine.cli.reports import print_publish

    job = find_job(job_file)
    remember(job)
    with reporting() as progress:
        report = pipeline.publish(
            job, run=run, to=to or None, progress=progress, verify=verify, accept=accept
        )
    _print(report, as_json, print_publish)
    end_if_held_back(report)
    if not any(s.changed for s in report.stores):
        _nothing_to_do(f"no store had to change for {report.run}", as_json)


@click.command(
    epilog=examples(
        "graphengine rollback",
        "graphengine rollback --to neo4j",
    )
)
@to_option
@job_option
@json_option
def rollback(to: tuple[str, ...], job_file: Path | None, as_json: bool) -> None:
    """Serve the run before the published one.

    Repeating `run` does not publish the withdrawn run again; `publish RUN` does. Exits with 99
    when there is no run before.
    """
    from graphengine import pipeline
    from graphengine.cli.progress import reporting
    from graphengine.cli.reports import print_publish

    job = find_job(job_file)
    with reporting() as progress:
        report = pipeline.rollback(job, to=to or None, progress=progress)
    _print(report, as_json, print_publish)


def _print(report: Any, as_json: bool, for_people: Callable[[Any], None]) -> None:
    if as_json:
        say_json(report)
    else:
        for_people(report)


def _nothing_to_do(why: str, as_json: bool) -> None:
    """End with the exit code that says so; the report has been printed."""
    if not as_json:
        complain(f"nothing to do: {why}")
    click.get_current_context().exit(NothingToDoError.exit_code)
