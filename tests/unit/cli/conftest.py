from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from support.fake_pipeline import JOB_TEXT, FakePipeline

from graphengine.cli import app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakePipeline:
    return FakePipeline(monkeypatch)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one job file, toy.toml, and no job in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("GRAPHENGINE_JOB", "GRAPHENGINE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "toy.toml").write_text(JOB_TEXT)
    return tmp_path


@pytest.fixture
def type_in(folder: Path) -> Callable[..., Result]:
    """Type a command in that folder; an exception that gets out fails the test."""

    def typed(*words: str, **options: Any) -> Result:
        return CliRunner().invoke(app, list(words), catch_exceptions=False, **options)

    return typed
