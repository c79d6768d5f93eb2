"""Reads a finished file as a stranger would, in a process of its own that may crash.

``python -P check.py FILE`` takes on stdin a JSON list of ``{"match": …, "returns": […],
"expected": […]}``: what to match, the expressions to return, and the one row they must give. Where
a question has ``"sums": {topic: [rows, sum]}`` instead, the rows of each topic, the first expression,
must come to that. It exits 0 when every row is as expected, else 1 with a sentence per difference on stderr. It imports
the engine alone, so that it starts quickly, whatever the package has loaded.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from typing import TYPE_CHECKING, Any

import ladybug

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["differences", "main", "sums_of"]

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
        if "sums" in question:
            found += _other_sums(connection, question)
            continue
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


def sums_of(rows: Iterable[Sequence[Any]]) -> dict[str, list[int]]:
    """Per topic, the first value of a row: how many rows, and the sum of their hashes mod 2^64.

    Any changed bit of a row changes the sum; the order of rows does not.

    >>> rows = [("t", "x:1", 0.5), ("t", "x:2", 0.25)]
    >>> sums_of(rows) == sums_of(rows[::-1]), sums_of([("t", "x:1", -0.0)]) == sums_of([("t", "x:1", 0.0)])
    (True, False)
    """
    sums: dict[str, list[int]] = {}
    for row in rows:
        digest = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=8).digest()
        of_topic = sums.setdefault(row[0], [0, 0])
        of_topic[0] += 1
        of_topic[1] = (of_topic[1] + int.from_bytes(digest, "big")) % (1 << 64)
    return sums


def _other_sums(connection: ladybug.Connection, question: dict[str, Any]) -> list[str]:
    result: Any = connection.execute(f"{question['match']} RETURN {', '.join(question['returns'])}")
    there, wanted = sums_of(_rows(result)), question["sums"]
    return [
        f"{question['match']}: the topic {topic} has {there.get(topic, [0])[0]} rows of "
        f"{wanted.get(topic, [0])[0]}, or not the same ones"
        for topic in sorted(there.keys() | wanted.keys(), key=str)
        if there.get(topic) != wanted.get(topic)
    ]


def _rows(result: Any) -> Iterator[list[Any]]:
    while result.has_next():
        yield result.get_next()


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
