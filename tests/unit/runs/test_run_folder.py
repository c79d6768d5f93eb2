"""Runs on disk: written whole, found again, never changed, and every flipped bit is noticed."""

from __future__ import annotations

import errno
import json
import os
import random
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.run_cases import id_of, manifest, tables, write_case

from graphengine.errors import (
    CannotWriteError,
    ConfigurationError,
    GraphengineError,
    InputError,
)
from graphengine.runs import Run, list_runs, load_run, prune_runs, verify_run, write_run
from graphengine.runs.seal import sums
from graphengine.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DAY = 86400


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run that the tests damage and mend again."""
    run = write_case(Workspace(tmp_path_factory.mktemp("sealed")))
    for path in run.folder.iterdir():
        path.chmod(0o644)
    return run


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@contextmanager
def replaced(path: Path, data: bytes | None) -> Iterator[None]:
    """Another content of ``path`` (None: no file), for a while."""
    before = path.read_bytes() if path.exists() else None
    try:
        path.unlink(missing_ok=True) if data is None else path.write_bytes(data)
        yield
    finally:
        path.unlink(missing_ok=True) if before is None else path.write_bytes(before)


def test_what_was_written_is_read(ws: Workspace) -> None:
    run = load_run(ws, write_case(ws).id)
    assert run.manifest == {**manifest(), "format": 1, "run": run.id}
    for name, table in tables().items():
        assert run.table(name).equals(table)
        assert run.table(name).schema == table.schema
    assert verify_run(run) == []


def test_sha256sum_reads_the_seal(ws: Workspace) -> None:
    run = write_case(ws)
    command = ["sha256sum", "--strict", "--check", "SHA256SUMS"]
    done = subprocess.run(command, cwd=run.folder, capture_output=True, text=True, check=True)
    assert sorted(done.stdout.splitlines()) == [
        f"{name}: OK"
        for name in ("percentiles.parquet", "run.json", "scores.parquet", "unrated.parquet")
    ]


def test_nobody_may_write_into_a_run(ws: Workspace) -> None:
    assert {p.stat().st_mode & 0o777 for p in write_case(ws).folder.iterdir()} == {0o444}


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_case(Workspace(tmp_path / name)) for name in "ab")
    assert first.id == second.id
    assert contents(first.folder) == contents(second.folder)


def test_bytes_do_not_follow_chunks_or_threads(tmp_path: Path) -> None:
    """What a frame was put together from, and how many cores there are, leave no trace."""
    big = pl.DataFrame({"a": range(300_000), "b": [f"x:{i % 977}" for i in range(300_000)]})
    chunked = pl.concat([big[:7], big[7:150_001], big[150_001:]], rechunk=False)
    here = write_table(Workspace(tmp_path / "here"), big)
    assert contents(write_table(Workspace(tmp_path / "chunked"), chunked).folder) == contents(
        here.folder
    )
    big.write_parquet(tmp_path / "big.parquet")
    code = (
        "import sys, pathlib, polars as pl\n"
        "from tests.unit.runs.test_run_folder import write_table, Workspace\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "write_table(Workspace(root / 'one'), pl.read_parquet(root / 'big.parquet'))\n"
    )
    tests = Path(__file__).parents[2]
    paths = os.pathsep.join([str(tests), str(tests.parent)])
    environment = {**os.environ, "POLARS_MAX_THREADS": "1", "PYTHONPATH": paths}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    assert contents(tmp_path / "one" / "runs" / here.id) == contents(here.folder)


def write_table(ws: Workspace, table: pl.DataFrame) -> Run:
    return write_run(ws, id=id_of(manifest()), manifest=manifest(), tables={"big": table})


def test_a_run_that_is_there_stays(ws: Workspace) -> None:
    first = write_case(ws)
    before = {p.name: p.stat().st_mtime_ns for p in first.folder.iterdir()}
    again = write_case(ws, code_version="9.9.9")  # recorded, but no part of the id
    assert again == first
    assert {p.name: p.stat().st_mtime_ns for p in again.folder.iterdir()} == before
    assert again.manifest["code_version"] == "0.1.0"


def test_a_damaged_run_is_not_taken_for_the_same(ws: Workspace) -> None:
    run = write_case(ws)
    (run.folder / "scores.parquet").chmod(0o644)
    (run.folder / "scores.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=r"'scores.parquet' does not match .* Delete .* again"):
        write_case(ws)


def test_an_id_that_does_not_follow_from_the_manifest(ws: Workspace) -> None:
    with pytest.raises(GraphengineError, match="has inputs that make it"):
        write_run(ws, id="2014-07-10-000000000000", manifest=manifest(), tables={})
    incomplete = {k: v for k, v in manifest().items() if k != "watermark"}
    with pytest.raises(GraphengineError, match="lacks 'watermark'"):
        write_run(ws, id="2014-07-10-000000000000", manifest=incomplete, tables={})
    assert list_runs(ws) == []


@pytest.mark.parametrize("name", ["../out", "", "Scores", "run.json"])
def test_a_table_with_a_strange_name(ws: Workspace, name: str) -> None:
    with pytest.raises(GraphengineError, match="cannot be a table"):
        write_run(ws, id=id_of(manifest()), manifest=manifest(), tables={name: pl.DataFrame()})


# finding runs


def test_oldest_first_by_time_then_batch(ws: Workspace) -> None:
    late = write_case(ws, as_of=1404950400 + 40 * DAY, last_batch=1)
    noon = write_case(ws, as_of=1404950400 + DAY // 2)
    batches = [write_case(ws, watermark=f"w{n}", last_batch=n) for n in (9, 10, 4)]
    undated = write_case(ws, as_of=None)
    by_batch = sorted(batches, key=lambda r: r.manifest["last_batch"])
    assert list_runs(ws) == [*by_batch, noon, late, undated]


def test_what_is_no_run_is_not_listed(ws: Workspace) -> None:
    assert list_runs(ws) == []
    run = write_case(ws)
    (ws.runs / f".{run.id}.tmp").mkdir()
    (ws.runs / "notes").mkdir()
    assert list_runs(ws) == [run]


def test_a_damaged_run_is_still_listed(ws: Workspace) -> None:
    run = write_case(ws)
    (run.folder / "run.json").unlink()
    assert list_runs(ws) == [run]


def test_a_prefix_that_is_unique(ws: Workspace) -> None:
    first, other = write_case(ws), write_case(ws, as_of=1404950400 + DAY)
    assert load_run(ws, first.id) == first
    assert load_run(ws, "2014-07-11") == other
    assert load_run(ws, first.id[:-3]) == first


def test_a_prefix_of_several(ws: Workspace) -> None:
    first, other = write_case(ws), write_case(ws, watermark="a2")
    with pytest.raises(InputError, match='Several runs begin with "2014"') as caught:
        load_run(ws, "2014")
    assert first.id in str(caught.value)
    assert other.id in str(caught.value)


def test_no_such_run(ws: Workspace) -> None:
    with pytest.raises(InputError, match="nothing was scored yet"):
        load_run(ws, "2014-07-10-000000000000")
    run = write_case(ws)
    for absent in ("2014-07-10-" + "0" * 12, "../VERSION", ""):
        with pytest.raises(InputError, match=f'no run "{absent}".* Runs: {run.id}'):
            load_run(ws, absent)
    mistyped = run.id.replace("2014", "2041")
    with pytest.raises(InputError, match=f'Did you mean "{run.id}"'):
        load_run(ws, mistyped)


def test_a_long_list_is_cut(ws: Workspace) -> None:
    for n in range(12):
        write_case(ws, people=1, watermark=str(n))
    with pytest.raises(InputError, match="and 2 older ones"):
        load_run(ws, "nonsense")


def test_a_newer_format(ws: Workspace) -> None:
    run = write_case(ws)
    newer = json.dumps({**run.manifest, "format": 2}).encode()
    reseal(run, "run.json", newer)
    with pytest.raises(ConfigurationError, match=r"has format 2; this graphengine reads up to 1"):
        _ = run.manifest


def test_a_table_that_only_some_runs_have(ws: Workspace) -> None:
    facts = manifest(watermark="with seeds")
    seeds = pl.DataFrame({"topic": ["demo/a"], "place": [1], "account": ["x:1"]})
    several = tables(3) | {"seeds": seeds}
    run = write_run(ws, id=id_of(facts), manifest=facts, tables=several)
    assert run.has_table("seeds")
    assert run.table("seeds").equals(seeds)
    assert verify_run(run) == []
    other = write_case(ws, people=3)
    assert not other.has_table("seeds")
    assert other.has_table("scores")
    (run.folder / "seeds.parquet").unlink()
    assert run.has_table("seeds")  # so that nobody takes a lost table for one that never was
    with pytest.raises(InputError, match=r"seeds\.parquet"):
        run.table("seeds")
    (run.folder / "SHA256SUMS").unlink()
    with pytest.raises(InputError, match="SHA256SUMS"):
        run.has_table("seeds")


# damage


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_is_found(sealed: Run, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(p.name for p in sealed.folder.iterdir())))
    content = (sealed.folder / name).read_bytes()
    flip_is_found(sealed, name, data.draw(st.integers(0, len(content) * 8 - 1)))


def flip_is_found(run: Run, name: str, bit: int) -> None:
    content = bytearray((run.folder / name).read_bytes())
    content[bit // 8] ^= 1 << (bit % 8)
    with replaced(run.folder / name, bytes(content)):
        assert verify_run(run), f"bit {bit} of {name}"


@pytest.mark.parametrize("name", ["SHA256SUMS", "run.json"])
def test_every_second_byte_of_the_small_files(sealed: Run, name: str) -> None:
    for bit in range(0, 8 * (sealed.folder / name).stat().st_size, 17):  # each place of a byte too
        flip_is_found(sealed, name, bit)


def test_seeded_bits_of_the_tables(sealed: Run) -> None:
    seeded = random.Random(3)
    for name in ("scores.parquet", "unrated.parquet", "percentiles.parquet"):
        size = 8 * (sealed.folder / name).stat().st_size
        for bit in seeded.sample(range(size), 100):
            flip_is_found(sealed, name, bit)


@pytest.mark.parametrize("name", ["run.json", "scores.parquet", "SHA256SUMS"])
def test_a_missing_file(sealed: Run, name: str) -> None:
    with replaced(sealed.folder / name, None):
        (wrong,) = verify_run(sealed)
    assert name in wrong
    assert verify_run(sealed) == []


def test_a_further_file(sealed: Run) -> None:
    with replaced(sealed.folder / "extra.parquet", b""):
        assert verify_run(sealed) == ["'extra.parquet' is not named in SHA256SUMS"]


def test_a_folder_or_a_link_is_no_file(ws: Workspace, tmp_path: Path) -> None:
    run = write_case(ws)
    (tmp_path / "elsewhere").write_bytes((run.folder / "run.json").read_bytes())
    (run.folder / "run.json").unlink()
    (run.folder / "run.json").symlink_to(tmp_path / "elsewhere")
    (run.folder / "sub").mkdir()
    assert verify_run(run) == [
        "'sub' is not named in SHA256SUMS",
        "'run.json' does not match its SHA-256 in SHA256SUMS",
    ]


def test_a_file_cut_short_or_emptied(sealed: Run) -> None:
    for path in sorted(sealed.folder.iterdir()):
        for cut in (b"", path.read_bytes()[:-1], path.read_bytes() + b"\n"):
            with replaced(path, cut):
                assert verify_run(sealed)


def test_a_seal_of_another_form(sealed: Run) -> None:
    """sha256sum would take capital digits; they are a changed bit all the same."""
    path = sealed.folder / "SHA256SUMS"
    with replaced(path, path.read_bytes().upper().replace(b".JSON", b".json")):
        assert verify_run(sealed)
    digest, _, rest = path.read_bytes().partition(b"  ")
    with replaced(path, digest.upper() + b"  " + rest):
        assert verify_run(sealed) == [
            "'percentiles.parquet' does not match its SHA-256 in SHA256SUMS"
        ]
    lines = path.read_bytes().splitlines(keepends=True)
    with replaced(path, b"".join(reversed(lines))):
        assert verify_run(sealed) == ["SHA256SUMS is not in the form in which it was written"]


def reseal(run: Run, name: str, data: bytes) -> None:
    """Change a file and its seal, as nobody does by accident."""
    import hashlib

    for path in run.folder.iterdir():
        path.chmod(0o644)
    (run.folder / name).write_bytes(data)
    files = {k: v for k, v in contents(run.folder).items() if k != "SHA256SUMS"}
    seal = sums({k: hashlib.sha256(v).hexdigest() for k, v in files.items()})
    (run.folder / "SHA256SUMS").write_bytes(seal)


@pytest.mark.parametrize("change", [{"watermark": "other"}, {"job": None}, {"parameters": {}}])
def test_a_manifest_that_belongs_to_another_run(ws: Workspace, change: dict[str, Any]) -> None:
    run = write_case(ws)
    reseal(run, "run.json", json.dumps({**run.manifest, **change}).encode())
    (wrong,) = verify_run(run)
    assert wrong.startswith(f"run.json does not belong to the folder {run.id}")


def test_reading_checks_what_it_reads(sealed: Run) -> None:
    for name, read in {
        "run.json": lambda: sealed.manifest,
        "scores.parquet": lambda: sealed.table("scores"),
    }.items():
        path = sealed.folder / name
        with (
            replaced(path, path.read_bytes() + b" "),
            pytest.raises(InputError, match=f"{name} does not match its SHA-256 .* score again"),
        ):
            read()
    with pytest.raises(InputError, match=r"No such file or directory \(trees.parquet\)"):
        sealed.table("trees")


# a disk that refuses


def refusing(room: int, code: int) -> Callable[[Path, bytes], int]:
    """A Path.write_bytes with room for ``room`` bytes in all, that then fails with ``code``."""
    left = room

    def write_bytes(path: Path, data: bytes) -> int:
        nonlocal left
        with path.open("wb") as file:
            file.write(data[:left])
        left -= len(data)
        if left < 0:
            raise OSError(code, os.strerror(code), str(path))
        return len(data)

    return write_bytes


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("room", [0, 700, 3000])
def test_a_disk_that_refuses_in_the_middle(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch, code: int, room: int
) -> None:
    kept = write_case(ws, watermark="before")
    monkeypatch.setattr(Path, "write_bytes", refusing(room, code))
    with pytest.raises(CannotWriteError, match=os.strerror(code)):
        write_case(ws)
    monkeypatch.undo()
    assert list(ws.runs.iterdir()) == [kept.folder]
    assert verify_run(kept) == []
    assert verify_run(write_case(ws)) == []  # the same command, with room again


def test_a_real_limit_on_file_size(ws: Workspace) -> None:
    """The kernel's own refusal (EFBIG), not a patched one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, hard))
    try:
        with pytest.raises(CannotWriteError, match=r"scores\.parquet|File too large"):
            write_case(ws, people=500)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(ws.runs.iterdir()) == []


