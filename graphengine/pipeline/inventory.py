"""What a workspace holds: its runs, their state in each store, and whether every byte is as written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from graphengine.eventlog import EventLog
from graphengine.pipeline.reports import RunInfo
from graphengine.runs import list_runs, load_run, prune_runs, read_publication, verify_run

if TYPE_CHECKING:
    from graphengine.workspace import Workspace

__all__ = ["find_flaws", "list_run_infos", "prune_old_runs"]


def list_run_infos(workspace: Workspace) -> list[RunInfo]:
    """One line a run, oldest first."""
    created = _created(workspace)
    publication = read_publication(workspace)
    infos = []
    for run in list_runs(workspace):
        served = tuple(s for s, state in publication.items() if state.published == run.id)
        states = {
            "published": bool(served),
            "rolled back": any(run.id in s.rolled_back for s in publication.values()),
            "previous": any(s.previous == run.id for s in publication.values()),
        }
        infos.append(
            RunInfo(
                id=run.id,
                as_of=run.manifest["as_of"],
                people=len(run.table("scores")["account"].unique()),
                published_in=served,
                state=next((name for name, true in states.items() if true), "kept"),
                created=created.get(run.id),
            )
        )
    return infos


def find_flaws(workspace: Workspace, *, run: str | None) -> list[str]:
    """Sentences about everything that is not as it was written."""
    from graphengine.stores.embedded import EmbeddedStore

    chosen = [load_run(workspace, run)] if run else list_runs(workspace)
    flaws = [f"The run {r.id}: {flaw}." for r in chosen for flaw in verify_run(r)]
    if run is None:
        flaws += EventLog(workspace.log).verify()
        flaws += EmbeddedStore(workspace.store).verify()
    return flaws


def prune_old_runs(workspace: Workspace, *, keep: int) -> list[str]:
    """The ids of the runs that were removed; those that a store serves or served last stay."""
    publication = read_publication(workspace)
    protected = {run for s in publication.values() for run in (s.published, s.previous) if run}
    return prune_runs(workspace, keep=keep, protect=protected)


def _created(workspace: Workspace) -> dict[str, str]:
    """When each run was made, from the journal; a line that a full disk cut tells nothing."""
    if not workspace.journal.exists():
        return {}
    created = {}
    for line in workspace.journal.read_bytes().splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if entry.get("new") and "run" in entry:
            created[entry["run"]] = entry["written"]
    return created
