"""A driver that has answered once: no loop around a wrong password, every cause named."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import neo4j
from neo4j.exceptions import ConfigurationError as DriverConfigurationError
from neo4j.exceptions import DriverError, Neo4jError

from graphengine.bolt.faults import NO_ROUTE, named
from graphengine.bolt.product import check_product, first_words
from graphengine.errors import ConfigurationError, GraphengineError

if TYPE_CHECKING:
    from graphengine.bolt.kinds import Address

__all__ = ["PAUSE_S", "RETRY_S", "open_driver"]

_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")
_CONNECT_S = 5.0  # until TCP answers
_HANDSHAKE_S = 10.0  # until Bolt does: a port may accept and stay silent
RETRY_S = 15.0  # how long a transaction is tried again after deadlocks and lost connections
PAUSE_S = 0.25  # before the second try; twice as long before each further one


def open_driver(address: Address, password: str) -> neo4j.Driver:
    """A driver for ``address``, after one query that is sent once.

    Raises:
        ConfigurationError, StoreUnavailableError, NotPermittedError: as `link.open_link` says.
    """
    _check(address.uri)
    driver = _driver(address.uri, address.user, password)
    try:
        check_product(_agent(driver, address.database), address)
    except (DriverError, Neo4jError) as error:
        driver.close()
        raise _cause(error, address, password) from error
    except BaseException:
        driver.close()
        raise
    return driver


def _driver(uri: str, user: str, password: str) -> neo4j.Driver:
    try:
        return neo4j.GraphDatabase.driver(
            uri,
            auth=(user, password),
            notifications_min_severity="OFF",
            connection_timeout=_CONNECT_S,
            connection_acquisition_timeout=_HANDSHAKE_S,
            max_transaction_retry_time=RETRY_S,
            initial_retry_delay=PAUSE_S,
        )
    except (ValueError, DriverConfigurationError) as wrong:
        raise _no_address(uri, str(wrong)) from wrong


def _agent(driver: neo4j.Driver, database: str) -> str:
    """What the server calls itself, asked through the database that is meant."""
    with driver.session(database=database, default_access_mode=neo4j.READ_ACCESS) as session:
        return session.run("RETURN 1 AS answer").consume().server.agent


def _cause(error: DriverError | Neo4jError, address: Address, password: str) -> GraphengineError:
    """The error of ours; where the driver does not tell the cause, by asking once more."""
    if NO_ROUTE in str(error):
        scheme, _, rest = address.uri.partition("://")
        direct = f"{scheme.replace('neo4j', 'bolt')}://{rest.partition('?')[0]}"
        try:
            with _driver(direct, address.user, password) as driver:
                _agent(driver, address.database)
        except (DriverError, Neo4jError) as cause:
            return named(cause, address)
    ours = named(error, address)
    if isinstance(ours, ConfigurationError) and (words := first_words(address.uri)):
        return ConfigurationError(
            f'{address} is no Neo4j: it begins with "{words}". '
            "Correct neo4j.uri in the job file; Bolt's port is 7687 by default."
        )
    return ours


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
