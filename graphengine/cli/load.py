"""Loading the graph into Neo4j without publishing, by one of three roads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphengine.cli.console import complain, printable, say, say_json
from graphengine.cli.find_job import find_job, option_for, remember
from graphengine.cli.options import examples, job_option, json_option
from graphengine.errors import NothingToDoError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.job import Job
    from graphengine.pipeline.loading import LoadReport
    from graphengine.stores.neo4j.roads import Road

__all__ = ["load"]

ROADS = ("stream", "files", "bulk")


@click.command(
    epilog=examples(
        "graphengine load",
        "graphengine load --offline --print",
        "graphengine load --road files --job jobs/nightly.toml",
    )
)
@click.option(
    "--road",
    type=click.Choice(ROADS),
    help="stream: over Bolt. files: LOAD CSV from a directory that Neo4j reads too. bulk: "
    "neo4j-admin fills a database that is not there yet. Default: neo4j.load of the job file.",
)
@click.option("--offline", is_flag=True, help="The same as --road bulk.")
@click.option(
    "--print",
    "print_only",
    is_flag=True,
    help="With --offline: write the files and print neo4j-admin's command instead of running it.",
)
@click.option(
    "--anew",
    is_flag=True,
    help="First remove all that the job has loaded; what is served stays, with its people.",
)
@job_option
@json_option
def load(
    road: Road | None,
    offline: bool,
    print_only: bool,
    anew: bool,
    job_file: Path | None,
    as_json: bool,
) -> None:
    """Bring the graph in Neo4j up to date.

    Loads what the event log has gained since the last load or publication; scores and what is
    served stay as they are. A load that was cut off goes on where it was. Exits with 99 when
    nothing is new.
    """
    from graphengine import pipeline
    from graphengine.cli.progress import reporting

    job = find_job(job_file)
    remember(job)
    chosen = _road(road, offline=offline, print_only=print_only, anew=anew, job=job)
    with reporting() as progress:
        report = pipeline.load(
            job, road=chosen, anew=anew, print_only=print_only, progress=progress
        )
    if as_json:
        say_json(report)
    else:
        _print(report, job)
    if report.state == "nothing new":
        if not as_json:
            complain(f"nothing to do: the graph embodies batch {report.batch}, the log's last")
        click.get_current_context().exit(NothingToDoError.exit_code)


def _road(
    road: Road | None, *, offline: bool, print_only: bool, anew: bool, job: Job
) -> Road | None:
    if offline and road not in (None, "bulk"):
        raise UsageError(f"--offline is the road bulk, and --road says {road}. Leave one out.")
    chosen = "bulk" if offline else road
    if print_only and (chosen or job.neo4j.load) != "bulk":
        raise UsageError("--print shows neo4j-admin's command. Add --offline.")
    if anew and (chosen or job.neo4j.load) == "bulk":
        raise UsageError(
            "--anew removes what is in a running database, and the road bulk fills one that does "
            "not run. Add --road stream or --road files."
        )
    return chosen


def _print(report: LoadReport, job: Job) -> None:
    """What was written by label and type, how fast, and what to type next."""
    from graphengine.cli.reports import print_next
    from graphengine.cli.tables import count, print_table

    if report.rows:
        print_table(
            ("label or type", "rows"), [(name, count(n)) for name, n in report.rows.items()]
        )
    if report.removed:
        say(f"{count(report.removed)} rows took back what is no longer so")
    speed = report.rows_per_second
    if speed is not None:
        total = count(sum(report.rows.values()))
        say(f"{total} rows in {report.seconds:.1f} s, {count(round(speed))} rows/s ({report.road})")
    if report.state == "checked":
        say("The import was checked: each label and type has as many rows as the files had.")
    same = f"load --offline{option_for(job)}"
    if report.state == "written":
        say("Files are written. Where the server does not run and its database is not there yet:")
        say(printable(f"  {report.command}"))
        say("Then start the server:")
    elif report.state == "imported":
        say("The database is filled. Start the server; then rules are made and counts checked:")
    offline = report.state in ("written", "imported")
    print_next([same if offline else f"publish{option_for(job)}"])
