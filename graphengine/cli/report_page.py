"""``graphengine report``: one run as a page."""

from __future__ import annotations

from pathlib import Path

import click

from graphengine.cli.console import complain, say_json
from graphengine.cli.find_job import find_job
from graphengine.cli.options import examples, job_option, json_option

__all__ = ["report"]


@click.command(
    epilog=examples(
        "graphengine report 2026-11-22-89ab01234567",
        "graphengine report 2026-11-22 --against 2026-11-15 --out week.html",
    )
)
@click.argument("run", required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write there; default: the run's id with .html, in this folder.",
)
@click.option(
    "--against", metavar="RUN", help="Say who moved since this run; default: the one made before."
)
@click.option(
    "--topic",
    "topics",
    multiple=True,
    help="Show this topic in full (may be repeated); default: those with most people.",
)
@click.option(
    "-n", type=click.IntRange(1, 1000), default=20, show_default=True, help="Length of top lists."
)
@job_option
@json_option
def report(
    *,
    run: str | None,
    out: Path | None,
    against: str | None,
    topics: tuple[str, ...],
    n: int,
    job_file: Path | None,
    as_json: bool,
) -> None:
    """Write one run as a page that any browser opens.

    The file holds everything and asks nobody for anything: how the scores of each topic lie, who
    leads and how surely, who moved, how well the scores said what happened next, what was wrong
    with the data. RUN is an id or its beginning; default: the newest run.
    """
    from graphengine.cli.output import save
    from graphengine.pipeline.report_page import report_page

    made = report_page(find_job(job_file), run=run, against=against, topics=topics, n=n)
    file = out or Path(f"{made.run}.html")
    data = made.html.encode("utf-8", "backslashreplace")
    save(file, data)
    if as_json:
        say_json({"run": made.run, "against": made.before, "file": file, "bytes": len(data)})
    else:
        complain(f"the run {made.run} is in {file} ({len(data):,} bytes)")
