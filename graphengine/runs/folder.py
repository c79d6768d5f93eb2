"""A run on disk: runs/<id>/ with run.json, one Parquet file a table, pictures, and SHA256SUMS.

It is written beside its place, renamed into it, and never changed afterwards. Nothing in it depends
on the clock, the host or the user: the same inputs give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.errors import ConfigurationError, GraphengineError, InputError, did_you_mean
from graphengine.runs.identity import canonical_json, is_run_id, run_id
from graphengine.runs.seal import SUMS, problems, read_sealed, sealed, sums
from graphengine.workspace import write_folder_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Set
    from pathlib import Path

    from graphengine.workspace import Workspace

__all__ = ["Run", "list_runs", "load_run", "prune_runs", "verify_run", "write_run"]

_FORMAT = 1
_MANIFEST = "run.json"
_ROW_GROUP = 1 << 18  # stated, since polars would follow the chunks that a frame happens to have
_TABLE_NAME = re.compile(r"[a-z][a-z_]*")
_PICTURE_NAME = re.compile(r"[a-z][a-z_]*\.(png|svg)")


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run; what it holds is read, and checked against its seal, when it is asked for."""

    id: str
    folder: Path

    @property
    def manifest(self) -> dict[str, Any]:
        """What run.json says: inputs, versions, counts, certificates.

        Raises:
            InputError: the file is missing or damaged.
            ConfigurationError: a newer graphengine wrote it.
        """
        manifest: dict[str, Any] = json.loads(read_sealed(self.folder, _MANIFEST))
        if manifest["format"] > _FORMAT:
            raise ConfigurationError(
                f"The run {self.id} has format {manifest['format']}; this graphengine reads up to "
                f"{_FORMAT}. Install the newer version that wrote it."
            )
        return manifest

    def has_table(self, name: str) -> bool:
        """Whether the table ``name`` was written with the run, as its seal says.

        Raises:
            InputError: the seal is missing.
        """
        return f"{name}.parquet" in sealed(self.folder)

    def table(self, name: str) -> pl.DataFrame:
        """The table ``name``: scores, unrated, percentiles or another that was written with it.

        Raises:
            InputError: the table is missing or damaged.
        """
        return pl.read_parquet(io.BytesIO(read_sealed(self.folder, f"{name}.parquet")))


def write_run(
    ws: Workspace,
    *,
    id: str,  # noqa: A002 - the word that every front end shows
    manifest: Mapping[str, Any],
    tables: Mapping[str, pl.DataFrame],
    pictures: Mapping[str, bytes] | None = None,
) -> Run:
    """Write the run ``id`` whole or not at all, and return it; a run that is there stays as it is.

    ``manifest`` holds what JSON can hold, among it the inputs of the id: job, parameters,
    method_version, anchors_version, watermark and as_of. ``tables`` become one Parquet file each,
    ``pictures`` (PNG and SVG) are files by name.

    Raises:
        CannotWriteError: no space, no permission; nothing is left behind.
        InputError: the run is there, but damaged.
        GraphengineError: the id does not follow from the manifest, or a table has a strange name.
    """
    run = Run(id, ws.runs / id)
    _check_identity(id, manifest)
    if run.folder.exists():
        return _unharmed(run)
    files = {_MANIFEST: canonical_json({**manifest, "format": _FORMAT, "run": id}, indent=1)}
    files |= {f"{_table_name(name)}.parquet": _parquet(table) for name, table in tables.items()}
    files |= {_picture_name(name): data for name, data in (pictures or {}).items()}
    files[SUMS] = sums({n: hashlib.sha256(data).hexdigest() for n, data in files.items()})
    with write_folder_atomically(run.folder) as folder:
        for name, data in files.items():
            path = folder / name
            path.write_bytes(data)
            path.chmod(0o444)
    return run


def _unharmed(run: Run) -> Run:
    wrong = verify_run(run)
    if wrong:
        raise InputError(
            f"The run {run.id} is there but damaged: {'; '.join(wrong)}. "
            f"Delete {run.folder} and score again."
        )
    return run


