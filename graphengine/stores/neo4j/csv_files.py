"""The files road: rows go through a directory that the server reads too, and not over Bolt.

A file holds the rows of one transaction, which reads it with LOAD CSV and counts it in the job's
ledger. So a load that was cut off goes on where it was, by whichever road: both cut the same rows.
CALL IN TRANSACTIONS would commit by itself and leave the ledger behind.

No text in these files needs quoting, because what would is written as in an address (a comma is
%2C): what a backslash or a quote means in LOAD CSV depends on a setting of the server.
"""

from __future__ import annotations

import re
import secrets
import shutil
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import polars as pl

from graphengine.errors import ConfigurationError, GraphengineError, InputError
from graphengine.stores.neo4j.chunks import Chunk, rows_of
from graphengine.stores.neo4j.ledger import run_row
from graphengine.stores.neo4j.statements import statement as text_of
from graphengine.workspace import make_folder, writing_to

if TYPE_CHECKING:
    from pathlib import Path

    import neo4j

    from graphengine.bolt.link import Link

__all__ = ["FileChunk", "SharedFolder", "by_files", "encoded", "from_file"]

# what is not written as itself, and how; "%" comes first here and last when it is read
_CODES = {"%": "%25", ",": "%2C", '"': "%22", "\\": "%5C", "\n": "%0A", "\r": "%0D"}
_EMPTY = "%E"  # the empty text: nothing between two commas is a missing value
_BEGIN = re.compile(r"\AUNWIND range\(0, size\(\$(\w+)\) - 1\) AS i\n")
_VALUE = re.compile(r"\$(\w+)\[i\]")


@dataclass(frozen=True)
class SharedFolder:
    """A directory that this process writes and the server reads.

    path: as this process knows it. url: as the server does, "file:///" and what of the path lies
    below its import directory. job: its files lie in a folder of their own.
    """

    path: Path
    url: str
    job: str
    _token: str = field(default_factory=lambda: secrets.token_hex(8))

    def __post_init__(self) -> None:
        if not self.url.startswith("file:///") or ".." in self.url.split("/"):
            raise ConfigurationError(
                f'neo4j.import_url is "{self.url}". The files road reads files of the server\'s '
                'own import directory and nothing else. Write "file:///", or file:/// and the '
                "folder below it."
            )

    @property
    def folder(self) -> Path:
        """Where the job's files lie."""
        return self.path / f"graphengine-{self.job}"

    def open(self, link: Link) -> None:
        """Make the folder, empty, and see whether the server reads what is written there.

        Raises:
            ConfigurationError: it does not.
            CannotWriteError: the disk refuses.
        """
        if not self.path.is_dir():
            raise ConfigurationError(
                f"neo4j.import_directory is {self.path}, which is no directory here. The files "
                "road needs one that this process and Neo4j both read. Correct it, or use "
                "another road: graphengine load --road stream."
            )
        self.close()
        make_folder(self.folder)
        name = "probe"
        with writing_to(self.folder):
            (self.folder / self._file(name)).write_text(f"{self._token}\n", "ascii")
        said: list[dict[str, Any]] = []
        why = "it reads another directory"
        try:
            said = link.rows(text_of("files/probe"), url=self.url_of(name))
        except InputError as refused:
            why = str(refused)
        if not said or said[0]["said"] != self._token:
            raise ConfigurationError(
                f"{link.address} does not read what is written to {self.path} ({why}). Let "
                "neo4j.import_directory be the server's server.directories.import, or a folder "
                "below it that neo4j.import_url names; the server's user must be allowed to read "
                f"it. Else use another road: graphengine load --road stream."
            )

    def put(self, number: str, frame: pl.DataFrame) -> Path:
        """Write ``frame`` as the file ``number``.

        Raises:
            CannotWriteError: the disk refuses.
        """
        file = self.folder / self._file(number)
        with writing_to(file):
            encoded(frame).write_csv(file, quote_style="never")
        return file

    def url_of(self, number: str) -> str:
        """Where the server finds the file ``number``."""
        begin = self.url if self.url.endswith("/") else f"{self.url}/"
        return begin + quote(f"{self.folder.name}/{self._file(number)}")

    def close(self) -> None:
        """Remove the job's files."""
        if self.folder.exists():
            with writing_to(self.folder):
                shutil.rmtree(self.folder)

    def _file(self, number: str) -> str:
        return f"{number}-{self._token}.csv"


