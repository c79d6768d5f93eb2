"""Neo4j over Bolt: the graph brought up to date in chunks, scores written beside the old ones.

    publish:  schema ──► graph, chunk by chunk ──► scores of the run ──► counts, checksums
              ──► Pointer.run ──► copy on nodes ──► old runs go
    query:    Pointer.run ──► SCORED by the index (run, topic, rank)

Each chunk commits together with the job's ledger node, so that a publication that was cut off
goes on where it was. Readers look at one property of the pointer, and that is the whole flip.
"""

from __future__ import annotations

from graphengine.stores.neo4j.store import Neo4jStore
from graphengine.stores.neo4j.terms import Pinned, Terms

__all__ = ["Neo4jStore", "Pinned", "Terms"]
