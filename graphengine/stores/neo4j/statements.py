"""The statements that write: Cypher text from graphengine/cypher/load and .../publish."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from graphengine.errors import GraphengineError
from graphengine.model import RELATIONSHIPS

__all__ = ["statement"]

_TYPES = frozenset(r.type for r in RELATIONSHIPS)


@cache
def statement(name: str, kind: str = "") -> str:
    """The text of graphengine/cypher/<name>.cypher without its comments.

    ``kind`` takes the place of the word TYPE: a type cannot be a parameter of a statement that
    uses an index.

    Raises:
        GraphengineError: the model does not name the type ``kind``.

    >>> print(statement("publish/pointer"))
    MATCH (p:Pointer {key: $job})
    RETURN p.run AS run, p.previous AS previous
    >>> "[r:QUOTED]" in statement("load/outdated", "QUOTED")
    True
    """
    text = files("graphengine").joinpath("cypher", f"{name}.cypher").read_text(encoding="utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("//"))
    if ":TYPE" not in body:
        return body
    if kind not in _TYPES:
        raise GraphengineError(
            f'The graph holds relationships of the type "{kind}". '
            f"The model knows {', '.join(sorted(_TYPES))}. "
            "Name the new one in graphengine.model first."
        )
    return body.replace(":TYPE", f":{kind}")
