"""``graphengine run``: the whole way of one job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphengine.cli.console import complain, printable, say, say_json
from graphengine.cli.find_job import open_job, option_for, remember
from graphengine.cli.gate import end_if_held_back
from graphengine.cli.options import accept_option, as_of_option, examples, json_option
from graphengine.errors import NothingToDoError

if TYPE_CHECKING:
    from graphengine.job import Job
    from graphengine.pipeline.reports import RunReport

__all__ = ["run"]


@click.command(
    epilog=examples(
        "graphengine run jobs/demo.toml",
        "graphengine run jobs/nightly.toml --as-of 2026-11-22 --json",
        "graphengine run jobs/nightly.toml --dry-run",
    )
)
@click.argument("job_file", metavar="JOB.toml", type=click.Path(path_type=Path))
@as_of_option
@accept_option
@click.option("--dry-run", is_flag=True, help="Say what would be read and done; write nothing.")
@json_option
def run(
    job_file: Path, as_of: int | None, accept: str | None, dry_run: bool, as_json: bool
) -> None:
    """Read what is new, score, publish.

    The whole way of a job. Repeating it does nothing and exits with 99. A run that strays too far from the published one is made, but held back (exit 3; see [gate] in docs/job-file.md). Stopped at any instant, the same command resumes.
    """
    job = open_job(job_file)
    if dry_run:
        _plan(job, as_of=as_of, as_json=as_json)
        return
    from graphengine import pipeline
    from graphengine.cli.progress import reporting

    remember(job)
    with reporting() as progress:
        report = pipeline.run(job, as_of=as_of, progress=progress, accept=accept)
    if as_json:
        say_json(report)
    else:
        _print(report, job=job)
    end_if_held_back(report.publish)
    if report.nothing_new:
        if not as_json:
            complain(_why_nothing(report))
        click.get_current_context().exit(NothingToDoError.exit_code)


def _why_nothing(report: RunReport) -> str:
    held = report.publish.held_back
    if held:
        return (
            f"nothing to do: the run {report.score.run} was rolled back in {', '.join(held)} and "
            f"stays so; graphengine publish {report.score.run} serves it again"
        )
    return "nothing to do: every file was taken in before, and the run is published"


def _plan(job: Job, *, as_of: int | None, as_json: bool) -> None:
    from graphengine import pipeline

    lines = pipeline.plan(job, as_of=as_of)
    if as_json:
        say_json({"plan": lines})
        return
    for line in lines:
        say(printable(line))
    complain("nothing was read or written")


def _print(report: RunReport, *, job: Job) -> None:
    from graphengine.cli.reports import (
        biggest_topic,
        print_ingest,
        print_next,
        print_publish,
        print_score,
    )

    print_ingest(report.ingest)
    print_score(report.score)
    print_publish(report.publish)
    means = option_for(job)
    topic = biggest_topic(report.score.topics)
    print_next(
        (
            f"top {topic}{means}",
            "query --list",
            f"runs{means}",
        )
    )
