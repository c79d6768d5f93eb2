"""Writes a fresh file in a process of its own: on a full disk the engine may end its process.

``python -P loader.py FILE`` reads from stdin one JSON line per statement,
``{"statement": …, "frame": true|false}``, each followed by the Arrow stream of ``$frame`` where it
has one, and at last ``{"end": true}``: without that line the sender was killed and nothing is
finished. It exits 0 when the file is complete and closed, else 1 with a reason on stderr. It
imports nothing of this package, so that it starts quickly.
"""

from __future__ import annotations

import json
import os
import sys
from typing import IO, Any

import ladybug
import pyarrow as pa

__all__ = ["load", "main"]

_LEAST_POOL_BYTES = 1 << 30
_ADDRESS_BYTES = 1 << 38  # of the file at its largest; the engine reserves addresses, no memory


def load(path: str, orders: IO[bytes]) -> None:
    """Execute ``orders`` in a new file at ``path``; one thread keeps rows in the frames' order.

    Raises:
        EOFError: the orders end without their last line.
        RuntimeError: the engine refused.
    """
    database = ladybug.Database(
        path, buffer_pool_size=_pool_bytes(), max_db_size=_ADDRESS_BYTES, max_num_threads=1
    )
    connection = ladybug.Connection(database)
    while not (order := _next(orders)).get("end"):
        parameters: dict[str, Any] = {}
        if order["frame"]:
            with pa.ipc.open_stream(orders) as stream:
                parameters["frame"] = stream.read_all()
        connection.execute(order["statement"], parameters)
    connection.execute("CHECKPOINT")
    connection.close()
    database.close()


def _pool_bytes() -> int:
    """Half of the machine's memory: a limit, not a reservation; a COPY is held until it ends."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(_LEAST_POOL_BYTES, memory // 2)


def _next(orders: IO[bytes]) -> dict[str, Any]:
    line = orders.readline()
    if not line:
        raise EOFError("the sender stopped before the end")
    order: dict[str, Any] = json.loads(line)
    return order


def main(arguments: list[str]) -> int:
    """Load stdin into the file named first; the exit status."""
    try:
        load(arguments[0], sys.stdin.buffer)
    except Exception as refused:  # noqa: BLE001  (the sender gives it its name)
        sys.stderr.write(f"{refused}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
