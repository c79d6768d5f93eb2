"""The embedded store's own promises: files, faults, refusals; the ports are tests/contract's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import filelock
import ladybug
import polars as pl
import pytest
from support.store_cases import BATCHES, FIGURES, INTERVALS, Parts, run_scores

from graphengine.errors import (
    BusyError,
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
    NotPermittedError,
    UsageError,
)
from graphengine.stores.embedded import EmbeddedStore
from graphengine.stores.embedded.build import build, check_in_child, checksums, expectations
from graphengine.stores.embedded.check import differences
from graphengine.stores.embedded.content import Content, tables
from graphengine.stores.embedded.current import STORAGE
from graphengine.stores.embedded.parameters import bind
from graphengine.stores.embedded.reader import _named
from graphengine.stores.merge import merged
from graphengine.stores.ports import Published

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def two_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "store"
    publish(EmbeddedStore(folder), 1, 2)
    return folder


@pytest.fixture
def store(two_runs: Path, tmp_path: Path) -> EmbeddedStore:
    """Runs 1 and 2, in files of the test's own."""
    shutil.copytree(two_runs, tmp_path / "store")
    return EmbeddedStore(tmp_path / "store")


def publish(store: EmbeddedStore, *numbers: int, keep: int = 2) -> Published:
    for number in numbers:
        after = store.publish(run_scores(number), Parts(), previous=None, keep=keep)
    return after


def ask(store: EmbeddedStore, statement: str, **parameters: Any) -> tuple[tuple[Any, ...], ...]:
    return store.query(statement, parameters, timeout_s=30, row_limit=1000).rows


