"""graphengine: how much a person moves others, per topic, from the interactions themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphengine.edges import Ranking, rank

__all__ = ["Ranking", "__version__", "rank"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """``rank`` and ``Ranking``, imported when they are first asked for: the rest starts fast."""
    if name not in ("Ranking", "rank"):
        raise AttributeError(f"module 'graphengine' has no attribute {name!r}")
    import graphengine.edges as room  # noqa: PLC0415  (its libraries cost half a second)

    found = getattr(room, name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The names on offer, loaded or not."""
    return sorted(__all__)
