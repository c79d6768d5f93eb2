"""What a workspace holds: runs, verify, prune."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphengine.cli.console import complain, printable, say, say_json
from graphengine.cli.find_job import find_job
from graphengine.cli.options import examples, job_option, json_option
from graphengine.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.pipeline.reports import RunInfo

__all__ = ["prune", "runs", "verify"]


@click.command(epilog=examples("graphengine runs", "graphengine runs --json"))
@job_option
@json_option
def runs(job_file: Path | None, as_json: bool) -> None:
    """List the runs and where each is served.

    Oldest first; the state says which one is published, was before, or was rolled back.
    """
    from graphengine import pipeline
    from graphengine.cli.tables import count, print_table, utc

    found = pipeline.runs(find_job(job_file))
    if as_json:
        say_json({"runs": found})
        return
    if not found:
        complain("no runs yet; make one: graphengine score")
        return
    print_table(
        ("run", "as of", "people scored", "state", "made"),
        [(r.id, utc(r.as_of), count(r.people), _state(r), _made(r)) for r in found],
    )


def _state(run: RunInfo) -> str:
    return f"{run.state} ({', '.join(run.published_in)})" if run.published_in else run.state


def _made(run: RunInfo) -> str:
    from graphengine.cli.tables import utc
    from graphengine.job import iso_seconds

    return utc(iso_seconds(run.created) if run.created else None)


@click.command(
    epilog=examples("graphengine verify", "graphengine verify 2014-11-28-0123456789ab --json")
)
@click.argument("run", required=False)
@job_option
@json_option
def verify(run: str | None, job_file: Path | None, as_json: bool) -> None:
    """Check every byte against its checksum.

    Of the event log, the runs and the embedded store; with RUN, of that run only. Exits with 65 when anything is not as it was written.
    """
    from graphengine import pipeline

    found = pipeline.verify(find_job(job_file), run=run)
    texts = [problem if isinstance(problem, str) else problem.text for problem in found]
    if as_json:
        say_json({"problems": texts})
    else:
        for text in texts:
            say(printable(text))
        if not texts:
            say(
                f"{run}: every byte is as it was written"
                if run
                else "every byte is as it was written"
            )
    if texts:
        click.get_current_context().exit(InputError.exit_code)


@click.command(epilog=examples("graphengine prune --keep 10"))
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    required=True,
    help="How many of the newest runs stay; a run that a store serves stays in any case.",
)
@job_option
@json_option
def prune(keep: int, job_file: Path | None, as_json: bool) -> None:
    """Remove old runs from the workspace.

    The event log, from which every run can be made again, keeps everything.
    """
    from graphengine import pipeline
    from graphengine.cli.progress import reporting

    job = find_job(job_file)
    with reporting() as progress:
        removed = pipeline.prune(job, keep=keep, progress=progress)
    if as_json:
        say_json({"removed": removed})
        return
    for name in removed:
        say(f"removed {name}")
    if not removed:
        complain("no run had to go")
