"""What each use case tells its caller: frozen records that a front end renders as it likes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from graphengine.scoring.comparison import TopicChange

__all__ = [
    "Check",
    "ComparisonReport",
    "FileReport",
    "GateReport",
    "IngestReport",
    "MissingReshares",
    "Progress",
    "PublishReport",
    "RunInfo",
    "RunReport",
    "ScoreReport",
    "SeedReport",
    "StoreReport",
    "TopicReport",
]


class Progress(Protocol):
    """Who is told how far a use case has come."""

    def stage(self, name: str) -> None:
        """A new stage begins, for instance "ingest interactions.csv.gz"."""

    def advance(self, done: int, total: int | None, unit: str) -> None:
        """``done`` of ``total`` (None: unknown) units of the stage are behind us."""

    def note(self, text: str) -> None:
        """A line worth reading."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """One input file: read = accepted + duplicate + rejected; ``skipped`` rows stand apart."""

    file: str
    source: str
    table: str
    read: int
    accepted: int
    duplicate: int
    rejected: int
    skipped: int
    conflicts: int
    known: bool  # taken in by an earlier run; the counts are those of that time


@dataclass(frozen=True, slots=True)
class IngestReport:
    """All files of a job, in the order of the job file."""

    files: tuple[FileReport, ...]
    rejects_files: tuple[str, ...]

    @property
    def nothing_new(self) -> bool:
        """Whether every file had been taken in before."""
        return all(f.known for f in self.files)


@dataclass(frozen=True, slots=True)
class TopicReport:
    """One topic of a run: ``people`` take part in it, ``scored`` of them have a score.

    The graph was ``reused`` as it lay there, ``patched`` where events changed, or else built in
    full. ``sweeps`` are those of this run, both methods together; 0 where the solutions stand.
    """

    key: str
    name: str
    people: int
    scored: int
    unrated: int
    reused: bool
    patched: bool = False
    sweeps: int = 0


@dataclass(frozen=True, slots=True)
class MissingReshares:
    """Originals whose source counts reshares of which none arrived: their cascades are cut short."""

    posts: int
    of: int  # originals for which the source gives a count
    counted: int  # reshares the source counts for those posts


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """A run: whether it was made now, and how sure its numbers are."""

    run: str
    created: bool
    as_of: int | None
    topics: tuple[TopicReport, ...]
    error_bound: float  # the largest certified relative L1 error over topics and methods
    trees: int
    repairs: dict[str, int]
    missing: MissingReshares | None


@dataclass(frozen=True, slots=True)
class SeedReport:
    """A seed set: account keys in the order chosen, what each adds, and what is certain.

    ``spread`` with its 95 % interval is from fresh samples; ``share`` of the best possible is
    certified; ``stop``: certified, flat or spent. ``cascades`` is what was learned from.
    ``audience`` counts the people whom it counts to reach, by their weights; None: everybody.
    """

    topic: str
    model: str
    estimator: str
    cascades: int
    accounts: tuple[str, ...]
    gains: tuple[float, ...]
    spread: float
    low: float
    high: float
    share: float
    asked: float
    stop: str
    sets: int
    cost: float | None
    seconds: float
    audience: int | None = None


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What one store's pointer says afterwards."""

    store: str
    published: str
    previous: str
    changed: bool


@dataclass(frozen=True, slots=True)
class GateReport:
    """Why a gate keeps a run out of a store, which goes on serving ``published``."""

    store: str
    published: str
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishReport:
    """One publication or rollback over all its stores."""

    run: str
    stores: tuple[StoreReport, ...]
    held_back: tuple[str, ...] = ()  # stores where this run was rolled back by hand
    gated: tuple[GateReport, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether any pointer moved."""
        return any(s.changed for s in self.stores)


@dataclass(frozen=True, slots=True)
class ComparisonReport:
    """Two runs side by side; ``versions`` are (method, anchors) of each, ``points`` what a move is.

    ``movers`` are rows of the columns of `scoring.comparison.movers`; ``broken`` is what the gate
    would say if the earlier were served and the later were to be published.
    """

    before: str
    after: str
    versions: tuple[tuple[str, str], ...]
    points: float
    topics: tuple[TopicChange, ...]
    movers: tuple[dict[str, Any], ...]
    broken: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunReport:
    """The whole way of one job."""

    ingest: IngestReport
    score: ScoreReport
    publish: PublishReport

    @property
    def nothing_new(self) -> bool:
        """Whether everything had been done before."""
        return not (self.score.created or self.publish.changed) and self.ingest.nothing_new


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One line of the list of runs."""

    id: str
    as_of: int | None
    people: int
    published_in: tuple[str, ...]
    state: str  # "published", "previous", "rolled back" or "kept"
    created: str | None  # ISO time from the journal


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of the doctor, and what to do about it."""

    name: str
    ok: bool
    text: str
    remedy: str = ""
