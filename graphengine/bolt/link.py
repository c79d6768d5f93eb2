"""One database over Bolt: read in READ mode, written in transactions of our own, both tried again."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import neo4j
from neo4j.exceptions import DriverError, IncompleteCommit, Neo4jError, WriteServiceUnavailable

from graphengine.bolt import opening
from graphengine.bolt.codes import IN_VAIN
from graphengine.bolt.faults import naming

if TYPE_CHECKING:
    from collections.abc import Callable

    from graphengine.bolt.kinds import Address

__all__ = ["Link", "open_link"]

T = TypeVar("T")

_AMBIGUOUS = 3  # how often a commit of unknown end is looked after
_LONGEST_S = 900.0  # of a transaction that writes; the server ends one whose client is cut off

# without a handler of its own the driver's log goes to stderr, where only our sentences belong
logging.getLogger("neo4j").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class Link:
    """An open driver and the database that it is for. Threads may share one."""

    driver: neo4j.Driver
    address: Address

    def session(
        self, mode: str, *, fetch_size: int = 1000, after: neo4j.Bookmarks | None = None
    ) -> neo4j.Session:
        """A new session in READ or WRITE access mode, ``after`` all that is known; to be closed."""
        return self.driver.session(
            database=self.address.database,
            default_access_mode=mode,
            fetch_size=fetch_size,
            bookmarks=after,
        )

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """All rows of a statement that reads, tried again where that can help.

        Raises:
            GraphengineError: as `faults.named` calls it.
        """

        def once(tx: neo4j.Transaction) -> list[dict[str, Any]]:
            # data() would copy each list value by value, columns too
            answer = tx.run(statement, parameters)
            return [dict(zip(record.keys(), record, strict=True)) for record in answer]

        with naming(self.address):
            return self.read(once)[0]

    def read(
        self, work: Callable[[neo4j.Transaction], T], *, after: neo4j.Bookmarks | None = None
    ) -> tuple[T, neo4j.Bookmarks]:
        """What ``work`` returns that only reads, tried again where that can help; its bookmark.

        Raises:
            Neo4jError, DriverError: as ``work`` and the driver raise them.
        """
        return self._tried(neo4j.READ_ACCESS, work, after=after)

    def write(self, work: Callable[[neo4j.Transaction], T]) -> T:
        """What ``work`` returns, in one transaction that is tried again where that can help.

        ``work`` may run several times, also after a commit that came through unnoticed. It must
        look at the ledger first, or do no harm when repeated.

        Raises:
            GraphengineError: as `faults.named` calls it, or raised by ``work``.
        """
        with naming(self.address):
            return self._tried(neo4j.WRITE_ACCESS, work)[0]

    def _tried(
        self,
        mode: str,
        work: Callable[[neo4j.Transaction], T],
        *,
        after: neo4j.Bookmarks | None = None,
    ) -> tuple[T, neo4j.Bookmarks]:
        return _until_known(lambda: _patiently(lambda: self._attempt(mode, work, after=after)))

    def _attempt(
        self,
        mode: str,
        work: Callable[[neo4j.Transaction], T],
        *,
        after: neo4j.Bookmarks | None,
    ) -> tuple[T, neo4j.Bookmarks]:
        """``work`` in a transaction, once, and the bookmark of its commit.

        It is the session that rolls back. One that failed has given its connection away before a
        transaction's own ``with`` ends, which would then speak on what another thread is using.
        """
        with self.session(mode, after=after) as session:
            transaction = session.begin_transaction(
                timeout=_LONGEST_S if mode == neo4j.WRITE_ACCESS else None
            )
            answer = work(transaction)
            transaction.commit()
            return answer, session.last_bookmarks()

    def close(self) -> None:
        """Close all connections."""
        self.driver.close()


def _until_known(attempt: Callable[[], T]) -> T:
    """``attempt`` again where nobody knows whether its commit came through."""
    for _ in range(_AMBIGUOUS - 1):
        try:
            return attempt()
        except IncompleteCommit:
            continue
    return attempt()


def _patiently(attempt: Callable[[], T]) -> T:
    """``attempt`` again, after growing pauses, while what it raises may pass.

    The driver's managed transactions do the same, but for two things: what stays as it is they
    try again where it is the commit that says it, as that is not in the hands of their caller;
    and they close what has failed (`Link._attempt`).
    """
    begun, pause = 0.0, opening.PAUSE_S
    while True:
        try:
            return attempt()
        except (DriverError, Neo4jError) as error:
            if _in_vain(error) or not error.is_retryable():
                raise
            begun = begun or time.monotonic()
            if time.monotonic() - begun > opening.RETRY_S:
                raise
        time.sleep(pause)
        pause *= 2


def _in_vain(error: DriverError | Neo4jError) -> bool:
    """Whether an error that the driver would try again stays the same whenever it is tried."""
    if isinstance(error, WriteServiceUnavailable):  # one server, which is asked and does not
        return True
    return isinstance(error, Neo4jError) and (error.code or "").startswith(IN_VAIN)


def open_link(address: Address, password: str) -> Link:
    """A link that has answered once, so that a wrong address or password shows here.

    Raises:
        ConfigurationError: the address is no Bolt address, there is no such database, or what
            answers is no Neo4j that is new enough.
        StoreUnavailableError: nobody answers.
        NotPermittedError: name or password are wrong, or the certificate is not trusted.
    """
    return Link(opening.open_driver(address, password), address)
