"""Runs: immutable, checksummed folders of scores, and which of them each store serves."""

from __future__ import annotations

from graphengine.runs.folder import Run, list_runs, load_run, prune_runs, verify_run, write_run
from graphengine.runs.identity import run_id
from graphengine.runs.publication import (
    Publication,
    is_rolled_back,
    protected_runs,
    read_publication,
    record_published,
    record_rollback,
)

__all__ = [
    "Publication",
    "Run",
    "is_rolled_back",
    "list_runs",
    "load_run",
    "protected_runs",
    "prune_runs",
    "read_publication",
    "record_published",
    "record_rollback",
    "run_id",
    "verify_run",
    "write_run",
]
