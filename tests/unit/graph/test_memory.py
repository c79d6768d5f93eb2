"""What a graph takes on the disk and while it is built, in a process that may hold no more."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def _run(folder: Path, *, gib: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench.memory", "--one", str(folder)]
    return subprocess.run(
        [*command, "--edges", "1000000", "--limit-gib", gib],
        check=False, capture_output=True, text=True,
    )  # fmt: skip


def test_a_million_edges_stay_within_their_bytes(tmp_path: Path) -> None:
    done = _run(tmp_path, gib="2")
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    assert made["structure"] <= 5.5 * made["edges"]
    assert 4 * made["edges"] < made["build"] <= 16 * made["edges"]
    assert made["address"] < 2 * 2**30


def test_the_limit_is_one(tmp_path: Path) -> None:
    done = _run(tmp_path, gib="0.1")
    assert done.returncode != 0
    assert not done.stdout
