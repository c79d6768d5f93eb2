"""What run and its steps print and how they exit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from support.fake_pipeline import (
    INGESTED,
    KNOWN,
    RUN,
    SCORED,
    UNCHANGED,
    FakePipeline,
)

from graphengine.errors import NothingToDoError
from graphengine.pipeline.reports import RunReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result


def test_run_prints_counts_that_reconcile_and_what_comes_next(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    ended = type_in("run", "toy.toml")
    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert (
        "  events  events.csv  1,000 read = 900 accepted + 60 duplicate + 40 rejected"
        "  (5 rows skipped as the job asks; 2 repeats differ from what came first)"
    ) in lines
    assert "  events  more.csv        7 read =   7 accepted +  0 duplicate +  0 rejected" in lines
    assert "  total   2 files     1,007 read = 907 accepted + 60 duplicate + 40 rejected" in lines
    assert "    rejects/000001-events.csv" in lines
    assert f"Run {RUN}" in lines
    assert "2014-11-30 00:00:00 UTC" in ended.stdout
    assert "3.2e-10" in ended.stdout
    assert "  cascades     1,490 trees; found and mended:" in lines
    assert f"{'':15}12 posts that name several parents" in lines
    assert "4,000 rows" not in ended.stdout
    assert "for 40 originals; of 3 of them" in ended.stdout
    assert [line.split() for line in lines if line.startswith("Ferguson")] == [
        ["Ferguson", "4,000", "700", "200", "rebuilt", "0"]
    ]
    assert f"embedded serves {RUN}, before: 2014-11-29-ba9876543210" in lines
    assert lines[-4:] == [
        "Next:",
        "  graphengine top ferguson",
        "  graphengine query --list",
        "  graphengine runs",
    ]


def test_progress_is_plain_lines_on_stderr(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    assert type_in("run", "toy.toml").stderr.splitlines() == ["run events.csv", "a note"]


def test_json_is_one_object_and_nothing_else(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    report = json.loads(type_in("run", "toy.toml", "--json").stdout)
    assert report["ingest"]["files"][0]["read"] == 1000
    assert report["score"]["topics"][1]["key"] == "toy/ferguson"
    assert report["publish"]["stores"][0]["published"] == RUN
    assert report["nothing_new"] is False


@pytest.mark.parametrize("as_json", [False, True])
def test_nothing_new_is_99(
    type_in: Callable[..., Result], fake: FakePipeline, as_json: bool
) -> None:
    fake.answers["run"] = RunReport(KNOWN, replace(SCORED, created=False), UNCHANGED)
    fake.answers["ingest"] = KNOWN
    fake.answers["score"] = replace(SCORED, created=False)
    fake.answers["publish"] = UNCHANGED
    options = ["--json"] if as_json else []
    for words in (["run", "toy.toml"], ["ingest"], ["score"], ["publish"]):
        ended = type_in(*words, *options)
        assert ended.exit_code == 99, words
        if as_json:
            assert isinstance(json.loads(ended.stdout), dict)
        else:
            assert "nothing to do: " in ended.stderr
            assert "Next:" not in ended.stdout or words[0] == "run"


def test_a_rollback_without_a_run_before_is_99(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    type_in("run", "toy.toml")
    fake.answers["rollback"] = NothingToDoError("There is no run before.")
    ended = type_in("rollback")
    assert (ended.exit_code, ended.stdout) == (99, "")
    assert ended.stderr.splitlines()[-1] == "There is no run before."
    ended = type_in("rollback", "--json")
    assert ended.exit_code == 99
    assert json.loads(ended.stdout)["message"] == "There is no run before."


def test_a_run_held_back_says_how_to_publish_it_all_the_same(
    type_in: Callable[..., Result], fake: FakePipeline
) -> None:
    held = replace(UNCHANGED, stores=(), held_back=("embedded",))
    fake.answers["run"] = RunReport(INGESTED, SCORED, held)
    assert f"graphengine publish {RUN} --to embedded" in type_in("run", "toy.toml").stdout


def test_steps_pass_on_what_was_typed(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    job = ("--job", "toy.toml")
    assert type_in("ingest", *job).stdout.splitlines()[-1] == "  graphengine score"
    assert type_in("score", *job, "--as-of", "2014-11-30").exit_code == 0
    assert type_in("publish", RUN, "--to", "neo4j", "--to", "embedded", *job).exit_code == 0
    assert type_in("rollback", *job).exit_code == 0
    assert fake.calls == [
        ("ingest", {"job": "toy"}),
        ("score", {"job": "toy", "as_of": 1417391999}),
        (
            "publish",
            {
                "job": "toy",
                "run": RUN,
                "to": ("neo4j", "embedded"),
                "verify": False,
                "accept": None,
            },
        ),
        ("rollback", {"job": "toy", "to": None}),
    ]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01", 86_399),
        ("1970-01-01T00:00", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:01.9Z", 1),
        ("1969-12-31", -1),
    ],
)
def test_as_of(type_in: Callable[..., Result], fake: FakePipeline, text: str, seconds: int) -> None:
    assert type_in("run", "toy.toml", "--as-of", text).exit_code == 0
    assert fake.calls == [("run", {"job": "toy", "as_of": seconds, "accept": None})]


@pytest.mark.parametrize("text", ["yesterday", "2014-13-01", "", "1417305600"])
def test_as_of_that_is_no_time_is_a_usage_error(
    type_in: Callable[..., Result], fake: FakePipeline, text: str
) -> None:
    ended = type_in("run", "toy.toml", "--as-of", text)
    assert ended.exit_code == 2
    assert "2026-11-22" in ended.stderr
    assert fake.calls == []
