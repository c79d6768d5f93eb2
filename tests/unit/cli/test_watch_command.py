"""The command watch: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from support.run_job import Silent
from support.viral_job import write_viral_job

from graphengine import pipeline
from graphengine.job import load_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

JOB = "viral/viral.toml"


@pytest.fixture
def room(folder: Path) -> Path:
    """The folder that one types in, with the job in ``viral``, ingested."""
    pipeline.ingest(load_job(write_viral_job(folder / "viral")), progress=Silent())
    return folder


def test_a_table_and_how_sure(type_in: Callable[..., Result], room: Path) -> None:
    ended = type_in("watch", JOB, "--once", "--size", "30")
    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert lines[0].split() == [
        "post", "author", "age", "reshares", "last", "hour", "predicted", "90", "%", "sure",
    ]  # fmt: skip
    assert lines[2].split()[:7] == ["toy:wild", "toy:lonely0", "1", "min", "12", "12", "explosive,"]
    assert lines[3].split() == [
        "toy:new", "toy:u0", "15", "min", "20", "20", "40", "40", "-", "40", "98%",
    ]  # fmt: skip
    assert lines[-1] == (
        "2024-01-10 00:00:00 UTC: 2 of 4 posts reshared in the last 24 h pass: 30 or more reshares "
        "expected in the end"
    )
    assert "sure: by what 40 finished posts of this job did" in ended.stderr
    assert "1 posts without a time" not in ended.stderr
    assert "1 post without a time of its own" in ended.stderr


def test_the_job_by_option_and_once_left_out(type_in: Callable[..., Result], room: Path) -> None:
    told = [
        type_in("watch", *words, "--speed", "3", "--top", "1").stdout
        for words in ((JOB,), ("--job", JOB), ("--once", "--job", JOB))
    ]
    assert told[0] == told[1] == told[2]
    assert "3 of 4 posts" in told[0]
    assert ": 3 or more in the last hour" in told[0]
    assert "only the first 1" in type_in("watch", JOB, "--speed", "3", "--top", "1").stderr


def test_rows_in_every_format(type_in: Callable[..., Result], room: Path) -> None:
    rows = json.loads(type_in("watch", JOB, "--size", "30", "--format", "json").stdout)
    assert [row["post"] for row in rows] == ["toy:wild", "toy:new"]
    assert rows[1]["topics"] == ["chess"]
    text = type_in("watch", JOB, "--size", "30", "--format", "csv").stdout_bytes.decode()
    assert [row["post"] for row in csv.DictReader(io.StringIO(text, newline=""))] == [
        "toy:wild", "toy:new",
    ]  # fmt: skip
    assert type_in("watch", JOB, "--output", "now.parquet").exit_code == 0
    assert (room / "now.parquet").is_file()


def test_nothing_is_an_answer(type_in: Callable[..., Result], room: Path) -> None:
    quiet = type_in("watch", JOB, "--as-of", "2023-01-01")
    assert quiet.exit_code == 0
    assert quiet.stdout == (
        "2023-01-01 23:59:59 UTC: nothing to watch: no post was reshared in the last 24 h\n"
    )
    small = type_in("watch", JOB, "--size", "100000", "--format", "json")
    assert (small.exit_code, json.loads(small.stdout)) == (0, [])
    none = type_in("watch", JOB, "--size", "100000")
    few = type_in("watch", JOB, "--topic", "go", "--size", "50")
    assert "1 of 2 posts reshared in the last 24 h passes: 50 or more" in few.stdout
    assert "none of 4 posts reshared in the last 24 h passes: 100,000" in none.stdout


def test_alerts_once(type_in: Callable[..., Result], room: Path) -> None:
    first, again = (
        type_in("watch", JOB, "--size", "30", "--top", "1", "--alerts", "alerts.jsonl")
        for _ in range(2)
    )
    assert "reached" not in first.stdout
    assert "reached" in type_in("watch", JOB, "--size", "12").stdout
    assert "2 new alerts in alerts.jsonl" in first.stderr
    assert "0 new alerts in alerts.jsonl" in again.stderr
    lines = (room / "alerts.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["post"] for line in lines] == ["toy:wild", "toy:new"]


def test_by_the_formula_alone_is_said(type_in: Callable[..., Result], folder: Path) -> None:
    job = load_job(write_viral_job(folder / "viral", finished=3))
    pipeline.ingest(job, progress=Silent())
    ended = type_in("watch", JOB, "--size", "12")
    assert "by the formula alone" in ended.stderr
    (wild,) = (line for line in ended.stdout.splitlines() if line.startswith("toy:wild"))
    assert "explosive " in wild
    assert "no upper end" in wild


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ((JOB, "--job", JOB), 2, "named twice"),
        ((JOB, "--size", "0"), 2, "--size"),
        ((JOB, "--within", "0"), 2, "--within"),
        ((JOB, "--topic", "ches"), 65, 'Did you mean "chess"?'),
        ((JOB, "--alerts", "toy.toml"), 65, "no file of alerts"),
        ((JOB, "--alerts", "no/such/folder"), 73, "no/such/folder"),
        (("toy.toml",), 65, "nothing was ingested"),
        (("nothing.toml",), 78, "nothing.toml"),
    ],
)
def test_mistakes(
    type_in: Callable[..., Result], room: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    ended = type_in("watch", *words)
    assert ended.exit_code == code
    assert says in ended.stderr
