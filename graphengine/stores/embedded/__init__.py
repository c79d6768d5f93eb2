"""The embedded store: a Ladybug file per published run, built fresh and only ever read after that.

    publish:  building/graph.lbug ──check in a child──fsync──► <run>.<hash>.lbug ──► CURRENT
    query:    CURRENT ──► the file that it names, opened read-only

CURRENT is replaced in one rename, and that is the whole flip: a process killed before it has
published nothing, a process killed after it everything.
"""

from __future__ import annotations

from graphengine.stores.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore"]
