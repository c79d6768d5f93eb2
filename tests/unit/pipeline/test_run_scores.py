"""A run folder as the stores get it: with seeds and figures of cascades, or from before there were any."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.run_cases import id_of, manifest, tables
from support.store_cases import FIGURES, INTERVALS

from graphengine.pipeline import read
from graphengine.pipeline.publication import run_scores
from graphengine.runs import Run, write_run
from graphengine.stores.ports import Answer, Published
from graphengine.stores.run_tables import RUN_TABLES, columns_of, frame_of
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

JOB: Any = SimpleNamespace(name="demo", network="x", publish=SimpleNamespace(to=("embedded",)))
SEEDS = pl.DataFrame({
    "topic": ["demo/a"], "place": [1], "account": ["x:1"], "gain": [2.5], "k": [3], "share": [0.9],
    "stop": ["flat"], "spread": [2.5], "low": [2.0], "high": [3.0],
})  # fmt: skip

REASONS = pl.DataFrame({
    "account": ["x:1"], "topic": ["demo/a"], "place": [1], "endorser": ["x:2"], "part": [0.5],
    "events": [3], "points": [1.5],
})  # fmt: skip


def written(folder: Path, frames: dict[str, pl.DataFrame], **more: Any) -> Run:
    facts = {**manifest(), "data_from": None, "data_to": None, **more}
    return write_run(Workspace(folder), id=id_of(facts), manifest=facts, tables=frames)


def test_seeds_of_a_run_reach_the_stores(tmp_path: Path) -> None:
    given = run_scores(written(tmp_path, tables(9) | {"seeds": SEEDS}), job=JOB)
    seeds = frame_of(given, RUN_TABLES[2])
    assert seeds.select(SEEDS.columns).equals(SEEDS)
    assert frame_of(given, RUN_TABLES[0]).equals(tables(9)["scores"])


def test_reasons_of_a_run_reach_the_stores(tmp_path: Path) -> None:
    given = run_scores(written(tmp_path, tables(9) | {"reasons": REASONS}), job=JOB)
    assert frame_of(given, RUN_TABLES[3]).select(REASONS.columns).equals(REASONS)
    without = run_scores(written(tmp_path / "other", tables(9)), job=JOB)
    assert frame_of(without, RUN_TABLES[3]).height == 0


def test_a_run_from_before_has_null_figures_and_no_seeds(tmp_path: Path) -> None:
    frames = tables(9)
    later = (*INTERVALS, *FIGURES)
    old = frames | {"scores": frames["scores"].drop(later, strict=False)}
    given = run_scores(written(tmp_path, old), job=JOB)
    assert frame_of(given, RUN_TABLES[2]).height == 0
    scores = frame_of(given, RUN_TABLES[0])
    assert scores.schema == pl.Schema(columns_of(RUN_TABLES[0]))
    assert scores.drop(later).equals(old["scores"])
    assert scores.select(later).null_count().row(0) == (old["scores"].height,) * 15


class _Store:
    """A store that has published one run and knows one card."""

    def __init__(self, run: str) -> None:
        self.run = run

    def card(self, job: str, account: str) -> Answer:
        return Answer(("topic",), (("demo/a",),))

    def published(self, job: str) -> Published:
        return Published(self.run, "")

    def query(self, statement: str, parameters: Any, **_: Any) -> Answer:
        return Answer(("key", "handle", "person", "followers"), (("x:1", None, None, None),))

    def __enter__(self) -> _Store:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to close."""


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"missing_for_cascades": ["no parents known"]}, (["no parents known"], None)),
        ({}, ([], None)),
        ({"parameters": {"method": {"draws": 0}}}, ([], 0)),
    ],
)
def test_the_card_says_what_its_run_lacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], told: tuple[Any, ...]
) -> None:
    run = written(tmp_path, tables(9), **more)
    monkeypatch.setattr(read, "open_workspace", lambda job, create: Workspace(tmp_path))
    for published, wanted in ((run.id, told), ("2014-07-10-000000000000", ([], None))):
        monkeypatch.setattr(read, "open_store", lambda *_, run=published: _Store(run))
        card = read.show_person(JOB, person="x:1", store=None)
        assert card.columns[-2:] == ("missing", "draws")
        assert card.rows == (("demo/a", "x:1", None, None, None, *wanted),)
