"""The repository's job files in a room of their own: run in this process, or by the command line."""

from __future__ import annotations

import csv
import gzip
import os
import shutil
import subprocess
import sys
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from graphengine.eventlog import EventLog
from graphengine.job import load_job
from graphengine.pipeline import publish, query, rollback, run, verify
from graphengine.runs import load_run
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from graphengine.job import Job
    from graphengine.pipeline.reports import PublishReport, RunReport
    from support.neo4j_server import Neo4jServer

__all__ = [
    "ROOT",
    "Ran",
    "Silent",
    "bare",
    "checkout",
    "command",
    "endorsers",
    "epoch",
    "example_job",
    "password_in_environment",
    "read_rows",
    "run_job",
    "with_neo4j",
]

ROOT = Path(__file__).resolve().parents[2]
_PASSWORD = "GRAPHENGINE_E2E_PASSWORD"  # the name of a variable


class Silent:
    """Nobody is told how far a use case has come."""

    def stage(self, name: str) -> None:
        """Say nothing."""

    def advance(self, done: int, total: int | None, unit: str) -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


@dataclass(frozen=True)
class Ran:
    """A job that was run, and what its first run reported."""

    job: Job
    report: RunReport

    @property
    def log(self) -> EventLog:
        """Its event log."""
        return EventLog(open_workspace(self.job, create=False).log)

    def table(self, name: str, *, of: str | None = None) -> pl.DataFrame:
        """A table of a run; of the first one unless another is named."""
        workspace = open_workspace(self.job, create=False)
        return load_run(workspace, of or self.report.score.run).table(name)

    def ask(self, name_or_text: str, *, store: str = "embedded", **parameters: Any) -> list[Any]:
        """Rows of a named query, or of a statement, from one store."""
        answer = query(
            self.job, name_or_text=name_or_text, store=store, timeout_s=120, row_limit=1_000_000,
            parameters={name: str(value) for name, value in parameters.items()},
        )  # fmt: skip
        assert not answer.truncated
        return list(answer.rows)

    def again(self, **changes: Any) -> RunReport:
        """Run it once more, perhaps ``as_of`` another time and ``to`` other stores; no gate holds."""
        job = self.job
        if "to" in changes:
            publish = job.publish.model_copy(update={"to": list(changes["to"])})
            job = job.model_copy(update={"publish": publish})
        return run(job, as_of=changes.get("as_of"), progress=Silent(), accept="a test asks for it")

    def publish(self, run_id: str | None, *, to: list[str]) -> PublishReport:
        """Publish one of its runs (None: the newest)."""
        return publish(self.job, run=run_id, to=to, progress=Silent(), accept="a test asks for it")

    def rollback(self, *, to: list[str]) -> PublishReport:
        """Serve the run before again."""
        return rollback(self.job, to=to, progress=Silent())

    def flaws(self) -> list[str]:
        """What is not as it was written."""
        return verify(self.job, run=None)


def run_job(job: Job) -> Ran:
    """The whole way of a job."""
    return Ran(job, run(job, as_of=None, progress=Silent()))


def with_neo4j(ran: Ran, server: Neo4jServer) -> Ran:
    """The same job, with the tests' server for its Neo4j."""
    there = {"uri": server.uri, "user": server.user, "database": server.database}
    settings = ran.job.neo4j.model_copy(update={**there, "password_env": _PASSWORD})
    return replace(ran, job=ran.job.model_copy(update={"neo4j": settings}))


def bare(job: Job) -> Job:
    """The job without what has tests of its own and takes long on a large set."""
    method = job.method.model_copy(update={"draws": 0, "reasons": 0})
    validation = job.validation.model_copy(update={"cuts": []})
    diffusion = job.diffusion.model_copy(update={"spread": False, "seeds": 0})
    return job.model_copy(
        update={"method": method, "validation": validation, "diffusion": diffusion}
    )


@contextmanager
def password_in_environment(server: Neo4jServer) -> Iterator[None]:
    """The server's password where jobs of ``with_neo4j`` look for it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(_PASSWORD, server.password)
        yield


def checkout(folder: Path) -> Path:
    """A copy of the repository's jobs and examples in ``folder``, without workspaces."""
    for name in ("jobs", "examples"):
        shutil.copytree(
            ROOT / name, folder / name, ignore=shutil.ignore_patterns(".graphengine", "__pycache__")
        )
    return folder


def example_job(name: str, *, data: Path, workspace: Path) -> Job:
    """jobs/examples/<name>.toml over the data sets in ``data``, with a workspace elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHENGINE_DATA", str(data))
        job = load_job(ROOT / "jobs" / "examples" / f"{name}.toml")
    return job.model_copy(update={"workspace": str(workspace)})


def command(folder: Path, *words: str, shell: str | None = None) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of ``graphengine words``, or of a line of ``shell``, in ``folder``.

    ``graphengine`` on the PATH is the one of this checkout, whatever is installed besides.
    """
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    program = programs / "graphengine"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m graphengine "$@"\n', "utf-8")
    program.chmod(0o755)
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("GRAPHENGINE_")},
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "COLUMNS": "120",
    }
    ended = subprocess.run(
        ["bash", "-c", shell] if shell else [str(program), *words],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return ended.returncode, ended.stdout, ended.stderr


def read_rows(path: Path, *, delimiter: str = ",") -> list[dict[str, str]]:
    """The rows of a table in plain text or gzip, by Python's own reader."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


def epoch(text: str) -> int:
    """Epoch seconds of an ISO time, UTC where it names no zone."""
    when = datetime.fromisoformat(text)
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def endorsers(acts: Iterable[tuple[str, str, str]]) -> dict[tuple[str, str], int]:
    """Distinct others that acted towards each target, from (topic, actor, target)."""
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for topic, actor, target in acts:
        if actor != target:
            found[topic, target].add(actor)
    return {key: len(actors) for key, actors in found.items()}
