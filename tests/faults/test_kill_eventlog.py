"""SIGKILL while files go into the event log; then the same again: the same bytes as never killed.

Half the children die at their n-th call that touches the log (audit events: open, rename, mkdir,
remove), the others at a moment of time, which may lie inside a write; n and moment are seeded.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support.die_at_call import CHILD_ENVIRONMENT
from support.log_rows import tree
from support.log_story import FILES, ingest

from graphengine.eventlog import EventLog

if TYPE_CHECKING:
    from pathlib import Path

SEED = 20261124
KILLS_AT_CALLS, KILLS_AT_TIMES = 8, 4

CHILD = """
import sys
from pathlib import Path
from support.die_at_call import die_at_call
from support.log_story import ingest

root, last = sys.argv[1], int(sys.argv[2])
calls = die_at_call(root, last)
print("ready", flush=True)
ingest(Path(root))
print(calls.n, flush=True)
"""


def child(root: Path, last: int) -> subprocess.Popen[str]:
    """Ingest in a process of its own that kills itself at call ``last`` (0: never)."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(root), str(last)],
        env=CHILD_ENVIRONMENT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], int, float]:
    """The tree of an ingest that nobody killed, its calls, its seconds."""
    root = tmp_path_factory.mktemp("whole")
    process = child(root, 0)
    begun = time.monotonic()
    output, _ = process.communicate(timeout=60)
    return tree(root), int(output), time.monotonic() - begun


def check(root: Path, whole: dict[str, bytes]) -> None:
    """What the dead left reads as whole batches; the same command again makes it all there."""
    left = EventLog(root / "log")
    assert left.verify() == []
    assert [batch.source for batch in left.batches()] == ["s"] * left.last_batch
    committed = [entry for entry in whole if entry.startswith("log/ledger/0")]
    for entry in sorted(committed)[: left.last_batch]:
        assert (root / entry).read_bytes() == whole[entry]
    left.interactions()
    assert ingest(root).last_batch == len(FILES)
    assert tree(root) == whole


@pytest.mark.parametrize("kill", range(KILLS_AT_CALLS))
def test_killed_at_a_call(
    whole: tuple[dict[str, bytes], int, float], tmp_path: Path, kill: int
) -> None:
    files, calls, _ = whole
    share = random.Random(SEED + kill).random()
    last = 1 + int((kill + share) * calls / KILLS_AT_CALLS)  # one in each eighth of the story
    process = child(tmp_path, min(last, calls - 1))  # the last call follows the last commit
    process.communicate(timeout=60)
    assert process.returncode == -9
    assert tree(tmp_path) != files
    check(tmp_path, files)


@pytest.mark.parametrize("kill", range(KILLS_AT_TIMES))
def test_killed_at_a_moment(
    whole: tuple[dict[str, bytes], int, float], tmp_path: Path, kill: int
) -> None:
    files, _, seconds = whole
    chance = random.Random(SEED - 1 - kill)
    for attempt in range(3):  # a child may be dead, alive or done when the moment comes
        process = child(tmp_path, 0)
        time.sleep(chance.uniform(0, seconds / (2 + attempt)))
        process.kill()
        process.communicate(timeout=60)
    check(tmp_path, files)
