"""The bulk road: an empty database filled by neo4j-admin from files, then checked.

    log ──► files, headers, manifest ──► neo4j-admin database import full ──► start the server
        ──► constraints, indexes ──► counts of the database = counts of the manifest

The files hold the job's ledger too, so that whoever loads or publishes next goes on from there.
"""

from __future__ import annotations

from graphengine.stores.neo4j.bulk.admin import admin_command, import_command, run_import
from graphengine.stores.neo4j.bulk.counts import check_counts
from graphengine.stores.neo4j.bulk.elements import Element, elements
from graphengine.stores.neo4j.bulk.files import Manifest, read_manifest, write_files

__all__ = [
    "Element",
    "Manifest",
    "admin_command",
    "check_counts",
    "elements",
    "import_command",
    "read_manifest",
    "run_import",
    "write_files",
]
