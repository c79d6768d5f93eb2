"""The parameters of a statement, checked before either engine sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.errors import UsageError
from graphengine.stores.guard.tokens import cut

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["given_parameters"]

_INT64 = range(-(2**63), 2**63)


def given_parameters(statement: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Those of ``parameters`` that the statement names, in the order in which it names them.

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
