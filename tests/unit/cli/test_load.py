"""What load prints, how it exits, and what may not be said together."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from graphengine import pipeline
from graphengine.pipeline.loading import LoadReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

LOADED = LoadReport("stream", "loaded", 3, {"Account": 1200, "RETWEETED": 4800}, 7, 2.0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Options of each call; what is answered is the last one's ``report``."""
    calls: list[dict[str, Any]] = [{"report": LOADED}]

    def load(job: Any, *, progress: Any, **options: Any) -> LoadReport:
        progress.stage("load")
        calls.append(options)
        report: LoadReport = calls[0]["report"]
        return report

    monkeypatch.setattr(pipeline, "load", load)
    return calls


def test_it_says_what_was_written_how_fast_and_what_comes_next(
    type_in: Callable[..., Result], asked: list[dict[str, Any]]
) -> None:
    ended = type_in("load", "--job", "toy.toml")
    assert ended.exit_code == 0
    rows = [line.split() for line in ended.stdout.splitlines()]
    assert ["Account", "1,200"] in rows
    assert ["RETWEETED", "4,800"] in rows
    assert "6,000 rows in 2.0 s, 3,000 rows/s (stream)" in ended.stdout
    assert "7 rows took back" in ended.stdout
    assert ended.stdout.splitlines()[-1] == "  graphengine publish"
    assert asked[1] == {"road": None, "anew": False, "print_only": False}


def test_offline_is_the_road_bulk(
    type_in: Callable[..., Result], asked: list[dict[str, Any]]
) -> None:
    asked[0]["report"] = replace(
        LOADED, road="bulk", state="written", command="cd x && neo4j-admin"
    )
    ended = type_in("load", "--job", "toy.toml", "--offline", "--print")
    assert asked[1] == {"road": "bulk", "anew": False, "print_only": True}
    lines = ended.stdout.splitlines()
    assert "  cd x && neo4j-admin" in lines
    assert lines[-1] == "  graphengine load --offline"


def test_nothing_new_is_99(type_in: Callable[..., Result], asked: list[dict[str, Any]]) -> None:
    asked[0]["report"] = LoadReport("stream", "nothing new", 3, {}, 0, 0.1)
    ended = type_in("load", "--job", "toy.toml")
    assert ended.exit_code == 99
    assert "nothing to do: the graph embodies batch 3" in ended.stderr
    as_json = type_in("load", "--job", "toy.toml", "--json")
    assert as_json.exit_code == 99
    told = json.loads(as_json.stdout)
    assert told["state"] == "nothing new"
    assert told["rows_per_second"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("--offline", "--road", "files"), ("--print",), ("--print", "--road", "stream"),
        ("--offline", "--anew"), ("--road", "ftp"),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_usage(
    type_in: Callable[..., Result], asked: list[dict[str, Any]], words: tuple[str, ...]
) -> None:
    assert type_in("load", "--job", "toy.toml", *words).exit_code == 2
    assert len(asked) == 1
