"""Rows of a statement that the guard has let pass, in READ mode and bounded in time and number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import neo4j

from graphengine.errors import UsageError
from graphengine.stores.guard.tokens import cut
from graphengine.stores.neo4j.faults import naming
from graphengine.stores.rows import to_answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphengine.stores.neo4j.link import Link
    from graphengine.stores.ports import Answer

__all__ = ["ask", "given_parameters"]

_INT64 = range(-(2**63), 2**63)
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


def given_parameters(statement: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``parameters`` that the statement names.

    Raises:
        UsageError: one is not given, or is not of a kind that can be sent.

    >>> given_parameters("RETURN $n AS n // $m", {"n": 1, "k": 2})
    {'n': 1}
    """
    tokens, _ = cut(statement)
    named = dict.fromkeys(t.text[1:].strip("`") for t in tokens if t.kind == "parameter")
    if missing := [name for name in named if name not in parameters]:
        raise UsageError(
            f"The query needs {', '.join('$' + name for name in missing)}, which was not given. "
            f"Add {' '.join(f'--param {name}=…' for name in missing)}."
        )
    return {name: _value(name, parameters[name]) for name in named}


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_value(name, item) for item in value]
    if isinstance(value, dict):
        return {key: _value(name, item) for key, item in value.items()}
    if isinstance(value, int) and value not in _INT64:
        raise UsageError(
            f"The parameter ${name} is {value}, which is beyond the 64 bits of a stored integer. "
            "Give a smaller number, or a text if it is an id."
        )
    if not isinstance(value, str | int | float | bool | None):
        raise UsageError(
            f"The parameter ${name} is a {type(value).__name__}. "
            "Queries take numbers, texts, true, false, null and lists or maps of them."
        )
    return value