def _check_identity(run: str, manifest: Mapping[str, Any]) -> None:
    try:
        expected = run_id(
            as_of=manifest["as_of"],
            job=manifest["job"],
            params=manifest["parameters"],
            method_version=manifest["method_version"],
            anchors_version=manifest["anchors_version"],
            watermark=manifest["watermark"],
        )
    except KeyError as error:
        raise GraphengineError(
            f"The manifest of the run {run} lacks {error}, an input of its id. "
            "This is a defect of graphengine: please report it."
        ) from error
    if run != expected:
        raise GraphengineError(
            f"The run {run} has inputs that make it {expected}. "
            "This is a defect of graphengine: please report it."
        )


def _table_name(name: str) -> str:
    if not _TABLE_NAME.fullmatch(name):
        raise GraphengineError(f"{name!r} cannot be a table of a run; small letters and _ can.")
    return name


def _picture_name(name: str) -> str:
    if not _PICTURE_NAME.fullmatch(name):
        raise GraphengineError(f"{name!r} cannot be a picture of a run; validation.png can.")
    return name


def _parquet(table: pl.DataFrame) -> bytes:
    # in memory first: writing the bytes ourselves makes a full disk an OSError with a number
    buffer = io.BytesIO()
    table.rechunk().write_parquet(
        buffer, compression="zstd", compression_level=3, row_group_size=_ROW_GROUP
    )
    return buffer.getvalue()


def list_runs(ws: Workspace) -> list[Run]:
    """Every run of the workspace, the oldest first: by as_of, then by the log's last batch."""
    if not ws.runs.is_dir():
        return []
    runs = [Run(path.name, path) for path in ws.runs.iterdir() if is_run_id(path.name)]
    return sorted(runs, key=_age)


def _age(run: Run) -> tuple[str, int, int, str]:
    day = run.id[:-13]
    try:
        manifest = run.manifest
    except GraphengineError:  # damaged: it counts as the oldest of its day; verify says what is
        return day, 0, 0, run.id
    return day, manifest["as_of"] or 0, manifest.get("last_batch", 0), run.id


def load_run(ws: Workspace, id: str) -> Run:  # noqa: A002 - the word that every front end shows
    """The run called ``id``, or whose id alone begins with it.

    Raises:
        InputError: no run is called so, or several begin so; the message says which there are.
    """
    runs = list_runs(ws)
    found = [r for r in runs if r.id == id] or [r for r in runs if id and r.id.startswith(id)]
    if len(found) == 1:
        return found[0]
    known = [r.id for r in found or runs]
    shown = ", ".join(known[-10:]) + (f" and {len(known) - 10} older ones" * (len(known) > 10))
    if found:
        raise InputError(f'Several runs begin with "{id}": {shown}. Write more of the id.')
    if not runs:
        raise InputError(f'There is no run "{id}": nothing was scored yet. Run the job first.')
    raise InputError(
        f'There is no run "{id}".{did_you_mean(id, known)} Runs: {shown}. Write one of these ids, or its beginning.'
    )


def verify_run(run: Run) -> list[str]:
    """What is wrong with a run, a sentence each; any flipped bit, missing or further file is found.

    The seal covers every file and itself; then run.json must lead to the id that the folder bears.
    """
    wrong = problems(run.folder)
    if wrong:
        return wrong
    try:
        _check_identity(run.id, run.manifest)
    except GraphengineError as error:
        return [f"{_MANIFEST} does not belong to the folder {run.id}: {error}"]
    return []


def prune_runs(ws: Workspace, *, keep: int, protect: Set[str]) -> list[str]:
    """Delete all but the ``keep`` newest runs and those of ``protect``; returns the deleted ids.

    The caller holds the workspace. A run leaves by a rename first, so that none is ever seen in
    parts; what an interrupted prune or write left behind goes too.

    Raises:
        CannotWriteError: the folder may not be changed.
    """
    runs = list_runs(ws)
    old = runs[: max(len(runs) - keep, 0)]
    gone = [run for run in old if run.id not in protect]
    with writing_to(ws.runs):
        _sweep(ws)  # first, too: the same run may have left before, in part
        for run in gone:
            run.folder.rename(ws.runs / f".{run.id}.removed")
        _sweep(ws)
    return [run.id for run in gone]


def _sweep(ws: Workspace) -> None:
    for left in ws.runs.glob(".*"):
        shutil.rmtree(left)
