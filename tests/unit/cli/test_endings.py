"""How commands end: exit codes, signals, closed pipes, defects; never a traceback."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from graphengine import errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from support.fake_pipeline import FakePipeline

ROOT = Path(__file__).parents[3]
DELIBERATE = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", DELIBERATE, ids=lambda k: k.__name__)
def test_every_deliberate_error_ends_with_its_code(
    type_in: Callable[..., Result], fake: FakePipeline, kind: type[errors.GraphengineError]
) -> None:
    fake.answers["run"] = kind("What came, what was needed.")
    ended = type_in("run", "toy.toml")
    assert (ended.exit_code, ended.stdout) == (kind.exit_code, "")
    assert ended.stderr.endswith("What came, what was needed.\n")
    assert "Traceback" not in ended.stderr
    ended = type_in("run", "toy.toml", "--json")
    assert ended.exit_code == kind.exit_code
    assert json.loads(ended.stdout)["exit_code"] == kind.exit_code


def test_a_defect_is_one_sentence(
    type_in: Callable[..., Result], fake: FakePipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake.answers["run"] = ZeroDivisionError("division by zero")
    ended = type_in("run", "toy.toml")
    assert ended.exit_code == 70
    last = ended.stderr.splitlines()[-1]
    assert "ZeroDivisionError: division by zero" in last
    assert "defect" in last
    assert ".graphengine/toy/journal.jsonl" in last
    assert "Traceback" not in ended.stderr
    monkeypatch.setenv("GRAPHENGINE_DEBUG", "1")
    assert "Traceback" in type_in("run", "toy.toml").stderr


def test_a_full_disk_is_73(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    fake.answers["run"] = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "runs/x")
    ended = type_in("run", "toy.toml")
    assert ended.exit_code == 73
    assert "runs/x" in ended.stderr
    fake.answers["run"] = OSError(errno.EIO, "Input/output error")
    assert type_in("run", "toy.toml").exit_code == 70


def test_ctrl_c_is_75(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    fake.answers["run"] = KeyboardInterrupt()
    ended = type_in("run", "toy.toml")
    assert ended.exit_code == 75
    assert ended.stderr.endswith("graphengine: stopped; the same command resumes\n")


def test_usage_errors_are_2(type_in: Callable[..., Result]) -> None:
    assert type_in("run").exit_code == 2
    assert type_in("rum").exit_code == 2
    assert type_in("run", "toy.toml", "--frob").exit_code == 2
    assert type_in().exit_code == 2


def _child(script: str, folder: Path, **options: object) -> subprocess.Popen[str]:
    """The command line in a process of its own, with a pipeline made by ``script``."""
    # a suite started by nohup hands down an ignored SIGHUP, which the program would respect
    listens = "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_DFL)\n"
    begins = "from graphengine import pipeline\nfrom graphengine.cli import main\n"
    code = f"{listens}{begins}{script}\nmain()"
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    return subprocess.Popen(
        [sys.executable, "-c", code, *options.pop("words", ("run", "toy.toml"))],  # type: ignore[misc]
        cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path, **options},  # type: ignore[dict-item]
    )  # fmt: skip


def test_a_stop_that_compiled_code_swallows_is_one_all_the_same(folder: Path) -> None:
    """A callback of a library may drop the exception, and the library then raise one of its own."""
    script = """
import os
def swallowed(job, **_):
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise TypeError("unprintable") from None
pipeline.run = swallowed
"""
    child = _child(script, folder)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 75
    assert said.endswith("graphengine: stopped; the same command resumes\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stop_signals_end_cleanly(folder: Path, number: signal.Signals) -> None:
    script = """
import time
def slow(job, **_):
    try:
        print("started", flush=True)
        time.sleep(60)
    finally:
        print("cleaned", flush=True)
pipeline.run = slow
"""
    child = _child(script, folder)
    assert child.stdout is not None
    assert child.stdout.readline() == "started\n"
    began = time.monotonic()
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    assert time.monotonic() - began < 20
    assert (child.returncode, out) == (75, "cleaned\n")
    assert err == "graphengine: stopped; the same command resumes\n"


def test_a_closed_pipe_is_quiet(folder: Path) -> None:
    script = """
from graphengine.stores.ports import Answer
rows = tuple((i, "x:1", None, "n" * 50, 1.0, 1.0, 1) for i in range(20_000))
columns = ("rank", "account", "handle", "name", "score", "pct", "endorsers")
pipeline.top = lambda job, **_: Answer(columns, rows)
"""
    words = ("top", "a", "--format", "csv", "--job", "toy.toml")
    with _child(script, folder, words=words) as child:
        assert child.stdout is not None
        assert child.stdout.readline().startswith("rank,")
        child.stdout.close()
        assert child.stderr is not None
        assert child.stderr.read() == ""
        assert child.wait(timeout=30) == 0


def test_a_defect_in_a_real_process_shows_no_traceback(folder: Path) -> None:
    child = _child("def bad(job, **_): return {}['x']\npipeline.run = bad", folder)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, out) == (70, "")
    assert err.startswith("graphengine: unexpected KeyError: 'x'. This is a defect")
    assert err.count("\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_any_text_on_any_terminal(folder: Path, encoding: str) -> None:
    script = """
from graphengine.stores.ports import Answer
pipeline.query = lambda job, **_: Answer(("wer",), (("Zoë \\u4f60",), ("\\x1b[2J\\ud800",)))
"""
    words = ("query", "q", "--job", "toy.toml")
    child = _child(script, folder, words=words, PYTHONIOENCODING=encoding)
    out, err = child.communicate(timeout=30)
    assert (child.returncode, err) == (0, "")
    assert "\x1b" not in out
    assert ("Zoë" in out) == (encoding == "utf-8")
    assert out.isascii() == (encoding == "ascii")
