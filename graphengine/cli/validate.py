"""``graphengine validate``: what the score foretold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from graphengine.cli.console import complain, printable, say
from graphengine.cli.find_job import find_job
from graphengine.cli.options import as_of_option, examples, job_option
from graphengine.cli.output import output_options
from graphengine.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from graphengine.cli.output import Output

__all__ = ["validate"]

_LESS = " less "  # between the two measures of a difference


@click.command(
    epilog=examples(
        "graphengine validate jobs/examples/higgs.toml",
        "graphengine validate --topic ferguson --cut 0.6 --cut 0.8",
        "graphengine validate jobs/nightly.toml --plot-to plots --output validation.csv",
    )
)
@click.argument("named", metavar="[JOB.toml]", type=click.Path(path_type=Path), required=False)
@click.option("--topic", help="One topic, by its slug, name or key; default: all.")
@click.option(
    "--cut",
    "cuts",
    multiple=True,
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="A share of the events, after which time is cut (may be repeated); default: the job's.",
)
@click.option(
    "--plot-to",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Draw every topic that was judged there, as PNG and as SVG.",
)
@as_of_option
@job_option
@output_options
def validate(
    *,
    named: Path | None,
    topic: str | None,
    cuts: tuple[float, ...],
    plot_to: Path | None,
    as_of: int | None,
    job_file: Path | None,
    output: Output,
) -> None:
    """Hold the score against what happened next.

    For each topic and cut: how well the score, and simpler measures beside it, put people in the
    order in which others went on to react to them. With 95 % intervals of resampled people; where
    fewer than 100 people have an outcome, it is too few to judge. Nothing is written into the
    workspace.
    """
    from graphengine.cli.progress import reporting
    from graphengine.pipeline.validation import validate_job
    from graphengine.stores.ports import Answer

    if named is not None and job_file is not None:
        raise UsageError(f"Two jobs are named: {named} and --job {job_file}. Name one.")
    with reporting() as progress:
        report = validate_job(
            find_job(named or job_file), topic=topic, as_of=as_of, cuts=cuts, plot_to=plot_to,
            progress=progress,
        )  # fmt: skip
    rows = tuple(report.table.iter_rows())
    output.write(
        Answer(tuple(report.table.columns), rows, False), table=lambda _: _print(report.table)
    )
    for file in report.plots:
        complain(f"drawn: {file}")


def _print(table: pl.DataFrame) -> None:
    """People and verdicts first, then a table for every topic and metric."""
    import polars as pl

    from graphengine.cli.tables import count, print_table, utc

    whole = table.filter(
        pl.col("measure").is_null() | pl.col("measure").is_in(["score"]),
        ~pl.col("metric").str.contains("R²", literal=True).fill_null(value=False),
    ).unique(["topic", "cut"], keep="first", maintain_order=True)
    print_table(
        ("topic", "cut", "at", "people", "with an outcome", ""),
        [
            (r["topic"], f"{r['cut']:.0%}", utc(r["at"]), count(r["people"]),
             count(r["with_outcome"]), r["verdict"])
            for r in whole.iter_rows(named=True)
        ],
    )  # fmt: skip
    drawn = table.drop_nulls("value")
    for (topic, metric), rows in drawn.group_by("topic", "metric", maintain_order=True):
        _print_metric(str(topic), str(metric), rows)
    if drawn.is_empty():
        say()
        say("Nothing can be said: 100 people with an outcome after the cut are needed to judge.")


def _print_metric(topic: str, metric: str, rows: pl.DataFrame) -> None:
    from graphengine.cli.tables import print_table

    cuts = rows["cut"].unique().sort().to_list()
    found = {(r["measure"], r["cut"]): r for r in rows.iter_rows(named=True)}
    say()
    say(f"{topic}: {printable(metric)}, with its 95 % interval")
    print_table(
        ("measure", *(f"cut at {cut:.0%}" for cut in cuts)),
        [
            (name, *(_cell(found.get((name, cut))) for cut in cuts))
            for name in sorted(rows["measure"].unique(maintain_order=True), key=_place)
        ],
    )


def _place(measure: str) -> int:
    """The score first, then what it is held against, then the differences."""
    return 2 if _LESS in measure else 0 if measure.startswith("score") else 1


def _cell(row: dict[str, Any] | None) -> str | None:
    if row is None:
        return None
    sign = "+" if _LESS in row["measure"] else ""
    value, low, high = (_short(row[name], sign=sign) for name in ("value", "low", "high"))
    return f"{value} ({low} to {high})"


def _short(value: float | None, *, sign: str) -> str:
    if value is None:
        return "-"
    return f"{value:{sign},.0f}" if abs(value) >= 10 else f"{value:{sign}.3f}"
