"""Published files that an older graphengine made: of layout 1 without figures of cascades and seeds, of
layout 2 without intervals and reasons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from support.store_cases import (
    FIGURES,
    INTERVALS,
    Parts,
    before_figures,
    before_intervals,
    run_scores,
)

from graphengine.errors import InputError
from graphengine.model import CASCADE_FIGURES, SCORE_FIGURES
from graphengine.stores.embedded import EmbeddedStore, build, content, schema, store
from graphengine.stores.ports import Published
from graphengine.stores.queries import named_query

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from graphengine.stores.ports import RunScores

_ASKED: dict[str, Any] = {
    "job": "j", "topic": "t/a", "account": "x:1", "other": "x:2", "n": 5, "ranks": 5, "above": 1.0,
    "scheme": "t/",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """What an older file does not have."""

    number: int
    types: tuple[str, ...]
    columns: tuple[str, ...]
    run: Callable[[RunScores], RunScores]

    def ddl(self) -> tuple[str, ...]:
        later = [p for p in (*SCORE_FIGURES, *CASCADE_FIGURES) if p.name in self.columns]
        texts = [t for t in DDL if not any(f" {name}(" in t for name in self.types)]
        for p in later:
            texts = [t.replace(f", {p.name} {p.type}", "") if " SCORED(" in t else t for t in texts]
        return tuple(texts)

    def tables(self, given: content.Content) -> dict[str, Any]:
        frames = content.tables(given)
        left = {name: frame for name, frame in frames.items() if name not in self.types}
        return {**left, "SCORED": frames["SCORED"].drop(self.columns)}


DDL = schema.ddl()
LAYOUTS = {
    1: Layout(1, ("SEED", "REASON"), (*INTERVALS, *FIGURES), before_figures),
    2: Layout(2, ("REASON",), INTERVALS, before_intervals),
}


@pytest.fixture(params=LAYOUTS.values(), ids=lambda layout: f"layout {layout.number}")
def layout(request: pytest.FixtureRequest) -> Layout:
    return request.param


@pytest.fixture
def older(tmp_path: Path, layout: Layout) -> EmbeddedStore:
    """Run 1 in a file of ``layout``; a CURRENT from the days of layout 1 knows nothing of layouts."""
    opened = EmbeddedStore(tmp_path / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "ddl", layout.ddl)
        patch.setattr(store, "tables", layout.tables)
        opened.publish(layout.run(run_scores(1)), Parts(), previous=None, keep=2)
    current = opened.folder / "CURRENT"
    stated = json.loads(current.read_text("utf-8"))
    assert stated["published"][0].pop("layout") == 3
    if layout.number == 1:
        stated["format"] = 1
    else:
        stated["published"][0]["layout"] = layout.number
    current.write_text(json.dumps(stated), "utf-8")
    return opened


def ask(opened: EmbeddedStore, name: str, **parameters: Any) -> tuple[tuple[Any, ...], ...]:
    statement = named_query(name).statement_for("embedded")
    return opened.query(statement, _ASKED | parameters, timeout_s=30, row_limit=100).rows


def test_it_is_served_as_it_was(older: EmbeddedStore, layout: Layout) -> None:
    assert older.verify() == []
    assert [row[1] for row in older.top("j", "t/a", 10).rows] == ["x:1", "x:2"]
    assert [row[-4:] for row in older.top("j", "t/a", 10).rows] == [(None,) * 4] * 2
    rows = {row[0]: dict(zip(card.columns, row, strict=True)) for card in (older.card("j", "x:1"),)
            for row in card.rows}  # fmt: skip
    assert list(rows) == ["t/a", "t/b", "t/overall"]
    assert (rows["t/a"]["raw"], rows["t/a"]["credit"]) == (1.001, 1.0)
    wanted = run_scores(1).scores.row(0, named=True)
    for name in (*INTERVALS, *FIGURES):
        assert rows["t/a"][name] == (None if name in layout.columns else wanted[name]), name


@pytest.mark.parametrize("name", ["top", "card", "compare", "changed", "reach"])
def test_queries_find_null_where_it_has_no_column(
    older: EmbeddedStore, layout: Layout, name: str
) -> None:
    twice = [ask(older, name) for _ in range(2)]
    assert twice[0] == twice[1]
    if name == "reach":
        assert len(twice[0]) == (0 if layout.number == 1 else 2)
    elif name != "changed":  # of which there is none before the second run
        columns = named_query(name).columns
        values = [dict(zip(columns, row, strict=True)) for row in twice[0]]
        assert values
        assert {(row["low"], row["high"]) for row in values} == {(None, None)}
        assert all(row["score"] is not None for row in values)


def test_nobody_is_surely_anything_without_intervals(older: EmbeddedStore) -> None:
    assert ask(older, "surely-above") == ask(older, "surely-changed") == ()


def test_what_it_cannot_answer_says_how_to_build_it_afresh(
    older: EmbeddedStore, layout: Layout
) -> None:
    for name in {1: ("seeds", "reasons"), 2: ("reasons",)}[layout.number]:
        with pytest.raises(InputError, match=f"graphengine publish {run_scores(1).run}"):
            ask(older, name)


@pytest.mark.parametrize("text", ["RETURN 1/0 AS n", "MATCH ()-[s:SCORED]->() RETURN s.lwo AS n"])
def test_a_mistake_of_the_asker_s_own_is_called_one(older: EmbeddedStore, text: str) -> None:
    with pytest.raises(InputError, match="cannot be run"):
        older.query(text, {}, timeout_s=30, row_limit=1)


def test_publishing_the_same_run_builds_it_afresh(older: EmbeddedStore, layout: Layout) -> None:
    same = older.publish(layout.run(run_scores(1)), Parts(), previous=None, keep=2, verify=True)
    assert same == Published(run=run_scores(1).run, previous="")
    assert ask(older, "reasons") == ()
    assert len(ask(older, "seeds")) == (0 if layout.number == 1 else 2)


def test_its_run_is_the_one_before_in_the_next_file(older: EmbeddedStore, layout: Layout) -> None:
    now = older.publish(run_scores(2), Parts(), previous=None, keep=2, verify=True)
    assert now == Published(run=run_scores(2).run, previous=run_scores(1).run)
    scored = (
        "MATCH (a:Account)-[s:SCORED]->() WHERE s.run = $run "
        "RETURN s.raw AS raw, s.spread AS x, s.low AS y ORDER BY raw"
    )
    rows = {
        number: older.query(scored, {"run": run_scores(number).run}, timeout_s=9, row_limit=9).rows
        for number in (1, 2)
    }
    assert sorted(raw for raw, *_ in rows[1]) == sorted(run_scores(1).scores["raw"])
    assert {x for _, x, _ in rows[1]} == ({None} if layout.number == 1 else {3.0, 4.5, None})
    assert {y for *_, y in rows[1]} == {None}
    assert {y for *_, y in rows[2]} == {60.0, 30.0, None}
    assert older.rollback("j").run == run_scores(1).run  # to the file that is there still
    assert [row[-4:] for row in older.top("j", "t/a", 9).rows] == [(None,) * 4] * 2
