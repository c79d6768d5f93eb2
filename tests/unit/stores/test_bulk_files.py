"""Files for neo4j-admin, its command, and how its failures are told; rows in files for LOAD CSV."""

from __future__ import annotations

import csv
import stat
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from support.store_cases import BATCHES, Parts

from graphengine.errors import (
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
)
from graphengine.stores.neo4j.bulk import (
    admin_command,
    elements,
    files,
    import_command,
    read_manifest,
    run_import,
    write_files,
)
from graphengine.stores.neo4j.csv_files import SharedFolder, by_files, encoded, from_file
from graphengine.stores.neo4j.load import chunks_of

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = ['a"b', "c\\", "", None, " d ", "e,f", "g\nh", "%2C", "12", "ünï"]


def test_a_file_and_a_header_a_label_and_type(tmp_path: Path) -> None:
    parts = elements(Parts(), job="j")
    manifest = write_files(tmp_path / "import", parts, job="j", batch=3)
    headers = {p.name: ",".join(p.header) for p in parts}
    assert headers["Account"] == (
        "key:ID(Account),network:string,uid:string,handle:string,handle_lc:string,name:string,"
        "followers:long,created_at:long"
    )
    assert headers["RETWEETED"] == (
        ":START_ID(Account),event_id:string,topic:string,share:double,at:long,weight:double,"
        "post:string,:END_ID(Account)"
    )
    assert headers["POSTED"] == ":START_ID(Account),at:long,said_by:string,:END_ID(Post)"
    assert manifest == read_manifest(tmp_path / "import")
    assert manifest.nodes["Account"] == 5
    assert manifest.relationships["RETWEETED"] == 3
    assert manifest.nodes["GraphengineLoad"] == 1
    for name, rows in (manifest.nodes | manifest.relationships).items():
        text = (tmp_path / "import" / f"{name}.csv").read_text("utf-8")
        assert len(list(csv.reader(text.splitlines(keepends=True)))) == rows
    again = write_files(tmp_path / "import", parts, job="j", batch=3)
    assert again == manifest
    assert elements(Parts(()), job="j") == ()


def test_a_prefix_stands_before_labels_types_and_ends() -> None:
    found = {part.name: part.header for part in elements(Parts(), job="j", prefix="GE_")}
    assert found["GE_ABOUT"][0] == ":START_ID(GE_Post)"
    assert found["GE_Account"][0] == "key:ID(GE_Account)"
    assert all(name.startswith("GE_") for name in found)


def test_the_ledger_says_what_a_load_of_everything_says() -> None:
    part = next(p for p in elements(Parts(), job="j") if p.name == "GraphengineLoad")
    row = part.frame.row(0, named=True)
    assert (row["key"], row["batch"], row["pending"], row["loading"]) == ("j", 3, 0, "")
    assert (row["edges"], row["token"]) == ("event", 0)
    assert row["log"] == Parts().identity(3)


def test_text_is_quoted_and_nothing_is_not_the_empty_text(tmp_path: Path) -> None:
    part = next(p for p in elements(Parts(), job="j") if p.name == "Topic")
    frame = pl.DataFrame({"key": [str(n) for n in range(10)], "slug": HOSTILE})
    manifest = write_files(
        tmp_path / "i", [replace(part, frame=frame, header=("key:ID(Topic)", "slug:string"))],
        job="j", batch=1,
    )  # fmt: skip
    assert manifest.multiline
    text = (tmp_path / "i" / "Topic.csv").read_text("utf-8")
    assert text.startswith('"0","a""b"\n"1","c\\"\n"2",""\n"3",\n"4"," d "\n')


def test_a_type_that_the_model_does_not_know_is_refused() -> None:
    topics = BATCHES[0].topics.with_columns(odd=pl.lit(True))
    with pytest.raises(GraphengineError, match="odd"):
        elements(Parts((replace(BATCHES[0], topics=topics),)), job="j")


def test_too_little_room_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = files.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(CannotWriteError, match="10 bytes free"):
        write_files(tmp_path / "i", elements(Parts(), job="j"), job="j", batch=3)
    assert not (tmp_path / "i").exists()


