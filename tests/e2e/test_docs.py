"""What the pages say is so: keys, queries, command lines, job files."""

from __future__ import annotations

import re
import shlex
import tomllib
from typing import TYPE_CHECKING

import click
import pytest
from support.run_job import ROOT

from graphengine.cli import app
from graphengine.job import load_job
from graphengine.job.settings import (
    DiffusionSettings,
    GateSettings,
    GraphSettings,
    Job,
    MethodSettings,
    Neo4jSettings,
    PinnedSettings,
    PublishSettings,
    SourceSettings,
    TimeSettings,
    ValidationSettings,
    WindowSettings,
)
from graphengine.stores.queries import named_queries

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic import BaseModel

PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "examples").rglob("*.md"),
    ]
)
SECTIONS: dict[str, tuple[type[BaseModel], ...]] = {  # heading of docs/job-file.md: its settings
    "Top": (Job,),
    "`[[sources]]`, one per shape of file": (SourceSettings, GraphSettings),
    "`[window]`": (WindowSettings,),
    "`[method]`": (MethodSettings,),
    "`[diffusion]`": (DiffusionSettings,),
    "`[validation]`": (ValidationSettings,),
    "`[gate]`": (GateSettings,),
    "`[publish]` and `[neo4j]`": (PublishSettings, PinnedSettings, Neo4jSettings),
}
ELSEWHERE = {
    "path",
    "sources",
    "window",
    "validation",
    "method",
    "diffusion",
    "gate",
    "publish",
    "neo4j",
    "pinned",
}  # sections of their own


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def _sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", _text("docs/job-file.md"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _keys(settings: tuple[type[BaseModel], ...]) -> set[str]:
    return {name for model in settings for name in model.model_fields} - ELSEWHERE


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_is_in_its_section(heading: str) -> None:
    told = set(re.findall(r"`([a-z0-9_]+)", _sections()[heading]))
    assert _keys(SECTIONS[heading]) - told == set()


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_key_of_a_table_exists(heading: str) -> None:
    rows = re.findall(r"^\| (`.+?) \|", _sections()[heading], re.MULTILINE)
    told = {key for row in rows for key in re.findall(r"`(\w+)`", row)}
    assert told <= _keys(SECTIONS[heading])
    assert told or heading in ("`[window]`", "`[publish]` and `[neo4j]`")


def test_defaults_are_as_told() -> None:
    section = _sections()["`[method]`"]
    told = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE))
    assert float(told["damping"]) == MethodSettings().damping
    assert int(told["min_endorsers"]) == MethodSettings().min_endorsers
    assert float(told["tolerance"]) == MethodSettings().tolerance
    assert told["credit"].strip('`"') == MethodSettings().credit


def test_every_form_of_time_is_told() -> None:
    (row,) = re.findall(r"^\| `time` .+$", _text("docs/job-file.md"), re.MULTILINE)
    assert set(TimeSettings.model_fields) <= set(re.findall(r"`(\w+)`", row))


def test_every_query_is_told_as_it_is() -> None:
    rows = re.findall(
        r"^\| \[`([\w-]+)`\]\(questions/\1\.md\) \| (.+) \| (.*) \| (.+) \|$",
        _text("docs/analysts.md"),
        re.M,
    )
    told = {name: (question, taken, columns) for name, question, taken, columns in rows}
    assert set(told) == {query.name for query in named_queries()}
    assert len(rows) == len(told) >= 12
    for query in named_queries():
        question, taken, columns = told[query.name]
        assert question == query.question
        assert re.findall(r"`(\w+)`", taken) == [p.name for p in query.parameters]
        assert columns.split(", ") == list(query.columns)


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def _command_lines() -> list[tuple[str, str]]:
    """Every command line that begins with graphengine: typed in a console, or in running text."""
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for block in _blocks(text, "console"):
            typed = re.findall(r"^\$ ((?:'[^']*'|\\\n|[^'\n])+)", block, re.MULTILINE)
            found += [(page.name, line.replace("\\\n", " ")) for line in typed]
        prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        found += [(page.name, " ".join(line.split())) for line in re.findall(r"`([^`]+)`", prose)]
    return [(page, line) for page, line in found if line.startswith("graphengine ")]


def test_there_are_command_lines() -> None:
    assert len(_command_lines()) >= 10


@pytest.mark.parametrize(("page", "line"), _command_lines())
def test_command_lines_can_be_typed(page: str, line: str) -> None:
    """click takes every word; nothing is run."""
    name, *words = shlex.split(line, comments=True)[1:]
    assert name in app.commands, f"{page}: there is no command {name}"
    if not words and "$" not in line:
        return  # running text that names a command
    try:
        app.commands[name].make_context(name, words)
    except click.UsageError as error:
        pytest.fail(f"{page}: {line}: {error.format_message()}")


def test_job_files_in_the_readme_are_read(tmp_path: Path) -> None:
    blocks = _blocks(_text("README.md"), "toml")
    assert blocks
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.toml"
        path.write_text(block, "utf-8")
        assert load_job(path).name == tomllib.loads(block)["name"]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "jobs").rglob("*.toml")), ids=lambda path: path.name
)
def test_job_files_that_ship_are_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in re.findall(r"\$\{(\w+)\}", path.read_text("utf-8")):
        monkeypatch.setenv(name, "bolt://localhost" if name == "NEO4J_URI" else "somewhere")
    assert load_job(path).name == path.stem


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links {target}"
