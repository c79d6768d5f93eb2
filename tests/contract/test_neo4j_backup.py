"""Backup and restore as docs/neo4j-operations.md says it, on a server with docker-compose.yml's settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from support.compose import COMPOSE, neo4j_settings
from support.neo4j_cases import publish, store_of
from support.neo4j_jars import wanted_release
from support.neo4j_machines import Setup
from support.neo4j_server import NoNeo4j, running_server

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.soak  # four starts of a server
def test_a_dump_that_is_loaded_elsewhere_answers_the_same(tmp_path: Path) -> None:
    setup = Setup(wanted_release(), settings=neo4j_settings())
    try:
        with running_server(setup) as first:
            store = store_of(first)
            publish(store, 1)
            publish(store, 2)
            said, card = store.top("j", "t/a", 20), store.card("j", "x:1")
            pointer = store.published("j")
            store.close()
            first.halt()
            first.admin("database", "dump", "neo4j", f"--to-path={tmp_path}")
    except NoNeo4j as missing:
        pytest.skip(str(missing))
    assert [file.name for file in tmp_path.iterdir()] == ["neo4j.dump"]
    with running_server(setup) as second:
        second.halt()
        second.admin(
            "database", "load", "neo4j", f"--from-path={tmp_path}", "--overwrite-destination=true"
        )
        second.restart()
        store = store_of(second)
        try:
            assert store.published("j") == pointer
            assert store.top("j", "t/a", 20) == said
            assert store.card("j", "x:1") == card
            assert said.rows
            publish(store, 3)  # ledger, constraints and indexes came along: the next night goes on
            assert store.published("j") != pointer
        finally:
            store.close()


def test_compose_sets_memory_health_volumes_and_keeps_the_password_secret() -> None:
    text = COMPOSE.read_text("utf-8")
    names = [line.partition("=")[0] for line in neo4j_settings()]
    assert len(set(names)) == len(names)
    assert {"server.memory.heap.max_size", "server.memory.pagecache.size"} <= set(names)
    assert "RETURN 1" in text
    assert "- neo4j-data:/data" in text
    assert "- neo4j-backups:/backups" in text
    assert not re.search(r"\$\{NEO4J_PASSWORD", text), "a container's settings show the password"
    assert not re.search(r"cypher-shell.* -p", text), "the list of processes shows the password"
