"""The three roads into Neo4j behind one call: stream, files, bulk."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING, Literal

from graphengine.errors import ConfigurationError
from graphengine.stores.neo4j.bulk import check_counts, read_manifest
from graphengine.stores.neo4j.csv_files import by_files
from graphengine.stores.neo4j.load import load_graph
from graphengine.stores.neo4j.schema import prepare
from graphengine.stores.neo4j.statements import statement
from graphengine.workspace import writing_to

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.bolt import Link
    from graphengine.stores.neo4j.csv_files import SharedFolder
    from graphengine.stores.neo4j.ledger import Ledger
    from graphengine.stores.ports import Edges, GraphSource

__all__ = ["Road", "check_empty", "finish_import", "load_graph_by"]

Road = Literal["stream", "files", "bulk"]


def load_graph_by(
    road: Road,
    ledger: Ledger,
    graph: GraphSource,
    *,
    edges: Edges = "event",
    anew: bool = False,
    shared: SharedFolder | None = None,
) -> None:
    """Bring the graph up to date by ``road``; `load_graph` says how, and what is raised.

    ``shared`` is for the road files. The road bulk fills a database that does not run: what an
    import has left to do goes over Bolt, and where none was made that is an error.

    Raises:
        ConfigurationError: the road cannot be taken as the job file has it.
    """
    if road != "files":
        if road == "bulk" and not anew:
            _check_imported(ledger, graph)
        load_graph(ledger, graph, edges=edges, anew=anew)
        return
    if shared is None:
        raise ConfigurationError(
            "The road files needs a directory that this process and Neo4j both read. "
            "Name it as neo4j.import_directory in the job file, or load by the road stream."
        )
    shared.open(ledger.link)
    try:
        load_graph(ledger, graph, edges=edges, anew=anew, carry=partial(by_files, shared=shared))
    finally:
        shared.close()


def finish_import(link: Link, folder: Path, *, job: str, edges: Edges = "event") -> bool:
    """Whether the files of ``folder`` were imported here: then the rules are made, counts checked.

    After that the folder goes; it holds what the log holds.

    Raises:
        InputError: the database does not hold what the files held; the folder stays.
        ConfigurationError: data or rules of somebody else are in the way.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        return False
    found = link.rows(statement("files/imported"), job=job)
    if not found or found[0]["batch"] != manifest.batch or found[0]["token"]:
        return False
    prepare(link, edges=edges)
    check_counts(link, manifest)
    with writing_to(folder):
        shutil.rmtree(folder)
    return True


def check_empty(link: Link, *, job: str) -> None:
    """Refuse an import where a server answers: it fills a database that is not there yet.

    Raises:
        ConfigurationError: always; the message says what is there and what to do.
    """
    nodes = link.rows(statement("files/anything"))[0]["nodes"]
    if nodes:
        raise ConfigurationError(
            f"The road bulk fills an empty database, and {link.address} holds {nodes:,} nodes. "
            f'Bring the job "{job}" up to date by another road: graphengine load --road stream.'
        )
    raise ConfigurationError(
        f"The road bulk fills a database whose server does not run, and {link.address} answers. "
        "Nothing is in it yet: stop the server, remove its data/databases/"
        f"{link.address.database} and data/transactions/{link.address.database}, and run this "
        "again. Or load by another road: graphengine load --road stream."
    )


def _check_imported(ledger: Ledger, graph: GraphSource) -> None:
    entry = ledger.entry
    if graph.last_batch and not (entry.batch or entry.pending or entry.loading):
        raise ConfigurationError(
            f'The job "{ledger.job}" is loaded by the road bulk (neo4j.load), and {ledger.link.address} '
            "holds nothing of it. Stop the server, then: graphengine load --offline. "
            "Or load over Bolt: graphengine load --road stream."
        )
