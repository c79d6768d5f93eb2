"""Proof that several reads of a database saw the same: that nothing was written in between.

After a read, Neo4j gives a bookmark that stands for the newest transaction the read could have
seen; a transaction that is not applied yet counts among those. A read that is given a bookmark waits
until the transaction it stands for is applied, with all before it. So if a read that was given a
bookmark leaves that same one, the database has stood still from where it began to where it ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from graphengine.bolt import naming

if TYPE_CHECKING:
    from collections.abc import Callable

    import neo4j

    from graphengine.bolt import Link

__all__ = ["Still", "UnprovenError", "still"]

T = TypeVar("T")


class UnprovenError(Exception):
    """Nobody can say that several reads belong together."""


@dataclass(frozen=True)
class Still:
    """A database as it was when it gave the bookmark ``since``. Threads may share one."""

    link: Link
    since: neo4j.Bookmarks

    def read(self, work: Callable[[neo4j.Transaction], T]) -> T:
        """What ``work`` returns, tried again where that can help; its transaction only reads.

        Raises:
            UnprovenError: something was committed meanwhile.
            Neo4jError, DriverError: as ``work`` and the driver raise them.
        """
        answer, left = self.link.read(work, after=self.since)
        if left.raw_values != self.since.raw_values:
            raise UnprovenError
        return answer

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """All rows of a statement. Raises as `read`, but errors of the database by our names."""
        with naming(self.link.address):
            return self.read(
                lambda tx: [dict(zip(r.keys(), r, strict=True)) for r in tx.run(statement)]
            )


def still(link: Link) -> Still:
    """The database as it is now. Raises ``UnprovenError`` if it gives no bookmark."""
    with naming(link.address):
        _, since = link.read(lambda tx: tx.run("RETURN 1 AS answer").consume())
    if not since:
        raise UnprovenError
    return Still(link, since)
