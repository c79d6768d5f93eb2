"""Addresses that are none, and a port where nobody listens."""

from __future__ import annotations

import socket
import time

import pytest

from graphengine.errors import ConfigurationError, StoreUnavailableError
from graphengine.stores.neo4j import Neo4jStore

SECRET = "correct-horse"


def _connect(uri: str) -> None:
    Neo4jStore.connect(uri, user="neo4j", password=SECRET, database="neo4j")


@pytest.mark.parametrize(
    "uri",
    ["http://db:7474", "https://db", "db:7687", "", "bolt://", "bolt://db:port", "bolt://db:99999"],
)
def test_what_is_no_bolt_address_is_a_mistake_in_the_job_file(uri: str) -> None:
    with pytest.raises(ConfigurationError, match=r"neo4j\.uri") as said:
        _connect(uri)
    assert SECRET not in str(said.value)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(ConfigurationError, match="password_env") as said:
        _connect(f"bolt://neo4j:{SECRET}@db:7687")
    assert SECRET not in str(said.value)


def test_nobody_listening_is_told_at_once(capfd: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        uri = f"bolt://127.0.0.1:{probe.getsockname()[1]}"
    begun = time.monotonic()
    with pytest.raises(StoreUnavailableError, match=r"Start it.*neo4j\.uri") as said:
        _connect(uri)
    assert time.monotonic() - begun < 5
    assert uri in str(said.value)
    assert SECRET not in str(said.value)
    assert capfd.readouterr() == ("", "")
