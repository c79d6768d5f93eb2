"""Whether what answers is a Neo4j that is new enough, and what it is if it is not."""

from __future__ import annotations

import re
import socket
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from graphengine.errors import ConfigurationError

if TYPE_CHECKING:
    from graphengine.bolt.kinds import Address

__all__ = ["OLDEST", "check_product", "first_words"]

OLDEST = (5, 23)  # CALL (x) { } in the statements; the tests run on 5.26 and on 2026
_PORT = 7687
_HANDSHAKE = bytes.fromhex("6060b017 00040404 00000005 00000000 00000000")
_WORDS = 60  # bytes of an answer that are shown
_ANSWER_S = 2.0


def check_product(agent: str, where: Address) -> None:
    """Refuse a server that calls itself something else than Neo4j, or an older one.

    Products that speak Bolt begin with Neo4j's name, so that drivers take them, and go on with
    their own.

    Raises:
        ConfigurationError: naming what came.

    >>> from graphengine.bolt.kinds import Address
    >>> check_product("Neo4j/2026.10.1", Address("bolt://db", "ann", "neo4j"))
    >>> check_product("Neo4j/4.4.38", Address("bolt://db", "ann", "neo4j"))
    Traceback (most recent call last):
        ...
    graphengine.errors.ConfigurationError: Neo4j at bolt://db is of version 4.4.38. ...
    """
    named = re.fullmatch(r"Neo4j/((\d+)\.(\d+)\S*)", agent)
    if named is None:
        raise ConfigurationError(
            f'{where} is no Neo4j: it calls itself "{agent[:_WORDS]}". Its rules for constraints, '
            "indexes and transactions are others. Neo4j 5.26 or newer is needed; "
            "correct neo4j.uri in the job file."
        )
    if (int(named[2]), int(named[3])) < OLDEST:
        raise ConfigurationError(
            f"{where} is of version {named[1]}. Statements of ours are new to it; Neo4j 5.26 or "
            "newer is needed. Update it, or correct neo4j.uri in the job file."
        )


def first_words(uri: str) -> str:
    """What a port answers to Bolt's first bytes, as text; "" for Bolt, or for nothing to read.

    Asked when the driver has given up, because the driver does not tell.
    """
    parts = urlsplit(uri)
    words = b""
    with suppress(OSError):
        where = (parts.hostname or "", parts.port or _PORT)
        with socket.create_connection(where, timeout=_ANSWER_S) as there:
            there.settimeout(_ANSWER_S)
            there.sendall(_HANDSHAKE)
            words = there.recv(_WORDS)
    text = words.decode("ascii", "replace")
    line = text.splitlines()[0] if text.splitlines() else ""
    return line if len(words) > len("bolt") and line.isprintable() else ""
