"""Counts the calls by which a process changes the disk, and stops it at the n-th of them.

Every way to change a file that graphengine's Python code has is a call that Python announces (audit
events: open for writing, rename, remove, mkdir, chmod, a child process) or os.fsync. Between two of
them nothing that lasts happens, so the n-th for every n is every instant that can be told apart.

``python -m support.killer N run JOB.toml`` is graphengine that dies of SIGKILL at its N-th call.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["at_call", "die", "main", "refuse"]

_NAMES = {
    "os.chmod", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "subprocess.Popen",
}  # fmt: skip
_FREES = {"os.chmod", "os.remove", "os.rmdir", "subprocess.Popen"}  # a full disk allows these
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_ELSEWHERE = ("/dev/", "/proc/")


def at_call(then: Callable[[int, str, str], None]) -> Callable[[], int]:
    """Call ``then(n, event, path)`` before the n-th call; the answer tells n at any time."""
    calls = 0

    def count(event: str, path: str) -> None:
        nonlocal calls
        calls += 1
        then(calls, event, path)

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITES and _is_data(path):
                count(event, os.fsdecode(path))
        elif event in _NAMES and _is_data(arguments[0]):
            count(event, str(arguments[0]))

    sync = os.fsync

    def counted_sync(descriptor: int) -> None:
        count("os.fsync", "")
        sync(descriptor)

    os.fsync = counted_sync
    sys.addaudithook(heard)
    return lambda: calls


def _is_data(path: object) -> bool:
    if not isinstance(path, str | bytes | os.PathLike):
        return False
    text = os.fsdecode(path)
    return not text.startswith(_ELSEWHERE) and "__pycache__" not in text


def die(last: int) -> Callable[[int, str, str], None]:
    """Die before call ``last``, as of kill -9."""

    def then(number: int, event: str, path: str) -> None:
        if number == last:
            os.kill(os.getpid(), signal.SIGKILL)

    return then


def refuse(first: int) -> Callable[[int, str, str], None]:
    """From call ``first`` on, whatever needs room is answered as by a full disk."""

    def then(number: int, event: str, path: str) -> None:
        if number >= first and event not in _FREES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path or None)

    return then


def main(arguments: list[str]) -> None:
    """graphengine with the words after the first, which is the number of the last call."""
    from graphengine.cli import main as graphengine

    at_call(die(int(arguments[0])))
    sys.argv = ["graphengine", *arguments[1:]]
    graphengine()


if __name__ == "__main__":
    main(sys.argv[1:])
