"""The first ten reasons of one person at a million edges: as compute after loading, as a command."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from graphengine.scoring import load_anchors
from graphengine.scoring.model import load_model
from graphengine.scoring.parts import DAY
from graphengine.scoring.reasons import explain_numbered, number_evidence
from tests.bench.record import Row
from tests.bench.synthetic import write_events
from tests.unit.scoring.reasons.test_reasons_speed import million_edges

__all__ = ["measure"]

COMPUTE, COMMAND = 0.1, 1.0  # seconds
DAYS, EVENTS = 60, 1_000_000
JOB = """
name = "synthetic"
[[sources]]
name = "events"
files = ["events.csv"]
columns = {event = "event", actor = "actor", target = "target", kind = "kind", at = "at"}
time = {format = "epoch_s"}
[method]
draws = 0
reasons = 0
[validation]
cuts = []
"""


def measure() -> list[Row]:
    """Processor time of the tables, and of the whole command on a log of its own."""
    return [*_compute(), _command()]


def _compute() -> list[Row]:
    numbered = number_evidence(million_edges(), model=load_model(), as_of=int(DAYS * DAY))
    received = np.bincount(numbered.target, minlength=numbered.n)
    order = np.argsort(-received)
    rows = []
    for place in (0, 10, 1_000):
        who, spent = numbered.accounts[int(order[place])], []
        for _ in range(7):
            start = time.thread_time()
            explain_numbered(numbered, who, anchors=load_anchors()).by_endorser(10)
            spent.append(time.thread_time() - start)
        rows.append(
            _row(f"ten reasons at a million edges, the {place + 1:,}. person", spent, COMPUTE)
        )
    return rows


def _command() -> Row:
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder) / "job.toml"
        job.write_text(f'workspace = "{folder}/workspace"\n{JOB}', "utf-8")
        write_events(Path(folder) / "events.csv", EVENTS)
        for step in ("ingest", "score"):
            _spent([step, "--job", str(job)])
        who = _first(job)
        asked = ["explain", who, "--topic", "overall", "--job", str(job)]
        spent = [_spent(asked) for _ in range(5)]
    return _row("graphengine explain, a log of a million events", spent, COMMAND)


def _first(job: Path) -> str:
    from graphengine.job import load_job
    from graphengine.runs import list_runs
    from graphengine.workspace import open_workspace

    run = list_runs(open_workspace(load_job(job), create=False))[-1]
    return str(run.table("scores").sort("rank")["account"][0])


def _spent(arguments: list[str]) -> float:
    """Processor seconds of one process of the command line."""
    command = [sys.executable, "-m", "graphengine", *arguments]
    # as installed: its modules are read as bytecode, which the first command leaves for the others
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet, env=env) as child:
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}")
    return usage.ru_utime + usage.ru_stime


def _row(work: str, spent: list[float], goal: float) -> Row:
    ours = median(spent)
    return Row(
        f"{work}: processor time", "the goal", ours, goal, "s", goal / ours, 1.0, None,
        (max(spent) - min(spent)) / ours,
    )  # fmt: skip
