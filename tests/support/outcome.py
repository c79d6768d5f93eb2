"""What a workspace came to: its lasting files byte for byte, and the store's rows through Cypher."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphengine.eventlog import EventLog
from graphengine.model import ENDORSEMENT_TYPES, NODES, RELATIONSHIPS
from graphengine.pipeline.inventory import find_flaws
from graphengine.stores.embedded import EmbeddedStore
from graphengine.workspace import Workspace
from support.small_job import add_late_file, write_small_job

if TYPE_CHECKING:
    from pathlib import Path

    from support.warm import Warm

__all__ = [
    "ALL_ROWS", "Outcome", "flaws", "left_over", "of_workspace", "prepared", "rows",
    "undisturbed", "workspace",
]  # fmt: skip

_PASSING = {"journal.jsonl", "lock", "lock.json", "store"}  # times, hosts, process ids, a copy
_ENDORSED = "|".join(sorted(set(ENDORSEMENT_TYPES.values())))
ALL_ROWS = (
    "MATCH (p:Pointer) RETURN p.key AS key, p.run AS run, p.previous AS previous ORDER BY key",
    (
        "MATCH (p:Pointer) MATCH (a:Account)-[s:SCORED]->(t:Topic) WHERE s.run = p.run "
        "RETURN t.key AS topic, s.rank AS rank, a.key AS account, s.score AS score, s.pct AS pct, "
        "s.endorsers AS endorsers ORDER BY topic, rank, account"
    ),
    (
        f"MATCH (a:Account)-[r:{_ENDORSED}]->(b:Account) RETURN a.key AS actor, type(r) AS kind, "
        "b.key AS target, r.event_id AS event, r.topic AS topic, r.share AS share, r.at AS at, "
        "r.weight AS weight, r.post AS post ORDER BY event, topic"
    ),
    *(f"MATCH (n:{node.label}) RETURN count(*) AS n" for node in NODES),
    *(f"MATCH (a)-[r:{kind.type}]->(b) RETURN count(*) AS n" for kind in RELATIONSHIPS),
)
_ROW_LIMIT = 100_000


@dataclass(frozen=True)
class Outcome:
    """The end of a command that nobody disturbed; ``folder`` holds the job, and is not touched."""

    folder: Path
    files: dict[str, bytes]
    rows: list[tuple[tuple[Any, ...], ...]]
    calls: int
    seconds: float


def workspace(folder: Path) -> Workspace:
    """The small job's workspace in its folder."""
    return Workspace(folder / ".graphengine" / "small")


def of_workspace(folder: Path) -> dict[str, bytes]:
    """Every file that must be the same however often a job was killed: log, runs and all else.

    The store's files are compared by their rows: the engine promises no bytes. They are not even
    looked at: a child that outlives its killed parent may still remove some.
    """
    root = workspace(folder).root
    lasting = [p for p in root.iterdir() if p.name not in _PASSING] if root.is_dir() else []
    paths = [path for place in lasting for path in (place, *place.rglob("*")) if path.is_file()]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


def rows(folder: Path) -> list[tuple[tuple[Any, ...], ...]]:
    """The answers to ALL_ROWS."""
    store = EmbeddedStore(workspace(folder).store)
    try:
        return [
            tuple(store.query(text, {}, timeout_s=60, row_limit=_ROW_LIMIT).rows)
            for text in ALL_ROWS
        ]
    finally:
        store.close()


def flaws(folder: Path) -> list[str]:
    """What ``graphengine verify`` says, and entries of the ledger that do not count what they hold."""
    ws = workspace(folder)
    if not ws.root.is_dir():
        return []
    return [
        *find_flaws(ws, run=None),
        *(
            f"batch {b.number}: {b.read} read"
            for b in EventLog(ws.log).batches()
            if b.read != b.accepted + b.duplicate + b.rejected
        ),
    ]


def left_over(folder: Path) -> list[str]:
    """Files and folders that only an interrupted process leaves behind."""
    root = workspace(folder).root
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.name.endswith((".tmp", ".removed", ".wal", ".shadow"))
        or path.name.startswith((".", "building-"))
        or path.name == "lock.json"
    )


def prepared(target: Path, *, before: Outcome | None) -> Path:
    """A folder for the next command: a new job, or the job of ``before`` and its late file."""
    if before is None:
        write_small_job(target)
    else:
        shutil.copytree(before.folder, target)
        add_late_file(target)
    return target


def undisturbed(warm: Warm, target: Path, *, before: Outcome | None = None) -> Outcome:
    """The outcome of ``graphengine run`` in a fresh folder, or after ``before``."""
    folder = prepared(target, before=before)
    began = time.monotonic()
    ended = warm.run("run", "job.toml", cwd=folder)
    seconds = time.monotonic() - began
    assert ended.code == 0, ended.err
    assert not flaws(folder)
    assert not left_over(folder)
    return Outcome(folder, of_workspace(folder), rows(folder), ended.calls, seconds)
