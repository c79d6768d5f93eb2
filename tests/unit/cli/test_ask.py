"""top, show, query: for people and in every format."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import polars as pl
import pytest
from support.fake_pipeline import CARD, ROWS, TOP

from graphengine.stores.ports import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result
    from support.fake_pipeline import FakePipeline

JOB = ("--job", "toy.toml")


def test_top_is_a_table_with_names_as_they_are(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    ended = type_in("top", "ferguson", "-n", "2", *JOB)
    lines = ended.stdout.splitlines()
    assert lines[0].split() == ["rank", "name", "account", "score", "percentile", "endorsers"]
    assert lines[2].split() == ["1", "[bold]Ada[/]", "x:1", "99.9", "99.9", "1,234"]
    assert lines[3].split() == ["2", "-", "x:2", "64.0", "99.0", "17"]
    assert fake.calls == [("top", {"job": "toy", "topic": "ferguson", "n": 2, "store": None})]


@pytest.mark.parametrize("width", [20, 48, 64, 200])
def test_no_column_is_lost_on_a_narrow_screen(
    type_in: Callable[..., Result], fake: FakePipeline, width: int
) -> None:
    ended = type_in("top", "ferguson", *JOB, env={"COLUMNS": str(width)})
    for text in ("account", "percentile", "1,234", "x:2", "[bold]Ada[/]", "17"):
        assert text in ended.stdout
    assert ("\n\n" in ended.stdout) == (width < 64)


def test_a_card_says_plainly_where_the_evidence_is_too_thin(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    lines = type_in("show", "x:2", *JOB).stdout.splitlines()
    assert lines[0] == "x:2"
    assert lines[-1] == "Gurlitt: not enough evidence for a score (endorsed by 2 people)"
    assert any(
        line.split() == ["Ferguson", "64.0", "2", "99.0", "17", "12.500", "-"] for line in lines
    )
    fake.answers["show"] = Answer(CARD.columns, ())
    assert "no evidence" in type_in("show", "x:2", *JOB).stdout


def test_a_card_names_the_person_where_the_answer_does(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    known = ("x:2", "ada", "Ada L.", 1200)
    fake.answers["show"] = Answer(
        (*CARD.columns, "account", "handle", "person", "followers"),
        tuple((*row, *known) for row in CARD.rows),
    )
    assert type_in("show", "ada", *JOB).stdout.startswith("Ada L.  @ada  x:2  1,200 followers\n")


def _card(*figures: object, missing: list[str] | None = None) -> Answer:
    """The card with these figures of cascades in its scored topic."""
    scored, unrated = CARD.rows
    rows = ((*scored[:-6], *figures, missing or []), (*unrated, missing or []))
    return Answer((*CARD.columns, "missing"), rows)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ((12, 7.0, 140, 309.6, 280.2, 344.7),
         "12 cascades started, median size 7, passed on by 140 people, predicted reach 310 (280–345)"),
        ((1, 2.5, 1, None, None, None),
         "1 cascade started, median size 2.5, passed on by 1 person"),
        ((0, None, 0, None, None, None), "0 cascades started, passed on by 0 people"),
        ((None, None, None, 1.25, 1.0, 1500.4), "predicted reach 1.2 (1–1,500)"),
        ((None, None, None, 2.0, None, 3.0), "predicted reach 2"),
    ],
)  # fmt: skip
def test_a_card_says_what_is_known_of_cascades(
    type_in: Callable[..., Result], fake: FakePipeline, figures: tuple[object, ...], said: str
) -> None:
    fake.answers["show"] = _card(*figures)
    lines = type_in("show", "x:2", *JOB).stdout.splitlines()
    assert f"Ferguson: {said}" in lines
    assert not any(line.startswith("Some figures") for line in lines)


def test_a_card_says_once_what_was_missing_for_cascades(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    fake.answers["show"] = _card(*[None] * 6, missing=["no parents known", "no exposures known"])
    text = type_in("show", "x:2", *JOB).stdout
    assert text.count("left out: no parents known, no exposures known.") == 1
    assert "cascades started" not in text
    assert "None" not in text


_INTERVAL = (
    "low", "high", "rank_low", "rank_high", "rank_group", "evidence", "reach", "amplification",
    "network", "draws",
)  # fmt: skip


def _sure(*values: object) -> Answer:
    """The card with this interval, and what else goes with it, in its scored topic."""
    scored, unrated = CARD.rows
    rows = ((*scored, *values), (*unrated, *[None] * 9, values[-1]))
    return Answer((*CARD.columns, *_INTERVAL), rows)


def test_a_card_has_intervals_and_sub_scores(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    fake.answers["show"] = _sure(61.2, 67.1, 2, 13, 1, 1234, 12.5, 0.25, 19.0, 200)
    lines = type_in("show", "x:2", *JOB, env={"COLUMNS": "100"}).stdout.splitlines()
    heads = [line.split() for line in lines if line.startswith("topic")]
    assert heads == [
        ["topic", "score", "rank", "percentile", "endorsers", "events"],
        ["topic", "reach", "amplification", "network", "credit"],
    ]
    row, parts = (line for line in lines if line.startswith("Ferguson"))
    assert " 64 (61–68) " in row
    assert " 2nd (2nd–13th) " in row
    assert row.split()[-3:] == ["99.0", "17", "1,234"]
    assert parts.split() == ["Ferguson", "12.500", "0.250", "19.000", "-"]
    assert not any("interval" in line.lower() for line in lines)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((*[None] * 5, 3, 2.5, 0.0, 3.5, 200), "Ferguson: not enough evidence for an interval"),
        ((*[None] * 5, 3, 2.5, 0.0, 3.5, None), "Ferguson: not enough evidence for an interval"),
        ((*[None] * 5, 3, 2.5, 0.0, 3.5, 0), "No intervals: the job asks for none (draws = 0)."),
        ((*[None] * 9, None), "No intervals: the run was made before scores had them."),
    ],
)
def test_a_card_says_why_there_is_no_interval(
    type_in: Callable[..., Result], fake: FakePipeline, values: tuple[object, ...], said: str
) -> None:
    fake.answers["show"] = _sure(*values)
    lines = type_in("show", "x:2", *JOB, env={"COLUMNS": "160"}).stdout.splitlines()
    assert [line for line in lines if "interval" in line.lower()] == [said]
    assert not any("(" in line for line in lines if line.startswith("Ferguson "))
    assert "None" not in "".join(lines)


def test_top_has_intervals_where_there_are_some(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    assert isinstance(TOP, Answer)
    known = ((99.5, 99.97, 1, 1), (None, None, None, None))
    fake.answers["top"] = Answer(
        (*TOP.columns, "low", "high", "rank_low", "rank_high"),
        tuple((*row, *more) for row, more in zip(TOP.rows, known, strict=True)),
    )
    lines = type_in("top", "ferguson", *JOB, env={"COLUMNS": "120"}).stdout.splitlines()
    assert lines[0].split() == ["rank", "ranks", "name", "account", "score", "interval",
                                "percentile", "endorsers"]  # fmt: skip
    assert lines[2].split() == ["1", "1st–1st", "[bold]Ada[/]", "x:1", "99.9", "99–100", "99.9",
                                "1,234"]  # fmt: skip
    assert lines[3].split() == ["2", "-", "-", "x:2", "64.0", "-", "99.0", "17"]


def test_a_query_passes_on_its_parameters(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    words = ("--param", "topic=a=b", "--param", "n=20", "--store", "neo4j", "--limit", "5")
    ended = type_in("query", "top", *words, *JOB)
    assert ended.stdout.splitlines()[-1] == "2 rows"
    assert "\x1b" not in ended.stdout
    assert fake.calls == [
        (
            "query",
            {
                "job": "toy",
                "name_or_text": "top",
                "parameters": {"topic": "a=b", "n": "20"},
                "store": "neo4j",
                "timeout_s": 60.0,
                "row_limit": 5,
            },
        )
    ]


@pytest.mark.parametrize(
    "words", [["query"], ["query", " "], ["query", "top", "--param", "n"],
              ["query", "top", "--param", "=1"], ["query", "top", "--param", "n=1", "--param", "n=2"],
              ["query", "top", "--output", "x.txt"], ["top", "a", "-n", "0"], ["show"]],
)  # fmt: skip
def test_what_cannot_be_meant_is_a_usage_error(
    type_in: Callable[..., Result], fake: FakePipeline, words: list[str]
) -> None:
    assert type_in(*words, *JOB).exit_code == 2
    assert fake.calls == []


def test_a_cut_answer_says_so(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    fake.answers["query"] = Answer(ROWS.columns, ROWS.rows, truncated=True)
    ended = type_in("query", "top", "--format", "csv", *JOB)
    assert "--limit" in ended.stderr


def test_json_and_jsonl(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    rows = json.loads(type_in("query", "q", "--format", "json", *JOB).stdout)
    assert rows == [
        {"name": 'a "b", c', "n": 1, "share": 0.5, "who": ["x:1", "x:2"], "mixed": 1},
        {"name": "Zoë\x1b[31m", "n": None, "share": None, "who": [], "mixed": "two"},
    ]
    lines = type_in("query", "q", "--format", "jsonl", *JOB).stdout.splitlines()
    assert [json.loads(line) for line in lines] == rows
    fake.answers["query"] = Answer(ROWS.columns, ())
    assert json.loads(type_in("query", "q", "--format", "json", *JOB).stdout) == []
    assert type_in("query", "q", "--format", "jsonl", *JOB).stdout == ""


def test_csv_follows_rfc_4180(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    data = type_in("query", "q", "--format", "csv", *JOB).stdout_bytes
    assert data.startswith(b'name,n,share,who,mixed\r\n"a ""b"", c",1,0.5,')
    assert data.count(b"\r\n") == 3
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows[1] == ['a "b", c', "1", "0.5", '["x:1", "x:2"]', "1"]
    assert rows[2][1] == ""


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_columnar_files_keep_the_types(
    type_in: Callable[..., Result], fake: FakePipeline, folder: Path, form: str
) -> None:
    assert type_in("query", "q", "--output", f"rows.{form}", *JOB).exit_code == 0
    read = pl.read_parquet if form == "parquet" else pl.read_ipc
    written = (folder / f"rows.{form}").read_bytes()
    frame = read(io.BytesIO(written))
    assert frame.schema == {
        "name": pl.String, "n": pl.Int64, "share": pl.Float64, "who": pl.List(pl.String),
        "mixed": pl.String,
    }  # fmt: skip
    assert frame["mixed"].to_list() == ["1", "two"]
    assert type_in("query", "q", "--format", form, *JOB).stdout_bytes == written
    fake.answers["query"] = Answer(("a", "b"), ())
    empty = read(io.BytesIO(type_in("query", "q", "--format", form, *JOB).stdout_bytes))
    assert empty.schema == {"a": pl.String, "b": pl.String}


def test_bytes_do_not_go_to_a_terminal(folder: Path) -> None:
    leader, follower = pty.openpty()
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "graphengine", "query", "top", "--format", "parquet", *JOB],
            stdout=follower, stderr=subprocess.PIPE, text=True, cwd=folder, check=False,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
    finally:
        os.close(leader)
        os.close(follower)
    assert ended.returncode == 2
    assert "--output" in ended.stderr


def test_the_list_of_queries_needs_no_job(type_in: Callable[..., Result], folder: Path) -> None:
    (folder / "toy.toml").unlink()
    shown = type_in("query", "--list").stdout
    assert "\ntop\n  Who has the most influence in a topic?\n  --param topic (topic): " in shown
    listed = json.loads(type_in("query", "--list", "--format", "json").stdout)
    assert len(listed) >= 12
    assert {"name", "question", "parameters", "columns"} == set(listed[0])


def test_explain_shows_the_header_and_the_plan(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    shown = type_in("query", "top", "--explain", *JOB).stdout
    assert shown.startswith("Who has the most influence in a topic?\n  --param topic (topic): ")
    assert "\n  hits on Neo4j: at most 50 + 20 per row\n" in shown
    assert re.search(r"^  NodeUniqueIndexSeek .+ 1 +p:Pointer\(key\)$", shown, re.MULTILINE)
    assert fake.calls == [
        ("explain", {"job": "toy", "name_or_text": "top", "parameters": {}, "store": None})
    ]


def test_explain_of_a_statement_has_no_header(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    fake.answers["explain"] = Answer(("plan",), (("┌──┐",), ("└──┘",)))
    assert type_in("query", "RETURN 1 AS n", "--explain", *JOB).stdout == "┌──┐\n└──┘\n"
    rows = json.loads(type_in("query", "top", "--explain", "--format", "json", *JOB).stdout)
    assert rows == [{"plan": "┌──┐"}, {"plan": "└──┘"}]
