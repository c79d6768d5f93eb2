"""Stopped politely, killed as a process of its own, started twice, read while it publishes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support.outcome import prepared, rows, workspace
from support.unharmed import DONE, RUN, wrong_at_the_end, wrong_meanwhile

from graphengine.stores.embedded import EmbeddedStore

if TYPE_CHECKING:
    from pathlib import Path

    from support.outcome import Outcome
    from support.warm import Child, Warm

SEED = 20_261_125
STAGES = ("ingest ", "build the graphs", "follow the cascades", "publish ")
TOP = (
    "MATCH (p:Pointer {key: $job}) MATCH (a:Account)-[s:SCORED]->(t:Topic) "
    "WHERE s.run = p.run AND s.topic = $topic "
    "RETURN p.run AS run, s.rank AS rank, a.key AS account, s.score AS score ORDER BY rank, account"
)


def reach(child: Child, stage: str) -> None:
    """Wait until the child says that it has come to ``stage``."""
    last = time.monotonic() + 120
    while stage not in child.said():
        assert child.alive(), f"ended before {stage}: {child.said()}"
        assert time.monotonic() < last, f"never came to {stage}: {child.said()}"
        time.sleep(0.002)


@pytest.mark.parametrize(
    ("stage", "group"),
    [
        (STAGES[0], False),
        (STAGES[1], True),
        (STAGES[2], False),
        (STAGES[3], False),
        (STAGES[3], True),
    ],
    ids=["ingest", "graphs-ctrl-c", "cascades", "publish", "publish-ctrl-c"],
)
def test_a_polite_stop_is_75_and_resumes(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path, *, stage: str, group: bool
) -> None:
    """A scheduler sends SIGTERM to the process; Ctrl-C sends SIGINT to its children too."""
    folder = prepared(tmp_path / "job", before=first)
    child = warm.start(*RUN, cwd=folder)
    reach(child, stage)
    if stage == STAGES[-1]:  # somewhere in the long stage, where children work for us
        time.sleep(random.Random(SEED + group).uniform(0.0, 0.3) * second.seconds)
    if group:
        os.killpg(child.pid, signal.SIGINT)
    else:
        child.stop(signal.SIGTERM)
    ended = child.wait()
    assert ended.code == 75, ended.err
    assert ended.err.splitlines()[-1] == "graphengine: stopped; the same command resumes"
    assert "Traceback" not in ended.err
    assert ended.out == ""
    assert wrong_meanwhile(folder, (first, second)) == []
    assert warm.run(*RUN, cwd=folder).code == 0
    assert wrong_at_the_end(folder, second) == []


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_processes_of_their_own_die_and_resume(warm: Warm, first: Outcome, tmp_path: Path) -> None:
    """The same without the warm parent: interpreters started by nobody but the operating system."""
    folder = prepared(tmp_path / "job", before=None)
    last = random.Random(SEED).randrange(first.calls // 3, first.calls)
    dead = subprocess.run(
        [sys.executable, "-m", "support.killer", str(last), *RUN],
        cwd=folder, env=_environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert dead.returncode == -signal.SIGKILL, f"seed {SEED}, call {last}: {dead.stderr}"
    assert wrong_meanwhile(folder, (None, first)) == []
    command = [sys.executable, "-m", "graphengine", *RUN]
    with subprocess.Popen(
        command, cwd=folder, env=_environment(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    ) as child:  # fmt: skip
        assert child.stderr is not None
        assert any("publish " in line for line in child.stderr)
        time.sleep(random.Random(SEED + 1).uniform(0, 0.5))
        os.killpg(child.pid, signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert wrong_meanwhile(folder, (None, first)) == []
    again = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert wrong_at_the_end(folder, first) == []


def test_a_second_start_is_75_at_once_and_names_the_holder(
    warm: Warm, first: Outcome, tmp_path: Path
) -> None:
    folder = prepared(tmp_path / "job", before=None)
    holder = warm.start(*RUN, cwd=folder)
    reach(holder, "ingest ")
    holder.stop(signal.SIGSTOP)
    try:
        for words in (RUN, ("ingest", "--job", "job.toml"), ("score", "--job", "job.toml")):
            began = time.monotonic()
            refused = warm.run(*words, cwd=folder)
            assert time.monotonic() - began < 5
            assert (refused.code, refused.out) == (75, "")
            assert f"held by pid {holder.pid} (run) since 20" in refused.err
            assert "Try again when that one has ended" in refused.err
            assert "Traceback" not in refused.err
    finally:
        holder.stop(signal.SIGCONT)
    assert holder.wait().code == 0
    assert wrong_at_the_end(folder, first) == []


def test_the_record_of_a_dead_holder_blocks_nobody(
    warm: Warm, first: Outcome, tmp_path: Path
) -> None:
    folder = prepared(tmp_path / "job", before=None)
    holder = warm.start(*RUN, cwd=folder)
    reach(holder, "build the graphs")
    holder.kill(group=True)
    assert holder.wait().code == -signal.SIGKILL
    assert (workspace(folder).root / "lock.json").exists()
    assert warm.run(*RUN, cwd=folder).code == 0
    assert wrong_at_the_end(folder, first) == []


@pytest.mark.parametrize("call", [10, 14, 16, 18, 20])
def test_a_rollback_that_is_killed_and_repeated_stays_rolled_back(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path, call: int
) -> None:
    folder = tmp_path / "job"
    shutil.copytree(second.folder, folder)
    back = ("rollback", "--job", "job.toml")
    assert warm.run(*back, cwd=folder, die_at=call).code == -signal.SIGKILL
    assert warm.run(*back, cwd=folder).code in DONE
    before, after = rows(first.folder)[0][0][1], rows(folder)[0][0][1]
    assert after == before
    assert warm.run(*RUN, cwd=folder).code == 99
    assert rows(folder)[0][0][1] == before, "the run that was taken back came back by itself"


def test_a_reader_never_sees_two_runs_mixed(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path
) -> None:
    """One query at a time, as fast as they come, while a further run is made and published."""
    folder = prepared(tmp_path / "job", before=first)
    asked = {"job": "small", "topic": "small/chess"}

    def ask(store: EmbeddedStore) -> tuple[tuple[object, ...], ...]:
        return tuple(store.query(TOP, asked, timeout_s=60, row_limit=1000).rows)

    before, after = (ask(EmbeddedStore(workspace(o.folder).store)) for o in (first, second))
    assert before
    assert before != after
    reader, seen = EmbeddedStore(workspace(folder).store), []
    child = warm.start(*RUN, cwd=folder)
    while child.alive():
        seen.append(ask(reader))
        top = reader.top("small", "small/chess", 5).rows  # the look-up that `top` makes
        assert len(top) >= 5
    assert child.wait().code == 0
    seen.append(ask(reader))
    seen.append(ask(EmbeddedStore(workspace(folder).store)))
    assert set(seen) == {before, after}
    assert seen == sorted(seen, key=lambda rows: rows == after), "a reader went back in time"
    assert rows(folder) == second.rows
