"""One Neo4j database over Bolt: opened, tried at once, its faults named; what stores and readers share."""

from __future__ import annotations

from graphengine.bolt.faults import Address, StandsInTheWayError, naming
from graphengine.bolt.link import Link, open_link

__all__ = ["Address", "Link", "StandsInTheWayError", "naming", "open_link"]