@dataclass(frozen=True)
class FileChunk(Chunk):
    """Rows that a statement takes from a file of ``shared``."""

    shared: SharedFolder | None = None

    def _send(self, tx: neo4j.Transaction, text: str) -> int:
        """Write the file, have the server read it, and remove it."""
        assert self.shared is not None  # by_files gives it
        kinds = tuple((name, str(kind)) for name, kind in self.frame.schema.items())
        name = secrets.token_hex(8)  # writers may be several
        file = self.shared.put(name, self.frame)
        try:
            given = {"url": self.shared.url_of(name), **self.constants}
            return rows_of(run_row(tx, from_file(text, kinds), given))
        finally:
            file.unlink(missing_ok=True)


def by_files(chunk: Chunk, shared: SharedFolder) -> Chunk:
    """``chunk`` by a file, where its statement goes through rows; what only removes stays as it is.

    Removals are few, name keys alone, and have nothing to gain.
    """
    if not _BEGIN.match(chunk.statement) or not chunk.complete:
        return chunk
    return FileChunk(**{f.name: getattr(chunk, f.name) for f in fields(chunk)}, shared=shared)


def encoded(frame: pl.DataFrame) -> pl.DataFrame:
    r"""``frame`` with its texts written so that no CSV reader has anything to interpret.

    >>> encoded(pl.DataFrame({"x": ['a "b", 5%', "", None, "\\\n"]}))["x"].to_list()
    ['a %22b%22%2C 5%25', '%E', None, '%5C%0A']
    """
    text = pl.col(pl.String)
    coded = text
    for plain, code in _CODES.items():
        coded = coded.str.replace_all(plain, code, literal=True)
    return frame.with_columns(pl.when(text == "").then(pl.lit(_EMPTY)).otherwise(coded).name.keep())


@cache
def from_file(statement: str, kinds: tuple[tuple[str, str], ...]) -> str:
    r"""A statement of the stream road that goes through columns, reading them from a file instead.

    ``kinds`` are the columns' names and polars types. The text after the first line stays, each
    ``$name[i]`` becoming ``row.name``.

    Raises:
        GraphengineError: it does not begin as these do, or asks for another column.

    >>> text = "UNWIND range(0, size($key) - 1) AS i\nMERGE (t:Topic {key: $key[i]})"
    >>> from_file(text, (("key", "Int64"),)).splitlines()[1:]
    ['WITH {key: toInteger(line.key)} AS row', 'MERGE (t:Topic {key: row.key})']
    """
    known = {name for name, _ in kinds}
    begin = _BEGIN.match(statement)
    asked = set(_VALUE.findall(statement))
    if begin is None or asked - known or not all(name.isidentifier() for name in known):
        raise GraphengineError(
            f"This statement cannot take its rows from a file with the columns {sorted(known)}: "
            f"{statement}"
        )
    values = ", ".join(f"{name}: {_value(name, kind)}" for name, kind in kinds if name in asked)
    head = text_of("files/rows").replace("VALUES", values)
    return f"{head}\n{_VALUE.sub(lambda found: f'row.{found[1]}', statement[begin.end() :])}"


def _value(name: str, kind: str) -> str:
    raw = f"line.{name}"
    if kind != "String":
        return f"toFloat({raw})" if kind.startswith("Float") else f"toInteger({raw})"
    plain = f"replace({raw}, '{_EMPTY}', '')"
    for text, code in reversed(_CODES.items()):
        plain = f"replace({plain}, '{code}', '{_escaped(text)}')"
    return f"CASE WHEN {raw} CONTAINS '%' THEN {plain} ELSE {raw} END"


def _escaped(text: str) -> str:
    return {"\\": r"\\", "\n": r"\n", "\r": r"\r"}.get(text, text)