def names(store: EmbeddedStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


def current(store: EmbeddedStore) -> dict[str, Any]:
    return json.loads((store.folder / "CURRENT").read_text("utf-8"))


def serving(store: EmbeddedStore) -> Path:
    return store.folder / current(store)["published"][0]["file"]


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> None:
    """What a failing disk does: other bytes under the same name."""
    data = change(path.read_bytes())
    path.unlink()
    path.write_bytes(data)


def content(number: int = 2) -> Content:
    graph = merged(BATCHES)
    assert graph is not None
    return Content(graph=graph, run=run_scores(number), previous=run_scores(number - 1))


def test_before_the_first_run_a_query_says_what_to_do(tmp_path: Path) -> None:
    empty = EmbeddedStore(tmp_path / "none")
    with pytest.raises(InputError, match="graphengine run"):
        ask(empty, "RETURN 1 AS n")
    assert empty.verify() == []
    assert not empty.folder.exists()


def test_a_folder_holds_two_closed_files_and_the_word_which(store: EmbeddedStore) -> None:
    publish(store, 3)
    first, second = current(store)["published"]
    assert (first["run"], second["run"]) == (run_scores(3).run, run_scores(2).run)
    assert names(store) == sorted([first["file"], second["file"], "CURRENT", "publish.lock"])
    assert first["previous"] == second["run"]
    assert (first["storage"], first["last_batch"]) == (STORAGE, 3)
    assert serving(store).stat().st_mode & 0o777 == 0o444
    assert first["file"] == f"{first['run']}.{first['sha256'][:12]}.lbug"
    assert store.verify() == []


def test_the_file_holds_the_run_before_without_being_given_it(store: EmbeddedStore) -> None:
    rows = ask(
        store,
        "MATCH (p:Pointer) MATCH (a:Account)-[s:SCORED]->(t:Topic) WHERE s.run = p.previous "
        "RETURN a.key AS a, s.topic AS t, s.raw AS raw, s.credit AS c, s.method_version AS m",
    )
    wanted = run_scores(1).scores.select("account", "topic", "raw", "credit")
    assert sorted(rows, key=repr) == sorted(((*row, "1") for row in wanted.rows()), key=repr)


def test_more_runs_are_kept_when_asked_for(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    publish(store, 1, 2, 3, keep=3)
    assert store.rollback("j") == Published(run=run_scores(2).run, previous=run_scores(1).run)
    assert store.rollback("j") == Published(run=run_scores(1).run, previous="")


def test_publishing_again_leaves_the_files_alone(store: EmbeddedStore) -> None:
    before = [(name, (store.folder / name).stat().st_mtime_ns) for name in names(store)]
    publish(store, 2)
    assert [(name, (store.folder / name).stat().st_mtime_ns) for name in names(store)] == before


def test_leftovers_of_killed_builds_are_swept(store: EmbeddedStore) -> None:
    building = store.folder / "building-killed"
    building.mkdir()
    (building / "graph.lbug.wal").write_bytes(b"x")
    (store.folder / "2019-01-01-0.0123456789ab.lbug").write_bytes(b"LBUG")
    (serving(store).with_name(serving(store).name + ".wal")).write_bytes(b"x")
    assert [line for line in store.verify() if ".wal should not be there" in line]
    publish(store, 3)
    assert len(names(store)) == 4
    assert store.verify() == []


def test_a_reader_goes_on_with_the_file_that_it_has_opened(store: EmbeddedStore) -> None:
    old = ladybug.Connection(ladybug.Database(serving(store), read_only=True))
    publish(store, 3, 4)
    result: Any = old.execute("MATCH (p:Pointer) RETURN p.run AS r")
    assert result.get_all() == [[run_scores(2).run]]
    old.close()
    assert ask(store, "MATCH (p:Pointer) RETURN p.run AS r") == ((run_scores(4).run,),)


def test_going_back_to_a_lost_file_says_how_to_rebuild_it(store: EmbeddedStore) -> None:
    lost = current(store)["published"][1]
    (store.folder / lost["file"]).unlink()
    with pytest.raises(InputError, match=f"graphengine publish {lost['run']}"):
        store.rollback("j")
    assert store.published("j") == Published(run=run_scores(2).run, previous=lost["run"])
    publish(store, 1)
    assert store.verify() == []


@pytest.mark.parametrize(
    "change",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data[:-1],
        lambda data: bytes(len(data)),
        lambda data: b"a,b,c\n" * (len(data) // 6),
        lambda data: data[:4096] + bytes(len(data) - 4096),
    ],
    ids=["empty", "half", "a byte short", "zeroed", "text", "all but the header zeroed"],
)
def test_a_damaged_file_is_named_and_publishing_rebuilds_it(
    store: EmbeddedStore, change: Callable[[bytes], bytes]
) -> None:
    rewrite(serving(store), change)
    assert len(store.verify()) == 1
    assert "SHA-256" in store.verify()[0]
    with pytest.raises(InputError, match="graphengine publish"):
        ask(store, "MATCH (a:Account) RETURN count(*) AS n, sum(size(a.name)) AS s")
    assert publish(store, 2) == Published(run=run_scores(2).run, previous=run_scores(1).run)
    assert store.verify() == []
    assert len(store.top("j", "t/a", 5).rows) == 2
    previous = ask(store, "MATCH (p:Pointer)-[]->() RETURN p.previous AS r UNION ALL "
                          "MATCH (p:Pointer) RETURN p.previous AS r")  # fmt: skip
    assert previous == ((run_scores(1).run,),)


def test_any_flipped_bit_is_found(store: EmbeddedStore) -> None:
    size = serving(store).stat().st_size
    for at in (0, 5, size // 3, size // 2, size - 1):
        rewrite(serving(store), lambda d, at=at: d[:at] + bytes([d[at] ^ 8]) + d[at + 1 :])
        assert len(store.verify()) == 1
        rewrite(serving(store), lambda d, at=at: d[:at] + bytes([d[at] ^ 8]) + d[at + 1 :])
        assert store.verify() == []


def test_a_missing_file_is_named(store: EmbeddedStore) -> None:
    serving(store).unlink()
    with pytest.raises(InputError, match="missing"):
        ask(store, "RETURN 1 AS n")
    assert "missing" in store.verify()[0]


def test_a_newer_file_is_not_read(store: EmbeddedStore) -> None:
    newer = (STORAGE + 1).to_bytes(8, "little")
    rewrite(serving(store), lambda data: data[:4] + newer + data[12:])
    with pytest.raises(ConfigurationError, match=f"storage version {STORAGE + 1}"):
        ask(store, "RETURN 1 AS n")


@pytest.mark.parametrize("newer", [{"format": 3}, {"published": [{"storage": STORAGE + 1}]}])
def test_a_newer_store_is_not_touched(store: EmbeddedStore, newer: dict[str, Any]) -> None:
    stated = current(store)
    if "published" in newer:
        stated["published"][0]["storage"] = STORAGE + 1
    else:
        stated |= newer | {"published": "elsewhere"}
    (store.folder / "CURRENT").write_text(json.dumps(stated), "utf-8")
    for refused in (
        lambda: store.published("j"), lambda: publish(store, 3), lambda: ask(store, "RETURN 1 AS n")
    ):  # fmt: skip
        with pytest.raises(ConfigurationError, match="newer version"):
            refused()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "job": "j", "published": []}'])  # fmt: skip
def test_a_broken_current_is_named(store: EmbeddedStore, text: str) -> None:
    (store.folder / "CURRENT").write_text(text, "utf-8")
    with pytest.raises(InputError, match="remove the folder"):
        store.published("j")


def test_another_jobs_store_is_refused(store: EmbeddedStore) -> None:
    assert store.published("k") is None
    with pytest.raises(ConfigurationError, match='belongs to the job "j"'):
        store.publish(run_scores(3, job="k"), Parts(), previous=None, keep=2)


def test_one_publisher_at_a_time(store: EmbeddedStore) -> None:
    with filelock.FileLock(store.folder / "publish.lock"):
        for refused in (lambda: publish(store, 3), lambda: store.rollback("j")):
            with pytest.raises(BusyError):
                refused()
    assert publish(store, 3).run == run_scores(3).run


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotWriteError):
        publish(EmbeddedStore(tmp_path / "file" / "store"), 1)


def test_a_full_disk_leaves_the_old_run_served(store: EmbeddedStore) -> None:
    """The child may write files of 200 kB only: the engine's file does not fit."""
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from support.store_cases import Parts, run_scores\n"
        "from graphengine.stores.embedded import EmbeddedStore\n"
        "from graphengine.errors import CannotWriteError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "try:\n"
        "    EmbeddedStore(Path(sys.argv[1])).publish(\n"
        "        run_scores(3), Parts(), previous=None, keep=2)\n"
        "except CannotWriteError as said:\n"
        "    print(said)\n"
    )
    before = names(store)
    child = subprocess.run(
        [sys.executable, "-c", script, str(store.folder)],
        capture_output=True, text=True, check=True, env=_with_our_path(),
    )  # fmt: skip
    assert "what was served before still is" in child.stdout
    assert names(store) == before
    assert store.published("j") == Published(run=run_scores(2).run, previous=run_scores(1).run)
    assert len(store.top("j", "t/a", 5).rows) == 2


