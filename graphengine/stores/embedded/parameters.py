"""A statement and its parameters, made to mean on this engine what they mean on Neo4j.

The engine types an integer parameter by its value, so that ``$p * $q`` of 100 and 100 overflows
an INT8; it reads a missing parameter as null; and it cannot read one that is named like a keyword.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.errors import UsageError
from graphengine.stores.guard.tokens import cut

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.stores.guard.tokens import Token

__all__ = ["bind"]

_PREFIX = "p_"  # no keyword begins so
_INT64 = range(-(2**63), 2**63)


def bind(statement: str, parameters: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The statement with integer parameters cast to INT64, and the parameters as it names them.

    After SKIP and LIMIT, where the engine takes no cast, parameters stay as they are. Maps within
    parameters keep the engine's own narrow integers.

    Raises:
        UsageError: the statement names parameters that are not given, or a value does not fit.

    >>> bind("RETURN $n * $m AS x LIMIT $n", {"n": 100, "m": 2.5, "k": 1})
    ('RETURN CAST($p_n AS INT64) * $p_m AS x LIMIT $p_n', {'p_n': 100, 'p_m': 2.5})
    """
    tokens, _ = cut(statement)
    named = list(dict.fromkeys(_name(t) for t in tokens if t.kind == "parameter"))
    if missing := [name for name in named if name not in parameters]:
        raise UsageError(
            f"The query needs {', '.join('$' + name for name in missing)}, which was not given. "
            f"Add {' '.join(f'--param {name}=…' for name in missing)}."
        )
    given = {name: _value(name, parameters[name]) for name in named}
    text = "".join(_rewritten(statement, tokens, given))
    return text, {_PREFIX + name: value for name, value in given.items()}


def _rewritten(statement: str, tokens: list[Token], given: Mapping[str, Any]) -> Iterator[str]:
    done, before = 0, ""
    for token in tokens:
        if token.kind == "parameter":
            name = _name(token)
            wide = _is_int(given[name]) and before not in ("SKIP", "LIMIT")
            yield statement[done : token.at]
            yield f"CAST(${_PREFIX}{name} AS INT64)" if wide else f"${_PREFIX}{name}"
            done = token.at + len(token.text)
        before = token.upper
    yield statement[done:]


def _name(token: Token) -> str:
    return token.text[1:].strip("`")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _value(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_value(name, item) for item in value]
    if isinstance(value, dict):
        return {key: _value(name, item) for key, item in value.items()}
    if _is_int(value) and value not in _INT64:
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
