"""The server's disk is full while a run is published: exit 73, and after a restart with room all is whole."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from support.neo4j_cases import everything, large_graph, large_run, sent, store_of
from support.neo4j_jars import LTS, fetched_jars, java_of
from support.neo4j_machines import Jvm, Setup
from support.neo4j_server import Neo4jServer
from support.small_disk import NoSmallDisk, SmallDisk, small_disk

from graphengine.bolt import Address, open_link
from graphengine.errors import CannotWriteError, StoreUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROOM = 160 << 20
LEFT = 2 << 20  # bytes
LOGS = ("db.tx_log.rotation.size=1m", "db.tx_log.rotation.retention_policy=2M size")


@contextmanager
def on_a_small_disk(disk: SmallDisk) -> Iterator[Neo4jServer]:
    """A server whose home lies on the disk, seen from within the disk's namespace."""
    java, jars, nsenter = java_of(LTS.java), fetched_jars(LTS), shutil.which("nsenter")
    if not (java and jars and nsenter):
        pytest.skip("Java 17, Maven and nsenter are needed")
    jvm = Jvm(java, jars, Setup(settings=LOGS))
    jvm.home.rmdir()
    jvm.home = disk.inside / "home"
    jvm.home.mkdir()
    jvm.prepare()
    shutil.copytree(jvm.home, disk.root / "home")
    enter = (nsenter, "-t", str(disk.holder), "-U", "-m", "--preserve-credentials")
    jvm._java = (*enter, *jvm._java)
    try:
        jvm.start()
        yield Neo4jServer(jvm.uri, "neo4j", jvm.password, how="maven", machine=jvm)
    finally:
        jvm.kill()


@pytest.mark.soak  # a server that has stopped a database is slow to say so
def test_full_while_it_is_written_to(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "disk", ROOM) as disk, on_a_small_disk(disk) as server:
            _fill_and_recover(disk, server)
    except NoSmallDisk:
        pytest.skip("nothing can be mounted here")


def _fill_and_recover(disk: SmallDisk, server: Neo4jServer) -> None:
    _publish(server, 1)
    held = everything(server)
    ballast = disk.fill(leaving=LEFT)
    with pytest.raises(CannotWriteError, match="could not write") as said:
        _write_much(server)
    assert said.value.exit_code == 73
    assert "restarted" in str(said.value)
    assert len(str(said.value)) < 600
    with pytest.raises(StoreUnavailableError, match="Make room, restart") as stopped:
        _publish(server, 2)
    assert stopped.value.exit_code == 69
    ballast.unlink()
    server.kill()
    server.restart()
    assert everything(server) == held
    assert sent(server, "MATCH (x:Ballast) RETURN count(x)") == [[0]]
    _publish(server, 2)
    store = store_of(server)
    try:
        served = store.published("j")
    finally:
        store.close()
    assert served is not None
    assert served.run == large_run(2).run


def _write_much(server: Neo4jServer) -> None:
    """A transaction of more bytes than are left."""
    address = Address(server.uri, server.user, server.database)
    opened = open_link(address, server.password)

    def work(tx: Any) -> None:
        text = "UNWIND range(1, 20000) AS i CREATE (:Ballast {s: toString(i) + $s})"
        tx.run(text, s="x" * 200).consume()

    try:
        opened.write(work)
    finally:
        opened.close()


def _publish(server: Neo4jServer, number: int) -> None:
    store = store_of(server)
    try:
        store.publish(large_run(number), large_graph(), previous=None, keep=2)
    finally:
        store.close()
