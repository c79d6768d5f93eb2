"""``graphengine doctor``: what stands in the way, and what to do about it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from graphengine.cli.console import complain, printable, say, say_json, speaks_unicode
from graphengine.cli.find_job import find_job
from graphengine.cli.options import examples, job_option, json_option
from graphengine.errors import ConfigurationError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.job import Job

__all__ = ["doctor"]


@click.command(epilog=examples("graphengine doctor", "graphengine doctor --job jobs/nightly.toml"))
@job_option
@json_option
def doctor(job_file: Path | None, as_json: bool) -> None:
    """Find what stands in the way of a run.

    Checks Python, libraries, and the job's files, folder and stores; changes nothing. Without a job it checks what does not need one. Exits with 78 when anything is in the way.
    """
    from graphengine import pipeline

    checks = pipeline.doctor(_job_if_any(job_file))
    healthy = all(check.ok for check in checks)
    if as_json:
        say_json({"healthy": healthy, "checks": checks})
    else:
        fancy = speaks_unicode(sys.stdout)
        width = max((len(check.name) for check in checks), default=0)
        for check in checks:
            mark = ("✓" if fancy else "ok ") if check.ok else ("✗" if fancy else "BAD")
            say(f"{mark} {check.name:<{width}}  {printable(check.text)}")
            if not check.ok and check.remedy:
                say(f"  {'':<{width}}  {printable(check.remedy)}")
    if not healthy:
        click.get_current_context().exit(ConfigurationError.exit_code)


def _job_if_any(job_file: Path | None) -> Job | None:
    try:
        return find_job(job_file)
    except UsageError as unnamed:
        complain(f"Checked without a job. {unnamed}")
        return None
