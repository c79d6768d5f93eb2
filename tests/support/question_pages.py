"""The pages of docs/questions: the queries' headers and text, a picture each, and a real example.

``PYTHONPATH=tests python -m support.question_pages`` writes them anew.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner

from graphengine.cli import app
from graphengine.stores.queries import NamedQuery, named_queries

from .run_job import ROOT, checkout

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FIRST_RUN",
    "FOLDER",
    "GUIDE",
    "SECOND_RUN",
    "Demo",
    "demo_in",
    "pages",
    "refreshed",
]

FOLDER = ROOT / "docs" / "questions"
GUIDE = ROOT / "docs" / "first-ten-questions.md"
_CONSOLE = re.compile(r"^```console\n(\$ graphengine .+?)^```", re.MULTILINE | re.DOTALL)
FIRST_RUN = ("run", "jobs/demo.toml", "--as-of", "2015-01-08")
SECOND_RUN = ("run", "jobs/demo.toml", "--accept", "three-months-later")
WIDTH = "100"


@dataclass(frozen=True)
class Demo:
    """The demo with two published runs, and what command lines print there."""

    folder: Path

    def type_in(self, *words: str) -> str:
        """What ``graphengine words`` prints, run within this process in the demo's folder."""
        job = str(self.folder / "jobs" / "demo.toml")
        given = [job if word == "jobs/demo.toml" else word for word in words]
        environment = {"COLUMNS": WIDTH, "NO_COLOR": "1", "GRAPHENGINE_HINTS": "off"}
        ended = CliRunner().invoke(app, given, catch_exceptions=False, env=environment)
        assert ended.exit_code == 0, f"{shlex.join(words)}: {ended.output}"
        return ended.stdout


def demo_in(folder: Path, *, neo4j: str = "", like: Demo | None = None) -> Demo:
    """The demo, run twice in a copy of its files: as of January 2015, then with all events.

    ``neo4j`` is the [neo4j] section of a server that it is published to instead. ``like`` is a demo
    whose workspace is copied too: what it has read and computed is not read and computed again.
    """
    if like is None:
        demo = Demo(checkout(folder))
    else:
        demo = Demo(shutil.copytree(like.folder, folder, dirs_exist_ok=True))
    if neo4j:
        job = folder / "jobs" / "demo.toml"
        text = job.read_text("utf-8").replace('to = ["embedded"]', 'to = ["neo4j"]')
        job.write_text(f"{text}\n[neo4j]\n{neo4j}\n", "utf-8")
    for words in (FIRST_RUN, SECOND_RUN):
        demo.type_in(*words)
    return demo


def pages(demo: Demo) -> Iterator[tuple[str, str]]:
    """File name and text of every page."""
    told = tomllib.loads((FOLDER / "questions.toml").read_text("utf-8"))
    for query in named_queries():
        yield f"{query.name}.md", _page(query, told[query.name], told["columns"], demo)


def _page(query: NamedQuery, told: dict[str, Any], meanings: dict[str, str], demo: Demo) -> str:
    words = ["query", query.name]
    for name, value in told["example"].items():
        words += ["--param", f"{name}={value}"]
    words += ["--job", "jobs/demo.toml"]
    parameters = [
        f"| `{p.name}` | {p.type} | {_default(p.default)} | {p.meaning} |" for p in query.parameters
    ]
    taken = ["| parameter | type | default | |", "|---|---|---|---|", *parameters]
    columns = [f"| `{name}` | {meanings[name]} |" for name in query.columns]
    parts = [
        f"# {query.name}",
        f"**{query.question}**",
        f"```mermaid\ngraph LR\n{told['picture'].strip()}\n```",
        told["note"],
        "\n".join(taken) if parameters else "It takes no parameters.",
        "\n".join(["| column | |", "|---|---|", *columns]),
        f"**Cost:** {query.cost}. Database hits on Neo4j: at most {query.hits}.",
        *(f"```cypher\n{text}\n```" for text in dict.fromkeys((query.statement, query.embedded)) if text),
        "From the [demo](../first-ten-questions.md), after its two runs:",
        f"```console\n$ graphengine {shlex.join(words)}\n{demo.type_in(*words).rstrip()}\n```",
        "[All questions](../analysts.md)",
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _default(value: str | int | float | None) -> str:
    if value is None:
        return "must be given"
    return str(value) if value != "" else "every topic"


def refreshed(text: str, demo: Demo) -> str:
    """A page with what its command lines print in the demo; `graphengine run` is quoted without."""
    return _CONSOLE.sub(lambda block: _typed(block[1], demo), text)


def _typed(block: str, demo: Demo) -> str:
    (line, *_) = block.splitlines()
    words = shlex.split(line.removeprefix("$ graphengine "))
    printed = "" if words[0] == "run" else demo.type_in(*words).rstrip() + "\n"
    return f"```console\n{line}\n{printed}```"


def main() -> None:
    """Write every page, and remove those of queries that are gone."""
    with tempfile.TemporaryDirectory() as folder:
        demo = demo_in(Path(folder))
        written = dict(pages(demo))
        guide = refreshed(GUIDE.read_text("utf-8"), demo)
    GUIDE.write_text(guide, "utf-8")
    for old in FOLDER.glob("*.md"):
        old.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