def test_a_broken_manifest_is_named(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(ConfigurationError, match=r"manifest\.json cannot be read"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("name", ["--overwrite-destination", "a b", "x", "neo4j;rm", ""])
def test_a_name_that_is_no_database_reaches_no_command(tmp_path: Path, name: str) -> None:
    manifest = write_files(tmp_path / "i", elements(Parts(), job="j"), job="j", batch=3)
    with pytest.raises(ConfigurationError, match=r"neo4j\.database"):
        import_command(["neo4j-admin"], manifest, database=name)
    words = import_command(["neo4j-admin"], manifest, database="neo4j")
    assert words[:5] == ("neo4j-admin", "database", "import", "full", "neo4j")
    assert "--bad-tolerance=0" in words
    assert not any("multiline" in word or "overwrite" in word for word in words)


def _tool(path: Path, says: str, code: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\nexit {code}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_tool_is_the_jobs_else_neo4j_homes_else_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = _tool(tmp_path / "own tool", "")
    home = _tool(tmp_path / "home" / "bin" / "neo4j-admin", "")
    path = _tool(tmp_path / "path" / "neo4j-admin", "")
    monkeypatch.setenv("PATH", str(path.parent))
    monkeypatch.setenv("NEO4J_HOME", str(tmp_path / "home"))
    assert admin_command(f"'{own}' --verbose") == (str(own), "--verbose")
    assert admin_command(None) == (str(home),)
    monkeypatch.delenv("NEO4J_HOME")
    assert admin_command(None) == (str(path),)
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match="neo4j-admin was not found"):
        admin_command(None)
    with pytest.raises(ConfigurationError, match="is no program here"):
        admin_command("/no/such/tool")
    with pytest.raises(ConfigurationError, match=r"neo4j\.admin"):
        admin_command("'unbalanced")


@pytest.mark.parametrize(
    ("says", "error", "told"),
    [
        ("Importing the contents of these files into /d/neo4j:\nDatabase already exist.",
         ConfigurationError, "/d/neo4j is there already"),
        ("The database is in use. Stop database 'neo4j' and try again.", ConfigurationError,
         "server runs"),
        ("java.io.IOException: No space left on device", CannotWriteError, "out of disk space"),
        (".......... 5% ∆1ms [1ms]\nError in input data", InputError, r"last:\n  Error in input"),
    ],
)  # fmt: skip
def test_how_the_tool_failed_is_told(
    tmp_path: Path, says: str, error: type[Exception], told: str
) -> None:
    with pytest.raises(error, match=told):
        run_import([str(_tool(tmp_path / "t", says))], tmp_path)
    assert run_import([str(_tool(tmp_path / "t", "done", 0))], tmp_path) == "done\n"
    with pytest.raises(ConfigurationError, match="cannot be started"):
        run_import([str(tmp_path / "none")], tmp_path)


def test_the_java_machine_of_a_short_import_compiles_quickly_unless_the_user_says_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = _tool(tmp_path / "t", "")
    tool.write_text('#!/bin/sh\necho "$JDK_JAVA_OPTIONS"\n')
    monkeypatch.delenv("JDK_JAVA_OPTIONS", raising=False)
    assert run_import([str(tool)], tmp_path, rows=1_000) == "-XX:TieredStopAtLevel=1\n"
    assert run_import([str(tool)], tmp_path, rows=100_000_000) == "\n"
    monkeypatch.setenv("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4")
    said = run_import([str(tool)], tmp_path, rows=1_000)
    assert said == "-XX:TieredStopAtLevel=1 -XX:TieredStopAtLevel=4\n"  # the last one counts


def test_no_text_of_a_shared_file_has_anything_to_interpret() -> None:
    found = encoded(pl.DataFrame({"x": HOSTILE, "n": range(10)}))
    assert found["n"].to_list() == list(range(10))
    assert found["x"].to_list() == [
        "a%22b", "c%5C", "%E", None, " d ", "e%2Cf", "g%0Ah", "%252C", "12", "ünï",
    ]  # fmt: skip
    assert not any(set(text or "") & set('",\\\r\n') for text in found["x"])


def test_every_statement_that_adds_can_read_a_file(tmp_path: Path) -> None:
    shared = SharedFolder(tmp_path, "file:///", "j")
    for chunk in chunks_of(BATCHES[0], scheme="t", job="j"):
        carried = by_files(chunk, shared)
        assert carried is not chunk
        for text in filter(None, (chunk.statement, chunk.again)):
            kinds = tuple((name, str(kind)) for name, kind in chunk.frame.schema.items())
            made = from_file(text, kinds)
            assert made.startswith("LOAD CSV WITH HEADERS FROM $url AS line\nWITH {")
            assert "[i]" not in made
            assert "UNWIND" not in made
    removals = [c for c in chunks_of(BATCHES[1], scheme="t", job="j") if not c.complete]
    assert removals
    assert all(by_files(chunk, shared) is chunk for chunk in removals)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("MATCH (n) DELETE n", (("key", "String"),)),
        ("UNWIND range(0, size($key) - 1) AS i\nRETURN $other[i]", (("key", "String"),)),
        ("UNWIND range(0, size($key) - 1) AS i\nRETURN $key[i]", (("key", "String"), ("a b", "Int64"))),
    ],
)  # fmt: skip
def test_other_statements_and_columns_are_refused(text: str, kinds: Any) -> None:
    with pytest.raises(GraphengineError, match="cannot take its rows"):
        from_file(text, kinds)
