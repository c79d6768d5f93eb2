"""The vectors of the run before, where the next run starts.

    snapshots/_solutions/<run>/ record.json vectors.arrow

Written whole, before the run that they belong to. They count from the moment that run is there, so
a night that is killed anywhere and repeated starts where it started before, and ends in the same
bytes. Only the newest are kept.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from graphengine.influence.ranking import Solution
from graphengine.workspace import write_folder_atomically, writing_to

if TYPE_CHECKING:
    from collections.abc import Mapping, Set
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from graphengine.eventlog import EventLog
    from graphengine.workspace import Workspace

__all__ = [
    "STARTED_FROM",
    "Before",
    "Kept",
    "keep_solutions",
    "last_solutions",
    "tidy_solutions",
    "without_start",
]

STARTED_FROM = "started_from"  # the parameter of a run that names the run it started from

_PLACE = "_solutions"
_RECORD, _VECTORS = "record.json", "vectors.arrow"
_FORMAT = 2
_METHODS = ("visits", "pagerank")
_PARTS = ("reach", "reach_low", "reach_high", "selective")


@dataclass(frozen=True, slots=True)
class Kept:
    """One topic's two solutions by account, and what they are solutions of.

    ``graph`` is the fingerprint of the graph, ``scale`` what its weights were times. ``parts``
    (n each) follow from the graph and the visits: first-visit reach with its bracket (``reach``,
    ``reach_low``, ``reach_high``) and selective endorsers Σ_u P_ut (``selective``).
    """

    graph: str
    scale: float
    accounts: pl.Series
    visits: Solution
    pagerank: Solution
    parts: Mapping[str, NDArray[np.float64]]

    def guesses(self, accounts: pl.Series) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The two vectors for other ``accounts`` (n): new ones hold what nobody's praise gives."""
        known = pl.DataFrame(
            {
                "account": self.accounts,
                "visits": self.visits.value,
                "pagerank": self.pagerank.value,
            }
        )
        found = accounts.to_frame("account").join(
            known, on="account", how="left", maintain_order="left"
        )
        least = float(self.pagerank.value.min()) if len(self.accounts) else 1.0
        return (
            found["visits"].fill_null(1.0).to_numpy().copy(),
            found["pagerank"].fill_null(least).to_numpy().copy(),
        )


@dataclass(frozen=True, slots=True)
class Before:
    """What one run left behind."""

    run: str
    folder: Path
    record: dict[str, Any]

    @property
    def generation(self) -> int:
        """How many runs left solutions before."""
        return int(self.record["generation"])

    def serves(self, inputs: Mapping[str, Any], log: EventLog) -> bool:
        """Whether a run of ``inputs`` may start here: the same method, a longer log, no earlier time."""
        was = self.record["inputs"]
        if any(was[name] != inputs[name] for name in ("job", "method_version")):
            return False
        if without_start(was["parameters"]) != without_start(inputs["parameters"]):
            return False
        grown = was["last_batch"] <= inputs["last_batch"]
        if not grown or log.watermark_at(was["last_batch"]) != was["watermark"]:
            return False
        return (was["as_of"] is None) == (inputs["as_of"] is None) and (
            was["as_of"] is None or bool(was["as_of"] <= inputs["as_of"])
        )

    def topics(self) -> dict[str, Kept]:
        """The solutions by topic key."""
        vectors = pl.read_ipc(self.folder / _VECTORS)
        return {
            key: _kept(topic, vectors.slice(topic["first"], topic["people"]))
            for key, topic in self.record["topics"].items()
        }


def without_start(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """A run's parameters apart from where it started.

    >>> without_start({"alpha": 0.5, STARTED_FROM: "20140101T000000-0"})
    {'alpha': 0.5}
    """
    return {name: value for name, value in parameters.items() if name != STARTED_FROM}


def last_solutions(ws: Workspace, runs: Set[str]) -> Before | None:
    """The newest solutions of a run that is there (``runs``: the ids of all that are)."""
    found = []
    for path in (ws.snapshots / _PLACE).glob(f"*/{_RECORD}"):
        if path.parent.name in runs:
            record = json.loads(path.read_text("utf-8"))
            if record["format"] == _FORMAT:
                found.append(Before(path.parent.name, path.parent, record))
    return max(found, key=lambda before: (before.generation, before.run), default=None)


def keep_solutions(
    ws: Workspace, run: str, *, topics: Mapping[str, Kept], inputs: Mapping[str, Any], after: int
) -> None:
    """Write the solutions of ``run``, ``after`` the generation before it; once written they stay.

    Raises:
        CannotWriteError: The disk refuses.
    """
    folder = ws.snapshots / _PLACE / run
    if folder.exists():
        if json.loads((folder / _RECORD).read_text("utf-8"))["generation"] == after + 1:
            return
        with writing_to(folder):
            shutil.rmtree(folder)  # of a run that was deleted, and is made again
    first, told = 0, {}
    for key, kept in sorted(topics.items()):
        people = len(kept.accounts)
        told[key] = {
            "graph": kept.graph,
            "scale": kept.scale,
            "first": first,
            "people": people,
            "certificates": {name: _certificate(getattr(kept, name)) for name in _METHODS},
        }
        first += people
    record = {
        "format": _FORMAT,
        "generation": after + 1,
        "inputs": {
            name: inputs[name]
            for name in ("job", "parameters", "method_version", "last_batch", "watermark", "as_of")
        },
        "topics": told,
    }
    frames = [_frame(topics[key]) for key in sorted(topics)]
    with write_folder_atomically(folder) as made:
        pl.concat(frames).rechunk().write_ipc(made / _VECTORS, compression="uncompressed")
        (made / _RECORD).write_text(json.dumps(record, sort_keys=True) + "\n", "utf-8")


def tidy_solutions(ws: Workspace, runs: Set[str]) -> None:
    """Remove all solutions but the newest."""
    newest = last_solutions(ws, runs)
    place = ws.snapshots / _PLACE
    if place.is_dir():
        with writing_to(place):
            for folder in sorted(place.iterdir()):
                if newest is None or folder != newest.folder:
                    shutil.rmtree(folder)


def _certificate(solution: Solution) -> dict[str, Any]:
    return {"residual": solution.residual, "error_bound": solution.error_bound}


def _kept(topic: Mapping[str, Any], rows: pl.DataFrame) -> Kept:
    visits, pagerank = (
        Solution(
            rows[name].to_numpy(),
            topic["certificates"][name]["residual"],
            topic["certificates"][name]["error_bound"],
            0,
        )
        for name in _METHODS
    )
    parts = {name: rows[name].to_numpy() for name in _PARTS}
    return Kept(topic["graph"], topic["scale"], rows["account"], visits, pagerank, parts)


def _frame(kept: Kept) -> pl.DataFrame:
    numbers = {name: getattr(kept, name).value for name in _METHODS} | dict(kept.parts)
    return pl.DataFrame(
        {"account": kept.accounts, **numbers},
        schema={"account": pl.String, **dict.fromkeys((*_METHODS, *_PARTS), pl.Float64)},
    )
