"""Rows of a benchmark, written to build/bench/<name>.json."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Row", "read_rows", "write_rows"]

FOLDER = Path(__file__).parents[2] / "build" / "bench"


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. ``ratio`` says how many times better ours is; None: no peer did this work.

    ``ours`` and ``theirs`` are in ``unit`` (of which less is better, unless the unit ends in /s);
    ``agree`` says whether the answers were compared and equal before anything was timed;
    ``spread`` is (largest - smallest) / median over the repetitions of ours.
    """

    work: str
    peer: str
    ours: float
    theirs: float | None
    unit: str
    ratio: float | None
    goal: float | None
    agree: bool | None
    spread: float | None


def write_rows(name: str, rows: list[Row]) -> Path:
    """Write the rows of one benchmark and print them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", "utf-8")
    for row in rows:
        against = f" {row.peer}: {row.theirs:.4g}, ratio {row.ratio:.3g}" if row.ratio else ""
        print(f"  {row.work}: {row.ours:.4g} {row.unit}{against}", flush=True)
    return path


def read_rows(name: str) -> list[Row]:
    """The rows of the last run of one benchmark."""
    return [Row(**row) for row in json.loads((FOLDER / f"{name}.json").read_text("utf-8"))]
