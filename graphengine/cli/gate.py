"""How a publication ends that the gate held back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from graphengine.cli.application import state
from graphengine.cli.console import complain
from graphengine.errors import HeldBackError

if TYPE_CHECKING:
    from graphengine.pipeline.reports import PublishReport

__all__ = ["end_if_held_back"]


def end_if_held_back(report: PublishReport) -> None:
    """Say which rules a run breaks and what to do, then end with exit code 3; else nothing."""
    if not report.gated:
        return
    if not state().as_json:
        for gate in report.gated:
            complain(
                f"held back: {gate.store} goes on serving {gate.published}, because in {report.run}"
            )
            for text in gate.broken:
                complain(f"  {text}")
            complain(f"look at it: graphengine compare {gate.published} {report.run}")
            complain(
                f'publish it all the same: graphengine publish {report.run} --to {gate.store} --accept "why"'
            )
    click.get_current_context().exit(HeldBackError.exit_code)
