"""Memory of a graph on the disk: R-MAT graphs of Graph500 built and ranked, each in a process.

    python -m tests.bench.memory --edges 1000000 200000000 --limit-gib 4

The limit is the system's own, on the whole address space of a process (RLIMIT_AS): code, heap,
stacks and every mapped file count, used or not. What would go beyond it fails, so a size that
has a row stayed within; the highest that was asked for (VmPeak) is in the table. It is harder than
a limit of a container, which gives pages of files back.

Peaks are the most that was resident at any time (VmHWM, set back before each phase), less what
the process held before: exact, and with the pages of mapped files, which the system takes back
where something else needs them. Edges are made chunk by chunk; the graph has the people with an
edge, as the graph of a topic has. A structure is allowed 5.5 bytes an edge, a build 16.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.record import Row, write_rows

__all__ = ["main", "measured"]

EDGE_FACTOR, BUILD = 16, Path("build")
SIZES = (1_000_000, 4_000_000, 16_000_000, 64_000_000, 200_000_000)
TOLERANCE = 1e-8
ALLOWED = {"structure": 5.5, "build: peak": 16.0}  # bytes an edge


def measured(edges: int, folder: Path) -> dict[str, Any]:
    """Build and rank about ``edges`` R-MAT edges in this process; what it took."""
    from graphengine.graph.build import build_structure
    from graphengine.influence.ranking import pagerank
    from tests.bench.rmat import rmat_edges

    scale = max(1, round(edges / EDGE_FACTOR - 1).bit_length())
    factor = max(1, round(edges / (1 << scale)))
    pagerank(_tiny())  # compiled code is loaded, so that it is not counted
    chunk = min(1 << 20, max(1 << 14, edges >> 6))
    list(rmat_edges(4, 1, seed=1))
    made: dict[str, Any] = {"read": factor << scale}
    base, began = _from_here("VmRSS"), time.process_time()
    s = build_structure(
        lambda: rmat_edges(scale, factor, seed=1, chunk=chunk), folder,
        nodes=1 << scale, everyone=False,
    )  # fmt: skip
    made |= {"build": _status("VmHWM") - base, "build_cpu": time.process_time() - began}
    _from_here("VmRSS")
    began = time.process_time()
    found = pagerank(s, tolerance=TOLERANCE)
    made |= {"solve": _status("VmHWM") - base, "solve_cpu": time.process_time() - began}
    if not (found.error_bound <= TOLERANCE and abs(found.value.sum() - 1.0) <= TOLERANCE):
        raise SystemExit(f"the ranking of {edges:,} edges is not what its certificate says")
    return made | {
        "people": s.n,
        "edges": s.m,
        "structure": s.nbytes,
        "disk": sum(path.stat().st_size for path in folder.iterdir()),
        "address": _status("VmPeak"),
        "sweeps": found.sweeps,
    }


def _tiny() -> Any:
    import numpy as np

    from graphengine.graph.structure import laid_out

    return laid_out(np.array([0, 1, 2]), np.array([1, 0]), np.array([1.0, 2.0]))


def _status(name: str) -> int:
    """A figure of this process, in bytes."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def _from_here(name: str) -> int:
    """Let the high-water mark begin anew, and give what is held now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")
    return _status(name)


def _rows(made: dict[str, Any], limit: float) -> list[Row]:
    read, m = f"R-MAT {made['read']:,}", made["edges"]
    kept = f"{read}: {made['people']:,} people, {m:,} edges kept"
    return [
        _row(f"{kept}; structure", made["structure"] / m, "bytes/edge", ALLOWED["structure"]),
        _row(f"{read}: build: peak", made["build"] / m, "bytes/edge", ALLOWED["build: peak"]),
        _row(f"{read}: solve: peak", made["solve"] / m, "bytes/edge"),
        _row(f"{read}: address space", made["address"] / 2**30, "GiB", limit),
        _row(f"{read}: build", made["build_cpu"] / m * 1e9, "ns/edge"),
        _row(f"{read}: solve, {made['sweeps']} sweeps", made["solve_cpu"] / m * 1e9, "ns/edge"),
    ]


def _row(work: str, ours: float, unit: str, most: float | None = None) -> Row:
    if most is None:
        return Row(work, "", ours, None, unit, None, None, None, None)
    return Row(work, "the goal", ours, most, unit, most / ours, 1.0, None, None)


def _growth(small: dict[str, Any], large: dict[str, Any]) -> list[Row]:
    """What an edge costs at the largest size against the smallest; a ratio of 1 is linear growth."""
    rows = []
    for name, unit, scale in (
        ("structure", "bytes/edge", 1.0), ("build", "bytes/edge", 1.0), ("solve", "bytes/edge", 1.0),
        ("build_cpu", "ns/edge", 1e9), ("solve_cpu", "ns/edge", 1e9),
    ):  # fmt: skip
        ours, theirs = (scale * made[name] / made["edges"] for made in (large, small))
        work = f"{name.replace('_', ' ')} an edge at {large['read']:,}"
        peer = f"ours at {small['read']:,}"
        rows.append(Row(work, peer, ours, theirs, unit, theirs / ours, None, None, None))
    return rows


def _in_a_process(edges: int, *, limit: float) -> dict[str, Any]:
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="memory-") as held:
        needed, free = edges * 16, shutil.disk_usage(held).free
        if free < needed:
            raise SystemExit(f"{edges:,} edges need {needed:,} bytes of disk; {free:,} are free")
        command = [sys.executable, "-m", "tests.bench.memory", "--one", held]
        command += ["--edges", str(edges), "--limit-gib", str(limit)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def main(arguments: list[str]) -> None:
    """Run the sizes asked for, and write what was found to build/bench/memory.json."""
    parser = argparse.ArgumentParser(prog="tests.bench.memory", description=__doc__)
    parser.add_argument("--edges", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--limit-gib", type=float, default=4.0)
    parser.add_argument("--one", type=Path, help="run in this process, in this empty folder")
    asked = parser.parse_args(arguments)
    if asked.one is not None:
        most = int(asked.limit_gib * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        print(json.dumps(measured(asked.edges[0], asked.one)))
        return
    found, rows = [], []
    for edges in asked.edges:
        found.append(_in_a_process(edges, limit=asked.limit_gib))
        rows += _rows(found[-1], asked.limit_gib)
        print(json.dumps(found[-1]), flush=True)
    if len(found) > 1:
        rows += _growth(found[0], found[-1])
    write_rows("memory", rows)


if __name__ == "__main__":
    main(sys.argv[1:])
