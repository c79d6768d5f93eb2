"""A statement and its parameters, made to mean on this engine what they mean on Neo4j.

The engine types an integer parameter by its value, so that ``$p * $q`` of 100 and 100 overflows
an INT8; it reads a missing parameter as null; and it cannot read one that is named like a keyword.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphengine.stores.guard.tokens import cut
from graphengine.stores.parameters import given_parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from graphengine.stores.guard.tokens import Token

__all__ = ["bind"]

_PREFIX = "p_"  # no keyword begins so


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
    given = given_parameters(statement, parameters)
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
