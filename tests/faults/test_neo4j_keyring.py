"""The real library keyring, in a folder of its own: what it holds, and each way in which it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from support.bolt_script import Failure, Rule, scripted
from support.small_job import write_small_job

if TYPE_CHECKING:
    from collections.abc import Mapping

PINNED = ("keyring==25.6.0", "keyrings.alt==5.0.2")
ROOT = Path(__file__).resolve().parents[2]
SECRET = "plAnted-k3yring-Zq7"  # of nothing
PLAIN = "keyrings.alt.file.PlaintextKeyring"  # a file in $XDG_DATA_HOME
URI = "bolt://db:7687"
ASK = f"""
from graphengine.bolt import Address, password_of
from graphengine.errors import GraphengineError
try:
    print("held", password_of(Address("{URI}", "ann", "neo4j"), "GE_NOT_SET"))
except GraphengineError as error:
    print(error.exit_code, error)
"""
OWN = """
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

class Locked(KeyringBackend):
    priority = 1
    def set_password(self, service, username, password):
        pass
    def get_password(self, service, username):
        raise KeyringLocked("plAnted-k3yring-Zq7")

class Broken(Locked):
    def get_password(self, service, username):
        raise OSError("plAnted-k3yring-Zq7")
"""


@pytest.fixture(scope="module")
def library() -> Path:
    """The folder of the library, fetched once into the cache of the tests."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "graphengine-tests")
    folder = cache / f"{PINNED[0].replace('==', '-')}-{sys.version_info[0]}.{sys.version_info[1]}"
    cache.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "COMPLETE").is_file():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade"]
            done = subprocess.run([*pip, "--target", str(folder), *PINNED], check=False)
            if done.returncode:
                pytest.skip(f"pip cannot fetch {' and '.join(PINNED)}")
            (folder / "COMPLETE").touch()
    return folder


def _environment(folder: Path, backend: str, *paths: Path) -> dict[str, str]:
    """That of a process whose keyring is ``backend``, with its files in ``folder``."""
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (*paths, ROOT))),
        "PYTHON_KEYRING_BACKEND": backend,
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }


def _python(environment: Mapping[str, str], *words: str, cwd: Path, given: str = "") -> str:
    """Both outputs of a Python process."""
    done = subprocess.run(
        [sys.executable, *words], env=environment, cwd=cwd, input=given,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return done.stdout


def _asked(folder: Path, backend: str, *paths: Path) -> str:
    (folder / "own_backend.py").write_text(OWN, "utf-8")
    return _python(_environment(folder, backend, *paths, folder), "-c", ASK, cwd=folder)


def test_a_run_takes_it_from_there_and_leaves_it_nowhere(library: Path, tmp_path: Path) -> None:
    """Kept by keyring's own command, read by a whole run, which the server then refuses."""
    folder, kept = tmp_path / "job", tmp_path / "kept"
    write_small_job(folder)
    environment = _environment(kept, PLAIN, library) | {"GRAPHENGINE_DEBUG": "1"}
    environment.pop("NEO4J_PASSWORD", None)
    with scripted(Rule("RUN", Failure("Neo.ClientError.Security.Forbidden"))) as server:
        store = ("-m", "keyring", "set", "graphengine", f"neo4j@{server.uri}")
        assert _python(environment, *store, cwd=tmp_path, given=SECRET) == ""
        job = folder / "job.toml"
        text = job.read_text("utf-8").replace('to = ["embedded"]', 'to = ["neo4j"]')
        if "[publish]" not in text:
            text += '\n[publish]\nto = ["neo4j"]\n'
        job.write_text(f'{text}\n[neo4j]\nuri = "{server.uri}"\n', "utf-8")
        said = _python(environment, "-m", "graphengine", "run", "job.toml", cwd=folder)
        given = {seen.fields[0]["credentials"] for seen in server.seen if seen.name == "LOGON"}
    assert given == {SECRET}, said
    assert "does not allow that" in said
    assert SECRET not in said
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


WITHOUT = {
    "keeps nothing": (PLAIN, "78", "The keyring holds none either: keyring set graphengine"),
    "none there": ("keyring.backends.fail.Keyring", "78", "finds no keyring on this machine"),
    "locked": ("own_backend.Locked", "77", "does not open (KeyringLocked)"),
    "broken": ("own_backend.Broken", "78", "does not work (OSError)"),
    "no such backend": ("nothing.of.the.kind", "78", "does not work (ModuleNotFoundError)"),
}


@pytest.mark.parametrize("case", WITHOUT)
def test_a_keyring_that_does_not_give_it(library: Path, tmp_path: Path, case: str) -> None:
    backend, code, words = WITHOUT[case]
    said = _asked(tmp_path, backend, library)
    assert said.startswith(code), said
    assert words in said
    assert SECRET not in said
    assert len(said.splitlines()) == 1  # no traceback


def test_without_the_library(tmp_path: Path) -> None:
    said = _asked(tmp_path, PLAIN)
    assert said.startswith("78"), said
    assert "Export GE_NOT_SET" in said
    assert "the Python library keyring is not installed beside graphengine" in said
