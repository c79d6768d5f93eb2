"""The picture of a comparison: two runs' scores of the same topics, and those who moved most."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from graphengine.errors import InputError
from graphengine.runs import load_run
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from graphengine.job import Job
    from graphengine.pipeline.reports import ComparisonReport

__all__ = ["PLOT_FORMATS", "comparison_plot"]

PLOT_FORMATS = ("png", "svg")
_MOVERS = {
    "topic": pl.String, "account": pl.String, "score_before": pl.Float64, "score": pl.Float64
}  # fmt: skip


def comparison_plot(job: Job, report: ComparisonReport, *, form: str) -> bytes:
    """What ``report`` tells, drawn; ``form`` is one of PLOT_FORMATS.

    Raises:
        InputError: another form, or a run that is no longer there.
    """
    from graphengine.plots.base import png_of, svg_of
    from graphengine.plots.comparison import comparison_figure

    if form not in PLOT_FORMATS:
        raise InputError(f"A plot is drawn as {' or '.join(PLOT_FORMATS)}, not as {form!r}.")
    workspace = open_workspace(job, create=False)
    topics = [change.topic for change in report.topics]
    before, after = (
        load_run(workspace, run).table("scores").filter(pl.col("topic").is_in(topics))
        for run in (report.before, report.after)
    )
    rows = [{name: mover[name] for name in _MOVERS} for mover in report.movers]
    fig = comparison_figure(
        before, after, pl.DataFrame(rows, schema=_MOVERS), names=(report.before, report.after)
    )
    return png_of(fig) if form == "png" else svg_of(fig).encode("utf-8")
