"""``graphengine watch``: which posts are about to go far."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from graphengine.cli.console import complain, say
from graphengine.cli.find_job import find_job
from graphengine.cli.options import as_of_option, examples, job_option
from graphengine.cli.output import Output, output_options
from graphengine.errors import UsageError

if TYPE_CHECKING:
    from graphengine.pipeline.watch import Thresholds, Watched
    from graphengine.stores.ports import Answer

__all__ = ["watch"]

_SIZE = 100


@click.command(
    epilog=examples(
        "graphengine watch jobs/demo.toml --once",
        "graphengine watch --topic ferguson --size 500 --as-of 2014-08-14T12:00:00Z",
        "graphengine watch --speed 60 --alerts alerts.jsonl --format csv --output now.csv",
    )
)
@click.argument("job", required=False, metavar="[JOB.toml]", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True, help="Look once and end. It always does, for now.")
@click.option(
    "--size",
    type=click.IntRange(1),
    metavar="RESHARES",
    help=f"List posts that will be reshared that often in the end; default {_SIZE}, unless --speed "
    "is given.",
)
@click.option(
    "--speed",
    type=click.IntRange(1),
    metavar="RESHARES",
    help="List posts that were reshared that often in the last hour.",
)
@click.option(
    "--within",
    type=click.FloatRange(0, min_open=True),
    default=24.0,
    show_default=True,
    metavar="HOURS",
    help="Only posts that were reshared that lately.",
)
@click.option("--topic", metavar="NAME", help="Only posts of this topic: its slug, name or key.")
@click.option(
    "--top",
    "number",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    metavar="N",
    help="How many to show; --alerts takes all.",
)
@click.option(
    "--alerts",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Append those that pass as JSON lines, each post once per threshold.",
)
@as_of_option
@job_option
@output_options
def watch(
    job: Path | None, *, once: bool, size: int | None, speed: int | None, within: float,
    topic: str | None, number: int, alerts: Path | None, as_of: int | None,
    job_file: Path | None, output: Output,
) -> None:  # fmt: skip
    """List posts that are about to go far.

    Posts whose predicted final size, or whose speed, passes a threshold, with how sure that is.
    Reads the job's event log as `run` or `ingest` left it; needs no score. The time is that of the
    latest event, so run `ingest` first. Nothing passing is an answer too, and exits with 0.
    """
    from graphengine.cli.tables import counted
    from graphengine.pipeline.alerts import add_alerts
    from graphengine.pipeline.watch import Thresholds, watch_posts
    from graphengine.stores.ports import Answer

    del once
    if job and job_file:
        raise UsageError(
            f"The job is named twice: {job} and --job {job_file}. Keep one of the two."
        )
    if size is None and speed is None:
        size = _SIZE
    meant, asked = find_job(job or job_file), Thresholds(size, speed, within)
    found = watch_posts(meant, thresholds=asked, topic=topic, as_of=as_of)
    new = None if alerts is None else add_alerts(alerts, found, job=meant.name, thresholds=asked)
    shown = Answer(found.answer.columns, found.answer.rows[:number])
    output.write(shown, table=lambda rows: _print(rows, found, asked))
    if new is not None:
        complain(f"{counted(new, 'new alert', 'new alerts')} in {alerts}")


def _print(shown: Answer, found: Watched, asked: Thresholds) -> None:
    from graphengine.cli.tables import count, print_table, utc

    total = len(found.answer.rows)
    which = ", or ".join(
        text.format(count(limit))
        for text, limit in (
            ("{} or more reshares expected in the end", asked.size),
            ("{} or more in the last hour", asked.speed),
        )
        if limit is not None
    )
    if total:
        print_table(
            ("post", "author", "age", "reshares", "last hour", "predicted", "90 %", "sure"),
            [_cells(dict(zip(shown.columns, row, strict=True))) for row in shown.rows],
        )
        say()
    say(f"{utc(found.as_of)}: {_verdict(found, asked, which)}")
    if total > len(shown.rows):
        complain(f"only the first {count(len(shown.rows))}; --top shows more")
    for line in _remarks(found, asked):
        complain(line)


def _verdict(found: Watched, asked: Thresholds, which: str) -> str:
    total, lately = len(found.answer.rows), f"in the last {asked.within_hours:g} h"
    if not found.watched:
        return f"nothing to watch: no post was reshared {lately}"
    if found.watched == 1:
        return f"the only post reshared {lately} {'passes' if total else 'does not pass'}: {which}"
    who = f"{total:,}" if total else "none"
    verb = "pass" if total > 1 else "passes"
    return f"{who} of {found.watched:,} posts reshared {lately} {verb}: {which}"


def _cells(row: dict[str, object]) -> tuple[object, ...]:
    low, high, sure = row["low"], row["high"], row["sure"]
    between = f"{low:,.0f} - {high:,.0f}" if high is not None else "no upper end"
    predicted = row["predicted"]
    return (
        row["post"],
        row["author"],
        _age(float(row["age_hours"])),  # type: ignore[arg-type]
        f"{row['reshares']:,}",
        f"{row['last_hour']:,}",
        _expected(predicted, explosive=bool(row["explosive"])),
        None if low is None else between,
        None if sure is None else _percent(float(sure)),  # type: ignore[arg-type]
    )


def _expected(predicted: object, *, explosive: bool) -> str | None:
    if predicted is None:
        return "explosive" if explosive else None
    return f"explosive, {predicted:,.0f}" if explosive else f"{predicted:,.0f}"


def _age(hours: float) -> str:
    return f"{hours * 60:.0f} min" if hours < 2 else f"{hours:.0f} h" if hours < 48 else (
        f"{hours / 24:.0f} d"
    )  # fmt: skip


def _percent(share: float) -> str:
    """Never 0 % or 100 % of what is not certain."""
    if share >= 1:
        return "reached"
    return f"{min(max(share * 100, 1), 99):.0f}%"


def _remarks(found: Watched, asked: Thresholds) -> list[str]:
    """What a reader must know to trust the numbers."""
    from graphengine.cli.tables import counted

    lines = []
    columns = found.answer.columns.index
    if asked.size is not None and found.answer.rows:
        by_formula = sum(not row[columns("calibrated")] for row in found.answer.rows)
        if by_formula == 0:
            lines.append(f"sure: by what {found.finished:,} finished posts of this job did")
        else:
            lines.append(
                f"sure: {by_formula:,} by the formula alone, which is far too sure (docs/watch.md); "
                "it takes 30 finished posts (3 days old) to do better"
            )
    told = (
        ("unknown_followers", "event", "by somebody of unknown followers: given the median"),
        ("assumed_start", "post", "without a time of its own: taken from its first reshare"),
        ("untimed", "reshare", "without a time: left out"),
    )
    for name, thing, text in told:
        if number := found.counts[name]:
            lines.append(f"{counted(number, thing, f'{thing}s')} {text}")
    if found.unknown and asked.size is not None:
        lines.append(f"no forecast for {found.unknown:,}: too new, or nobody follows who posted")
    return lines
