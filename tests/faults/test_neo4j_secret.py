"""A planted password is searched for in all that every command leaves: outputs, files, tracebacks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.bolt_script import DROP, Failure, Rule, scripted
from support.small_job import write_small_job
from support.warm import Ended

if TYPE_CHECKING:
    from support.warm import Warm

SECRET = "plAnted-5ecret-Zq7"  # of nothing
DEBUG = {
    "GRAPHENGINE_DEBUG": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYTHONASYNCIODEBUG": "1",
    "NEO4J_DEBUG": "1",
}
COMMANDS = (
    ("run", "job.toml"),
    ("run", "job.toml", "--json"),
    ("ingest", "--job", "job.toml"),
    ("score", "--job", "job.toml"),
    ("publish", "--job", "job.toml", "--to", "neo4j"),
    ("rollback", "--job", "job.toml", "--to", "neo4j"),
    ("runs", "--job", "job.toml"),
    ("verify", "--job", "job.toml"),
    ("top", "chess", "--job", "job.toml", "--store", "neo4j"),
    ("show", "Person1", "--job", "job.toml", "--store", "neo4j"),
    ("query", "topics", "--job", "job.toml", "--store", "neo4j"),
    ("query", "RETURN $NEO4J_PASSWORD AS x", "--job", "job.toml", "--store", "neo4j"),
    ("load", "--job", "job.toml"),
    ("load", "--job", "job.toml", "--offline", "--print"),
    ("doctor", "--job", "job.toml"),
)
FAILURES = {
    "wrong password": [Rule("LOGON", Failure("Neo.ClientError.Security.Unauthorized"))],
    "rate limit": [Rule("LOGON", Failure("Neo.ClientError.Security.AuthenticationRateLimit"))],
    "gone": [Rule("LOGON", DROP)],
    "refused": [Rule("RUN", Failure("Neo.ClientError.Security.Forbidden"))],
    "a defect": [Rule("RUN", Failure("Neo.DatabaseError.Statement.ExecutionFailed"))],
    "an answer of another shape": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The small job, which publishes to Neo4j."""
    folder = tmp_path / "job"
    write_small_job(folder)
    return folder


def _address(folder: Path, uri: str, more: str = "") -> None:
    job = folder / "job.toml"
    text = job.read_text("utf-8").replace('to = ["embedded"]', 'to = ["neo4j"]')
    if "[publish]" not in text:
        text += '\n[publish]\nto = ["neo4j"]\n'
    job.write_text(f'{text}\n[neo4j]\nuri = "{uri}"\n{more}', "utf-8")


def _leaks(ended: Ended, folder: Path) -> list[str]:
    """Where the secret stands."""
    found = [name for name in ("out", "err") if SECRET in getattr(ended, name)]
    files = [path for path in folder.rglob("*") if path.is_file()]
    held = [path for path in files if SECRET.encode() in path.read_bytes()]
    return found + [path.relative_to(folder).as_posix() for path in held]


def test_the_search_finds(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "x").write_text(f"a {SECRET} b", "utf-8")
    assert _leaks(Ended(0, SECRET, f"{SECRET}\n", 0), tmp_path) == ["out", "err", "log/x"]
    assert _leaks(Ended(0, "", "", 0), tmp_path / "none") == []


@pytest.mark.parametrize("failure", FAILURES)
def test_it_stands_nowhere(warm: Warm, folder: Path, failure: str) -> None:
    codes = set()
    with scripted(*FAILURES[failure]) as server:
        _address(folder, server.uri)
        for words in COMMANDS:
            ended = warm.run(*words, cwd=folder, env={"NEO4J_PASSWORD": SECRET, **DEBUG})
            assert _leaks(ended, folder) == [], (words, ended.err)
            codes.add(ended.code)
        assert server.count("LOGON") > 0 or failure == "gone"
        logons = [seen.fields[0] for seen in server.seen if seen.name == "LOGON"]
        assert all(fields["credentials"] == SECRET for fields in logons)
    assert codes - {0, 2, 99}, codes


def test_it_comes_from_a_file(warm: Warm, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", "utf-8")
    file.chmod(0o600)
    with scripted(Rule("RUN", Failure("Neo.ClientError.Security.Forbidden"))) as server:
        _address(folder, server.uri, 'password_env = "GRAPH_DB"\n')
        ended = warm.run(*COMMANDS[0], cwd=folder, env={"GRAPH_DB_FILE": str(file), **DEBUG})
        assert ended.code == 77, ended.err
        (given,) = [seen.fields[0]["credentials"] for seen in server.seen if seen.name == "LOGON"]
    assert given == SECRET
    assert _leaks(ended, folder) == []


def test_it_is_not_in_the_arguments_of_a_process(warm: Warm, folder: Path) -> None:
    """What other users of the machine may read of a process that waits for its server."""
    with scripted(Rule("RUN", "say nothing more")) as server:
        _address(folder, server.uri)
        child = warm.start(*COMMANDS[0], cwd=folder, env={"NEO4J_PASSWORD": SECRET})
        try:
            while server.count("RUN") == 0 and child.alive():
                time.sleep(0.01)
            assert child.alive()
            assert SECRET.encode() not in Path(f"/proc/{child.pid}/cmdline").read_bytes()
        finally:
            child.kill(group=True)
            child.wait()


@pytest.mark.parametrize("where", ["uri", "password", "password_env"])
def test_a_job_file_that_holds_it_is_refused_without_repeating_it(
    warm: Warm, folder: Path, where: str
) -> None:
    value = f"bolt://neo4j:{SECRET}@db" if where == "uri" else SECRET
    job = folder / "job.toml"
    job.write_text(job.read_text("utf-8") + f'\n[neo4j]\n{where} = "{value}"\n', "utf-8")
    ended = warm.run(*COMMANDS[0], cwd=folder, env=DEBUG)
    assert ended.code == 78, ended.err
    assert SECRET not in ended.out + ended.err
