"""The workspace: whose it is, who holds it, and writes that are whole or not there."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from graphengine.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
)
from graphengine.job import Job
from graphengine.workspace import (
    Workspace,
    exclusive,
    journal,
    open_workspace,
    write_atomically,
    write_folder_atomically,
)

if TYPE_CHECKING:
    from pathlib import Path


def job_in(folder: Path, name: str = "nightly") -> Job:
    return Job.model_validate(
        {"name": name, "workspace": "w", "sources": [{"name": "s", "files": ["f.csv"]}],
         "path": folder / "nightly.toml"}
    )  # fmt: skip


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return open_workspace(job_in(tmp_path), create=True)


def test_a_new_workspace_states_its_format_and_its_job(ws: Workspace) -> None:
    assert json.loads((ws.root / "VERSION").read_text()) == {"format": 1, "job": "nightly"}
    assert [p.name for p in (ws.log, ws.snapshots, ws.runs, ws.store, ws.rejects, ws.journal)] == [
        "log", "snapshots", "runs", "store", "rejects", "journal.jsonl",
    ]  # fmt: skip


def test_opening_again_changes_nothing(ws: Workspace, tmp_path: Path) -> None:
    before = (ws.root / "VERSION").stat().st_mtime_ns
    assert open_workspace(job_in(tmp_path), create=True) == ws
    assert open_workspace(job_in(tmp_path), create=False) == ws
    assert (ws.root / "VERSION").stat().st_mtime_ns == before


def test_none_there_and_none_wanted(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is no workspace at"):
        open_workspace(job_in(tmp_path), create=False)
    assert not (tmp_path / "w").exists()


def test_a_workspace_of_another_job(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="belongs to the job 'nightly', not to 'weekly'"):
        open_workspace(job_in(tmp_path, "weekly"), create=True)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"format": 2, "job": "nightly"}', "has format 2"),
        ("", "cannot be read"),
        ("[1]", "cannot be read"),
        ('{"format": "new", "job": "nightly"}', "cannot be read"),
    ],
)
def test_a_version_that_is_newer_or_damaged(
    ws: Workspace, tmp_path: Path, text: str, sentence: str
) -> None:
    (ws.root / "VERSION").write_text(text)
    with pytest.raises(ConfigurationError, match=sentence) as raised:
        open_workspace(job_in(tmp_path), create=True)
    assert "workspace" in str(raised.value).rsplit(". ", maxsplit=1)[-1]


def test_a_folder_with_somebody_elses_files(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "thesis.doc").touch()
    with pytest.raises(ConfigurationError, match="holds files, but no VERSION"):
        open_workspace(job_in(tmp_path), create=True)


def test_a_file_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "w").touch()
    with pytest.raises(ConfigurationError, match="is a file"):
        open_workspace(job_in(tmp_path), create=True)


def test_a_killed_start_can_be_repeated(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / ".VERSION.tmp").write_bytes(b"{")
    assert open_workspace(job_in(tmp_path), create=True).root == tmp_path / "w"


def test_a_second_start_says_who_holds_it(ws: Workspace) -> None:
    with exclusive(ws, who="graphengine run nightly.toml"):
        since = json.loads((ws.root / "lock.json").read_text())["since"]
        wanted = rf"held by pid {os.getpid()} \(graphengine run nightly.toml\) since {since[:4]}"
        with pytest.raises(BusyError, match=wanted) as raised, exclusive(ws, who="another"):
            pytest.fail("two held it")
        assert raised.value.exit_code == 75
    with exclusive(ws, who="the next"):
        assert json.loads((ws.root / "lock.json").read_text())["who"] == "the next"
    assert not (ws.root / "lock.json").exists()


def test_a_holder_that_was_killed_blocks_nobody(ws: Workspace) -> None:
    code = (
        "import os, pathlib, signal\n"
        "from graphengine.workspace import Workspace, exclusive\n"
        f"with exclusive(Workspace(pathlib.Path({str(ws.root)!r})), who='doomed'):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -9
    assert json.loads((ws.root / "lock.json").read_text())["who"] == "doomed"
    with exclusive(ws, who="the next"):
        assert json.loads((ws.root / "lock.json").read_text())["who"] == "the next"


def test_a_holder_that_has_not_said_who_it_is(ws: Workspace) -> None:
    with exclusive(ws, who="shy"):
        (ws.root / "lock.json").write_text("{")
        with pytest.raises(BusyError, match="held by another process"), exclusive(ws, who="b"):
            pytest.fail("two held it")


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_what_the_disk_refuses_leaves_the_old_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def refuse(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(CannotWriteError, match=os.strerror(code)) as raised:
        write_atomically(path, b"new")
    assert raised.value.exit_code == 73
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_larger_than_the_system_allows(tmp_path: Path) -> None:
    code = (
        "import pathlib, resource\n"
        "from graphengine.errors import CannotWriteError\n"
        "from graphengine.workspace import write_atomically\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\n"
        "try:\n"
        f"    write_atomically(pathlib.Path({str(tmp_path / 'file')!r}), b'x' * 100)\n"
        "except CannotWriteError as refused:\n"
        "    raise SystemExit(refused.exit_code)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 73
    assert list(tmp_path.iterdir()) == []


def test_a_folder_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "runs" / "one"
    with write_folder_atomically(target) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_bytes(b"x")
        assert not target.exists()
    assert (target / "deep" / "file").read_bytes() == b"x"
    assert [path.name for path in target.parent.iterdir()] == ["one"]
    with pytest.raises(GraphengineError, match="exists"), write_folder_atomically(target):
        pytest.fail("it was there already")


def test_a_folder_that_fails_half_way_is_not_there(tmp_path: Path) -> None:
    def fill() -> None:
        with write_folder_atomically(tmp_path / "one") as folder:
            (folder / "file").write_bytes(b"x")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CannotWriteError, match="No space left"):
        fill()
    assert list(tmp_path.iterdir()) == []


def test_the_journal_goes_on_after_a_torn_line(ws: Workspace) -> None:
    journal(ws, {"did": "ingest", "seconds": 1.5})
    with ws.journal.open("ab") as file:
        file.write(b'{"did": "sco')
    journal(ws, {"did": "score"})
    lines = ws.journal.read_text("utf-8").splitlines()
    assert [json.loads(lines[0])["did"], json.loads(lines[2])["did"]] == ["ingest", "score"]
    assert {"written", "host", "pid"} <= json.loads(lines[0]).keys()
