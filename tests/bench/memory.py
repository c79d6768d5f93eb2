"""Memory of a graph larger than a process may hold: an R-MAT graph built and ranked on disk.

    python -m tests.bench.memory --edges 200000000 --limit-gib 4

Each size runs in a process of its own. The build reads edges chunk by chunk, so that only the
structure, the ranges of a build and the vectors of a solve are ever held. The peak of
all resident pages is the kernel's own high-water mark (VmHWM), mapped files among them, which
the system drops when something else needs the room. Anonymous memory, which it cannot drop, is
sampled every 10 ms where Python's lock is free, so a short peak can be missed: the high-water mark
bounds it from above.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["main", "measured"]

EDGE_FACTOR, BUILD = 16, Path("build")
SIZES = (1_000_000, 4_000_000, 16_000_000, 64_000_000, 200_000_000)
HEAD = (
    "| edges read | nodes | edges kept | bytes an edge on disk | build peak, bytes an edge | "
    "solve peak, bytes an edge | all peak, MiB | resident, MiB | build, s CPU | solve, s CPU | "
    "sweeps | error bound |\n|" + "---:|" * 12
)


class Watch:
    """The highest anonymous and resident memory of this process while it is entered, in bytes."""

    def __init__(self, *, limit: int) -> None:
        self._limit, self._over = limit, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.anonymous = self.resident = 0

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.resident = now()[1]

    def _look(self) -> None:
        while not self._over.is_set():
            anonymous, _ = now()
            self.anonymous = max(self.anonymous, anonymous)
            if anonymous > self._limit:
                print(
                    f"held {anonymous:,} bytes where {self._limit:,} are allowed", file=sys.stderr
                )
                sys.stderr.flush()
                os._exit(1)
            self._over.wait(0.01)


def now() -> tuple[int, int]:
    """Anonymous memory of this process now, and the most that was ever resident."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    held = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("Rss")}
    held |= {line.split(":")[0]: line.split()[1] for line in lines if line.startswith("VmHWM")}
    return int(held["RssAnon"]) * 1024, int(held["VmHWM"]) * 1024


def measured(edges: int, *, limit: int, folder: Path) -> dict[str, Any]:
    """Build and rank about ``edges`` R-MAT edges in this process; what it took."""
    from graphengine.graph.build import build_structure
    from graphengine.influence.ranking import pagerank
    from tests.bench.rmat import rmat_edges

    scale = max(1, (edges // EDGE_FACTOR - 1).bit_length())
    factor = max(1, round(edges / (1 << scale)))
    pagerank(_tiny())  # compiled code is loaded, so that it is not counted
    chunk = min(1 << 20, max(1 << 14, edges >> 6))
    list(rmat_edges(4, 1, seed=1))
    base = now()[0]
    made: dict[str, Any] = {"edges_read": factor << scale}
    with Watch(limit=limit) as watch:
        began = time.process_time()
        s = build_structure(
            lambda: rmat_edges(scale, factor, seed=1, chunk=chunk), folder, nodes=1 << scale
        )
        made["build_cpu"] = time.process_time() - began
    with Watch(limit=limit) as solving:
        began = time.process_time()
        found = pagerank(s, tolerance=1e-8)
        made["solve_cpu"] = time.process_time() - began
    made |= {
        "build_peak": watch.anonymous - base,
        "solve_peak": solving.anonymous - base,
        "peak": max(watch.anonymous, solving.anonymous),
        "resident": max(watch.resident, solving.resident),
        "nodes": s.n,
        "edges": s.m,
        "disk": sum(path.stat().st_size for path in folder.iterdir()),
        "sweeps": found.sweeps,
        "error_bound": found.error_bound,
    }
    return made


def _tiny() -> Any:
    import numpy as np

    from graphengine.graph.structure import laid_out

    return laid_out(np.array([0, 1, 2]), np.array([1, 0]), np.array([1.0, 2.0]))


def _row(made: dict[str, Any]) -> str:
    m = made["edges"]
    return (
        f"| {made['edges_read']:,} | {made['nodes']:,} | {m:,} | {made['disk'] / m:.2f} "
        f"| {made['build_peak'] / m:.1f} | {made['solve_peak'] / m:.1f} "
        f"| {made['peak'] >> 20:,} | {made['resident'] >> 20:,} | {made['build_cpu']:.1f} "
        f"| {made['solve_cpu']:.1f} | {made['sweeps']} | {made['error_bound']:.1e} |"
    )


def _in_a_process(edges: int, *, limit: int) -> dict[str, Any]:
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="memory-") as held:
        needed, free = edges * 16, shutil.disk_usage(held).free
        if free < needed:
            raise SystemExit(f"{edges:,} edges need {needed:,} bytes of disk; {free:,} are free")
        command = [sys.executable, "-m", "tests.bench.memory", "--one", held]
        command += ["--edges", str(edges), "--limit-gib", str(limit / 2**30)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def main(arguments: list[str]) -> None:
    """Run the sizes asked for, and print a row of the table for each."""
    parser = argparse.ArgumentParser(prog="tests.bench.memory", description=__doc__)
    parser.add_argument("--edges", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--limit-gib", type=float, default=4.0)
    parser.add_argument("--one", type=Path, help="run in this process, in this empty folder")
    asked = parser.parse_args(arguments)
    limit = int(asked.limit_gib * 2**30)
    if asked.one is not None:
        print(json.dumps(measured(asked.edges[0], limit=limit, folder=asked.one)))
        return
    print(HEAD)
    for edges in asked.edges:
        print(_row(_in_a_process(edges, limit=limit)), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
