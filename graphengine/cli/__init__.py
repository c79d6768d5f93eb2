"""The command line: parse, call one use case, print, exit. Its import costs click and no more."""

from __future__ import annotations

import os

import click

from graphengine import __version__
from graphengine.cli.application import Application
from graphengine.cli.ask import query, show, top
from graphengine.cli.compare import compare
from graphengine.cli.doctor import doctor
from graphengine.cli.explain import explain
from graphengine.cli.history import prune, runs, verify
from graphengine.cli.load import load
from graphengine.cli.options import CONTEXT, examples
from graphengine.cli.rank import rank
from graphengine.cli.report_page import report
from graphengine.cli.run import run
from graphengine.cli.seeds import seeds
from graphengine.cli.steps import ingest, publish, rollback, score
from graphengine.cli.validate import validate
from graphengine.cli.watch import watch

__all__ = ["app", "main"]


@click.group(
    cls=Application,
    context_settings=CONTEXT,
    epilog=examples(
        "graphengine run jobs/demo.toml",
        "graphengine top ferguson",
        "graphengine query --list",
    ),
)
@click.version_option(__version__, prog_name="graphengine")
def app() -> None:
    """Who moves whom, per topic: interactions in, scores from 1 to 100 out, queried in Cypher.

    A job file says what to read, how to score and where to publish. `run` takes the whole way; the
    other commands are its steps, and questions to what was published.

    Exit codes: 0 done, 2 usage, 3 done but held back by the gate, 65 bad input, 69 store unavailable, 70 defect, 73 cannot write,
    75 busy or stopped (the same command resumes), 77 not permitted, 78 configuration,
    99 nothing to do.
    """


for command in (
    run, ingest, score, load, publish, rollback, runs, compare, validate, report,
    verify, prune, top, show, explain, query, seeds,
    watch, rank, doctor,
):  # fmt: skip
    app.add_command(command)


def main() -> None:
    """Run the command line of this process and exit.

    Sums of vectors, all that we ask of BLAS, are short: threads of its own would wait for one another.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    app(prog_name="graphengine")
