"""Every stage of the way as its own process: rows a second and peak memory, and how both grow.

Runs the command line as a user would, on Higgs (where GRAPHENGINE_DATA names the data) and on
synthetic events, and reads time and peak memory from the operating system's account of each
finished process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.record import Row
from tests.bench.synthetic import write_events

__all__ = ["measure"]

ROOT = Path(__file__).parents[2]
STAGES = ("ingest", "score", "publish")
SIZES = (1_000_000, 10_000_000)
JOB = """
name = "synthetic"
[[sources]]
name = "events"
files = ["events.csv"]
columns = {event = "event", actor = "actor", target = "target", kind = "kind", at = "at", topic = "topic"}
time = {format = "epoch_s"}
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """One finished process."""

    seconds: float
    peak_mib: float


def measure(sizes: tuple[int, ...] = SIZES) -> list[Row]:
    """Rows for Higgs, for each size, and for the growth from the first size to the last."""
    rows: list[Row] = []
    data = os.environ.get("GRAPHENGINE_DATA", "")
    if data and (Path(data) / "higgs").is_dir():
        with tempfile.TemporaryDirectory() as folder:
            rows += _rows("Higgs", 563_069, _run_stages(ROOT / "jobs/examples/higgs.toml", folder))
    measured = {}
    for events in sizes:
        with tempfile.TemporaryDirectory() as folder:
            write_events(Path(folder) / "events.csv", events)
            job = Path(folder) / "job.toml"
            job.write_text(JOB, "utf-8")
            measured[events] = _run_stages(job, folder)
            rows += _rows(f"{events:,} synthetic", events, measured[events])
    return rows + _growth(measured, small=sizes[0], large=sizes[-1])


def _run_stages(job: Path, folder: str) -> dict[str, Stage]:
    text = job.read_text("utf-8")
    copy = Path(folder) / "job.toml"
    if copy != job:
        copy.write_text(f'workspace = "{folder}/workspace"\n' + text, "utf-8")
    return {stage: _process([stage, "--job", str(copy)]) for stage in STAGES}


def _process(arguments: list[str]) -> Stage:
    command = [sys.executable, "-m", "graphengine", *arguments]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        assert child.stderr is not None
        errors = child.stderr.read().decode()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {child.returncode}:\n{errors}")
    return Stage(time.perf_counter() - began, usage.ru_maxrss / 1024)


def _rows(name: str, events: int, stages: dict[str, Stage]) -> list[Row]:
    rows = []
    for stage, seen in stages.items():
        rows.append(_alone(f"{stage} {name}", events / seen.seconds, "events/s"))
        rows.append(_alone(f"{stage} {name}: peak memory", seen.peak_mib, "MiB"))
    return rows


def _growth(measured: dict[int, dict[str, Stage]], *, small: int, large: int) -> list[Row]:
    """Seconds and bytes an event at the large size against the small one: 1 is linear growth."""
    rows = []
    for stage in STAGES if small != large else ():
        a, b = measured[small][stage], measured[large][stage]
        for what, unit, ours, theirs in (
            ("time", "us/event", b.seconds / large * 1e6, a.seconds / small * 1e6),
            ("peak memory", "bytes/event", b.peak_mib / large * 2**20, a.peak_mib / small * 2**20),
        ):
            rows.append(
                Row(f"{stage}: {what} an event at {large:,}", f"ours at {small:,}", ours, theirs,
                    unit, theirs / ours, None, None, None)
            )  # fmt: skip
    return rows


def _alone(work: str, value: float, unit: str) -> Row:
    return Row(work, "", value, None, unit, None, None, None, None)
