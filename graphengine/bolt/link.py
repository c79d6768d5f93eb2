"""One database over Bolt: read in READ mode, written in managed transactions, both tried again."""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import neo4j
from neo4j.exceptions import IncompleteCommit, Neo4jError, WriteServiceUnavailable

from graphengine.bolt.codes import IN_VAIN
from graphengine.bolt.faults import named, naming
from graphengine.bolt.opening import open_driver

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

    def session(self, mode: str, *, fetch_size: int = 1000) -> neo4j.Session:
        """A new session in READ or WRITE access mode; the caller closes it."""
        return self.driver.session(
            database=self.address.database, default_access_mode=mode, fetch_size=fetch_size
        )

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """All rows of a statement that reads, tried again where that can help.

        Raises:
            GraphengineError: as `faults.named` calls it.
        """

        def work(tx: neo4j.ManagedTransaction) -> list[dict[str, Any]]:
            return tx.run(statement, parameters).data()

        return self._until_known(lambda session: session.execute_read(self._not_in_vain(work)))

    def write(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        """What ``work`` returns, in one transaction that is tried again where that can help.

        ``work`` may run several times, also after a commit that came through unnoticed. It must
        look at the ledger first, or do no harm when repeated.

        Raises:
            GraphengineError: as `faults.named` calls it, or raised by ``work``.
        """
        bounded = neo4j.unit_of_work(timeout=_LONGEST_S)(self._not_in_vain(work))
        return self._until_known(lambda session: session.execute_write(bounded))

    def close(self) -> None:
        """Close all connections."""
        self.driver.close()

    def _until_known(self, attempt: Callable[[neo4j.Session], T]) -> T:
        """``attempt`` again where nobody knows whether its commit came through."""
        with naming(self.address):
            for _ in range(_AMBIGUOUS - 1):
                with suppress(IncompleteCommit), self.session(neo4j.WRITE_ACCESS) as session:
                    return attempt(session)
            with self.session(neo4j.WRITE_ACCESS) as session:
                return attempt(session)

    def _not_in_vain(
        self, work: Callable[[neo4j.ManagedTransaction], T]
    ) -> Callable[[neo4j.ManagedTransaction], T]:
        """``work``, whose errors that stay the same whenever it is tried become ours at once."""

        def once(tx: neo4j.ManagedTransaction) -> T:
            try:
                return work(tx)
            except WriteServiceUnavailable as error:  # one server, which is asked and does not
                raise named(error, self.address) from error
            except Neo4jError as error:
                if (error.code or "").startswith(IN_VAIN):
                    raise named(error, self.address) from error
                raise

        return once


def open_link(address: Address, password: str) -> Link:
    """A link that has answered once, so that a wrong address or password shows here.

    Raises:
        ConfigurationError: the address is no Bolt address, there is no such database, or what
            answers is no Neo4j that is new enough.
        StoreUnavailableError: nobody answers.
        NotPermittedError: name or password are wrong, or the certificate is not trusted.
    """
    return Link(open_driver(address, password), address)
