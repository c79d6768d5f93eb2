"""Fixtures that the whole suite shares."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support.neo4j_server import Neo4jServer, NoNeo4j, running_server, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.pop("COLUMNS", None)  # set by the tool that runs tests side by side; no screen is asked


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """A real Neo4j for the session; without one the test is skipped, or fails where CI is set."""
    try:
        with running_server() as server:
            yield server
        return
    except NoNeo4j as missing:
        advice = str(missing)
    if os.environ.get("CI"):
        pytest.fail(advice, pytrace=False)
    pytest.skip(advice)


@pytest.fixture(scope="module")
def throwaway_neo4j(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """An empty server for a module that fills it: throwing it away is faster than deleting a million things."""
    if neo4j_server.how == "given":
        wipe(neo4j_server)
        yield neo4j_server
        wipe(neo4j_server)
        return
    with running_server() as server:
        yield server
        if server.how == "maven":
            server.kill()  # nothing of it is kept, so it need not be written down first


@pytest.fixture
def empty_neo4j(neo4j_server: Neo4jServer) -> Neo4jServer:
    """The session's server without nodes, the suite's marker apart; our own rules may be there."""
    wipe(neo4j_server, keep_rules=True)
    return neo4j_server


@pytest.fixture
def bare_neo4j(neo4j_server: Neo4jServer) -> Iterator[Neo4jServer]:
    """The session's server without nodes (the suite's marker apart), constraints and indexes."""
    wipe(neo4j_server)
    yield neo4j_server
    wipe(neo4j_server)
