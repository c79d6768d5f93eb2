"""Reads a finished file as a stranger would, in a process of its own that may crash.

``python -P check.py FILE`` takes on stdin a JSON list of ``{"match": …, "returns": […],
"expected": […]}``: what to match, the expressions to return, and the one row they must give. It
exits 0 when every row is as expected, else 1 with a sentence per difference on stderr. It imports
the engine alone, so that it starts quickly, whatever the package has loaded.
"""

from __future__ import annotations

import json
import math
import sys
from typing import Any

import ladybug

__all__ = ["differences", "main"]

_POOL_BYTES = 512 << 20
_ADDRESS_BYTES = 1 << 36


def differences(path: str, questions: list[dict[str, Any]]) -> list[str]:
    """A sentence for every expression whose value in the file is not the expected one."""
    database = ladybug.Database(
        path, buffer_pool_size=_POOL_BYTES, max_db_size=_ADDRESS_BYTES, read_only=True
    )
    connection = ladybug.Connection(database)
    found: list[str] = []
    for question in questions:
        returns = [f"{text} AS c{n}" for n, text in enumerate(question["returns"])]
        result: Any = connection.execute(f"{question['match']} RETURN {', '.join(returns)}")
        rows = result.get_all()
        row = rows[0] if len(rows) == 1 else [None] * len(returns)
        found += [
            f"{question['match']}: {text} is {value}, not {wanted}"
            for text, value, wanted in zip(
                question["returns"], row, question["expected"], strict=True
            )
            if not _same(value, wanted)
        ]
    return found


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, float) and value is not None:
        both_nan = math.isnan(value) and math.isnan(wanted)
        return both_nan or math.isclose(value, wanted, rel_tol=1e-9)
    return bool(value == wanted)


def main(arguments: list[str]) -> int:
    """Check the file named first against the questions on stdin; the exit status."""
    try:
        found = differences(arguments[0], json.load(sys.stdin))
    except Exception as broken:  # noqa: BLE001  (a damaged file makes the engine raise anything)
        found = [f"it cannot be read: {type(broken).__name__}: {broken}"]
    sys.stderr.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
