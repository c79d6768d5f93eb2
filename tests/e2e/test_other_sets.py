"""The other published data sets, each read by its job file alone, against what its source states."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl
import pytest
from support.data import dataset
from support.run_job import Ran, Silent, endorsers, example_job, read_rows, run_job

from graphengine.model import OVERALL, slug
from graphengine.pipeline import ingest, score

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from graphengine.pipeline.reports import IngestReport


@pytest.fixture(scope="module")
def run_set(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunSet]:
    """A function that runs the job of a data set, once a name."""
    done: dict[str, Ran] = {}

    def run(name: str) -> Ran:
        if name not in done:
            workspace = tmp_path_factory.mktemp(name) / "workspace"
            done[name] = run_job(example_job(name, data=dataset(name).parent, workspace=workspace))
        return done[name]

    yield run


def _counts(report: IngestReport) -> dict[str, tuple[int, ...]]:
    return {
        f.source: (f.read, f.accepted, f.duplicate, f.rejected, f.skipped) for f in report.files
    }
