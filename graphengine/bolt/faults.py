"""What the driver and the server raise, as errors with an exit code and something to do."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neo4j import exceptions as bolt

from graphengine.bolt.codes import BY_CODE
from graphengine.bolt.kinds import Address, StandsInTheWayError, TooLargeError
from graphengine.errors import (
    BusyError,
    ConfigurationError,
    GraphengineError,
    NotPermittedError,
    StoreUnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Address", "StandsInTheWayError", "TooLargeError", "named", "naming"]

NO_ROUTE = "Unable to retrieve routing information"  # all that the driver says, whatever the cause

_LONGEST = 200  # characters of what a server says

_TOO_OLD = (
    "{where} is older than Neo4j 5, or is another product ({said}). "
    "Neo4j 5.26 or newer is needed. Install it, or correct neo4j.uri in the job file."
)
_STUCK = (
    "{where} stopped a step that took too long ({said}): the server is overloaded, or somebody "
    "holds what it needs. Nothing is half done. Run the same command again."
)
_UNTRUSTED = (
    "{where} shows a certificate that this machine does not trust: a self-signed one, "
    "one of an unknown authority or for another host. Have its authority trusted here. Or, where the network is your own, write neo4j.uri with +ssc "
    "instead of +s (bolt+ssc:// or neo4j+ssc://): any certificate is then taken."
)
_DATES = (
    "{where} shows a certificate that {when} by the clock of this machine. Have it renewed there; "
    "or set the clock, if that is what is wrong: date."
)

# a part of what the driver says, what it is to us, and what to say; the first that fits decides
_BY_WORDS: tuple[tuple[str, type[GraphengineError], str], ...] = (
    ("certificate has expired", NotPermittedError, _DATES.replace("{when}", "has expired")),
    (
        "certificate is not yet valid",
        NotPermittedError,
        _DATES.replace("{when}", "is not yet valid"),
    ),
    ("CertificateVerif", NotPermittedError, _UNTRUSTED),
    ("CERTIFICATE_VERIFY_FAILED", NotPermittedError, _UNTRUSTED),
    (
        "looks like HTTP",
        ConfigurationError,
        (
            "{where} answers in HTTP. Bolt is needed; its port is 7687 by default, "
            "that of HTTP is 7474. Correct neo4j.uri in the job file."
        ),
    ),
    (
        "incomplete handshake",
        StoreUnavailableError,
        (
            "{where} hangs up before it says a word. It may still be starting, or take TLS alone "
            "(bolt+s://), or be something else. Start it, or correct neo4j.uri in the job file."
        ),
    ),
    (
        NO_ROUTE,
        StoreUnavailableError,
        (
            "{where} does not say who in its cluster does what ({said}). The same command works "
            "once it does. A single server is better spoken to as bolt:// than as neo4j://."
        ),
    ),
    (
        "No write service available",
        NotPermittedError,
        (
            "{where} takes no writes: it follows another server of its cluster, or only reads. "
            "Write neo4j.uri in the job file as neo4j:// instead of bolt://, and the one that "
            "writes is found."
        ),
    ),
    ("Notification filtering", ConfigurationError, _TOO_OLD),
    ("does not support communication", ConfigurationError, _TOO_OLD),
)


@contextmanager
def naming(where: Address, *, timeout_s: float = 0.0) -> Iterator[None]:
    """Raise what the driver raises within the block as `named` calls it."""
    try:
        yield
    except (bolt.DriverError, bolt.Neo4jError) as error:
        raise named(error, where, timeout_s=timeout_s) from error


def named(
    error: bolt.DriverError | bolt.Neo4jError, where: Address, *, timeout_s: float = 0.0
) -> GraphengineError:
    """The error of ours for one of the driver's; ``timeout_s`` is what the query was allowed."""
    if isinstance(error, bolt.Neo4jError):
        return _from_server(error, where, timeout_s)
    said, everything = _first(error), " ".join(_chain(error))
    for words, kind, sentences in _BY_WORDS:
        if words in everything:
            return kind(sentences.format(where=where, said=said))
    if isinstance(error, bolt.ConfigurationError):
        return ConfigurationError(
            f"{where} cannot be spoken to ({said}). Bolt is needed. "
            "Correct neo4j.uri in the job file."
        )
    secure = where.uri.partition("://")[0].endswith(("+s", "+ssc"))
    return StoreUnavailableError(
        f"{where} does not answer{' in TLS' if secure else ''} ({said}). The same command works "
        "once it does. Start it, or correct neo4j.uri in the job file"
        f"{': without +s or +ssc where the server has no TLS' if secure else ''}."
    )


def _from_server(error: bolt.Neo4jError, where: Address, timeout_s: float) -> GraphengineError:
    code, said = error.code or "", _first(error)
    for prefix, kind, sentences in BY_CODE:
        if code.startswith(prefix):
            if "{timeout_s" in sentences and not timeout_s:
                sentences = _STUCK  # noqa: PLW2901  (nobody gave this one a limit on the command line)
            return kind(sentences.format(where=where, at=where, said=said, timeout_s=timeout_s))
    if isinstance(error, bolt.TransientError):
        return BusyError(f"{where} is busy ({said}). Run the same command again.")
    return GraphengineError(f"{where} refused ({code}): {said}. Its log says more.")


def _first(error: bolt.DriverError | bolt.Neo4jError) -> str:
    """The first line of what was said, without the driver's envelope and its lists of versions."""
    said = error.message if isinstance(error, bolt.Neo4jError) else str(error)
    lines = (said or type(error).__name__).strip().splitlines()
    first = lines[0].strip() if lines else type(error).__name__
    for envelope in (" (resolved to", ". This driver has support", ". Server Agent"):
        first = first.partition(envelope)[0]
    return textwrap.shorten(first.rstrip(".:"), _LONGEST, placeholder=" …")


def _chain(error: BaseException | None) -> Iterator[str]:
    """The words of an error and of those that led to it, their kinds included."""
    while error is not None:
        yield f"{type(error).__name__} {error}"
        error = error.__cause__ or error.__context__
