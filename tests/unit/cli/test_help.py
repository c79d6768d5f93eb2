"""Every command explains itself, quickly."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import click
import pytest
from click.testing import CliRunner

from graphengine import __version__, pipeline
from graphengine.cli import app

COMMANDS = sorted(app.commands)
HEAVY = (
    "numpy", "scipy", "polars", "pyarrow", "pydantic", "neo4j", "rich", "numba", "ladybug",
    "filelock", "msgspec", "zstandard", "tomllib", "graphengine.pipeline", "graphengine.job",
)  # fmt: skip


def test_the_issue_s_commands_are_there() -> None:
    assert set(COMMANDS) == {
        "run", "ingest", "score", "load", "publish", "rollback", "runs", "compare", "validate", "report", "verify", "prune",
        "query", "top", "show", "explain", "seeds", "watch", "rank", "doctor",
    }  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_ends_in_examples(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"])
    assert shown.exit_code == 0
    command = app.commands[name]
    assert command.help
    assert len(command.get_short_help_str(80)) <= 60
    assert not command.get_short_help_str(80).endswith("...")
    last = shown.output.rstrip().splitlines()[-1]
    assert last.startswith(f"    graphengine {name}")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_help(name: str) -> None:
    for parameter in app.commands[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts}"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_parses(name: str) -> None:
    """Each line of the examples is a command line that click accepts, for queries that exist."""
    lines = re.findall(r"^ +graphengine (.*)$", app.commands[name].epilog or "", re.MULTILINE)
    assert lines
    queries = {q.name for q in pipeline.named_queries()}
    for line in lines:
        words = shlex.split(line)
        assert words[0] == name
        context = app.commands[name].make_context(name, words[1:])
        if name == "query" and not context.params["listing"]:
            asked = context.params["name_or_cypher"]
            assert asked in queries or " " in asked


def test_version() -> None:
    shown = CliRunner().invoke(app, ["--version"])
    assert shown.output.strip() == f"graphengine, version {__version__}"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom graphengine.cli import app\n"
        "app(['--help'], standalone_mode=False)\n"
        f"print('HEAVY', sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[-1] == "HEAVY []"


def test_the_module_is_the_console_script() -> None:
    script = [sys.executable, "-c", "from graphengine.cli import main; main()", "--help"]
    module = [sys.executable, "-m", "graphengine", "--help"]
    shown = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for command in (script, module)
    ]
    assert shown[0] == shown[1]
    assert shown[0].startswith("Usage: graphengine ")
