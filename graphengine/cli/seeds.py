"""``graphengine seeds``: whom to ask, so that most people are reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphengine.cli.console import printable, say, say_json
from graphengine.cli.find_job import find_job
from graphengine.cli.options import as_of_option, examples, job_option, json_option
from graphengine.errors import UsageError

if TYPE_CHECKING:
    from graphengine.pipeline.reports import SeedReport

__all__ = ["seeds"]

_STOPS = {
    "certified": "the share asked for is certain",
    "flat": "more samples no longer raise what is certain; the set may well be better than that",
    "spent": "the budget of samples or seconds is spent",
}


@click.command(
    epilog=examples(
        "graphengine seeds --topic ferguson --k 10",
        "graphengine seeds --topic ferguson --budget 500 --costs costs.csv --exclude x:12345",
        "graphengine seeds --topic chess --topic cooking --k 5 --include chess=x:12345",
    )
)
@click.option(
    "--topic",
    "topics",
    required=True,
    multiple=True,
    help="The topic, by its slug, name or key; or overall. Several are answered in one search.",
)
@click.option("--k", type=click.IntRange(min=1), help="How many people to ask.")
@click.option("--budget", type=float, help="What they may cost together; see --costs.")
@click.option(
    "--costs",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A CSV file with the columns account and cost; without it each costs 1.",
)
@click.option(
    "--audience",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="A CSV file with the columns account and weight, and topic where it differs by topic: how "
    "much it counts to reach each. Others count nothing; without it everybody counts 1.",
)
@click.option(
    "--include",
    multiple=True,
    metavar="WHO",
    help="Somebody who must be in the set; TOPIC=WHO: in that topic's set.",
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="WHO",
    help="Somebody who must not be in it; TOPIC=WHO as well.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.9,
    show_default=True,
    help="The share of the best possible spread that is to be certain.",
)
@click.option(
    "--model",
    type=click.Choice(["independent_cascade", "linear_threshold"]),
    default="independent_cascade",
    show_default=True,
    help="How influence adds up.",
)
@click.option("--random-state", type=click.IntRange(min=0), default=0, show_default=True,
              help="Another number draws other samples; the same number gives the same answer.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after so long.")
@as_of_option
@job_option
@json_option
def seeds(
    *,
    topics: tuple[str, ...],
    k: int | None,
    budget: float | None,
    costs: Path | None,
    audience: Path | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    share: float,
    model: str,
    random_state: int,
    seconds: float | None,
    as_of: int | None,
    job_file: Path | None,
    as_json: bool,
) -> None:
    """Choose the people to ask first in one topic or several.

    Who moves whom is learned from the cascades in the event log; the set is chosen so that, together, they are expected to reach most people. The answer says how much of the best possible spread is certain, and the spread itself with a 95 % interval from samples of its own. With several topics the JSON object holds a list, topics, in the order asked.
    """
    from graphengine import pipeline
    from graphengine.cli.progress import reporting
    from graphengine.pipeline.seed_sets import SeedWish

    if k is None and budget is None:
        raise UsageError("Say how many people to ask (--k), or what they may cost (--budget).")
    if costs is not None and budget is None:
        raise UsageError("Costs need a budget: add --budget.")
    wish = SeedWish(
        topics=topics, k=k, budget=budget, costs=costs, audience=audience, include=include,
        exclude=exclude, share=share, model=model, random_state=random_state, seconds=seconds,  # type: ignore[arg-type]
    )  # fmt: skip
    with reporting() as progress:
        reports = pipeline.seeds(find_job(job_file), wish=wish, as_of=as_of, progress=progress)
    if as_json:
        say_json(reports[0] if len(reports) == 1 else {"topics": reports})
        return
    for n, report in enumerate(reports):
        if n:
            say()
        if len(reports) > 1:
            say(printable(report.topic))
        _print(report)


def _print(report: SeedReport) -> None:
    from itertools import accumulate

    from graphengine.cli.tables import count, print_table

    print_table(
        ("", "account", "adds", "reached together"),
        [
            (n, account, f"{gain:,.1f}", f"{total:,.1f}")
            for n, (account, gain, total) in enumerate(
                zip(report.accounts, report.gains, accumulate(report.gains), strict=True), start=1
            )
        ],
    )
    say()
    whom = "people" if report.audience is None else "of the weight"
    say(
        f"expected spread  {report.spread:,.1f} {whom} ({report.low:,.1f} to {report.high:,.1f}, 95 %), "
        "the seeds counted, from samples that did not choose them"
    )
    if report.audience is not None:
        say(f"audience         {count(report.audience)} people of the topic, by their weights")
    say(
        f"guarantee        at least {report.share:.3f} of the best possible; asked {report.asked:g}"
    )
    say(f"                 {_STOPS[report.stop]}")
    if report.cost is not None:
        say(f"cost             {report.cost:g}")
    say(
        f"learned          by {printable(report.estimator)} from {count(report.cascades)} cascades "
        f"of {printable(report.topic)}, {report.model.replace('_', ' ')}"
    )
    say(f"work             {count(report.sets)} reverse-reachable sets, {report.seconds:.2f} s")
