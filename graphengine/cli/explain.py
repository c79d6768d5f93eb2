"""``graphengine explain``: why somebody's score is what it is, in words and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphengine.cli.find_job import find_job
from graphengine.cli.options import examples, job_option
from graphengine.cli.output import Output, output_options

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["explain"]


@click.command(
    epilog=examples(
        "graphengine explain some_handle --topic ferguson",
        "graphengine explain x:12345 --topic overall --without x:678 --without x:901",
        "graphengine explain some_handle --topic ferguson --format json",
    )
)
@click.argument("who")
@click.option("--topic", required=True, help="The topic, by its slug, name or key; or overall.")
@click.option(
    "--run", "run_name", metavar="RUN",
    help="A run, by its id or the beginning of it; default: the published one.",
)  # fmt: skip
@click.option(
    "--without", multiple=True, metavar="WHAT",
    help="Say what the score would be without an endorser, a post of WHO, or an event, by its id "
    "(may be repeated: without all of them).",
)  # fmt: skip
@click.option(
    "--since", metavar="RUN",
    help="Say what changed since an earlier run: its id, or last for the one before.",
)  # fmt: skip
@click.option(
    "-n", "number", type=click.IntRange(min=1), default=10, show_default=True,
    help="Rows of each table.",
)  # fmt: skip
@job_option
@output_options
def explain(
    who: str,
    *,
    topic: str,
    run_name: str | None,
    without: tuple[str, ...],
    since: str | None,
    number: int,
    job_file: Path | None,
    output: Output,
) -> None:
    """Say why the score of WHO in a topic is what it is.

    WHO is a handle, an id in the job's network, or a key (network:id). Which people, posts and kinds
    of events make up the number, and what it would be without them, is computed anew from the event
    log as the run saw it. Where that is no longer possible, the command says so.
    """
    from graphengine import pipeline
    from graphengine.cli.explain_words import print_explained
    from graphengine.pipeline.explaining import ExplainWish

    wish = ExplainWish(who=who, topic=topic, run=run_name, without=without, since=since, n=number)
    explained = pipeline.explain_score(find_job(job_file), wish=wish)
    if output.format == "table":
        print_explained(explained)
    else:
        output.write(explained.answer(), table=lambda _: None)
