"""Published files that an older graphengine made, without figures of cascades and without seeds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from support.store_cases import FIGURES, Parts, before_figures, run_scores

from graphengine.errors import InputError
from graphengine.model import CASCADE_FIGURES
from graphengine.stores.embedded import EmbeddedStore, build, content, schema, store
from graphengine.stores.ports import Published
from graphengine.stores.queries import named_query

if TYPE_CHECKING:
    from pathlib import Path

NEW_COLUMNS = "".join(f", {p.name} {p.type}" for p in CASCADE_FIGURES)


def _older_ddl() -> tuple[str, ...]:
    """The statements as they were: no table SEED, no figures in SCORED."""
    return tuple(text.replace(NEW_COLUMNS, "") for text in schema.ddl() if " SEED(" not in text)


def _older_tables(given: content.Content) -> dict[str, Any]:
    frames = content.tables(given)
    del frames["SEED"]
    return {**frames, "SCORED": frames["SCORED"].drop(FIGURES)}


@pytest.fixture
def older(tmp_path: Path) -> EmbeddedStore:
    """Run 1 in a file of layout 1, and a CURRENT that knows nothing of layouts."""
    opened = EmbeddedStore(tmp_path / "store")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "ddl", _older_ddl)
        patch.setattr(store, "tables", _older_tables)
        opened.publish(before_figures(run_scores(1)), Parts(), previous=None, keep=2)
    current = opened.folder / "CURRENT"
    stated = json.loads(current.read_text("utf-8"))
    assert stated["published"][0].pop("layout") == 2
    current.write_text(json.dumps(stated | {"format": 1}), "utf-8")
    return opened


def ask(opened: EmbeddedStore, text: str, **parameters: Any) -> tuple[tuple[Any, ...], ...]:
    return opened.query(text, parameters, timeout_s=30, row_limit=100).rows


def test_it_is_served_as_it_was(older: EmbeddedStore) -> None:
    assert older.verify() == []
    assert [row[1] for row in older.top("j", "t/a", 10).rows] == ["x:1", "x:2"]
    card = older.card("j", "x:1")
    assert card.columns[-6:] == FIGURES
    assert [row[-6:] for row in card.rows] == [(None,) * 6] * 3
    assert card.rows[0][9] == 1.0


@pytest.mark.parametrize("name", ["seeds", "reach", "card"])
def test_what_it_cannot_answer_says_how_to_build_it_afresh(older: EmbeddedStore, name: str) -> None:
    given = {"job": "j", "topic": "t/a", "account": "x:1", "n": 5, "ranks": 5}
    with pytest.raises(InputError, match=f"graphengine publish {run_scores(1).run}"):
        ask(older, named_query(name).statement, **given)


def test_a_mistake_of_the_asker_s_own_is_called_one(older: EmbeddedStore) -> None:
    with pytest.raises(InputError, match="cannot be run") as said:
        ask(older, "RETURN 1/0 AS n")
    assert "older" not in str(said.value)


def test_publishing_the_same_run_builds_it_afresh(older: EmbeddedStore) -> None:
    same = older.publish(before_figures(run_scores(1)), Parts(), previous=None, keep=2, verify=True)
    assert same == Published(run=run_scores(1).run, previous="")
    given = {"job": "j", "topic": "t/a", "n": 5, "ranks": 5}
    assert ask(older, named_query("seeds").statement, **given) == ()
    assert ask(older, named_query("reach").statement, **given) == ()


def test_its_run_is_the_one_before_in_the_next_file(older: EmbeddedStore) -> None:
    now = older.publish(run_scores(2), Parts(), previous=None, keep=2, verify=True)
    assert now == Published(run=run_scores(2).run, previous=run_scores(1).run)
    scored = (
        "MATCH (a:Account)-[s:SCORED]->() WHERE s.run = $run RETURN s.raw AS raw, s.spread AS x"
    )
    before = ask(older, scored, run=run_scores(1).run)
    assert sorted(before) == sorted((raw, None) for raw in run_scores(1).scores["raw"])
    assert {x for _, x in ask(older, scored, run=run_scores(2).run)} == {4.5, 6.0, None}
    assert older.rollback("j").run == run_scores(1).run  # to the file that is there still
    assert [row[-6:] for row in older.card("j", "x:1").rows] == [(None,) * 6] * 3
