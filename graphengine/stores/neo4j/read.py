"""Rows of a statement that the guard has let pass, in READ mode and bounded in time and number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import neo4j

from graphengine.bolt.faults import naming
from graphengine.stores.parameters import given_parameters
from graphengine.stores.rows import to_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.bolt.link import Link
    from graphengine.stores.ports import Answer

__all__ = ["ask"]

_FETCH = 1000  # rows a message


def ask(
    link: Link,
    statement: str,
    parameters: Mapping[str, Any],
    *,
    timeout_s: float,
    row_limit: int,
) -> Answer:
    """The first ``row_limit`` rows of ``statement``; at most one row more is read.

    Raises:
        UsageError: a parameter is missing or of no known type.
        InputError: the statement is wrong.
        BusyError: it took longer than ``timeout_s``.
        StoreUnavailableError: nobody answers.
    """
    given = given_parameters(statement, parameters)
    query = neo4j.Query(statement, timeout=timeout_s)
    fetch = min(_FETCH, row_limit + 1)
    with (
        naming(link.address, timeout_s=timeout_s),
        link.session(neo4j.READ_ACCESS, fetch_size=fetch) as session,
    ):
        result = session.run(query, given)
        rows = (tuple(record.values()) for record in result)
        return to_answer(result.keys(), rows, row_limit=row_limit)
