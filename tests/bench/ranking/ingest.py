"""From a Parquet file with text ids to arrays of numbered people, beside polars and DuckDB.

A row is one endorsement: two ids of some fifteen letters. Every side ends with two arrays of
positions and the list of ids, has its own threads, and runs in a process of its own, so that its
peak is its own: the most that was resident, less what it held before.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from tests.bench.neo4j.timing import Timing, of, rates
from tests.bench.record import Row

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SIDES", "measure"]

ROWS = {"small": 1_000_000, "full": 10_000_000}
GOAL, RATE, PEAK, REPEATS = 2.0, 1.2e6, 100.0, 5
Arrays = tuple[np.ndarray, np.ndarray, int]


def measure(size: str) -> list[Row]:
    """Rows a second and bytes a row at the peak, of each side that is installed."""
    with tempfile.TemporaryDirectory() as held:
        path = Path(held) / "rows.parquet"
        _write(path, ROWS[size])
        found = {name: _in_a_process(name, path) for name in SIDES if _installed(name)}
    ours, work = found["ours"], f"ingest, Parquet to arrays, {ROWS[size]:,} rows"
    mine = of(ours["seconds"])
    made = [
        Row(work, "the goal", ROWS[size] / mine.seconds, RATE, "rows/s",
            ROWS[size] / mine.seconds / RATE, 1.0, None, mine.spread),
        Row(f"{work}: peak", "the goal", ours["peak"] / ROWS[size], PEAK, "bytes/row",
            PEAK * ROWS[size] / ours["peak"], 1.0, None, None),
    ]  # fmt: skip
    for name in list(SIDES)[1:]:
        if name not in found:
            made.append(
                Row(work, f"{name}: not installed", 0.0, None, "rows/s", None, GOAL, None, None)
            )
            continue
        made += _beside(work, name, mine, ours, found[name])
    return made


def _beside(work: str, name: str, mine: Timing, ours: dict, theirs: dict) -> list[Row]:
    rows, peer = (
        ours["rows"],
        f"{name} {metadata.version(name.split(maxsplit=1)[0])}, its own threads",
    )
    agree = theirs["answer"] == ours["answer"]
    return [
        rates(work, peer, (rows, mine), (rows, of(theirs["seconds"])), goal=GOAL, agree=agree),
        Row(f"{work}: peak", peer, ours["peak"] / rows, theirs["peak"] / rows, "bytes/row",
            theirs["peak"] / ours["peak"], None, agree, None),
    ]  # fmt: skip


def _write(path: Path, rows: int) -> None:
    """Ids by a power law: many rows of few people, many people with few rows."""
    rng = np.random.default_rng(0)
    ends = (rows // 4 * rng.random((2, rows)) ** 3).astype(np.int64)
    named = [pl.Series(e).cast(pl.String).str.zfill(9).str.replace("^", "x:user-") for e in ends]
    pl.DataFrame({"source": named[0], "target": named[1]}).write_parquet(path)


def _ours(path: Path) -> Arrays:
    from graphengine.edges.files import read_edges

    edges = read_edges(path)
    return edges.source, edges.target, edges.people


def _polars(path: Path) -> Arrays:
    table = pl.read_parquet(path)
    both = pl.concat([table["source"], table["target"]]).cast(pl.Categorical)
    codes = both.to_physical().to_numpy()
    return codes[: len(table)], codes[len(table) :], both.n_unique()


def _duckdb(path: Path) -> Arrays:
    import duckdb

    base = duckdb.connect()
    base.execute(f"CREATE TABLE rows AS SELECT source, target FROM read_parquet('{path}')")
    base.execute(
        "CREATE TABLE ids AS SELECT id, row_number() OVER () - 1 AS i FROM "
        "(SELECT source AS id FROM rows UNION SELECT target FROM rows)"
    )
    found = base.execute(
        "SELECT a.i AS u, b.i AS v FROM rows JOIN ids a ON a.id = source JOIN ids b ON b.id = target"
    ).fetchnumpy()
    return found["u"], found["v"], base.execute("SELECT count(*) FROM ids").fetchall()[0][0]


SIDES: dict[str, Callable[[Path], Arrays]] = {
    "ours": _ours,
    "polars Categorical": _polars,
    "duckdb": _duckdb,
}


def _installed(name: str) -> bool:
    try:
        return name == "ours" or bool(metadata.version(name.split(maxsplit=1)[0]))
    except metadata.PackageNotFoundError:
        return False


def _in_a_process(name: str, path: Path) -> dict:
    command = [sys.executable, "-m", "tests.bench.ranking.ingest", name, str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(done.stdout))


def _child(name: str, path: Path) -> dict:
    """Once from nothing for the peak, then the repetitions; the answer whatever the numbering."""
    side, seconds = SIDES[name], []
    side(_few(path))  # imports and compiled code are not counted
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the high-water mark begins anew
    base = _status("VmRSS")
    u, v, people = side(path)
    peak = _status("VmHWM") - base
    given, taken = (np.sort(np.unique(a, return_counts=True)[1]) for a in (u, v))
    answer = [len(u), int(people), *(int((a * np.arange(len(a))).sum()) for a in (given, taken))]
    for _ in range(REPEATS):
        began = time.perf_counter()
        side(path)
        seconds.append(time.perf_counter() - began)
    return {"rows": len(u), "seconds": seconds, "peak": peak, "answer": answer}


def _status(name: str) -> int:
    """A figure of this process, in bytes."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) * 1024


def _few(path: Path) -> Path:
    few = path.with_name("few.parquet")
    if not few.exists():
        _write(few, 1_000)
    return few


if __name__ == "__main__":
    print(json.dumps(_child(sys.argv[1], Path(sys.argv[2]))))
