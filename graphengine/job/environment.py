"""``${NAME}`` in a job file: where things lie may come from the environment, what is computed not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["filled_in"]

_PLACES = (
    ("workspace",),
    ("sources", "files"),
    ("method", "anchors"),
    ("neo4j", "uri"),
    ("neo4j", "user"),
    ("neo4j", "database"),
    ("neo4j", "import_directory"),
    ("neo4j", "admin"),
    ("sources", "neo4j", "uri"),
    ("sources", "neo4j", "user"),
    ("sources", "neo4j", "database"),
)
_REFERENCE = re.compile(r"\$\{([^}]*)\}")


def filled_in(data: Mapping[str, Any], environment: Mapping[str, str]) -> tuple[Any, list[str]]:
    """``data`` with every ${NAME} replaced in the settings that allow it, and the paths without one.

    A variable that is empty counts as not set: half a path is worse than none.

    >>> filled_in({"workspace": "${HOME}/demo"}, {"HOME": "/srv"})
    ({'workspace': '/srv/demo'}, [])
    >>> filled_in({"workspace": "${HOME}/demo"}, {})[1]
    ['workspace: the environment has no HOME']
    """
    complaints: list[str] = []

    def fill(value: Any, *, keys: tuple[str, ...], path: str) -> Any:
        if isinstance(value, list):
            return [fill(v, keys=keys, path=f"{path}[{i}]") for i, v in enumerate(value)]
        if isinstance(value, dict):
            return {
                key: fill(v, keys=(*keys, key), path=f"{path}.{key}" if path else key)
                for key, v in value.items()
            }
        if not isinstance(value, str) or keys not in _PLACES:
            return value
        complaints.extend(f"{path}: the environment has no {n}" for n in _unset(value, environment))
        return _REFERENCE.sub(lambda m: environment.get(m[1]) or m[0], value)

    return fill(dict(data), keys=(), path=""), complaints


def _unset(text: str, environment: Mapping[str, str]) -> Iterator[str]:
    return (name for name in _REFERENCE.findall(text) if not environment.get(name))
