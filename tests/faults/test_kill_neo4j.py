"""Killed while it publishes to Neo4j, client or server: the same call again, and nothing differs."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.neo4j_cases import everything, large_graph, large_run, small_chunks, store_of
from support.neo4j_server import Neo4jServer, wipe

from graphengine.bolt.link import Link
from graphengine.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

TESTS = Path(__file__).resolve().parent.parent
SEED = 20_260_101
CHILD = "from support.neo4j_cases import child_main; child_main()"


def _child(server: Neo4jServer) -> AbstractContextManager[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent))),
        "CHILD_URI": server.uri,
        "CHILD_USER": server.user,
        "CHILD_PASSWORD": server.password,
        "CHILD_DATABASE": server.database,
    }
    return subprocess.Popen(
        [sys.executable, "-c", CHILD], env=environment, stdout=subprocess.PIPE, text=True
    )


def _transactions(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    yield from process.stdout


@pytest.fixture
def before(empty_neo4j: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> Neo4jServer:
    """Run 1 is served, over the first batch of the log alone."""
    small_chunks(monkeypatch, 10)
    _publish_first(empty_neo4j)
    return empty_neo4j


def _publish_first(server: Neo4jServer) -> None:
    store = store_of(server)
    try:
        parts = large_graph()
        first = type(parts)(parts.parts[:1])
        store.publish(large_run(1), first, previous=None, keep=2)
    finally:
        store.close()


def _never_killed(server: Neo4jServer) -> list[str]:
    store = store_of(server)
    try:
        store.publish(large_run(2), large_graph(), previous=None, keep=2)
    finally:
        store.close()
    return everything(server)


def test_a_killed_client_leaves_what_a_repeat_completes(before: Neo4jServer) -> None:
    with _child(before) as process:
        count = sum(1 for _ in _transactions(process))
    assert process.returncode == 0
    wanted = everything(before)
    assert count > 25
    rng = random.Random(SEED)
    early = [rng.randrange(4, count // 3) for _ in range(3)]  # the first three transactions claim
    late = [[rng.randrange(count // 2, count)] for _ in range(3)]
    print(f"seed {SEED}, {count} transactions, killed at {early} and {late}")
    for instants in (early, *late):
        wipe(before)
        _publish_first(before)
        for instant in instants:
            _kill_at(before, instant, wait_s=rng.uniform(0, 0.02))
        with _child(before) as process:
            rest = sum(1 for _ in _transactions(process))
        assert process.returncode == 0
        assert 0 < rest < count
        assert everything(before) == wanted


def _kill_at(server: Neo4jServer, transaction: int, *, wait_s: float) -> None:
    """SIGKILL the client ``wait_s`` after a transaction has begun; a whole run is served."""
    with _child(server) as process:
        for number, _ in enumerate(_transactions(process), start=1):
            if number == transaction:
                time.sleep(wait_s)
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode == -signal.SIGKILL
    store = store_of(server)
    try:
        served = store.published("j")
        rows = store.top("j", "t/a", 1000).rows
    finally:
        store.close()
    assert served is not None
    assert served.run in (large_run(1).run, large_run(2).run)
    assert len(rows) == large_run(1).scores.height / 2


def test_a_killed_server_loses_nothing_and_doubles_nothing(
    before: Neo4jServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before.how != "maven":
        pytest.skip("only a JVM of our own can be killed")
    wanted = _never_killed(before)
    wipe(before)
    _publish_first(before)
    reached = threading.Event()
    _tell_at(monkeypatch, random.Random(SEED).randrange(10, 30), reached)
    store = store_of(before)
    try:
        with ThreadPoolExecutor(1) as pool:
            publication = pool.submit(
                store.publish, large_run(2), large_graph(), previous=None, keep=2
            )
            assert reached.wait(60)
            before.kill()
            before.restart()
            with contextlib.suppress(StoreUnavailableError):  # or it was tried again long enough
                publication.result()
        store.publish(large_run(2), large_graph(), previous=None, keep=2)
    finally:
        store.close()
    assert everything(before) == wanted


def _tell_at(monkeypatch: pytest.MonkeyPatch, transaction: int, reached: threading.Event) -> None:
    write, seen = Link.write, iter(range(1, 1_000_000))

    def counted(self: Link, work: Any) -> Any:
        if next(seen) == transaction:
            reached.set()
        return write(self, work)

    monkeypatch.setattr(Link, "write", counted)
