"""``graphengine compare``: two runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphengine.cli.console import complain, printable, say, say_json
from graphengine.cli.find_job import find_job
from graphengine.cli.options import examples, job_option, json_option
from graphengine.errors import UsageError

if TYPE_CHECKING:
    from graphengine.pipeline.reports import ComparisonReport

__all__ = ["compare"]


@click.command(
    epilog=examples(
        "graphengine compare 2026-11-21-0123456789ab 2026-11-22-89ab01234567",
        "graphengine compare 2026-11-21 2026-11-22 --topic ferguson -n 20",
        "graphengine compare 2026-11-21 2026-11-22 --plot moved.svg",
    )
)
@click.argument("before", metavar="RUN")
@click.argument("after", metavar="RUN")
@click.option("--topic", help="One topic, by its slug, name or key; default: all.")
@click.option(
    "-n", type=click.IntRange(min=1), default=10, show_default=True, help="Movers of each topic."
)
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Draw the scores before and after and the movers there; it ends in .png or .svg.",
)
@job_option
@json_option
def compare(
    *,
    before: str,
    after: str,
    topic: str | None,
    n: int,
    plot: Path | None,
    job_file: Path | None,
    as_json: bool,
) -> None:
    """Say who moved between two runs, and why.

    For each topic: how many people moved by more than the points of [gate], how alike the two
    orders are, how much of the top 100 is new, both distributions; then those who moved most, with
    what changed beside their score. The last lines say what the gate makes of it. A run may be
    named by the beginning of its id.
    """
    from graphengine import pipeline

    form = None if plot is None else _form(plot)
    job = find_job(job_file)
    report = pipeline.compare(job, runs=(before, after), topic=topic, n=n)
    if plot is not None and form is not None:
        from graphengine.cli.output import save
        from graphengine.pipeline.comparison_plot import comparison_plot

        save(plot, comparison_plot(job, report, form=form))
        complain(f"drawn: {plot}")
    if as_json:
        say_json(report)
    else:
        _print(report)


def _form(plot: Path) -> str:
    form = plot.suffix.lstrip(".").lower()
    if form not in ("png", "svg"):
        raise UsageError(f"A plot ends in .png or .svg, and {plot} in neither. Name it so.")
    return form


def _print(report: ComparisonReport) -> None:
    from graphengine.cli.tables import count, one_decimal, print_table

    say(f"{report.before} and {report.after}")
    for (method, anchors), name in zip(report.versions, ("before", "after"), strict=True):
        say(f"  {name:<7} method {method}, anchors {anchors}")
    say()
    moved = f"moved > {report.points:g}"
    print_table(
        ("topic", "in both", "came", "left", moved, "correlation", "top 100 gone"),
        [
            (
                t.topic, count(t.both), count(t.came), count(t.left), count(t.moved),
                None if t.correlation is None else round(t.correlation, 4), f"{t.churn:.0%}",
            )
            for t in report.topics
        ],
    )  # fmt: skip
    say()
    say("Scores, before and after")
    print_table(
        ("topic", "5 %", "25 %", "median", "75 %", "95 %", "highest"),
        [
            (t.topic, *(f"{one_decimal(a)} > {one_decimal(b)}" for a, b in _pairs(t)))
            for t in report.topics
        ],
    )
    _print_movers(report)
    say()
    if report.broken:
        say("The gate would hold the second back while the first is served:")
        for text in report.broken:
            say(f"  {printable(text)}")
    else:
        say("The gate has nothing against the second in the place of the first.")


def _pairs(topic: Any) -> list[tuple[float | None, float | None]]:
    from itertools import zip_longest

    from graphengine.scoring.comparison import QUANTILES

    pairs = list(zip_longest(topic.before, topic.after))
    return pairs or [(None, None)] * len(QUANTILES)


def _print_movers(report: ComparisonReport) -> None:
    from graphengine.cli.tables import one_decimal, print_table

    if not report.movers:
        return
    say()
    say("Who moved most")
    print_table(
        ("topic", "account", "change", "score", "rank", "endorsers", "base", "credit"),
        [
            (
                m["topic"], m["account"], f"{m['change']:+.1f}",
                *(
                    f"{one_decimal(m[f'{c}_before'])} > {one_decimal(m[c])}"
                    if c == "score"
                    else f"{_plain(m[f'{c}_before'])} > {_plain(m[c])}"
                    for c in ("score", "rank", "endorsers", "raw", "credit")
                ),
            )
            for m in report.movers
        ],
    )  # fmt: skip


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else f"{value:,}"
