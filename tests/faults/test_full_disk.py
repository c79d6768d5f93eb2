"""No room, no permission: exit 73, the run before is served, nothing half-written, then it resumes.

Full disks of three kinds: a small file system that is full in earnest, a limit on the size of files,
and refusals from a seeded call on, which reach every place where something is written.
"""

from __future__ import annotations

import random
import shutil
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from support.outcome import prepared, rows, workspace
from support.small_disk import NoSmallDisk, small_disk
from support.unharmed import RUN, wrong_at_the_end, wrong_meanwhile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.outcome import Outcome
    from support.warm import Ended, Warm

SEED = 20_261_126
CALLS = 8
LAST_CALLS = 8  # those after the last byte that is written: they only remove


def assert_refused(ended: Ended) -> None:
    """73, and a message that says what came, what was needed, what to change."""
    assert ended.code == 73, ended.err
    assert ended.out == ""
    assert "Traceback" not in ended.err
    said = ended.err.splitlines()[-1]
    assert said.startswith("graphengine: "), said
    assert "could not be written" in said or "Cannot write" in said
    assert "are needed there" in said
    assert "repeat the command" in said
    assert "no file is left half-written" in said or "served before still is" in said


@pytest.mark.parametrize("place", range(CALLS))
def test_full_from_any_call_on(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path, place: int
) -> None:
    share = (place + random.Random(SEED + place).random()) / CALLS
    call = 1 + int(share * (second.calls - LAST_CALLS))
    print(f"seed {SEED}, full from call {call} of {second.calls} on")
    folder = prepared(tmp_path / "job", before=first)
    assert_refused(warm.run(*RUN, cwd=folder, full_at=call))
    assert wrong_meanwhile(folder, (first, second)) == []
    assert warm.run(*RUN, cwd=folder).code == 0
    assert wrong_at_the_end(folder, second) == []


FULL = {"ingest": (8 << 10, 0.1), "score": (130 << 10, 0.6), "publish": (1 << 20, 0.85)}


@pytest.mark.parametrize("stage", FULL)
def test_a_small_disk_that_is_full(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path, stage: str
) -> None:
    """FULL says how many bytes are free; where nothing can be mounted, from where on refusals come."""
    leaving, share = FULL[stage]
    with ExitStack() as stack:
        try:
            disk = stack.enter_context(small_disk(tmp_path / "disk", 64 << 20))
        except NoSmallDisk:
            folder = prepared(tmp_path / "job", before=first)
            refused = warm.run(*RUN, cwd=folder, full_at=int(share * second.calls))
            again = warm.run(*RUN, cwd=folder)
        else:
            folder = prepared(disk.root / "job", before=first)
            ballast = disk.fill(leaving=leaving)
            at = {"cwd": disk.inside / "job", "disk": disk.holder}
            refused = warm.run(*RUN, **at)
            assert wrong_meanwhile(folder, (first, second)) == []
            assert rows(folder) == first.rows
            ballast.unlink()
            again = warm.run(*RUN, **at)
        assert_refused(refused)
        assert refused.stage == stage
        assert again.code == 0, again.err
        assert wrong_at_the_end(folder, second) == []


@pytest.mark.parametrize(
    ("limited", "limit"), [("ingest", 400), ("score", 400), ("publish", 1 << 20)]
)
def test_files_that_may_not_grow(
    warm: Warm, first: Outcome, second: Outcome, tmp_path: Path, limited: str, limit: int
) -> None:
    """The steps one by one, one of them under a limit on the size of files (EFBIG)."""
    folder = prepared(tmp_path / "job", before=first)
    for step in ("ingest", "score", "publish"):
        words = (step, "--job", "job.toml")
        if step == limited:
            assert_refused(warm.run(*words, cwd=folder, file_size=limit))
            assert wrong_meanwhile(folder, (first, second)) == []
            assert rows(folder) == first.rows
        ended = warm.run(*words, cwd=folder)
        assert ended.code == 0, ended.err
    assert wrong_at_the_end(folder, second) == []


def test_a_line_of_the_journal_that_a_full_disk_cut(
    warm: Warm, first: Outcome, tmp_path: Path
) -> None:
    folder = tmp_path / "job"
    shutil.copytree(first.folder, folder)
    with workspace(folder).journal.open("ab") as file:
        file.write(b'{"did": "sco')
    listed = warm.run("runs", "--job", "job.toml", cwd=folder)
    assert listed.code == 0, listed.err
    assert "published" in listed.out
    assert warm.run(*RUN, cwd=folder).code == 99
    assert warm.run("runs", "--job", "job.toml", cwd=folder).code == 0


class TestNoPermission:
    """Folders and files closed to all; the commands cannot pass over that, whoever runs the tests."""

    @pytest.fixture
    def closed(self, first: Outcome, tmp_path: Path) -> Iterator[Path]:
        """A job with a run served and a file to take in, in a folder where nothing may be written."""
        folder = prepared(tmp_path / "job", before=first)
        everything = [folder, *folder.rglob("*")]
        for path in everything:
            path.chmod(path.stat().st_mode & ~0o222)
        yield folder
        for path in everything:
            path.chmod(path.stat().st_mode | 0o200)

    @pytest.mark.parametrize("step", ["run", "ingest", "score", "publish"])
    def test_a_workspace_that_may_not_be_written(
        self, warm: Warm, first: Outcome, closed: Path, step: str
    ) -> None:
        words = RUN if step == "run" else (step, "--job", "job.toml")
        refused = warm.run(*words, cwd=closed, unprivileged=True)
        assert_refused(refused)
        assert "Permission denied" in refused.err
        assert ".graphengine/small" in refused.err
        assert rows(closed) == first.rows

    def test_it_can_still_be_read(self, warm: Warm, closed: Path) -> None:
        asked = warm.run("top", "chess", "--job", "job.toml", cwd=closed, unprivileged=True)
        assert asked.code == 0, asked.err
        assert "Person" in asked.out
        assert warm.run("runs", "--job", "job.toml", cwd=closed, unprivileged=True).code == 0

    def test_a_new_workspace_in_a_closed_folder(self, warm: Warm, closed: Path) -> None:
        text = (closed / "job.toml").read_text("utf-8").replace('"small"', '"other"', 1)
        other = closed / "in" / "other.toml"
        (closed / "in").chmod(0o755)
        other.write_text(text.replace("in/", ""), "utf-8")
        (closed / "in").chmod(0o555)
        refused = warm.run("run", "in/other.toml", cwd=closed, unprivileged=True)
        assert_refused(refused)
        assert "Permission denied" in refused.err

    def test_a_file_that_may_not_be_read(self, warm: Warm, first: Outcome, tmp_path: Path) -> None:
        folder = prepared(tmp_path / "job", before=first)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o777)
        late = folder / "in" / "interactions-3.csv.gz"
        late.chmod(0)
        refused = warm.run(*RUN, cwd=folder, unprivileged=True)
        assert refused.code == 65, refused.err
        assert "interactions-3.csv.gz" in refused.err
        assert "may not be read by this user" in refused.err
        assert "Give the user" in refused.err
        assert "Traceback" not in refused.err
        assert rows(folder) == first.rows
