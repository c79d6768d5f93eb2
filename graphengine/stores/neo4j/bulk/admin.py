"""neo4j-admin: where it is, the command that imports a folder of files, and how that ends."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from graphengine.errors import CannotWriteError, ConfigurationError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphengine.stores.neo4j.bulk.files import Manifest

__all__ = ["admin_command", "import_command", "run_import"]

_DATABASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{2,62}")  # as Neo4j has them
_TAIL = 12  # lines of what the tool said
_SHORT = 2_000_000  # rows: below, optimizing the machine code costs more than it saves
_QUICK = "-XX:TieredStopAtLevel=1"
_OPTIONS = "JDK_JAVA_OPTIONS"  # what every java reads first; the words of a command line win


def admin_command(setting: str | None) -> tuple[str, ...]:
    """The words that start neo4j-admin: the job's, else that of NEO4J_HOME, else that on PATH.

    ``setting`` is split as a shell does, so that it may carry arguments of its own.

    Raises:
        ConfigurationError: there is none.
    """
    if setting:
        try:
            words = tuple(shlex.split(setting))
        except ValueError as wrong:
            raise _missing(f"neo4j.admin of the job file is {setting!r}: {wrong}") from wrong
        found = shutil.which(words[0]) if words else None
        if found is None:
            raise _missing(f"{setting!r} (neo4j.admin of the job file) is no program here")
        return (found, *words[1:])
    home = os.environ.get("NEO4J_HOME")
    own = shutil.which(str(Path(home, "bin", "neo4j-admin"))) if home else None
    found = own or shutil.which("neo4j-admin")
    if found is None:
        raise _missing("it is neither in bin/ of NEO4J_HOME nor on PATH")
    return (found,)


def import_command(admin: Sequence[str], manifest: Manifest, *, database: str) -> tuple[str, ...]:
    """The command that imports the files of ``manifest`` from the folder that it is started in.

    The files go by their names in that folder, as ./NAME, which 2026 needs and 5.26 takes:
    neo4j-admin reads a longer path as a pattern, and commas as the end of one. Nothing bad is passed over, and an existing database is never overwritten.

    Raises:
        ConfigurationError: ``database`` is no name of a database.
    """
    if not _DATABASE.fullmatch(database):
        raise ConfigurationError(
            f'"{database}" is no name of a Neo4j database: 3 to 63 letters, digits, dots and '
            "dashes, a letter or digit first. Correct neo4j.database in the job file."
        )
    return (
        *admin,
        *("database", "import", "full", database),
        *(f"--nodes={name}=./{name}-header.csv,./{name}.csv" for name in manifest.nodes),
        *(
            f"--relationships={name}=./{name}-header.csv,./{name}.csv"
            for name in manifest.relationships
        ),
        "--id-type=string",
        "--delimiter=,",
        "--array-delimiter=;",
        "--bad-tolerance=0",
        *(["--multiline-fields=true"] if manifest.multiline else []),
    )


def run_import(command: Sequence[str], folder: Path, *, rows: int = _SHORT) -> str:
    """What ``command`` said, run in ``folder``, which holds so many ``rows``.

    The Java machine of a short import is told to compile quickly: on two cores the compiler would
    else take as much time as the import itself.

    Raises:
        ConfigurationError: the database is there already, or runs.
        CannotWriteError: no room for the database.
        InputError: the tool failed otherwise; the message ends with its last lines.
    """
    try:
        done = subprocess.run(  # noqa: S603  (words of a job file, or neo4j-admin itself)
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, check=False, env=_environment(rows),
        )  # fmt: skip
    except OSError as refused:
        raise _missing(f"{command[0]} cannot be started: {refused.strerror}") from refused
    said = done.stdout.decode(errors="replace")
    if done.returncode:
        _raise(said, done.returncode)
    return said


def _environment(rows: int) -> dict[str, str]:
    """This process' environment, with a word to the Java machine where the import is short."""
    own = dict(os.environ)
    if rows < _SHORT:  # what the user says comes last, and wins
        own[_OPTIONS] = f"{_QUICK} {own.get(_OPTIONS, '')}".rstrip()
    return own


def _raise(said: str, code: int) -> None:
    low = said.lower()
    where = re.search(r"^Importing the contents of these files into (.+):$", said, re.MULTILINE)
    place = where[1] if where else "the server's data/databases"
    if "already exist" in low or "in use" in low:
        raise ConfigurationError(
            f"neo4j-admin imports into a database that does not exist yet, and {place} is there "
            "already, or its server runs. If nothing in it is needed, stop the server, remove "
            "that folder and the one of the same name in data/transactions, and run this again; "
            "else load by the road stream: graphengine load --road stream."
        )
    if "no space left" in low or "not enough space" in low:
        raise CannotWriteError(
            f"neo4j-admin ran out of disk space while it wrote {place}. What it left there cannot "
            "be used: remove it, free some space, and run the same command again."
        )
    lines = [line for line in said.splitlines() if line.strip() and not _is_dots(line)]
    last = "\n".join(f"  {line}" for line in lines[-_TAIL:])
    raise InputError(
        f"neo4j-admin failed ({code}). What it left in {place} cannot be used: remove it before "
        f"the next try. It said last:\n{last}"
    )


def _is_dots(line: str) -> bool:
    return line[:1] in ".-" and " ∆" in line


def _missing(why: str) -> ConfigurationError:
    return ConfigurationError(
        f"neo4j-admin was not found: {why}. The bulk road needs it, of the server's own version. "
        'Name it in the job file, [neo4j] admin = "/opt/neo4j/bin/neo4j-admin", or load by another '
        "road: graphengine load --road stream."
    )
