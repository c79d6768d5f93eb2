"""runs, verify, prune, doctor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from support.fake_pipeline import BEFORE, CHECKS, RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result
    from support.fake_pipeline import FakePipeline

JOB = ("--job", "toy.toml")


def test_runs(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    lines = type_in("runs", *JOB).stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == [BEFORE, RUN]
    assert lines[-1].endswith("published (embedded)   2026-01-01 00:00:00 UTC")
    narrow = type_in("runs", *JOB, env={"COLUMNS": "80"}).stdout.split()
    assert narrow.count("2014-11-30") == 1
    assert {RUN, "2026-01-01", "(embedded)"} <= set(narrow)
    listed = json.loads(type_in("runs", *JOB, "--json").stdout)["runs"]
    assert listed[1]["published_in"] == ["embedded"]
    assert listed[0]["as_of"] is None
    fake.answers["runs"] = []
    ended = type_in("runs", *JOB)
    assert (ended.exit_code, ended.stdout) == (0, "")
    assert "graphengine score" in ended.stderr


def test_verify(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    assert type_in("verify", *JOB).exit_code == 0
    fake.answers["verify"] = ["scores.parquet: byte 7 differs"]
    ended = type_in("verify", RUN, *JOB)
    assert (ended.exit_code, ended.stdout) == (65, "scores.parquet: byte 7 differs\n")
    assert fake.calls[-1] == ("verify", {"job": "toy", "run": RUN})
    ended = type_in("verify", *JOB, "--json")
    assert ended.exit_code == 65
    assert json.loads(ended.stdout) == {"problems": ["scores.parquet: byte 7 differs"]}


def test_prune(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    assert type_in("prune", *JOB).exit_code == 2
    assert type_in("prune", "--keep", "0", *JOB).exit_code == 2
    assert type_in("prune", "--keep", "3", *JOB).stdout == f"removed {BEFORE}\n"
    assert fake.calls == [("prune", {"job": "toy", "keep": 3})]
    fake.answers["prune"] = []
    ended = type_in("prune", "--keep", "3", *JOB)
    assert (ended.exit_code, ended.stdout) == (0, "")


def test_doctor(type_in: Callable[..., Result], fake: FakePipeline) -> None:
    ended = type_in("doctor", *JOB)
    assert ended.exit_code == 78
    assert ended.stdout.splitlines() == [
        "✓ python       3.11.7",
        "✗ store neo4j  no answer",
        "               start it",
    ]
    ended = type_in("doctor", *JOB, "--json")
    assert json.loads(ended.stdout)["healthy"] is False
    fake.answers["doctor"] = CHECKS[:1]
    ended = type_in("doctor")
    assert ended.exit_code == 0
    assert fake.calls[-1] == ("doctor", {"job": None})
    assert "--job toy.toml" in ended.stderr
