"""Fresh stores for the contract: every adapter, those that share a database, those with Cypher."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.store_cases import CYPHER_STORES, MANY_JOBS, STORES, CypherStore, Store

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each adapter in turn."""
    with STORES[request.param](request) as fresh:
        yield fresh


@pytest.fixture(params=MANY_JOBS)
def shared(request: pytest.FixtureRequest) -> Iterator[Store]:
    """Each adapter that holds several jobs, and follows the log."""
    with STORES[request.param](request) as fresh:
        yield fresh


@pytest.fixture(params=CYPHER_STORES)
def cypher(request: pytest.FixtureRequest) -> Iterator[CypherStore]:
    """Each adapter that speaks Cypher."""
    with STORES[request.param](request) as fresh:
        yield fresh
