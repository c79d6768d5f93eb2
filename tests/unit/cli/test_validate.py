"""The command validate, and the plot of compare: what they print, write and refuse."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from click.testing import CliRunner
from support.foretold import START, event, foretold_job, write_world
from support.log_rows import feed
from support.run_cases import write_case

from graphengine.cli.application import Application
from graphengine.cli.compare import compare
from graphengine.cli.validate import validate
from graphengine.eventlog import EventLog
from graphengine.scoring.validation import VALIDATION_COLUMNS
from graphengine.workspace import open_workspace

if TYPE_CHECKING:
    from pathlib import Path

    import click
    from click.testing import Result

CUT = ("--cut", "0.6", "--topic", "chess")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def app() -> click.Group:
    """These two commands, ending as all do."""
    alone = Application()
    alone.add_command(validate)
    alone.add_command(compare)
    return alone


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a job whose log holds the world."""
    job = foretold_job(tmp_path_factory.mktemp("job"))
    write_world(open_workspace(job, create=True).root)
    return job.path


@pytest.fixture
def typed(app: click.Group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GRAPHENGINE_JOB", raising=False)

    def type_in(*words: str | Path) -> Result:
        return CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)

    return type_in


def _job(folder: Path, *rows: dict[str, Any]) -> Path:
    job = foretold_job(folder / "job")
    log = EventLog(open_workspace(job, create=True).log)
    if rows:
        feed(log, "interactions", *rows)
    return job.path


def test_a_table_in_words_and_plots(typed: Any, world: Path, tmp_path: Path) -> None:
    ended = typed("validate", world, *CUT, "--plot-to", tmp_path / "new" / "plots")
    assert ended.exit_code == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0].split() == ["topic", "cut", "at", "people", "with", "an", "outcome"]
    assert lines[2].startswith("toy/chess")
    assert lines[2].endswith("judged")
    heads = [line for line in lines if "95 % interval" in line]
    assert [head.split(": ")[1].split(", with")[0] for head in heads[:5]] == [
        "spearman", "spearman, new reactors", "NDCG@100", "precision@100", "people reached by 100",
    ]  # fmt: skip
    measures = [line.split("   ")[0] for line in lines]
    at = measures.index("score")
    assert "0." in lines[at]
    assert lines[at].count("(") == 1
    assert measures.index("score less in-degree") > measures.index("network")
    files = sorted(path.name for path in (tmp_path / "new" / "plots").iterdir())
    assert files == ["validation.png", "validation.svg"]
    assert "drawn: " in ended.stderr


def test_every_format_tells_the_same_rows(typed: Any, world: Path, tmp_path: Path) -> None:
    told = typed("validate", "--job", world, *CUT, "--format", "csv")
    assert told.exit_code == 0, told.stderr
    rows = list(csv.DictReader(io.StringIO(told.stdout)))
    assert list(rows[0]) == list(VALIDATION_COLUMNS)
    as_json = json.loads(typed("validate", world, *CUT, "--format", "json").stdout)
    assert [float(row["value"]) for row in rows] == [row["value"] for row in as_json]
    file = tmp_path / "told.parquet"
    assert typed("validate", world, *CUT, "--output", file).exit_code == 0
    assert pl.read_parquet(file)["value"].to_list() == [row["value"] for row in as_json]


def test_too_few_is_said_and_no_number_made_up(typed: Any, tmp_path: Path) -> None:
    rows = [event(str(n), f"u{n % 2}", f"u{(n + 1) % 2}", START + n) for n in range(10)]
    ended = typed("validate", _job(tmp_path, *rows), "--plot-to", tmp_path / "plots")
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout.count("too few to judge") == 6  # two topics, three cuts
    assert ended.stdout.splitlines()[-1].startswith("Nothing can be said: 100 people")
    assert (tmp_path / "plots" / "validation.svg").is_file()


def test_what_is_refused(typed: Any, world: Path, tmp_path: Path) -> None:
    for words, code, said in (
        (("--cut", "1"), 2, "is not in the range 0<x<1"),
        (("--cut", "0"), 2, "is not in the range 0<x<1"),
        (("--cut", "nan"), 65, "between 0 and 1"),
        (("--cut", "0.9999"), 65, "Nothing happened after the cut at 0.9999"),
        (("--topic", "chass"), 65, 'Did you mean "chess"?'),
        (("--job", "other.toml"), 2, "Two jobs are named"),
        (("--output", "x.txt"), 2, "A table is for the screen"),
    ):
        ended = typed("validate", world, *words)
        assert (ended.exit_code, said in ended.output) == (code, True), ended.output
        assert "Traceback" not in ended.output
    assert typed("validate").exit_code == 2
    assert typed("validate", tmp_path / "none.toml").exit_code != 0


def test_a_log_without_events_or_without_times(typed: Any, tmp_path: Path) -> None:
    empty = typed("validate", _job(tmp_path / "a"))
    assert empty.exit_code == 65
    assert "holds no interaction that counts" in empty.stderr
    rows = [event(str(n), f"u{n}", "u0", None) for n in range(1, 5)]
    timeless = typed("validate", _job(tmp_path / "b", *rows))
    assert timeless.exit_code == 65
    assert "has a time" in timeless.stderr


def test_a_job_that_cuts_nowhere(typed: Any, tmp_path: Path) -> None:
    job = foretold_job(tmp_path / "job", more="[validation]\ncuts = []\n")
    open_workspace(job, create=True)
    ended = typed("validate", job.path)
    assert ended.exit_code == 78
    assert "cuts time nowhere" in ended.stderr


def test_nothing_is_written_into_the_workspace(typed: Any, world: Path) -> None:
    place = world.parent / ".graphengine" / "toy"
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*") if path.is_file()}
    assert typed("validate", world, *CUT, "--format", "csv").exit_code == 0
    assert before == {p: p.stat().st_mtime_ns for p in place.rglob("*") if p.is_file()}


def test_compare_draws_what_it_tells(typed: Any, tmp_path: Path) -> None:
    job = foretold_job(tmp_path / "job")
    workspace = open_workspace(job, create=True)
    one, two = (write_case(workspace, people=n, watermark=f"b{n}") for n in (40, 45))
    words = ("compare", one.id, two.id, "--job", job.path, "--plot")
    for name, begins in (("a.png", PNG), ("a.svg", b"<svg"), ("b.SVG", b"<svg")):
        ended = typed(*words, tmp_path / name)
        assert ended.exit_code == 0, ended.stderr
        assert (tmp_path / name).read_bytes().startswith(begins)
        assert f"drawn: {tmp_path / name}" in ended.stderr
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.SVG").read_bytes()
    plain = typed(*words[:-1])
    assert plain.stdout == ended.stdout
    told = json.loads(typed(*words, tmp_path / "c.svg", "--json").stdout)
    assert told["before"] == one.id
    for bad in ("a.pdf", "plot"):
        refused = typed(*words, tmp_path / bad)
        assert refused.exit_code == 2
        assert "ends in .png or .svg" in refused.stderr
        assert not (tmp_path / bad).exists()
    nowhere = typed(*words, tmp_path / "none" / "a.png")
    assert nowhere.exit_code == 73
