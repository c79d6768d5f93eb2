"""Questions to files that were made before the model had some of its columns: null stands there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from graphengine.model import CASCADE_FIGURES, SCORE_FIGURES
from graphengine.stores.guard.tokens import cut

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["without_unknown"]

_TYPES = {p.name: p.type for p in (*SCORE_FIGURES, *CASCADE_FIGURES)}
_UNKNOWN = re.compile(r"Binder exception: Cannot find property (\w+) for (\w+)\.")


def without_unknown(text: str, refused: str) -> str:
    """``text`` with null for the property that the engine, which ``refused`` it, does not know.

    The text as it was where it speaks of something else, or of a property that no later model has.

    >>> said = "Binder exception: Cannot find property low for s."
    >>> without_unknown("RETURN s.low AS low, 's.low' AS text, o.low AS of_set", said)
    "RETURN CAST(NULL AS DOUBLE) AS low, 's.low' AS text, o.low AS of_set"
    >>> without_unknown("RETURN s.lwo AS low", "Binder exception: Cannot find property lwo for s.")
    'RETURN s.lwo AS low'
    """
    found = _UNKNOWN.search(refused)
    if found is None or found[1] not in _TYPES:
        return text
    done, parts = 0, []
    for begin, end in _places(text, variable=found[2], name=found[1]):
        parts += [text[done:begin], f"CAST(NULL AS {_TYPES[found[1]]})"]
        done = end
    return "".join([*parts, text[done:]])


def _places(text: str, *, variable: str, name: str) -> Iterator[tuple[int, int]]:
    tokens, _ = cut(text)
    for first, dot, last in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (first.text, dot.text, last.text) == (variable, ".", name):
            yield first.at, last.at + len(name)
