"""A process that SIGKILLs itself at its n-th call that touches a folder.

Counted are audit events (PEP 578) whose first argument is a path inside the folder: open, rename,
mkdir, chmod, remove.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
CHILD_ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent)])}


@dataclass
class Calls:
    """How many calls have touched the folder so far."""

    n: int = 0


def die_at_call(root: str, last: int) -> Calls:
    """From now on, count calls inside ``root`` and die at the ``last``-th (0: never)."""
    calls = Calls()

    def count(_event: str, arguments: tuple[object, ...]) -> None:
        if arguments and isinstance(arguments[0], str | bytes | os.PathLike):
            if not os.fsdecode(arguments[0]).startswith(root):
                return
            calls.n += 1
            if calls.n == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    return calls
