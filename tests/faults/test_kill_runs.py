"""SIGKILL while runs are written, published, rolled back and pruned; then the same again.

The child dies at its n-th call that touches the workspace (audit events: open, rename, mkdir, chmod,
remove), for seeded n over the whole story.
"""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support.die_at_call import CHILD_ENVIRONMENT
from support.run_cases import story

from graphengine.runs import list_runs, protected_runs, verify_run
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20261124
KILLS = 10

CHILD = """
import sys
from pathlib import Path
from support.die_at_call import die_at_call
from support.run_cases import story
from graphengine.workspace import Workspace

root, last = sys.argv[1], int(sys.argv[2])
calls = die_at_call(root, last)
story(Workspace(Path(root)))
print(calls.n)
"""


def child(root: Path, last: int) -> subprocess.CompletedProcess[str]:
    """Play the story in a process of its own that kills itself at call ``last`` (0: never)."""
    return subprocess.run(
        [sys.executable, "-c", CHILD, str(root), str(last)],
        env=CHILD_ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def tree(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], int]:
    """The files at the end of an undisturbed story, and how many calls it made."""
    root = tmp_path_factory.mktemp("unharmed") / "ws"
    done = child(root, 0)
    assert done.returncode == 0, done.stderr
    return tree(root), int(done.stdout)


@pytest.mark.parametrize("place", range(KILLS))
def test_killed_and_repeated_is_as_never_killed(
    tmp_path: Path, unharmed: tuple[dict[str, bytes], int], place: int
) -> None:
    files, calls = unharmed
    span = calls / KILLS  # one instant in every tenth of the story
    last = 1 + int((place + random.Random(SEED + place).random()) * span)
    print(f"seed {SEED}, killed at call {last} of {calls}")
    root = tmp_path / "ws"
    assert child(root, last).returncode == -signal.SIGKILL
    ws = Workspace(root)
    found = {run.id: verify_run(run) for run in list_runs(ws)}
    assert not any(found.values()), found
    assert protected_runs(ws) <= found.keys()
    story(ws)
    assert tree(root) == files
    assert not list(root.rglob(".*"))
