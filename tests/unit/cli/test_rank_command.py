"""The command rank: what it prints, writes and refuses."""

from __future__ import annotations

import doctest
import json
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest

import graphengine

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

EDGES = "source,target,weight\n1,5,2\n5,9,1\n9,1,1\n7,5,1\n"
PAGE = Path(__file__).parents[3] / "docs" / "rank.md"


@pytest.fixture
def edges(folder: Path) -> Path:
    (folder / "edges.csv").write_text(EDGES, "utf-8")
    return folder / "edges.csv"


def test_a_table_and_the_certificate(type_in: Callable[..., Result], edges: Path) -> None:
    ended = type_in("rank", "edges.csv", "--top", "2")
    assert ended.exit_code == 0
    lines = ended.stdout.splitlines()
    assert lines[0].split() == ["rank", "id", "score"]
    assert lines[2].split()[:2] == ["1", "5"]
    assert lines[-2] == "pagerank of 4 people, 4 edges"
    assert lines[-1].startswith("certificate  within ")
    assert "of exact (L1)" in lines[-1]


def test_json_has_what_the_call_gives(type_in: Callable[..., Result], edges: Path) -> None:
    told = json.loads(type_in("rank", "edges.csv", "--json", "--damping", "0.5").stdout)
    ranking = graphengine.rank(edges, damping=0.5)
    assert told["error_bound"] == ranking.error_bound
    assert told["top"] == ranking.top().to_dicts()
    hits = json.loads(type_in("rank", "edges.csv", "--json", "--method", "hits").stdout)
    assert hits["error_bound"] is None
    assert hits["facts"]["gap"] > 0


@pytest.mark.parametrize("name", ["out.csv", "out.parquet"])
def test_out_is_a_warm_start(type_in: Callable[..., Result], edges: Path, name: str) -> None:
    first = type_in("rank", "edges.csv", "--out", name)
    assert "4 rows in" in first.stderr
    read = pl.read_csv if name.endswith("csv") else pl.read_parquet
    assert read(edges.with_name(name)).columns == ["id", "score"]
    again = json.loads(type_in("rank", "edges.csv", "--start", name, "--json").stdout)
    assert again["sweeps"] == 0


def test_people_and_weights_from_files(type_in: Callable[..., Result], edges: Path) -> None:
    edges.with_name("restart.csv").write_text("id,weight\n7,1\n", "utf-8")
    edges.with_name("seeds.txt").write_text("7\n", "utf-8")
    edges.with_name("topics.csv").write_text("id,topic,weight\n7,a,1\n1,b,3\n", "utf-8")
    said = [
        type_in("rank", "edges.csv", "--json", *words).stdout
        for words in (
            ("--restart", "restart.csv"),
            ("--method", "trust-rank", "--seeds", "seeds.txt"),
            ("--method", "trust-rank", "--seed", "7"),
            ("--method", "topic-sensitive", "--topics", "topics.csv", "--topic", "a"),
        )
    ]
    tops = [json.loads(text)["top"] for text in said]
    assert tops[0] == tops[1] == tops[2] == tops[3]
    mixed = type_in(
        "rank",
        "edges.csv",
        "--json",
        "--method",
        "personalised",
        "--seed",
        "1",
        "--seeds",
        "seeds.txt",
    )
    assert {"from 1", "from 7"} <= set(json.loads(mixed.stdout)["top"][0])


def test_the_estimate_comes_first_and_refuses(type_in: Callable[..., Result], edges: Path) -> None:
    told = type_in("rank", "edges.csv", "--estimate")
    assert told.exit_code == 0
    assert "structure" in told.stdout
    assert "peak" in told.stdout
    for words in (("--estimate",), ()):
        refused = type_in("rank", "edges.csv", "--memory", "1KB", *words, "--out", "out.csv")
        assert refused.exit_code == 65
        assert "1000 bytes may be used" in refused.stderr
    assert not edges.with_name("out.csv").exists()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("nothing.csv",), 65, "There is no file nothing.csv"),
        (("edges.csv", "--source", "sender"), 65, 'no column "sender"'),
        (("edges.csv", "--method", "pagerang"), 2, 'Did you mean "pagerank"?'),
        (("edges.csv", "--damping", "1"), 2, "damping is 1.0"),
        (("edges.csv", "--tolerance", "1e-17"), 70, "finer than 1.5e-15"),
        (("edges.csv", "--method", "trust-rank", "--seed", "8"), 65, "seeds names 8"),
        (("edges.csv", "--out", "ranks.xls"), 2, "ends in neither"),
        (("edges.csv", "--out", "none/ranks.csv"), 73, "There is no folder none"),
        (("edges.csv", "--memory", "lots"), 2, '"lots" is no size'),
        (("edges.csv", "--restart", "edges.mtx"), 65, "There is no file edges.mtx"),
    ],
)
def test_mistakes(
    type_in: Callable[..., Result], edges: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    ended = type_in("rank", *words)
    assert ended.exit_code == code
    assert says in ended.stderr
    assert not ended.stdout


def test_memory_that_runs_out_is_said(
    type_in: Callable[..., Result], edges: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("graphengine.edges.rank_edges", failing)
    ended = type_in("rank", "edges.csv", "--out", "out.csv")
    assert ended.exit_code == 65
    assert "The memory ran out while edges.csv was ranked" in ended.stderr
    assert not edges.with_name("out.csv").exists()


def test_one_person_and_one_edge(type_in: Callable[..., Result], edges: Path) -> None:
    edges.write_text("source,target\n4,4\n", "utf-8")
    assert "pagerank of 1 person, 1 edge\n" in type_in("rank", "edges.csv").stdout


def test_the_page_is_so() -> None:
    failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    assert (failed, tried) == (0, 4)
    from graphengine.edges import METHODS, OPTIONS

    text = PAGE.read_text("utf-8")
    assert all(f"`{name}`" in text for name in METHODS)
    assert all(f"`--{name}`" in text for name in OPTIONS)
