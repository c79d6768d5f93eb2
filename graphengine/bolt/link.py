"""One database over Bolt: opened and tried at once, read in READ mode, written in managed transactions."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import neo4j
from neo4j.exceptions import IncompleteCommit

from graphengine.bolt.faults import Address, naming
from graphengine.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Link", "open_link"]

T = TypeVar("T")

_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_CONNECT_S = 5.0  # until TCP answers
_HANDSHAKE_S = 10.0  # until Bolt does: a port may accept and stay silent
_RETRY_S = 15.0  # how long a transaction is tried again after deadlocks and lost connections
_AMBIGUOUS = 3  # how often a commit of unknown end is looked after

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
        """All rows of a short statement that reads, sent once.

        Raises:
            GraphengineError: as `faults.named` calls it.
        """
        with naming(self.address), self.session(neo4j.READ_ACCESS) as session:
            return session.run(statement, parameters).data()

    def write(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        """What ``work`` returns, in one transaction that is tried again where that can help.

        ``work`` may run several times, also after a commit that came through unnoticed. It must
        look at the ledger first, or do no harm when repeated.

        Raises:
            GraphengineError: as `faults.named` calls it, or raised by ``work``.
        """
        with naming(self.address):
            for _ in range(_AMBIGUOUS - 1):
                try:
                    return self._write(work)
                except IncompleteCommit:
                    continue
            return self._write(work)

    def close(self) -> None:
        """Close all connections."""
        self.driver.close()

    def _write(self, work: Callable[[neo4j.ManagedTransaction], T]) -> T:
        with self.session(neo4j.WRITE_ACCESS) as session:
            return session.execute_write(work)


def open_link(address: Address, password: str) -> Link:
    """A link that has answered once, so that a wrong address or password shows here.

    Raises:
        ConfigurationError: the address is no Bolt address, or there is no such database.
        StoreUnavailableError: nobody answers.
        NotPermittedError: name or password are wrong.
    """
    _check(address.uri)
    try:
        driver = neo4j.GraphDatabase.driver(
            address.uri,
            auth=(address.user, password),
            notifications_min_severity="OFF",
            connection_timeout=_CONNECT_S,
            connection_acquisition_timeout=_HANDSHAKE_S,
            max_transaction_retry_time=_RETRY_S,
        )
    except (ValueError, neo4j.exceptions.ConfigurationError) as wrong:
        raise _no_address(address.uri, str(wrong)) from wrong
    link = Link(driver, address)
    try:
        link.rows("RETURN 1 AS answer")
    except BaseException:
        link.close()
        raise
    return link


def _check(uri: str) -> None:
    if "@" in uri:
        raise ConfigurationError(
            "The address of Neo4j holds a user or a password. Such an address ends up in logs. "
            "Leave them out of neo4j.uri; neo4j.user and neo4j.password_env are for them."
        )
    try:
        parts = urlsplit(uri)
        parts.port  # noqa: B018  (reading it checks it)
    except ValueError as wrong:
        raise _no_address(uri, str(wrong)) from wrong
    if parts.scheme not in _SCHEMES:
        raise _no_address(uri, f'"{parts.scheme}" is none of {", ".join(_SCHEMES)}')
    if not parts.hostname:
        raise _no_address(uri, "it names no host")


def _no_address(uri: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f'"{uri}" is no address of Neo4j ({why}). It is reached over Bolt. '
        "Write neo4j.uri in the job file as bolt://HOST:7687, or bolt+s:// where it has TLS."
    )
