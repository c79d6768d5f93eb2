"""Which Neo4j the tests run, and where its jars come from: Maven, once, into a cache.

Everything is fetched by Maven's own settings and kept between sessions below ``$XDG_CACHE_HOME``
(or ``~/.cache``), outside the tree.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "CALENDAR",
    "LTS",
    "DidNotStartError",
    "Release",
    "checked",
    "fetched_gds",
    "fetched_jars",
    "java_of",
    "said",
    "tail",
    "wanted_release",
]

POMS = Path(__file__).resolve().parent.parent / "neo4j"


class DidNotStartError(RuntimeError):
    """Something needed for a server failed; the text ends with what it said last."""


@dataclass(frozen=True)
class Release:
    """A line of Neo4j: the file that pins it, its main class and the oldest Java that runs it."""

    name: str
    pom: Path
    main: str
    java: int

    @property
    def version(self) -> str:
        """The pinned version."""
        return _pinned(self.pom, "neo4j")

    @property
    def image(self) -> str:
        """The Docker image of the line."""
        series = "5.26" if self.name == "5.26" else self.version
        return f"neo4j:{series}-community"


LTS = Release("5.26", POMS / "pom.xml", "org.neo4j.server.CommunityEntryPoint", 17)
CALENDAR = Release("2026", POMS / "pom-2026.xml", "org.neo4j.server.Neo4jCommunity", 21)
GDS = POMS / "pom-gds.xml"  # goes with LTS


def wanted_release() -> Release:
    """The line that ``GRAPHENGINE_TEST_NEO4J_RELEASE`` names (5.26 or 2026); 5.26 by default."""
    lines = {line.name: line for line in (LTS, CALENDAR)}
    name = os.environ.get("GRAPHENGINE_TEST_NEO4J_RELEASE") or LTS.name
    if name not in lines:
        raise ValueError(f"GRAPHENGINE_TEST_NEO4J_RELEASE is {name!r}, none of {', '.join(lines)}")
    return lines[name]


def java_of(version: int) -> str | None:
    """A java command of ``version`` or later ($JAVA_HOME first), else None."""
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(str(Path(home, "bin", "java"))) if home else None
    java = java or shutil.which("java")
    found = None if java is None else re.search(r'version "(\d+)', said((java, "-version")))
    return java if found is not None and int(found[1]) >= version else None


def fetched_jars(release: Release = LTS) -> Path | None:
    """The folder of the server's jars, fetched on first use; None if that takes a missing mvn."""
    return _fetched(f"neo4j-{release.version}", release.pom)


def fetched_gds() -> Path | None:
    """A plugins folder with Graph Data Science, for LTS; None if that takes a missing mvn.

    What the server brings along is left out: two versions of a library on one class path break
    both.
    """
    server = fetched_jars(LTS)
    if server is None:
        return None
    version = _pinned(GDS, "gds")
    theirs = {_artifact(jar) for jar in server.glob("*.jar")}

    def leave_out(jars: Path) -> None:
        for jar in jars.glob("*.jar"):
            own = jar.name.endswith(f"-{version}.jar")  # some are called as jars of the server are
            if not own and _artifact(jar) in theirs:
                jar.unlink()

    return _fetched(f"gds-{version}", GDS, then=leave_out)


def checked(command: Sequence[str], more_environment: Mapping[str, str]) -> str:
    """What a command printed; DidNotStartError with its last lines if it fails.

    The command itself is not shown: it may hold a password.
    """
    done = subprocess.run(
        command,
        env={**os.environ, **more_environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    printed = done.stdout.decode(errors="replace")
    if done.returncode:
        raise DidNotStartError(
            f"{Path(command[0]).name} failed ({done.returncode}):\n{tail(printed)}"
        )
    return printed


def said(command: Sequence[str]) -> str:
    """Both outputs of a short command, whatever its exit code."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")


def tail(text: str, lines: int = 30) -> str:
    """The last lines of a text."""
    return "\n".join(text.splitlines()[-lines:])


def _pinned(pom: Path, what: str) -> str:
    found = re.search(rf"<{what}\.version>(.+?)<", pom.read_text("utf-8"))
    assert found is not None, f"{pom.name} names no {what}.version"
    return found[1]


def _artifact(jar: Path) -> str:
    """The name of a jar without its version."""
    return re.sub(r"-\d.*", "", jar.name)


def _fetched(name: str, pom: Path, *, then: Callable[[Path], None] = lambda _: None) -> Path | None:
    """What ``pom`` names, in a folder of the cache; ``then`` works on it before it counts."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "graphengine-tests")
    jars, complete = cache / name, hashlib.sha256(pom.read_bytes()).hexdigest()
    mark = jars / "COMPLETE"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(cache / f"{name}.lock"):
        if mark.is_file() and mark.read_text() == complete:
            return jars
        mvn = shutil.which("mvn")
        if mvn is None:
            return None
        shutil.rmtree(jars, ignore_errors=True)
        goal = ("dependency:copy-dependencies", "-DincludeScope=runtime")
        checked((mvn, "-q", "-B", "-f", str(pom), *goal, f"-DoutputDirectory={jars}"), {})
        then(jars)
        mark.write_text(complete)
    return jars