# pruning


def test_prune_keeps_the_newest_and_the_protected(ws: Workspace) -> None:
    runs = [write_case(ws, people=3, as_of=n * DAY) for n in range(6)]
    ids = [run.id for run in runs]
    assert prune_runs(ws, keep=2, protect={ids[1], "unknown"}) == [ids[0], ids[2], ids[3]]
    assert [run.id for run in list_runs(ws)] == [ids[1], ids[4], ids[5]]
    assert prune_runs(ws, keep=2, protect={ids[1]}) == []
    assert prune_runs(ws, keep=0, protect=set()) == [ids[1], ids[4], ids[5]]
    assert list(ws.runs.iterdir()) == []


def test_prune_of_nothing(ws: Workspace) -> None:
    assert prune_runs(ws, keep=1, protect=set()) == []


def test_prune_sweeps_what_was_interrupted(ws: Workspace) -> None:
    run = write_case(ws)
    for name in (f".{run.id}.tmp", ".2001-01-01-000000000000.removed"):
        (ws.runs / name).mkdir()
        (ws.runs / name / "scores.parquet").write_bytes(b"half")
    assert prune_runs(ws, keep=1, protect=set()) == []
    assert list(ws.runs.iterdir()) == [run.folder]


def test_prune_of_a_run_that_once_left_in_part(ws: Workspace) -> None:
    run = write_case(ws)
    (ws.runs / f".{run.id}.removed").mkdir()
    (ws.runs / f".{run.id}.removed" / "scores.parquet").write_bytes(b"half")
    assert prune_runs(ws, keep=0, protect=set()) == [run.id]
    assert list(ws.runs.iterdir()) == []


def test_prune_that_may_not(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_case(ws)

    def refuse(path: Path, _: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(CannotWriteError, match="Permission denied"):
        prune_runs(ws, keep=0, protect=set())
    assert verify_run(run) == []
