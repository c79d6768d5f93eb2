"""graphengine's command line in forks of one warmed-up process: whole processes, started in no time.

The parent imports everything and uses nothing, so that it has no threads of its own when it forks.
Each child has a process group, a folder, its own stdout and stderr, and where a test asks for it a
limit on the size of files, another user, or a call at which it dies or its disk is full.
"""

from __future__ import annotations

import atexit
import ctypes
import importlib
import json
import os
import pkgutil
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from support.killer import at_call, die, refuse
from support.small_disk import enter

__all__ = ["Child", "Ended", "Warm", "warm_parent"]

_POLL = 0.004  # seconds between two looks at a child
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1, 2  # what lets root pass over permissions
_CAPABILITIES_3 = 0x20080522  # the version of the kernel's interface


@dataclass(frozen=True)
class Ended:
    """How a child ended: its exit code, or minus the signal that killed it."""

    code: int
    out: str
    err: str
    calls: int  # that changed the disk; 0 when it was killed

    @property
    def stage(self) -> str:
        """Where the child was: start, ingest, score or publish."""
        lines = self.err.splitlines()
        for word, stage in (("publish ", "publish"), ("build the", "score"), ("ingest ", "ingest")):
            if any(line.startswith(word) for line in lines):
                return stage
        return "start"


class Child:
    """One command line that is running."""

    def __init__(self, parent: Warm, pid: int, folder: Path) -> None:
        self.pid = pid
        self._parent, self._folder = parent, folder
        self._status: int | None = None

    def kill(self, *, group: bool) -> None:
        """SIGKILL, for it alone or with its own children; a child that has ended stays ended."""
        if self.alive():
            with suppress(ProcessLookupError):
                (os.killpg if group else os.kill)(self.pid, signal.SIGKILL)

    def stop(self, number: signal.Signals) -> None:
        """A polite signal."""
        os.kill(self.pid, number)

    def alive(self) -> bool:
        """Whether it is still running."""
        if self._status is None:
            self._status = self._parent.ask(poll=self.pid)["status"]
        return self._status is None

    def said(self) -> str:
        """Its stderr up to now."""
        return self._read("err")

    def wait(self, timeout: float = 120.0) -> Ended:
        """Its end; a child that outlasts ``timeout`` seconds is killed and fails the test."""
        last = time.monotonic() + timeout
        while self.alive():
            if time.monotonic() > last:
                self.kill(group=True)
                raise AssertionError(f"still running after {timeout} s: {self.said()}")
            time.sleep(_POLL)
        assert self._status is not None
        calls = int(self._read("calls") or 0)
        return Ended(self._status, self._read("out"), self._read("err"), calls)

    def _read(self, name: str) -> str:
        file = self._folder / name  # a child killed at once has made none
        return file.read_text("utf-8") if file.exists() else ""