def _with_our_path() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


def test_a_run_that_scores_a_stranger_is_refused(store: EmbeddedStore) -> None:
    run = run_scores(3)
    strange = replace(run, scores=run.scores.with_columns(account=pl.lit("x:77")))
    with pytest.raises(InputError, match="'x:77'"):
        store.publish(strange, Parts(), previous=None, keep=2)
    assert store.published("j").run == run_scores(2).run  # type: ignore[union-attr]


def test_an_account_erased_since_is_not_in_the_run_before(store: EmbeddedStore) -> None:
    part = BATCHES[0]
    keep = pl.col("key") != "x:2"
    alone = replace(
        part, accounts=part.accounts.filter(keep), batch=9,
        interactions=part.interactions.clear(), exposure=part.exposure.clear(),
        posted=part.posted.clear(),
    )  # fmt: skip
    run = run_scores(3)
    left = replace(
        run, scores=run.scores.filter(pl.col("account") == "x:1"), seeds=None, reasons=None
    )
    store.publish(left, Parts((alone,)), previous=run_scores(2), keep=2)
    rows = ask(
        store, "MATCH (a:Account)-[s:SCORED]->(:Topic) RETURN DISTINCT a.key AS a, s.run AS r"
    )
    assert {row[0] for row in rows} == {"x:1"}
    assert len(rows) == 2


