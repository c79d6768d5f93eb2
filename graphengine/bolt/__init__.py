"""One Neo4j database over Bolt: opened, tried at once, its faults named; what stores and readers share."""

from __future__ import annotations

from graphengine.bolt.credentials import password_of
from graphengine.bolt.faults import naming
from graphengine.bolt.kinds import Address, StandsInTheWayError, TooLargeError
from graphengine.bolt.link import Link, open_link

__all__ = [
    "Address",
    "Link",
    "StandsInTheWayError",
    "TooLargeError",
    "naming",
    "open_link",
    "password_of",
]
