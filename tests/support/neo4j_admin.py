"""neo4j-admin beside the tests' own server: the words that start it, and its surroundings."""

from __future__ import annotations

import shlex
import shutil
from typing import TYPE_CHECKING

from .neo4j_machines import Jvm

if TYPE_CHECKING:
    from .neo4j_server import Neo4jServer

__all__ = ["admin_of", "surroundings", "without_database"]


def admin_of(server: Neo4jServer) -> str:
    """What a job file's neo4j.admin says for this server, whose machine is a JVM."""
    return shlex.join((*_jvm(server)._java, "org.neo4j.cli.AdminTool"))


def surroundings(server: Neo4jServer) -> dict[str, str]:
    """The environment in which that finds the server's files."""
    home = _jvm(server).home
    return {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}


def without_database(server: Neo4jServer) -> None:
    """Remove the halted server's database, as an administrator does before an import."""
    for kind in ("databases", "transactions"):
        shutil.rmtree(_jvm(server).home / "data" / kind / server.database, ignore_errors=True)


def _jvm(server: Neo4jServer) -> Jvm:
    assert isinstance(server.machine, Jvm), f"a server of the way '{server.how}' is not ours"
    return server.machine
