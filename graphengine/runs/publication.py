"""publication.json: which run each store is meant to serve, and which were rolled back by hand.

The stores' pointers say what is served; this file says what was wanted, so that repeating a job
does not publish again what somebody took back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from graphengine.errors import ConfigurationError
from graphengine.runs.identity import canonical_json
from graphengine.workspace import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from graphengine.workspace import Workspace

__all__ = [
    "Publication",
    "is_rolled_back",
    "protected_runs",
    "read_publication",
    "record_published",
    "record_rollback",
]


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """One store's wanted state: run ids, "" for none; ``rolled_back`` in order of time.

    ``accepted``: why runs were published although the gate held them back, by run.
    """

    published: str = ""
    previous: str = ""
    rolled_back: tuple[str, ...] = ()
    accepted: dict[str, str] = {}


def read_publication(ws: Workspace) -> dict[str, Publication]:
    """The wanted state of each store that something was ever published in, by the store's name.

    Raises:
        ConfigurationError: the file is there but cannot be read.
    """
    path = _path(ws)
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Publication])
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigurationError(
            f"The file {path} cannot be read: {error}. It must say which run each store serves. "
            "Restore it from a copy, or delete it and publish a run by its id."
        ) from error


def record_published(
    ws: Workspace, store: str, run: str, *, accepted: str | None = None
) -> Publication:
    """Note that ``store`` serves ``run``; the run before becomes the previous one.

    Repeating it changes nothing; publishing a run that was rolled back forgives it. ``accepted``
    is why it is served although the gate held it back.

    Raises:
        CannotWriteError: no space, no permission; the file stays as it was.
    """
    state = read_publication(ws).get(store, Publication())
    previous = state.previous if state.published == run else state.published
    forgiven = tuple(r for r in state.rolled_back if r != run)
    why = state.accepted | ({} if accepted is None else {run: accepted})
    return _write(
        ws, store,
        Publication(published=run, previous=previous, rolled_back=forgiven, accepted=why),
    )  # fmt: skip


def record_rollback(ws: Workspace, store: str, *, rolled_back: str, published: str) -> Publication:
    """Note that ``store`` serves ``published`` again, and that ``rolled_back`` was taken back.

    There is no previous run afterwards: a second rollback has nothing to go back to. Repeating it
    changes nothing.

    Raises:
        CannotWriteError: no space, no permission; the file stays as it was.
    """
    state = read_publication(ws).get(store, Publication())
    others = tuple(r for r in state.rolled_back if r not in (rolled_back, published))
    return _write(
        ws, store,
        Publication(
            published=published, rolled_back=(*others, rolled_back), accepted=state.accepted
        ),
    )  # fmt: skip


def is_rolled_back(ws: Workspace, store: str, run: str) -> bool:
    """Whether ``run`` was taken back from ``store`` and not published there again by hand."""
    return run in read_publication(ws).get(store, Publication()).rolled_back


def protected_runs(ws: Workspace) -> frozenset[str]:
    """The published and the previous run of every store: those that no prune may take."""
    states = read_publication(ws).values()
    return frozenset(run for s in states for run in (s.published, s.previous) if run)


def _write(ws: Workspace, store: str, state: Publication) -> Publication:
    states = {**read_publication(ws), store: state}
    write_atomically(_path(ws), canonical_json(msgspec.to_builtins(states), indent=1) + b"\n")
    return state


def _path(ws: Workspace) -> Path:
    return ws.root / "publication.json"
