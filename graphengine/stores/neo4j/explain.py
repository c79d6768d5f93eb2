"""The plan of a statement, as Neo4j would run it: a row an operator, the last one first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import neo4j

from graphengine.bolt.faults import naming
from graphengine.stores.parameters import given_parameters
from graphengine.stores.ports import Answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.bolt.link import Link

__all__ = ["PLAN_COLUMNS", "explain", "plan_rows"]

PLAN_COLUMNS = ("operator", "details", "estimated_rows", "index")

_STEP = "  "  # an operator stands under the one that it feeds


def explain(
    link: Link, statement: str, parameters: Mapping[str, Any], *, timeout_s: float
) -> Answer:
    """The plan of ``statement``, which the guard has let pass; nothing is read but statistics.

    Raises:
        UsageError: a parameter is missing or of no known type.
        InputError: the statement is wrong.
        StoreUnavailableError: nobody answers.
    """
    given = given_parameters(statement, parameters)
    query = neo4j.Query("EXPLAIN " + statement, timeout=timeout_s)
    with (
        naming(link.address, timeout_s=timeout_s),
        link.session(neo4j.READ_ACCESS) as session,
    ):
        plan = session.run(query, given).consume().plan
    return Answer(PLAN_COLUMNS, tuple(plan_rows(plan or {})))


def plan_rows(plan: Mapping[str, Any], depth: int = 0) -> Iterator[tuple[str, str, float, str]]:
    """Operator, details, estimated rows, and the index that it uses or "", from the top down.

    >>> leaf = {"operatorType": "NodeIndexSeek@neo4j",
    ...         "args": {"Details": "RANGE INDEX c:Post(root) WHERE root = $r", "EstimatedRows": 3.0}}
    >>> list(plan_rows({"operatorType": "Limit@neo4j", "args": {}, "children": [leaf]}))[1]
    ('  NodeIndexSeek', 'RANGE INDEX c:Post(root) WHERE root = $r', 3.0, 'c:Post(root)')
    """
    if not plan:
        return
    operator = str(plan["operatorType"]).partition("@")[0]
    details = str(plan["args"].get("Details", ""))
    estimated = round(float(plan["args"].get("EstimatedRows", 0.0)), 1)
    yield _STEP * depth + operator, details, estimated, _index(operator, details)
    for child in plan.get("children", ()):
        yield from plan_rows(child, depth + 1)


def _index(operator: str, details: str) -> str:
    if "Index" not in operator:
        return ""
    named = details.partition(" WHERE ")[0]
    for kind in ("UNIQUE ", "RANGE INDEX ", "TEXT INDEX "):
        named = named.removeprefix(kind)
    return named
