"""--job, GRAPHENGINE_JOB, the only job used here, or the candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.fake_pipeline import JOB_TEXT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from click.testing import Result
    from support.fake_pipeline import FakePipeline


def test_a_run_is_remembered_in_its_folder(
    type_in: Callable[..., Result], fake: FakePipeline, folder: Path
) -> None:
    assert type_in("run", "toy.toml").exit_code == 0
    assert (folder / ".graphengine" / "used-jobs.txt").read_text() == "toy.toml\n"
    assert type_in("run", "./toy.toml").exit_code == 0
    assert (folder / ".graphengine" / "used-jobs.txt").read_text() == "toy.toml\n"
    assert type_in("runs").exit_code == 0
    assert [name for name, _ in fake.calls] == ["run", "run", "runs"]


def test_nothing_used_lists_the_candidates(
    type_in: Callable[..., Result], fake: FakePipeline, folder: Path
) -> None:
    (folder / "jobs").mkdir()
    (folder / "jobs" / "other.toml").write_text(JOB_TEXT)
    (folder / "pyproject.toml").write_text('[project]\nname = "no job"\n')
    (folder / "broken.toml").write_text("name = \n")
    ended = type_in("runs")
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert ended.stderr.splitlines()[1:] == ["  --job toy.toml", "  --job jobs/other.toml"]
    assert fake.calls == []


def test_two_used_jobs_are_the_candidates(
    type_in: Callable[..., Result], fake: FakePipeline, folder: Path
) -> None:
    (folder / "second.toml").write_text(JOB_TEXT.replace("toy", "second"))
    (folder / "third.toml").write_text(JOB_TEXT.replace("toy", "third"))
    type_in("run", "toy.toml")
    ended = type_in("run", "second.toml")
    assert "graphengine top ferguson --job second.toml" in ended.stdout
    ended = type_in("runs")
    assert ended.exit_code == 2
    assert "third" not in ended.stderr
    assert "--job toy.toml" in ended.stderr
    assert "--job second.toml" in ended.stderr
    (folder / "toy.toml").unlink()
    assert type_in("runs").exit_code == 0
    assert fake.calls[-1] == ("runs", {"job": "second"})


def test_no_candidate_at_all(type_in: Callable[..., Result], folder: Path) -> None:
    (folder / "toy.toml").unlink()
    ended = type_in("top", "ferguson")
    assert ended.exit_code == 2
    assert "--job FILE" in ended.stderr


def test_the_option_wins_over_the_environment_over_the_memory(
    type_in: Callable[..., Result],
    fake: FakePipeline,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("env", "option"):
        (folder / f"{name}.toml").write_text(JOB_TEXT.replace("toy", name))
    type_in("run", "toy.toml")
    monkeypatch.setenv("GRAPHENGINE_JOB", "env.toml")
    type_in("runs")
    type_in("runs", "--job", "option.toml")
    assert [options["job"] for _, options in fake.calls] == ["toy", "env", "option"]


def test_a_dry_run_writes_nothing(
    type_in: Callable[..., Result], fake: FakePipeline, folder: Path
) -> None:
    before = sorted(folder.rglob("*"))
    ended = type_in("run", "toy.toml", "--dry-run")
    assert ended.exit_code == 0
    assert ended.stdout.splitlines() == ["read data/events.csv", "score every topic"]
    assert sorted(folder.rglob("*")) == before


def test_a_missing_job_file_is_78(type_in: Callable[..., Result]) -> None:
    ended = type_in("run", "none.toml")
    assert ended.exit_code == 78
    assert "no job file none.toml" in ended.stderr
