"""Killed while it publishes to Neo4j, client or server: the same call again, and nothing differs."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.neo4j_cases import everything, large_graph, large_run, small_chunks, store_of
from support.neo4j_server import Neo4jServer, wipe
from support.transactions import Transactions

from graphengine.errors import StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

TESTS = Path(__file__).resolve().parent.parent
SEED = 20_260_101
KEEP = 1  # run 1 is removed once run 2 is served
CHILD = "from support.neo4j_cases import child_main; child_main()"


def _child(server: Neo4jServer) -> AbstractContextManager[subprocess.Popen[str]]:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((str(TESTS), str(TESTS.parent))),
        "CHILD_URI": server.uri,
        "CHILD_USER": server.user,
        "CHILD_PASSWORD": server.password,
        "CHILD_DATABASE": server.database,
        "CHILD_KEEP": str(KEEP),
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
        store.publish(large_run(2), large_graph(), previous=None, keep=KEEP)
    finally:
        store.close()
    return everything(server)


SHARES = ("early", "middle", "late")  # of a publication's transactions: load, publish, prune
SOME = [pytest.param(s, marks=[] if s == "middle" else pytest.mark.soak) for s in SHARES]


@pytest.mark.parametrize("share", SHARES)
def test_a_killed_client_leaves_what_a_repeat_completes(before: Neo4jServer, share: str) -> None:
    _kill_clients(before, share, kills=2)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("share", SHARES)
def test_fifty_killed_clients(before: Neo4jServer, share: str) -> None:
    _kill_clients(before, share, kills=50)


def _kill_clients(server: Neo4jServer, share: str, *, kills: int) -> None:
    with _child(server) as process:
        count = sum(1 for _ in _transactions(process))
    assert process.returncode == 0
    wanted = everything(server)
    assert count > 40
    rng = random.Random(f"{SEED} {share}")
    instants = [_instant(rng, share, count) for _ in range(kills)]
    print(f"seed {SEED}, {count} transactions, killed at {instants}")
    wipe(server, keep_rules=True)
    _publish_first(server)
    for number, instant in enumerate(instants):
        _kill_at(server, instant, wait_s=rng.uniform(0, 0.02))
        if number % 2 and number + 1 < kills:  # every other time the next is killed at its work
            continue
        with _child(server) as process:
            rest = sum(1 for _ in _transactions(process))
        assert process.returncode == 0
        assert 0 < rest <= count
        assert everything(server) == wanted
        wipe(server, keep_rules=True)
        _publish_first(server)


def _instant(rng: random.Random, share: str, count: int) -> int:
    """The number of a transaction in a third of the publication; the first ones only claim."""
    third = SHARES.index(share)
    return max(4, min(count, int(count * (third + rng.random()) / len(SHARES))))


def _kill_at(server: Neo4jServer, transaction: int, *, wait_s: float) -> None:
    """SIGKILL the client ``wait_s`` after a transaction has begun, or as its last; a run is served."""
    with _child(server) as process:
        for number, _ in enumerate(_transactions(process), start=1):
            if number == transaction:
                time.sleep(wait_s)
                process.send_signal(signal.SIGKILL)
                break
    assert process.returncode in (-signal.SIGKILL, 0)  # one that goes on may have less to do
    _assert_whole_run(server)


def _assert_whole_run(server: Neo4jServer) -> None:
    store = store_of(server)
    try:
        served = store.published("j")
        rows = store.top("j", "t/a", 1000).rows
    finally:
        store.close()
    assert served is not None
    assert served.run in (large_run(1).run, large_run(2).run)
    assert len(rows) == large_run(1).scores.height / 2


@pytest.mark.parametrize("share", SOME)
def test_a_killed_server_loses_nothing_and_doubles_nothing(
    before: Neo4jServer, monkeypatch: pytest.MonkeyPatch, share: str
) -> None:
    _kill_servers(before, monkeypatch, share, kills=1)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("share", SHARES)
def test_fifty_killed_servers(
    before: Neo4jServer, monkeypatch: pytest.MonkeyPatch, share: str
) -> None:
    _kill_servers(before, monkeypatch, share, kills=50)


def _kill_servers(
    server: Neo4jServer, monkeypatch: pytest.MonkeyPatch, share: str, *, kills: int
) -> None:
    if server.how != "maven":
        pytest.skip("only a JVM of our own can be killed")
    told = Transactions(monkeypatch)
    wanted = _never_killed(server)
    count, rng = told.seen, random.Random(f"{SEED} {share}")
    for _ in range(kills):
        wipe(server, keep_rules=True)
        _publish_first(server)
        at = _instant(rng, share, count)
        print(f"seed {SEED}, the server killed at transaction {at} of {count}")
        _kill_server_at(server, told, at, wait_s=rng.uniform(0, 0.02))
        _assert_whole_run(server)
        assert _never_killed(server) == wanted


def _kill_server_at(
    server: Neo4jServer, told: Transactions, transaction: int, *, wait_s: float
) -> None:
    store = store_of(server)
    reached = told.at(transaction)
    try:
        with ThreadPoolExecutor(1) as pool:
            publication = pool.submit(
                store.publish, large_run(2), large_graph(), previous=None, keep=KEEP
            )
            while not reached.wait(1):  # however busy the machine is
                assert not publication.done(), publication.exception()
            time.sleep(wait_s)
            server.kill()
            server.restart()
            with contextlib.suppress(StoreUnavailableError):  # or it was tried again long enough
                publication.result()
    finally:
        store.close()
