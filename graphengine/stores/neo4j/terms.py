"""What a store is told once, for all its publications: the clock, the grace, the copy, names, edges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.stores.ports import Edges

__all__ = ["Pinned", "Terms"]


@dataclass(frozen=True, slots=True)
class Pinned:
    """Which nodes also get the published scores as properties.

    label: of the nodes; None for our own accounts. key: the property that holds an account's key,
    or its network's own id (text or whole number) where ``network`` says of which network.
    topics: slugs; empty for every topic that the run scores.
    """

    label: str | None = None
    key: str = "key"
    network: str | None = None
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """How runs go out and go away.

    clock: epoch seconds, asked when a run stops being served and when old ones are removed; None:
    the database's own, the same for all who publish.
    grace_s: an old run stays for so many seconds after it stopped being served. pinned: None for
    no copy. prefix: before every label and type of ours. edges: one relationship an event, or the
    sums of a pair by "day" or in "total". writers: how many transactions write at once, 1 or 2.
    """

    clock: Callable[[], float] | None = None
    grace_s: float = 0.0
    pinned: Pinned | None = None
    prefix: str = ""
    edges: Edges = "event"
    writers: int = 2