class Warm:
    """The parent, seen from the test."""

    def __init__(self) -> None:
        self._scratch = tempfile.TemporaryDirectory(prefix="graphengine-warm-")
        self._count = 0
        self._server = subprocess.Popen(
            [sys.executable, "-m", "support.warm"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip

    def close(self) -> None:
        """End the parent; children that still run are not its business."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait(timeout=30)
        self._server.stdout.close()
        self._scratch.cleanup()

    def ask(self, **question: Any) -> dict[str, Any]:
        """One question to the parent, and its answer."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(question) + "\n")
        self._server.stdin.flush()
        answer: dict[str, Any] = json.loads(self._server.stdout.readline())
        return answer

    def read_loops(self) -> None:
        """Have the parent read what its children have compiled since it began."""
        assert self.ask(loops="read")["loops"] > 0

    def start(self, *words: str, cwd: Path, env: dict[str, str] | None = None, die_at: int = 0,
              full_at: int = 0, file_size: int = 0, unprivileged: bool = False, disk: int = 0) -> Child:  # fmt: skip
        """Start ``graphengine words`` in ``cwd``.

        ``die_at``, ``full_at``: the number of the call at which it is killed, or from which on
        its disk is full. ``file_size``: no file can grow beyond so many bytes. ``unprivileged``:
        permissions hold for it even where the tests run as root. ``disk``: the
        holder of the small disk that ``cwd`` lies on.
        """
        self._count += 1
        folder = Path(self._scratch.name) / str(self._count)
        folder.mkdir()
        answer = self.ask(
            words=words, cwd=str(cwd), env=env or {}, die_at=die_at, full_at=full_at,
            file_size=file_size, unprivileged=unprivileged, disk=disk, folder=str(folder),
        )  # fmt: skip
        return Child(self, answer["pid"], folder)

    def run(self, *words: str, cwd: Path, **options: Any) -> Ended:
        """``start``, and wait for the end."""
        return self.start(*words, cwd=cwd, **options).wait()


@cache
def warm_parent() -> Warm:
    """The one parent of this test session."""
    parent = Warm()
    atexit.register(parent.close)
    return parent


def _serve() -> None:
    _import_everything()
    _read_compiled_loops()
    answer: dict[str, Any]
    for line in sys.stdin:
        asked = json.loads(line)
        if "loops" in asked:
            answer = {"loops": _read_compiled_loops()}
        elif "poll" in asked:
            answer = {"status": _look(asked["poll"])}
        else:
            answer = {"pid": _fork(asked)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _import_everything() -> None:
    import graphengine

    for module in pkgutil.walk_packages(graphengine.__path__, "graphengine."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _read_compiled_loops() -> int:
    """What numba keeps on disk of the loops, read here once and not by every child; how many forms."""
    from graphengine.influence import kernels
    from graphengine.influence.kernels.compiled import _Deferred

    modules = pkgutil.iter_modules(kernels.__path__, f"{kernels.__name__}.")
    named = [loop for m in modules for loop in vars(importlib.import_module(m.name)).values()]
    read = 0
    for deferred in {id(loop): loop for loop in named if isinstance(loop, _Deferred)}.values():
        loop = deferred._now()
        file = getattr(loop._cache, "_cache_file", None)  # none of a step that others inline
        for signature, *_ in [] if file is None else list(file._load_index()):
            loop.compile(signature)
            read += 1
    return read


def _look(pid: int) -> int | None:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _fork(asked: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.setpgid(0, 0)
        code = _be_graphengine(asked)
    except BaseException:  # noqa: BLE001  (the child must end here, whatever it is)
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _be_graphengine(asked: dict[str, Any]) -> int:
    folder = Path(asked["folder"])
    counted = os.open(folder / "calls", os.O_WRONLY | os.O_CREAT)
    for number, name in ((0, os.devnull), (1, folder / "out"), (2, folder / "err")):
        opened = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT)
        os.dup2(opened, number)
        os.close(opened)
    if asked["disk"]:
        enter(asked["disk"])
    os.chdir(asked["cwd"])
    os.environ.update(asked["env"])
    if asked["file_size"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (asked["file_size"], asked["file_size"]))
    if asked["unprivileged"]:
        _obey_permissions()
    then = refuse(asked["full_at"]) if asked["full_at"] else die(asked["die_at"])
    calls = at_call(then)
    code = _graphengine(asked["words"])
    os.pwrite(counted, str(calls()).encode(), 0)
    return code


def _obey_permissions() -> None:
    """Give up root's way around permissions, for this process and its children."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; refused to those who have none
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the higher halves
    assert libc.capget(header, sets) == 0
    for place in range(3):
        sets[place] &= ~(1 << _DAC_OVERRIDE | 1 << _DAC_READ_SEARCH)
    assert libc.capset(header, sets) == 0


def _graphengine(words: list[str]) -> int:
    from graphengine.cli import main

    sys.argv = ["graphengine", *words]
    try:
        main()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return 0


if __name__ == "__main__":
    _serve()