def test_an_end_that_is_not_there_is_a_broken_promise(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    lost = replace(BATCHES[0], accounts=BATCHES[0].accounts.filter(pl.col("key") != "x:4"),
                   batch=3)  # fmt: skip
    with pytest.raises(GraphengineError, match="x:4"):
        store.publish(replace(run_scores(1), unrated=run_scores(1).unrated.clear()),
                      Parts((lost,)), previous=None, keep=2)  # fmt: skip
    assert names(store) == ["publish.lock"]


def test_an_unknown_type_is_a_broken_promise(store: EmbeddedStore) -> None:
    strange = replace(BATCHES[0], exposure=BATCHES[0].exposure.with_columns(type=pl.lit("KNEW")))
    with pytest.raises(GraphengineError, match="KNEW"):
        store.publish(run_scores(3), Parts((strange,)), previous=None, keep=2)


def test_an_empty_log_is_not_published(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="graphengine ingest"):
        EmbeddedStore(tmp_path).publish(run_scores(1), Parts(()), previous=None, keep=2)


def test_the_child_finds_any_value_that_differs(tmp_path: Path) -> None:
    frames = tables(content())
    path = tmp_path / "x.lbug"
    build(path, frames)
    check_in_child(path, expectations(frames))
    with pytest.raises(GraphengineError, match=r"Topic\): count\(\*\) is 5, not 4"):
        check_in_child(path, expectations({**frames, "Topic": frames["Topic"].head(-1)}))
    changed = [
        (table, column, {
            "Pointer": frames["Pointer"], table: frame.with_columns(_other(frame, column))
        })
        for table, frame in frames.items() if not frame.is_empty()
        for column in frame.columns
    ]  # fmt: skip
    assert len(changed) > 80
    for table, column, others in changed:
        found = differences(str(path), expectations(others))
        assert any(table in line and f"{column}" in line for line in found), (table, column)


def test_the_child_finds_any_row_that_differs_in_a_figure_a_seed_or_a_reason(
    tmp_path: Path,
) -> None:
    """Also where sums stay: two values exchanged, or one that was not known."""
    frames = tables(content())
    path = tmp_path / "x.lbug"
    build(path, frames)
    check_in_child(path, checksums(frames))
    columns = [("SCORED", name) for name in (*INTERVALS, *FIGURES)] + [
        (table, name)
        for table in ("SEED", "REASON")
        for name in frames[table].columns
        if name not in ("source", "target", "run")
    ]
    for table, column in columns:
        frame = frames[table]
        others = {
            "another value": _other(frame, column),
            "unknown": pl.Series(column, [None, *frame[column][1:]], dtype=frame.schema[column]),
            "zero for unknown": frame[column].fill_null(_nothing(frame, column)),
        }
        for what, other in others.items():
            if other.equals(frame[column]):
                continue
            wanted = checksums({**frames, table: frame.with_columns(other.alias(column))})
            found = differences(str(path), wanted)
            assert any(table in line for line in found), (table, column, what)


def test_a_column_without_any_value_is_not_copied_and_is_looked_at(tmp_path: Path) -> None:
    scores = run_scores(1).scores
    bare = replace(run_scores(1), scores=scores.with_columns(low=None, spread=None))
    frames = tables(replace(content(), run=bare, previous=None))
    path = tmp_path / "x.lbug"
    build(path, frames)
    check_in_child(path, expectations(frames) + checksums(frames))
    asked = next(q for q in checksums(frames) if ":SCORED]" in q["match"])["returns"]
    assert "x.high" in asked
    assert not {"x.low", "x.spread"} & set(asked)
    known = frames["SCORED"].with_columns(low=pl.lit(0.0))
    found = differences(str(path), expectations({**frames, "SCORED": known}))
    assert any("count(x.low)" in line for line in found)


def _nothing(frame: pl.DataFrame, column: str) -> Any:
    return "" if frame.schema[column] == pl.String else 0


def _other(frame: pl.DataFrame, column: str) -> pl.Series:
    """The column with its first value, a null filled, changed by as little as is noticed."""
    values = frame[column].to_list()
    if frame.schema[column] == pl.String:
        values[0] = (values[0] or "") + "e"
    else:
        values[0] = (values[0] or 0) + 1
    return pl.Series(column, values, dtype=frame.schema[column])


def test_the_child_survives_what_is_no_file(tmp_path: Path) -> None:
    path = tmp_path / "x.lbug"
    path.write_bytes(b"LBUG1\0\0\0\0\0\0\0" * 1000)
    with pytest.raises(GraphengineError, match="cannot be read"):
        check_in_child(path, [])


@pytest.mark.parametrize(
    "statement",
    ["MATCH (a:Acount) RETURN count(*) AS n", "MATCH (a:Account) RETURN a.nme AS n", "RETURN 1/0 AS n",
     "MATCH (a:Account) RETURN a.key + 1 AS n ORDER BY nothing"],
)  # fmt: skip
def test_a_wrong_name_or_sum_is_the_askers_mistake(store: EmbeddedStore, statement: str) -> None:
    with pytest.raises(InputError, match="The query cannot be run: ") as said:
        ask(store, statement)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(("said", "kind"), [
    ("Interrupted.", BusyError),
    ("Connection exception: Cannot execute write operations in a read-only database!", NotPermittedError),
    ("Buffer manager exception: Unable to allocate memory!", InputError),
    ("Assertion failed in file x.cpp", InputError),
])  # fmt: skip
def test_what_the_engine_says_has_a_class(tmp_path: Path, said: str, kind: type) -> None:
    assert type(_named(RuntimeError(said), tmp_path, 5)) is kind


def test_parameters_named_like_keywords_work(store: EmbeddedStore) -> None:
    assert ask(store, "RETURN $end AS a, $none AS b, $`all` AS c", end=1, none=True, all="x") == (
        (1, True, "x"),
    )


def test_rows_may_be_skipped_and_limited_by_parameters(store: EmbeddedStore) -> None:
    statement = "MATCH (a:Account) RETURN a.key AS k ORDER BY k SKIP $s LIMIT $n"
    assert ask(store, statement, s=1, n=2) == (("x:2",), ("x:3",))


def test_list_parameters_may_be_empty(store: EmbeddedStore) -> None:
    assert ask(store, "MATCH (a:Account) WHERE a.key IN $keys RETURN a.key AS k", keys=[]) == ()


@pytest.mark.parametrize("value", [2**63, object(), [1, b"x"]])
def test_values_that_do_not_fit_are_named(value: Any) -> None:
    with pytest.raises(UsageError, match=r"\$n"):
        bind("RETURN $n AS n", {"n": value})
