"""Whether a job that was disturbed is as whole as one that was not: meanwhile, and at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.outcome import flaws, left_over, of_workspace, rows, workspace

if TYPE_CHECKING:
    from pathlib import Path

    from support.outcome import Outcome

__all__ = ["DONE", "RUN", "wrong_at_the_end", "wrong_meanwhile"]

RUN = ("run", "job.toml")
DONE = (0, 99)  # done now, or by the process that was killed after its last step


def wrong_meanwhile(folder: Path, ends: tuple[Outcome | None, Outcome]) -> list[str]:
    """What is wrong with what the dead left: it must be whole, and serve one whole run or none.

    ``ends``: the undisturbed outcome of the run before, if any, and of the run that was disturbed.
    """
    before, end = ends
    found = flaws(folder)
    store = workspace(folder).store
    for name, data in of_workspace(folder).items():
        committed = name.startswith(("log/ledger/0", "runs/2"))
        if committed and end.files.get(name) != data:
            found.append(f"{name} is not as undisturbed")
    if (store / "CURRENT").exists():
        if rows(folder) not in ([end.rows] if before is None else [before.rows, end.rows]):
            found.append("readers get neither the run before nor the new one")
    elif before is not None:
        found.append("the run before is not served any more")
    return found


def wrong_at_the_end(folder: Path, end: Outcome) -> list[str]:
    """Differences from the workspace that nobody disturbed."""
    files = of_workspace(folder)
    names = sorted(files.keys() | end.files.keys())
    found = [f"{name} differs" for name in names if files.get(name) != end.files.get(name)]
    if rows(folder) != end.rows:
        found.append("the store's rows differ")
    kept, usual = (len(list(workspace(f).store.glob("*.lbug"))) for f in (folder, end.folder))
    if kept != usual:
        found.append(f"the store keeps {kept} files, not {usual}")
    return found + [f"{name} was left behind" for name in left_over(folder)] + flaws(folder)
